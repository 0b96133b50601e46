"""Plain data in a file: what can be written comes back, and nothing else is let in."""

import contextlib
import json

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from nnlite.saving.errors import FileRefused
from nnlite.saving.states import read_state, write_state

pytestmark = pytest.mark.one_table

ARRAYS = st_numpy.arrays(
    st.sampled_from(["<f4", "<f8", "<i8", "u1", "<u4"]),
    st_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | st.text()
NUMBERS = st.lists(st.floats(), max_size=200) | st.lists(st.integers(), max_size=200)
KEYS = st.text().filter(lambda key: not key.startswith("$"))
PLAIN = st.recursive(
    SCALARS | ARRAYS | NUMBERS | st.text(min_size=100),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


def same(a, b) -> bool:
    """Whether two plain data are the same to the bit and the type."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    if isinstance(a, float):
        return repr(a) == repr(b)
    return a == b


@settings(deadline=None, max_examples=150)
@given(value=PLAIN)
def test_plain_data_come_back_to_the_bit(value, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("states") / "state.h5"
    write_state(path, value)
    assert same(value, read_state(path))


def test_tuples_come_back_as_lists_and_numbers_of_numpy_as_pythons(tmp_path) -> None:
    write_state(tmp_path / "state.h5", {"a": (1, (2.5,)), "b": np.float32(0.1), "c": np.int64(3)})
    expected = {"a": [1, [2.5]], "b": float(np.float32(0.1)), "c": 3}
    assert same(read_state(tmp_path / "state.h5"), expected)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, {"b": object()}]}, r"state\['a'\]\[1\]\['b'\] is <object"),
        ({"a": {3: 1}}, r"state\['a'\]: the key is 3"),
        ({"$array": "0"}, r"state: the key is '\$array'"),
        ([np.array(["text"])], r"state\[0\] is array\("),
        ([lambda: 0], r"state\[0\] is <function"),
        ({1, 2}, r"state is \{1, 2\}"),
    ],
)
def test_what_is_no_plain_data_is_refused_and_nothing_is_written(value, place, tmp_path) -> None:
    with pytest.raises(TypeError, match=place):
        write_state(tmp_path / "state.h5", value)
    assert list(tmp_path.iterdir()) == []


def crafted(path, data, arrays=(), kind="nnlite training state 1") -> None:
    with h5py.File(path, "w") as file:
        file.attrs["kind"] = kind
        text = data if isinstance(data, str) else json.dumps(data)
        file["json"] = np.frombuffer(text.encode(), np.uint8)
        for name, array in enumerate(arrays):
            file[f"arrays/{name}"] = array


@pytest.mark.parametrize(
    ("data", "arrays", "reason"),
    [
        ("{", [], "not JSON"),
        ({"$array": "0"}, [], "no array '0'"),
        ([{"$array": "0"}, {"$array": "0"}], [[1]], "used before"),
        ({"$array": "0", "b": 1}, [[1]], "stands for nothing"),
        ({"$array": ["0"]}, [[1]], "stands for nothing"),
        ({"$float": "1e400"}, [], "no such number"),
        ({"$text": "0"}, [[1.5]], r"'\$text' stands for nothing"),
        ({"$text": "0"}, [np.array([255], np.uint8)], "no text"),
        ({"$list": "0"}, [[[1]]], r"'\$list' stands for nothing"),
        ({"$import": "os"}, [], "no array 'os'"),
    ],
)
def test_what_no_writer_writes_is_refused(data, arrays, reason, tmp_path) -> None:
    path = tmp_path / "state.h5"
    crafted(path, data, arrays)
    with pytest.raises(FileRefused, match=reason):
        read_state(path)


def test_a_file_of_another_kind_is_refused(tmp_path) -> None:
    crafted(tmp_path / "state.h5", {}, kind="a cake")
    with pytest.raises(FileRefused, match="it is no 'nnlite training state 1'"):
        read_state(tmp_path / "state.h5")
    (tmp_path / "state.h5").write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(FileRefused, match="no HDF5 file"):
        read_state(tmp_path / "state.h5")


def test_a_file_that_is_cut_or_changed_never_does_anything_else_than_be_refused(tmp_path) -> None:
    path = tmp_path / "state.h5"
    write_state(path, {"a": np.arange(20.0), "b": [1.5] * 100, "c": "text" * 100, "d": None})
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(400):
        data = bytearray(whole)
        if random.random() < 0.3:
            data = data[: random.integers(len(data))]
        for place in random.integers(0, max(1, len(data)), size=3):
            if data:
                data[place] ^= 1 << random.integers(8)
        path.write_bytes(data)
        with contextlib.suppress(FileRefused):
            read_state(path)
