"""One crafted file for each way in which a file of weights could be a weapon; all are refused."""

import io
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnlite.saving import hdf5_library
from nnlite.saving.errors import FileRefused
from nnlite.saving.hdf5 import Group, read_hdf5
from nnlite.saving.limits import Limits

from .test_hdf5 import WAYS, hdf5_bytes

pytestmark = pytest.mark.one_table


def soft_link(file: Any) -> None:
    file["model_weights/dense/kernel"] = np.ones(3)
    file["model_weights/dense/bias"] = h5py.SoftLink("/model_weights/dense/kernel")


def soft_link_on_the_way(file: Any) -> None:
    file["elsewhere/kernel"] = np.ones(3)
    file["model_weights/dense"] = h5py.SoftLink("/elsewhere")


def soft_link_beside_names_that_are_not_ascii(file: Any) -> None:
    file["größe/kernel"] = np.ones(3)
    file["größe/bias"] = h5py.SoftLink("kernel")


def external_link(file: Any) -> None:
    """Another HDF5 file of this machine, which the library would open."""
    file["model_weights/dense"] = h5py.ExternalLink("/etc/secrets.h5", "/")


def external_storage(file: Any) -> None:
    """CVE-2026-1669: the numbers are any file of this machine, and go on to whoever gets them."""
    file.create_dataset("model_weights/kernel", (100,), "u1", external=[("/etc/passwd", 0, 100)])


def virtual_dataset(file: Any) -> None:
    layout = h5py.VirtualLayout((100,), "f4")
    layout[:] = h5py.VirtualSource("/etc/secrets.h5", "weights", shape=(100,))
    file.create_virtual_dataset("model_weights/kernel", layout)


def declared_shape(file: Any) -> None:
    """CVE-2026-0897: a few bytes that declare petabytes."""
    file.create_dataset("model_weights/kernel", (2**24, 2**24), "f8")


def declared_and_never_written(file: Any) -> None:
    file.create_dataset("model_weights/kernel", (2**24,), "f4")


def declared_in_chunks(file: Any) -> None:
    file.create_dataset("model_weights/kernel", (2**24, 2**24), "f8", chunks=(2**10, 2**10))


def declared_in_chunks_and_never_written(file: Any) -> None:
    file.create_dataset("model_weights/kernel", (2**12, 2**12), "f4", chunks=(2**10, 2**10))


def compressed_bomb(file: Any) -> None:
    """Zeros: 1,000 to 1."""
    file.create_dataset("model_weights/kernel", data=np.zeros((2**12, 2**13)), compression="gzip")


def many_that_are_too_much_together(file: Any) -> None:
    for number in range(20):
        file.create_dataset(f"model_weights/{number}", data=np.zeros(2**20), compression="gzip")


