"""Whatever a file holds, it is loaded or refused: no crash, no hang, no other exception.

`make fuzz` tries many more files than the test suite does.
"""

import io
import os
import select
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .config_mutations import with_changed_config
from .mutations import BROKEN, broken
from .test_hdf5 import hdf5_bytes

pytestmark = [
    pytest.mark.one_table,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does"),
]

#: How many broken files each test tries.
EXAMPLES = int(os.environ.get("NNLITE_FUZZ_EXAMPLES", "250"))

#: How long one file may take. What the limits allow takes a small part of a second.
SECONDS = 10

fuzzed = settings(max_examples=EXAMPLES, deadline=None)


class Worker:
    """The process that loads the files; another is started once it has died."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def load(self, loader: str, content: bytes) -> str:
        """Return how the loading of a file ended."""
        if self.process is None:
            command = [sys.executable, "-m", "tests.saving.fuzz_worker", str(self.folder)]
            root = Path(__file__).parents[2]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
            )
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{loader} {len(content)}\n".encode() + content)
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it died while it read; its end is told below
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if ready else b""
        if line:
            return line.decode().strip().strip("'\"")
        self.close()
        return f"died with {process.returncode}" if ready else f"hung for {SECONDS} seconds"

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("fuzz"))
    yield worker
    worker.close()


def all_storages(file: Any) -> None:
    """All that Keras's files need not have, but this reader reads."""
    values = np.arange(200, dtype="f4").reshape(20, 10)
    file.attrs["layer_names"] = ["dense", "größe"]
    file.attrs["fixed"] = np.array([b"dense", b"dense_1"])
    file.create_dataset("gzip", data=values, chunks=(7, 3), compression="gzip", shuffle=True)
    file.create_dataset("shuffle", data=values, chunks=(5, 10), shuffle=True)
    file.create_dataset("chunks", data=values.astype(">f8"), chunks=(20, 3))
    for number in range(12):
        file[f"größen/größe_{number}"] = np.uint8(number)
    file["wenige/größe"] = np.float16(0.5)


@pytest.fixture(scope="module")
def samples(shared_folder: Path) -> dict[str, list[bytes]]:
    """The files to break, by how they are loaded: the smallest of each kind."""
    folder = shared_folder / "fixtures" / "keras_h5"
    hdf5 = sorted((path.read_bytes() for path in folder.glob("*.h5")), key=len)
    zips = sorted((path.read_bytes() for path in folder.glob("*.keras")), key=len)
    hdf5 = [hdf5_bytes(all_storages), *hdf5[::5]]
    zips = [*zips[::5], deflated(zips[0])]
    models = [path for path in sorted(folder.glob("k*")) if path.suffix in (".h5", ".keras")]
    whole = [path.read_bytes() for path in models if "weights" not in path.name]
    return {"hdf5": hdf5, "zip": zips, "inspect": hdf5 + zips, "model": whole}


def deflated(content: bytes) -> bytes:
    image = io.BytesIO()
    archive = zipfile.ZipFile(io.BytesIO(content))
    with archive, zipfile.ZipFile(image, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            copy.writestr(name, archive.read(name))
    return image.getvalue()


@pytest.mark.parametrize("loader", ["hdf5", "zip", "inspect", "model"])
@fuzzed
@given(st.integers(0, 2**16), BROKEN)
def test_a_broken_file_is_loaded_or_refused(
    loader: str, worker: Worker, samples: dict[str, list[bytes]], which: int, mutations: Any
) -> None:
    files = samples[loader]
    assert worker.load(loader, broken(files[which % len(files)], mutations)) in ("good", "refused")


@fuzzed
@given(st.integers(0, 2**16), BROKEN)
def test_a_model_of_a_changed_configuration_is_loaded_or_refused(
    worker: Worker, samples: dict[str, list[bytes]], which: int, changes: Any
) -> None:
    files = samples["model"]
    content = with_changed_config(files[which % len(files)], changes)
    assert worker.load("model", content) in ("good", "refused")


def test_the_files_are_good_before_they_are_broken(
    worker: Worker, samples: dict[str, list[bytes]]
) -> None:
    for loader, files in samples.items():
        for content in files:
            assert worker.load(loader, content) == "good"


def test_the_worker_tells_every_bad_end(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness that crashes, hangs and greed would be seen."""
    good = hdf5_bytes(lambda file: file.create_dataset("kernel", data=[1.0]))
    assert worker.load("hdf5", good) == "good"
    assert "KeyError" in worker.load("raises", b"")
    assert worker.load("crashes", b"").startswith("died with -")
    with monkeypatch.context() as patch:
        patch.setattr(f"{__name__}.SECONDS", 1)
        assert worker.load("hangs", b"") == "hung for 1 seconds"
    assert "MemoryError" in worker.load("greedy", b"")
    assert worker.load("hdf5", good) == "good"
