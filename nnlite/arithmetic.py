"""Arithmetic and columns of arrays, for kernels where they can do it: so a step can be replayed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import _kernels
from .config import float_type


def combined(a: Any, b: Any, operation: str) -> np.ndarray:
    """Return a + b, a - b, a b, a / b, aᵇ, max(a, b), min(a, b), or 1 where a = b, else 0.

    Shapes broadcast as in numpy.

    Parameters
    ----------
    a, b : array or number
        A Python number takes the type of the other one.
    operation : "add", "subtract", "multiply", "divide", "power", "maximum", "minimum" or "equal"
    """
    alike = _alike(a, b)
    if alike is None:
        return np.asarray(getattr(np, operation)(a, b))
    a, b = alike
    out = np.empty(a.shape, a.dtype)
    _kernels.combine(_flat(a), _flat(b), operation, out.reshape(-1))
    return out


def multiplied(a: Any, b: Any) -> np.ndarray:
    """a b; by a Python number, as in x * 2, it is a kernel too."""
    if isinstance(a, (int, float)):
        a, b = b, a
    if isinstance(b, (int, float)) and isinstance(a, np.ndarray) and a.dtype.kind == "f":
        return scaled(a, b)
    return combined(a, b, "multiply")


def scaled(x: np.ndarray, factor: float) -> np.ndarray:
    """Return factor x."""
    if not _suits_kernels(x):
        return np.asarray(x * x.dtype.type(factor))
    out = np.empty(x.shape, x.dtype)
    _kernels.scale(_flat(x), factor, out.reshape(-1))
    return out


def transformed(x: Any, function: str) -> np.ndarray:
    """Return |x|, its sign, √x, eˣ or ln x: `function` is "abs", "sign", "sqrt", "exp" or "log"."""
    if not _suits_kernels(x):
        return np.asarray(getattr(np, function)(x))
    out = np.empty(x.shape, x.dtype)
    _kernels.transform(_flat(x), function, out.reshape(-1))
    return out


def clipped(x: Any, low: Any, high: Any) -> np.ndarray:
    """Return x, but at least `low` and at most `high`."""
    if not (_suits_kernels(x) and _is_number(low) and _is_number(high)):
        return np.asarray(np.clip(x, low, high))
    out = np.empty(x.shape, x.dtype)
    _kernels.clip(_flat(x), low, high, out.reshape(-1))
    return out


def clipped_gradient(dy: np.ndarray, x: Any, low: Any, high: Any) -> np.ndarray:
    """Return dy where x lies within `low` and `high`, else 0."""
    if not (_suits_kernels(x) and _is_number(low) and _is_number(high) and dy.dtype == x.dtype):
        return np.asarray(dy * ((x >= low) & (x <= high)))
    out = np.empty(x.shape, x.dtype)
    _kernels.clip_vjp(_flat(x), _flat(dy), low, high, out.reshape(-1))
    return out


def mask_filled(x: np.ndarray, mask: np.ndarray, value: float) -> np.ndarray:
    """Return x where the mask is true, or above a half, and `value` elsewhere.

    The mask has the shape of x, or one that broadcasts to it.
    """
    keep = broadcast(np.asarray(mask, x.dtype), x.shape)
    if not _suits_kernels(x):
        return np.where(keep > 0.5, x, value).astype(x.dtype)
    out = np.empty(x.shape, x.dtype)
    _kernels.mask_fill(_flat(x), _flat(keep), value, out.reshape(-1))
    return out


def won(dy: np.ndarray, a: Any, b: Any, operation: str) -> np.ndarray:
    """Return the gradient for a, where a "maximum" or "minimum" of a and b was taken.

    That is dy where a is the extreme, dy / 2 where both are, else 0.
    """
    alike = _alike(a, b)
    if alike is not None and dy.shape == alike[0].shape and dy.dtype == alike[0].dtype:
        out = np.empty(dy.shape, dy.dtype)
        _kernels.extreme_vjp(*map(_flat, (*alike, dy)), operation, out.reshape(-1))
        return out
    wins = a > b if operation == "maximum" else a < b
    return np.asarray(dy * np.where(a == b, 0.5, wins).astype(np.result_type(a, b)))


# ------------------------------------------------------------------ broadcasting, and its undoing


def broadcast(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return x repeated to `shape`, as numpy broadcasts it."""
    if x.shape == shape:
        return x
    if not _suits_kernels(x):
        return np.broadcast_to(x, shape)
    sizes = [1] * (len(shape) - x.ndim) + list(x.shape)
    stretched = [axis for axis, size in enumerate(shape) if sizes[axis] != size]
    for first, end in _runs(stretched):
        before, after = math.prod(sizes[:first]), math.prod(sizes[end:])
        out = np.empty((before, math.prod(shape[first:end]) * after), x.dtype)
        _kernels.tile(_flat(x).reshape(before, after), out)
        sizes[first:end] = shape[first:end]
        x = out
    return x.reshape(shape)


def summed(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Return Σ x over an axis, several, or all, as `np.sum` does; floats are added in float64."""
    if not _suits_kernels(x) or _beyond(x, axis):
        return np.asarray(np.sum(x, axis=axis, keepdims=keepdims))
    return _reduced(x, axis, keepdims, _kernels.sum_tiles)


def extreme(x: np.ndarray, operation: str, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Return the "maximum" or "minimum" of x over an axis, several, or all, as `np.max` does."""
    if not _suits_kernels(x) or _beyond(x, axis) or not x.size:
        return np.asarray(getattr(np, operation).reduce(x, _axes(x, axis), keepdims=keepdims))

    def kernel(x: np.ndarray, out: np.ndarray) -> None:
        _kernels.extreme_of_tiles(x, operation, out)

    return _reduced(x, axis, keepdims, kernel)


def _axes(x: np.ndarray, axis: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis).tolist())


