"""Order along an axis: where the largest are, and everything in its place."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import floating
from ..tape import op
from ..tensor import Array, Tensor
from .indexing import take_along_axis


@op()
def argmax(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = where the largest of x lies along `axis` (in all of x by default)."""
    return np.argmax(x, axis=axis, keepdims=keepdims)


@op()
def argmin(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = where the smallest of x lies along `axis` (in all of x by default)."""
    return np.argmin(x, axis=axis, keepdims=keepdims)


@op()
def argsort(x: Array, /, axis: Any = -1) -> Array:
    """y = the order in which the elements along `axis` ascend; equals stay as they stand."""
    return np.argsort(x, axis=axis, kind="stable")


def sort(x: Any, axis: int = -1) -> Tensor:
    """y = x with its elements along `axis` in ascending order; each takes its gradient along."""
    return take_along_axis(x, argsort(x, axis), axis)


@op()
def _first(x: Array, /, k: int) -> Array:
    # From back to front, so that of equals the first comes first; -x would not do for uint8.
    ascending = np.argsort(x[..., ::-1], axis=-1, kind="stable")
    return x.shape[-1] - 1 - ascending[..., ::-1][..., :k]


def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """Return the k largest along the last axis, and where they lie; the largest comes first.

    NaN counts as largest, as in `argmax`.
    `sorted` is Keras's; they are sorted in any case.
    """
    places = _first(x, k)
    return take_along_axis(x, places, -1), places


@op()
def in_top_k(targets: Array, predictions: Array, /, k: int) -> Array:
    """y = whether of predictions (B, C) the one at the targets (B,) is among a row's k largest.

    Never is a NaN, or one at a target outside of 0..C-1.
    """
    found = floating(predictions)
    y = np.empty(len(found), found.dtype)
    _kernels.in_top_k(np.ascontiguousarray(targets, np.int64), found, k, y)
    return y.astype(bool)


@op()
def searchsorted(sorted_sequence: Array, values: Array, /, side: Any = "left") -> Array:
    """y = before which element of `sorted_sequence` each of `values` would have to stand.

    Of elements that equal it the first or, with side="right", behind the last.
    """
    return np.searchsorted(sorted_sequence, values, side)


@op()
def digitize(x: Array, bins: Array, /) -> Array:
    """y = how many of the ascending `bins` are at most x."""
    return np.digitize(x, bins)


@op()
def bincount(x: Array, /, weights: Any = None, minlength: int = 0) -> Array:
    """y[i] = how often i occurs in x (N,), or the sum of its weights; `minlength` i's at least."""
    return np.bincount(x, weights, minlength)
