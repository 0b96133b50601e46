"""The state of a training as one file: plain data as JSON, and its arrays beside it, in HDF5.

Plain data are None, booleans, numbers, strings, arrays of numbers, and lists and dicts of them. In
the JSON an object with the one key "$array" stands for the array of that name; "$list" and "$text"
stand for what is written as an array because it may become long; "$float" for nan, inf and -inf.
"""

from __future__ import annotations

import json
import math
import os
from typing import Any, NoReturn

import numpy as np

from .errors import FileRefused, reading
from .hdf5 import Dataset, Group, read_hdf5
from .hdf5_writing import hdf5_written_whole
from .json_text import parse_json

#: Lists of numbers and texts that are longer than this are written as arrays.
_SHORT = 64

#: Named in the file, so that one of another kind is not taken for it.
_KIND = "nnlite training state 1"


def write_state(path: str | os.PathLike[str], state: Any) -> None:
    """Write plain data to a file, whole or not at all.

    Raises
    ------
    TypeError
        For what is no plain data; the message says where it stands.
    OSError
        Where the file cannot be written.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_encoded(state, "state", arrays), allow_nan=False)
    with hdf5_written_whole(path) as file:
        file.attrs["kind"] = _KIND
        file["json"] = np.frombuffer(text.encode(), np.uint8)
        for place, array in enumerate(arrays):
            file[f"arrays/{place}"] = array


def read_state(path: str | os.PathLike[str]) -> Any:
    """Read what `write_state` has written; nothing in the file is run or imported.

    Raises
    ------
    FileRefused
        For a file that is broken, or of another kind.
    OSError
        Where there is no such file, or it cannot be opened.
    MemoryError
        Where the process has not enough left.
    """
    with reading(path):
        return _state_in(read_hdf5(path), path)


def _state_in(root: Group, path: str | os.PathLike[str]) -> Any:
    if root.attrs.get("kind") != _KIND:
        raise FileRefused(path, "/", f"it is no {_KIND!r}")
    text = root["json"]
    if not isinstance(text, Dataset):
        raise FileRefused(path, "/json", "a dataset was expected")
    data = parse_json(text.read().tobytes(), file=os.fspath(path), place="/json")
    return _Decoder(path, root).decoded(data)


def _encoded(value: Any, place: str, arrays: list[np.ndarray]) -> Any:
    """Return what stands for a value in the JSON, and put its arrays into the list."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, str):
        return value if len(value) <= _SHORT else _kept("$text", _bytes(value), arrays)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return _kept("$array", value, arrays)
    if isinstance(value, (list, tuple)):
        if len(value) > _SHORT and len(kinds := set(map(type, value))) == 1:
            numbers = np.asarray(value) if kinds <= {int, float} else None
            if numbers is not None and numbers.dtype in (np.int64, np.float64):
                return _kept("$list", numbers, arrays)
        return [_encoded(one, f"{place}[{at}]", arrays) for at, one in enumerate(value)]
    if isinstance(value, dict):
        wrong = [key for key in value if not isinstance(key, str) or key.startswith("$")]
        if not wrong:
            return {key: _encoded(one, f"{place}[{key!r}]", arrays) for key, one in value.items()}
        place, value = f"{place}: the key", wrong[0]
    raise TypeError(
        f"{place} is {value!r}, which cannot be kept: give numbers, strings, None, arrays of "
        "numbers, or lists and dicts of them, with strings for keys"
    )


def _kept(kind: str, array: np.ndarray, arrays: list[np.ndarray]) -> dict[str, str]:
    arrays.append(array)
    return {kind: str(len(arrays) - 1)}


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


class _Decoder:
    """Makes plain data of the JSON and the arrays of a file, each of which is read once."""

    def __init__(self, path: str | os.PathLike[str], root: Group) -> None:
        self.path = path
        arrays = root.members.get("arrays")
        self.arrays = dict(arrays.members) if isinstance(arrays, Group) else {}

    def decoded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decoded(one) for one in value]
        if not isinstance(value, dict):
            return value
        marks = [key for key in value if key.startswith("$")]
        if not marks:
            return {key: self.decoded(one) for key, one in value.items()}
        kind, name = marks[0], value[marks[0]]
        if len(value) > 1 or not isinstance(name, str):
            self.refuse(f"{value!r} stands for nothing")
        if kind == "$float":
            if name not in ("nan", "inf", "-inf"):
                self.refuse(f"{name!r} is no such number")
            return float(name)
        array = self.array(name)
        if kind == "$array":
            return array
        if kind == "$list" and array.ndim == 1:
            return array.tolist()
        if kind == "$text" and array.dtype == np.uint8:
            try:
                return array.tobytes().decode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                self.refuse(f"array {name} is no text: {error}")
        self.refuse(f"{kind!r} stands for nothing")

    def array(self, name: str) -> np.ndarray:
        found = self.arrays.pop(name, None)
        if not isinstance(found, Dataset):
            self.refuse(f"there is no array {name!r}, or it was used before")
        return found.read()

    def refuse(self, reason: str) -> NoReturn:
        raise FileRefused(self.path, "/json", reason)
