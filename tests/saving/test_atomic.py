"""A crash at any moment leaves the old file or the new one, whole."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from nnlite.saving import atomic
from nnlite.saving.atomic import sweep, written_whole
from nnlite.saving.hdf5_writing import hdf5_in_memory, hdf5_written_whole

pytestmark = pytest.mark.one_table

#: A child writes versions of a file for ever: 300 kB of one byte each, so that a mixture shows.
WRITER = """
import sys
from pathlib import Path
from nnlite.saving.atomic import written_whole

version = 1
while True:
    with written_whole(sys.argv[1]) as path, open(path, "wb") as file:
        for _ in range(30):
            file.write(bytes([version]) * 10_000)
    print(version, flush=True)
    version = version % 250 + 1
"""

#: A child fails in the middle of a write, as on a full disk: no file of it may pass 64 KiB.
FULL_DISK = """
import resource, sys
import numpy as np
from nnlite.saving.hdf5_writing import hdf5_written_whole

resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    with hdf5_written_whole(sys.argv[1]) as file:
        for number in range(10):
            file[f"kernel_{number}"] = np.ones(5000)
except OSError as error:
    print(error.errno)
"""


def half_written(target: Path, error: type[BaseException]) -> None:
    with written_whole(target) as path:
        path.write_bytes(b"half")
        raise error


def written(target: Path) -> None:
    with written_whole(target) as path:
        path.write_bytes(b"new")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_takes_the_place(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    for content in (b"old", b"new"):
        with written_whole(target) as path:
            assert path.parent == tmp_path
            path.write_bytes(content)
        assert target.read_bytes() == content
        assert names(tmp_path) == ["model.h5"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_an_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "model.h5"
    target.write_bytes(b"old")
    with pytest.raises(error):
        half_written(target, error)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["model.h5"]


def test_where_nothing_was_written_the_old_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    target.write_bytes(b"old")
    with pytest.raises(FileNotFoundError), written_whole(target):
        pass
    assert target.read_bytes() == b"old"


def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        done.append("folder" if is_folder else f"file of {os.fstat(descriptor).st_size}")
        fsync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        done.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    with written_whole(tmp_path / "model.h5") as path:
        path.write_bytes(b"12345")
    assert done == ["file of 5", "rename", "folder"]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    real = tmp_path / "disk" / "model.h5"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "latest.h5"
    link.symlink_to(real)
    with written_whole(link) as path:
        path.write_bytes(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_only_files_are_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    before = names(tmp_path)
    for name in before:
        with pytest.raises(OSError, match="it is there, and no file"):
            written(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        written(tmp_path / "missing" / "model.h5")
    assert names(tmp_path) == before


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    rng = np.random.default_rng(0)
    left = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()  # one version is whole: from here on there is always a file
        time.sleep(rng.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        content = target.read_bytes()
        assert len(content) == 300_000
        assert len(set(content)) == 1
        left += len(names(tmp_path)) - 1
        with written_whole(target) as path:  # the next write sweeps
            path.write_bytes(b"\xff" * 300_000)
        assert names(tmp_path) == ["model.h5"]
    assert left > 0, "no child was killed in the middle of a write"


def test_ctrl_c_leaves_a_whole_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    for moment in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.005 * moment)
        child.send_signal(signal.SIGINT)
        child.wait()
        child.stdout.close()
        assert names(tmp_path) == ["model.h5"]
        assert len(target.read_bytes()) == 300_000


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    target.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(target)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{errno.EFBIG}\n"
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["model.h5"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_no_space_is_told_as_such(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    target.write_bytes(b"old")

    def fill() -> None:
        with written_whole(target) as path:
            path.symlink_to("/dev/full")
            path.write_bytes(b"new" * 10_000)

    with pytest.raises(OSError) as raised:
        fill()
    assert raised.value.errno == errno.ENOSPC
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["model.h5"]


def test_an_hdf5_file_is_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "model.h5"
    with hdf5_written_whole(target) as file:
        file["dense/kernel"] = np.arange(6.0).reshape(2, 3)
        assert names(tmp_path) == []
    with h5py.File(target) as file:
        np.testing.assert_array_equal(file["dense/kernel"][()], np.arange(6.0).reshape(2, 3))

    def half() -> None:
        with hdf5_written_whole(target) as file:
            file["other"] = np.zeros(3)
            raise ValueError

    with pytest.raises(ValueError):
        half()
    with h5py.File(target) as file:
        assert list(file) == ["dense"]


def test_an_hdf5_file_in_memory_is_that_of_the_disk(tmp_path: Path) -> None:
    with hdf5_in_memory() as (file, image):
        file["bias"] = np.arange(3)
    (tmp_path / "model.h5").write_bytes(image)
    with h5py.File(tmp_path / "model.h5") as file:
        np.testing.assert_array_equal(file["bias"][()], [0, 1, 2])


def test_temporaries_of_the_living_and_of_other_machines_stay(tmp_path: Path) -> None:
    here = atomic._machine()
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    kept = [
        f".nnlite-{os.getppid()}-{here}-{'0' * 16}.partial",  # of a living process
        f".nnlite-{dead}-{'0' * 8}-{'0' * 16}.partial",  # of another machine
        f"nnlite-{dead}-{here}-{'0' * 16}.partial",  # no temporary at all
    ]
    gone = [
        f".nnlite-{dead}-{here}-{'0' * 16}.partial",
        f".nnlite-{os.getpid()}-{here}-{'0' * 16}.partial",  # of one that had our number before
    ]
    for name in kept + gone:
        (tmp_path / name).write_bytes(b"half")
    with written_whole(tmp_path / "model.h5") as path:
        path.write_bytes(b"new")
        assert sweep(tmp_path) == []
        assert path.exists()
    assert names(tmp_path) == sorted([*kept, "model.h5"])
