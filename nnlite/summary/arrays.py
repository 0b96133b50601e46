"""What summaries are given, as arrays of what they can hold; refused where it is none of that."""

from __future__ import annotations

import struct
import warnings
from typing import Any

import numpy as np

Array = np.ndarray

_float32 = struct.Struct("<f")


def array_of(value: Any, what: str) -> Array:
    """Return an array of anything like one.

    Arrays and tensors keep their dtype. Python's floats, also in lists, become float32, and its
    whole numbers int32 where they fit, as in TensorFlow.

    Raises
    ------
    TypeError, ValueError
        Where it is not like an array, such as rows of different lengths.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what} cannot be made an array: {error}") from error
    if hasattr(value, "dtype"):
        return array
    if array.dtype == np.float64:
        with np.errstate(over="ignore"):  # to infinity, as in TensorFlow
            return array.astype(np.float32)
    if array.dtype == np.int64 and (array.astype(np.int32) == array).all():
        return array.astype(np.int32)
    return array


def check_numbers(array: Array, what: str, kinds: str = "biuf") -> None:
    """Raise TypeError for a dtype that is not of these kinds (numpy's letters)."""
    if array.dtype.kind not in kinds:
        raise TypeError(f"{what} must be {_NAMES[kinds]}, not {array.dtype}")


_NAMES = {"biuf": "real numbers", "f": "floats"}


def float32_bytes(value: Any, what: str) -> bytes:
    """Return one number as float32, little-endian."""
    if type(value) is float:
        try:
            return _float32.pack(value)
        except OverflowError:
            return _float32.pack(value * np.inf)
    array = array_of(value, what)
    check_numbers(array, what)
    if array.shape != ():
        raise ValueError(f"{what} must be one number, got an array of shape {array.shape}")
    with np.errstate(over="ignore"):
        return array.astype("<f4").tobytes()


def strings_of(value: Any, what: str) -> tuple[tuple[int, ...], list[bytes]]:
    """Return the shape of strings, and each one as UTF-8, in rows.

    Raises
    ------
    TypeError
        Where an element is no string: also where rows have different lengths.
    ValueError
        Where a string is no text (half of a surrogate pair).
    """
    if isinstance(value, (str, bytes)):
        return (), [_utf8(value, what)]
    array = np.asarray(value, object)
    return array.shape, [_utf8(item, what) for item in array.ravel().tolist()]


def _utf8(item: Any, what: str) -> bytes:
    if isinstance(item, bytes):
        return item
    if not isinstance(item, str):
        kind = type(item).__name__
        raise TypeError(f"{what} must be strings, in rows of one length; got {kind}: {item!r:.60}")
    try:
        return item.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} is no text: {error}") from error


def check_axes(array: Array, what: str, axes: str) -> None:
    """Raise ValueError for an array that has not these axes, such as "[k, height, width]"."""
    ndim = axes.count(",") + 1
    if array.ndim != ndim:
        raise ValueError(f"{what} must have the {ndim} axes {axes}, got shape {array.shape}")


def warn_of(count: int, size: int, what: str, done: str) -> None:
    """Warn that some of the values are no numbers, and of what was done with them."""
    if count:
        warnings.warn(f"{what}: {count} of {size} values {done}", RuntimeWarning, stacklevel=4)