def _beyond(x: np.ndarray, axis: Any) -> bool:
    """Whether x lacks an axis: then numpy says so."""
    return any(not -x.ndim <= one < x.ndim for one in _axes(x, axis))


def _reduced(
    x: np.ndarray, axis: Any, keepdims: bool, kernel: Callable[[np.ndarray, np.ndarray], None]
) -> np.ndarray:
    """Reduce x over axes by a kernel that makes one tile of all tiles of a row."""
    axes = sorted({one % x.ndim for one in _axes(x, axis)})
    sizes = list(x.shape)
    for first, end in _runs(axes):
        before, after = math.prod(sizes[:first]), math.prod(sizes[end:])
        out = np.empty((before, after), x.dtype)
        width = math.prod(sizes[first:end]) * after
        kernel(_flat(x).reshape(before, width), out)
        sizes[first:end] = [1] * (end - first)
        x = out
    kept = [size for place, size in enumerate(sizes) if keepdims or place not in axes]
    return x.reshape(kept)


def averaged(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """Return the mean of x over an axis, several, or all, as `np.mean` does."""
    if not _suits_kernels(x) or not x.size:
        return np.asarray(np.mean(x, axis=axis, keepdims=keepdims))
    total = summed(x, axis, keepdims)
    return combined(total, x.size // total.size, "divide")


def _runs(axes: list[int]) -> list[tuple[int, int]]:
    """Put neighbouring axes together: [0, 2, 3] -> [(0, 1), (2, 4)]."""
    runs: list[tuple[int, int]] = []
    for axis in axes:
        if runs and runs[-1][1] == axis:
            runs[-1] = runs[-1][0], axis + 1
        else:
            runs.append((axis, axis + 1))
    return runs


# ------------------------------------------------------------------------------- axes and diagonals


def permuted(x: np.ndarray, axes: Sequence[int] | None = None) -> np.ndarray:
    """Return x with its axes in another order (reversed by default), as `np.transpose` does.

    One axis after the other is brought to its place. With that the last axes change places in two
    groups, and what is transposed are matrices that lie one below the other.
    """
    order = list(range(x.ndim))
    wanted = order[::-1] if axes is None else [int(axis) % max(x.ndim, 1) for axis in axes]
    if not _suits_kernels(x) or sorted(wanted) != order:
        return np.transpose(x, axes)
    sizes = list(x.shape)
    for place, axis in enumerate(wanted):
        found = order.index(axis)
        if found == place:
            continue
        before, rows, columns = (
            math.prod(part) for part in (sizes[:place], sizes[place:found], sizes[found:])
        )
        out = np.empty((before * columns, rows), x.dtype)
        _kernels.transpose_blocks(_flat(x).reshape(before * rows, columns), out)
        for these in (order, sizes):
            these[place:] = these[found:] + these[place:found]
        x = out
    return x.reshape(sizes)


def off_diagonal(size: int, dtype: Any) -> np.ndarray:
    """Return a matrix of ones with zeros on the diagonal.

    In memory each of these zeros has `size` ones before the next one: they are the first column of
    a matrix whose rows are one longer.
    """
    ones = np.empty((size, size + 1), dtype)
    zeros = np.empty((size, 1), dtype)
    _kernels.fill(1.0, ones.reshape(-1))
    _kernels.fill(0.0, zeros.reshape(-1))
    _kernels.insert_columns(zeros, 0, ones)
    return ones.reshape(-1)[: size * size].reshape(size, size)


# -------------------------------------------------------------------------------------------- norms


def sum_of_squares(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """Return Σ x² over all elements of all arrays, one number in an array, in float64."""
    total = np.empty(1)
    _kernels.fill(0.0, total)
    for array in arrays:
        _kernels.accumulate_squares(floating(array).reshape(-1), total)
    return total


def limited(x: np.ndarray, squares: np.ndarray, limit: float) -> np.ndarray:
    """Return x, scaled down by limit / √squares where √squares is larger than `limit`."""
    x = floating(x)
    out = np.empty(x.shape, x.dtype)
    _kernels.limit_norm(x.reshape(-1), squares, limit, out.reshape(-1))
    return out


# ------------------------------------------------------------------------------------------ columns


def floating(x: Any) -> np.ndarray:
    """x as the kernels take it: C-contiguous, and of a float type that they know."""
    if type(x) is not np.ndarray:
        x = np.asarray(x)
    return np.asarray(x, float_type(x.dtype), order="C")


def as_rows(x: np.ndarray) -> np.ndarray:
    """View x as a matrix whose rows run along its last axis."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


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


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float))


def _suits_kernels(x: Any) -> bool:
    """Whether x is an array of a float type that the kernels know."""
    return isinstance(x, np.ndarray) and x.dtype == float_type(x.dtype)


def _alike(a: Any, b: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Return both as arrays of one shape and one float type that the kernels know, or else None."""
    if _is_number(a) and _suits_kernels(b):
        return _filled(b, a), b
    if _is_number(b) and _suits_kernels(a):
        return a, _filled(a, b)
    if not (_suits_kernels(a) and _suits_kernels(b) and a.dtype == b.dtype):
        return None
    if a.shape == b.shape:
        return a, b
    shape = np.broadcast_shapes(a.shape, b.shape)
    return broadcast(a, shape), broadcast(b, shape)


def _filled(like: np.ndarray, value: float) -> np.ndarray:
    """Return an array of one shape and type with another, that holds `value` everywhere."""
    out = np.empty(like.shape, like.dtype)
    _kernels.fill(value, out.reshape(-1))
    return out
