"""HDF5 files are read as h5py reads them, and what no model's file needs is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nnlite.saving.errors import FileRefused
from nnlite.saving.hdf5 import Dataset, Group, read_hdf5
from nnlite.saving.limits import Limits

pytestmark = pytest.mark.one_table

#: The three ways: without the HDF5 library, with it in this process, with it in a child.
WAYS = (None, False, True)


def hdf5_bytes(fill, **options: Any) -> bytes:
    """What `fill` writes into a file that h5py makes."""
    image = io.BytesIO()
    with h5py.File(image, "w", **options) as file:
        fill(file)
    return image.getvalue()


def assert_same_values(value: Any, expected: Any) -> None:
    if isinstance(expected, bytes):
        expected = expected.decode()
    elif isinstance(expected, np.ndarray) and expected.dtype.kind in "OS":
        expected = [one.decode() if isinstance(one, bytes) else one for one in expected]
    assert type(value) is type(expected)
    if isinstance(expected, np.ndarray | np.generic):
        assert value.dtype == expected.dtype.newbyteorder("=")
        assert value.shape == expected.shape
    np.testing.assert_array_equal(value, expected)


def assert_same(ours: Group, theirs: Any) -> int:
    """Compare a tree with h5py's, and return how many arrays it has."""
    assert list(ours.members) == list(theirs)
    arrays = 0
    for one, other in [(ours, theirs), *((ours[name], theirs[name]) for name in theirs)]:
        assert one.path == other.name
        assert one.attrs.keys() == other.attrs.keys()
        for name, value in one.attrs.items():
            assert_same_values(value, other.attrs[name])
        if isinstance(one, Dataset):
            assert (one.shape, one.dtype) == (other.shape, other.dtype.newbyteorder("="))
            values = one.read()
            assert values.dtype.isnative
            assert values.flags.writeable
            assert (values.shape, values.dtype) == (one.shape, one.dtype)
            np.testing.assert_array_equal(values, other[()])
            arrays += 1
        elif one is not ours:
            arrays += assert_same(one, other)
    return arrays


def real_files(shared_folder: Path) -> dict[str, bytes]:
    """All HDF5 files that both generations of Keras wrote, those inside of .keras files too."""
    folder = shared_folder / "fixtures" / "keras_h5"
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.h5"))}
    for path in sorted(folder.glob("*.keras")):
        with zipfile.ZipFile(path) as archive:
            files[path.name] = archive.read("model.weights.h5")
    return files


def test_every_file_of_keras_reads_as_h5py_reads_it(shared_folder: Path) -> None:
    files = real_files(shared_folder)
    assert len(files) > 40
    for content in files.values():
        with h5py.File(io.BytesIO(content)) as file:
            for isolate in (None, False):
                assert assert_same(read_hdf5(content, isolate=isolate), file) > 3


def test_a_file_of_keras_in_a_child(shared_folder: Path) -> None:
    path = shared_folder / "fixtures" / "keras_h5" / "k3_zoo_adam.h5"
    with h5py.File(path) as file:
        assert assert_same(read_hdf5(path, isolate=True), file) > 3


#: What h5py is told about how to store an array.
STORAGES = (
    {},
    {"chunks": True},
    {"chunks": True, "compression": "gzip"},
    {"chunks": True, "compression": "gzip", "shuffle": True},
    {"chunks": True, "shuffle": True},
    {"chunks": True, "compression": "gzip", "maxshape": (None, None)},
)
DTYPES = st.sampled_from(["<f4", "<f8", ">f4", "<f2", "<i8", "u1", ">i2", "<u4"])


@pytest.mark.parametrize("isolate", [None, False])
@settings(max_examples=40, deadline=None)
@given(
    array=DTYPES.flatmap(
        lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=2, max_dims=2, max_side=40))
    ),
    storage=st.sampled_from(STORAGES),
    side=st.integers(1, 50),
)
def test_every_way_of_storing_numbers(array, storage, side: int, isolate: bool | None) -> None:
    options = dict(storage)
    if options.get("chunks"):
        options["chunks"] = tuple(min(side, size) for size in array.shape)

    def fill(file: Any) -> None:
        file.create_dataset("layer/kernel", data=array, **options)

    content = hdf5_bytes(fill)
    with h5py.File(io.BytesIO(content)) as file:
        assert assert_same(read_hdf5(content, isolate=isolate), file) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0/."), min_size=1, max_size=20),
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300),
            st.lists(st.sampled_from(["dense", "größe", ""]), min_size=1, max_size=5),
            npst.arrays(DTYPES, npst.array_shapes(max_dims=3, max_side=4)),
            st.floats(allow_nan=False),
            st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=6,
    )
)
def test_every_kind_of_attribute(attributes: dict[str, Any]) -> None:
    def fill(file: Any) -> None:
        for name, value in attributes.items():
            file.create_group(name).attrs[name] = value

    content = hdf5_bytes(fill)
    with h5py.File(io.BytesIO(content)) as file:
        assert_same(read_hdf5(content), file)