def compound(file: Any) -> None:
    file["model_weights/kernel"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def reference(file: Any) -> None:
    file["model_weights/kernel"] = np.zeros(3)
    file["model_weights/bias"] = np.array([file["model_weights/kernel"].ref], h5py.ref_dtype)


def reference_as_attribute(file: Any) -> None:
    file["model_weights/kernel"] = np.zeros(3)
    file.attrs["layer_names"] = file["model_weights/kernel"].ref


def sequences(file: Any) -> None:
    made = file.create_dataset("model_weights/kernel", (2,), h5py.vlen_dtype(np.float32))
    made[0] = [1, 2, 3]


def texts(file: Any) -> None:
    file["model_weights/kernel"] = ["import os", "os.system('true')"]


def opaque(file: Any) -> None:
    file["model_weights/kernel"] = np.void(b"\x80\x04pickled.")


def enumeration(file: Any) -> None:
    file["model_weights/kernel"] = np.array([True, False])


def array_elements(file: Any) -> None:
    kind = h5py.h5t.array_create(h5py.h5t.NATIVE_FLOAT, (3,))
    h5py.h5a.create(file.id, b"layer_names", kind, h5py.h5s.create(h5py.h5s.SCALAR))


def complex_numbers(file: Any) -> None:
    file["model_weights/kernel"] = np.zeros(3, "c8")


def committed_type(file: Any) -> None:
    file["model_weights/kind"] = np.dtype("f4")
    file.create_dataset("model_weights/kernel", data=[1.0], dtype=file["model_weights/kind"])


def filter_lzf(file: Any) -> None:
    file.create_dataset("model_weights/kernel", data=np.ones(100), compression="lzf")


def filter_fletcher32(file: Any) -> None:
    file.create_dataset("model_weights/kernel", data=np.ones(100), fletcher32=True)


def filter_scaleoffset(file: Any) -> None:
    file.create_dataset("model_weights/kernel", data=np.ones(100, "i4"), scaleoffset=4)


def circle(file: Any) -> None:
    file["model_weights/dense/kernel"] = np.ones(3)
    file["model_weights/dense/again"] = file["model_weights"]


def circle_of_the_root(file: Any) -> None:
    file["model_weights/root"] = file["/"]


def doubling(file: Any) -> None:
    """Every group is there twice in the one above: 2**40 paths in a few kilobytes."""
    group = file.create_group("last")
    for number in range(40):
        above = file.create_group(f"level_{number}")
        above["a"] = above["b"] = group
        group = above


def very_deep(file: Any) -> None:
    file.create_group("/".join(["deeper"] * 3000))


CRAFTED = {
    soft_link: ("/model_weights/dense", "soft"),
    soft_link_on_the_way: ("/model_weights", "soft"),
    soft_link_beside_names_that_are_not_ascii: ("/größe", "soft"),
    external_link: ("/model_weights", "external link"),
    external_storage: ("/model_weights/kernel", "other files"),
    virtual_dataset: ("/model_weights/kernel", "virtual"),
    declared_shape: ("/model_weights/kernel", "Limits.weight_bytes"),
    declared_and_never_written: ("/model_weights/kernel", "holds no numbers"),
    declared_in_chunks: ("/model_weights/kernel", "Limits.weight_bytes"),
    declared_in_chunks_and_never_written: ("/model_weights/kernel", "holds no numbers"),
    compressed_bomb: ("/model_weights/kernel", "Limits.weight_bytes"),
    many_that_are_too_much_together: ("/model_weights/", "Limits.weight_bytes"),
    compound: ("/model_weights/kernel", "compounds|V8|'a'"),
    reference: ("/model_weights/bias", "references|object"),
    reference_as_attribute: ("/, attribute 'layer_names'", "references|object"),
    sequences: ("/model_weights/kernel", "sequences|object"),
    texts: ("/model_weights/kernel", "text|object"),
    opaque: ("/model_weights/kernel", "opaque|V"),
    enumeration: ("/model_weights/kernel", "enumerations|bool"),
    array_elements: ("/, attribute 'layer_names'", "arrays as elements|numbers and text"),
    complex_numbers: ("/model_weights/kernel", "compounds|complex|type 11"),
    committed_type: ("/model_weights/k", "somewhere else|neither"),
    filter_lzf: ("/model_weights/kernel", "lzf|32000"),
    filter_fletcher32: ("/model_weights/kernel", "fletcher32|3"),
    filter_scaleoffset: ("/model_weights/kernel", "scaleoffset|6"),
    circle: ("/model_weights/dense/again", "second link"),
    circle_of_the_root: ("/model_weights/root", "second link"),
    doubling: ("/level", "second link"),
    very_deep: ("/deeper", "Limits.path_depth"),
}

#: As much as the crafted files may ask for.
LIMITS = Limits(weight_bytes=128 * 2**20)


def assert_refused(craft, isolate: bool | None, path: Path) -> None:
    place, reason = CRAFTED[craft]
    path.write_bytes(hdf5_bytes(craft))
    with pytest.raises(FileRefused, match=reason) as raised:
        read_hdf5(path, limits=LIMITS, isolate=isolate)
    assert raised.value.file == str(path)
    assert raised.value.place.startswith(place)


@pytest.mark.parametrize("isolate", [None, False])
@pytest.mark.parametrize("craft", CRAFTED, ids=lambda craft: craft.__name__)
def test_a_crafted_file_is_refused(craft, isolate: bool | None, tmp_path: Path) -> None:
    assert_refused(craft, isolate, tmp_path / "model.h5")


@pytest.mark.parametrize("craft", [external_storage, virtual_dataset, declared_shape, circle])
def test_a_child_refuses_as_well(craft, tmp_path: Path) -> None:
    assert_refused(craft, True, tmp_path / "model.h5")


@pytest.mark.parametrize("craft", CRAFTED, ids=lambda craft: craft.__name__)
def test_a_refusal_takes_neither_memory_nor_time(craft) -> None:
    content = hdf5_bytes(craft)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(FileRefused):
        read_hdf5(content, limits=LIMITS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20 + 5 * len(content)
    assert time.perf_counter() - start < 2


def read_all(group: Group) -> None:
    for member in group.members.values():
        if isinstance(member, Group):
            read_all(member)
        else:
            member.read()


def test_a_chunk_that_inflates_to_more_than_belongs_there() -> None:
    """The shape is modest; one compressed chunk is not."""
    import zlib

    def fill(file: Any) -> None:
        made = file.create_dataset(
            "kernel", (100, 100), "f4", chunks=(100, 100), compression="gzip"
        )
        made.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**26)))

    root = read_hdf5(hdf5_bytes(fill))
    tracemalloc.start()
    with pytest.raises(FileRefused, match="cut, or holds more than its 40,000 bytes") as raised:
        read_all(root)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert raised.value.place == "/kernel"


