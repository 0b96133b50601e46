"""Arithmetic and columns of arrays, for kernels where they can do it: so a step can be replayed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _kernels
from .config import float_type


def combined(a: Any, b: Any, operation: str) -> np.ndarray:
    """Return a + b, a - b, a b, a / b, max(a, b) or min(a, b); shapes broadcast as in numpy.

    Parameters
    ----------
    a, b : array or number
    operation : "add", "subtract", "multiply", "divide", "maximum" or "minimum"
    """
    if not _suit_kernels(a, b):
        return np.asarray(getattr(np, operation)(a, b))
    out = np.empty(a.shape, a.dtype)
    _kernels.combine(_flat(a), _flat(b), operation, out.reshape(-1))
    return out


def scaled(x: np.ndarray, factor: float) -> np.ndarray:
    """Return factor x."""
    if not _suit_kernels(x, x):
        return np.asarray(x * x.dtype.type(factor))
    out = np.empty(x.shape, x.dtype)
    _kernels.scale(_flat(x), factor, out.reshape(-1))
    return out


def won(dy: np.ndarray, a: Any, b: Any, operation: str) -> np.ndarray:
    """Return the gradient for a, where a "maximum" or "minimum" of a and b was taken.

    That is dy where a is the extreme, dy / 2 where both are, else 0.
    """
    if _suit_kernels(a, b) and dy.shape == a.shape and dy.dtype == a.dtype:
        out = np.empty(a.shape, a.dtype)
        _kernels.extreme_vjp(*map(_flat, (a, b, dy)), operation, out.reshape(-1))
        return out
    wins = a > b if operation == "maximum" else a < b
    return np.asarray(dy * np.where(a == b, 0.5, wins).astype(np.result_type(a, b)))


def as_columns(x: np.ndarray, axis: int) -> np.ndarray:
    """View x as a matrix whose rows run from `axis` to the end."""
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


def picked_columns(x: np.ndarray, key: Any) -> tuple[int, int] | None:
    """Where a key picks columns of a matrix, x[:, start:stop], return these; else None."""
    if x.ndim != 2 or x.dtype != float_type(x.dtype) or not isinstance(key, tuple) or len(key) != 2:
        return None
    rows, columns = key
    if rows is not Ellipsis and not (isinstance(rows, slice) and rows == slice(None)):
        return None
    if not isinstance(columns, slice) or columns.step not in (None, 1):
        return None
    start, stop, _ = columns.indices(x.shape[1])
    return start, max(start, stop)


def _flat(x: np.ndarray) -> np.ndarray:
    """View x as one row, or copy it where it does not lie in one piece."""
    return np.ascontiguousarray(x).reshape(-1)


def _suit_kernels(a: Any, b: Any) -> bool:
    """Whether both are arrays of one shape and one float type that the kernels know."""
    return (
        isinstance(a, np.ndarray)
        and isinstance(b, np.ndarray)
        and a.shape == b.shape
        and a.dtype == b.dtype == float_type(a.dtype)
    )