def test_texts_of_one_length_and_numbers_that_are_one_byte_apart() -> None:
    def fill(file: Any) -> None:
        file.attrs["names"] = np.array([b"dense", b"dense_1"])
        file.attrs["name"] = np.bytes_(b"model")
        file.attrs["empty"] = np.zeros(0)
        file["scalar"] = np.float32(3)
        file["none"] = np.zeros((0, 4), "f4")
        for number in range(300):  # more than fit into one node of a B-tree
            file[f"many/{number}"] = np.uint8(number % 256)

    content = hdf5_bytes(fill)
    with h5py.File(io.BytesIO(content)) as file:
        assert assert_same(read_hdf5(content), file) == 302


@pytest.mark.parametrize("count", [1, 8, 9, 50, 1100])
def test_names_that_are_not_ascii(count: int) -> None:
    """A group with such a name has another format, and a third one with more than 8 members."""

    def fill(file: Any) -> None:
        for number in range(count):
            file[f"model_weights/größe_{number:05}/kernel:0"] = np.full(2, number)
        file["model_weights/größe_00000"].attrs["größen"] = ["größe"]

    content = hdf5_bytes(fill)
    with h5py.File(io.BytesIO(content)) as file:
        assert assert_same(read_hdf5(content), file) == count


def test_a_compact_array() -> None:
    def fill(file: Any) -> None:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        made = h5py.h5d.create(file.id, b"bias", h5py.h5t.NATIVE_FLOAT, space, properties)
        h5py.Dataset(made)[...] = [1, 2, 3]

    np.testing.assert_array_equal(read_hdf5(hdf5_bytes(fill))["bias"].read(), [1, 2, 3])


def test_the_tree_by_paths_and_what_is_missing() -> None:
    root = read_hdf5(hdf5_bytes(lambda file: file.create_dataset("dense/vars/0", data=[1.0])))
    assert root["dense/vars/0"] is root["dense"]["vars"]["/0"]
    with pytest.raises(FileRefused, match="at /dense/vars: there is no '1'") as raised:
        root["dense/vars/1"]
    assert raised.value.place == "/dense/vars"
    with pytest.raises(FileRefused, match="at /dense/vars/0: there is no 'x'"):
        root["dense/vars/0/x"]


@pytest.mark.parametrize("isolate", WAYS)
def test_what_is_no_hdf5_file(tmp_path: Path, isolate: bool | None) -> None:
    path = tmp_path / "model.h5"
    for content in (b"", b"PK\3\4", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)):
        path.write_bytes(content)
        with pytest.raises(FileRefused, match=r"model\.h5 was refused, at /"):
            read_hdf5(path, isolate=isolate)
    with pytest.raises(FileNotFoundError):
        read_hdf5(tmp_path / "missing.h5", isolate=isolate)
    with pytest.raises(OSError):
        read_hdf5(tmp_path, isolate=isolate)


def test_only_ordinary_files_are_read() -> None:
    with pytest.raises(FileRefused, match="no ordinary file"):
        read_hdf5("/dev/zero")


@pytest.mark.parametrize("end", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut(end: float) -> None:
    content = hdf5_bytes(lambda file: file.create_dataset("kernel", data=np.ones((100, 100))))
    with pytest.raises(FileRefused):
        read_hdf5(content[: int(len(content) * end)])


def test_newer_formats_are_read_by_the_library_and_the_refusal_says_so() -> None:
    def fill(file: Any) -> None:
        for number in range(20):
            file[f"many/{number}"] = np.arange(number)
            file.attrs[f"name {number}"] = "text"

    content = hdf5_bytes(fill, libver="latest", track_order=True)
    with pytest.raises(FileRefused, match="isolate=True reads it"):
        read_hdf5(content)
    for isolate in (False, True):
        root = read_hdf5(content, isolate=isolate)
        assert len(root.attrs) == 20
        np.testing.assert_array_equal(root["many/7"].read(), np.arange(7))


@pytest.mark.parametrize("limit", ["weight_bytes", "attribute_bytes", "records", "path_depth"])
def test_every_limit_is_told_by_its_name(limit: str) -> None:
    def fill(file: Any) -> None:
        file["a/b/c/d/kernel"] = np.ones((10, 10))
        file.attrs["model_config"] = "{}" * 1000

    content = hdf5_bytes(fill)
    read_hdf5(content, limits=Limits(weight_bytes=800, attribute_bytes=5000))
    with pytest.raises(FileRefused, match=f"Limits.{limit}"):
        read_hdf5(content, limits=Limits(**{limit: 4}))