def test_a_child_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where the HDF5 library dies with SIGSEGV."""
    script = tmp_path / "dies.py"
    script.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(hdf5_library, "__file__", str(script))
    with pytest.raises(FileRefused, match="died of it, in a child process"):
        read_hdf5(hdf5_bytes(soft_link), isolate=True)


def test_a_child_that_hangs_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text("import time; time.sleep(1000)")
    monkeypatch.setattr(hdf5_library, "__file__", str(script))
    with pytest.raises(FileRefused, match=r"more than 0\.5 seconds"):
        read_hdf5(hdf5_bytes(soft_link), isolate=True, limits=Limits(seconds=0.5))


def test_the_child_can_open_no_file_and_has_little_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is behind the checks, should they be passed by."""
    script = tmp_path / "tries.py"
    script.write_text(f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("library", {hdf5_library.__file__!r})
library = importlib.util.module_from_spec(spec)
spec.loader.exec_module(library)

def plain(*arguments):
    tried = []
    for attempt in (lambda: open("/etc/passwd"), lambda: bytearray(2**33)):
        try:
            attempt()
        except (OSError, MemoryError) as error:
            tried.append(type(error).__name__)
    raise library.Refusal("/", " ".join(tried))

library.plain = plain
sys.exit(library.main(*sys.argv[1:]))
""")
    monkeypatch.setattr(hdf5_library, "__file__", str(script))
    with pytest.raises(FileRefused, match="OSError MemoryError"):
        read_hdf5(b"", isolate=True, limits=LIMITS)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.h5")
    with pytest.raises(FileRefused, match="no ordinary file"):
        read_hdf5(tmp_path / "model.h5")


def test_files_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(hdf5_bytes(lambda file: file.create_dataset("kernel", data=np.ones(3))))
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    root = read_hdf5(path)
    path.unlink()
    read_all(root)
    assert len(os.listdir("/proc/self/fd")) == len(before) if before else True


def test_h5py_itself_would_follow_the_crafted_files(tmp_path: Path) -> None:
    """The witness that the crafted files do what they are said to."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"0123456789" * 10)

    def fill(file: Any) -> None:
        file.create_dataset("kernel", (100,), "u1", external=[(str(secret), 0, 100)])

    content = hdf5_bytes(fill)
    (tmp_path / "model.h5").write_bytes(content)
    with h5py.File(tmp_path / "model.h5") as file:
        assert file["kernel"][()].tobytes() == secret.read_bytes()
    for isolate in WAYS:
        with pytest.raises(FileRefused, match="other files"):
            read_hdf5(content, isolate=isolate)
    assert io.BytesIO(content).getvalue() == content
