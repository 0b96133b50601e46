"""Sums, means and extremes over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic import averaged, broadcast, combined, extreme, scaled, summed
from ..config import float_type
from ..errors import unknown_name
from ..tape import op
from ..tensor import Array, Tensor, raw
from .arithmetic import add, cast, divide, multiply, stop_gradient, subtract, where
from .comparisons import isfinite, isnan, logical_not
from .creation import ones_like
from .elementary import exp, log, sqrt, square
from .shapes import ndim, reshape, squeeze


def _spread(dy: Array, x: Array, axis: Any, keepdims: bool) -> Array:
    """Give what was reduced over `axis` the shape of x again."""
    if axis is not None and not keepdims:
        dy = np.expand_dims(dy, axis)
    return broadcast(dy, x.shape)


def _extreme(dy: Array, x: Array, y: Array, axis: Any, keepdims: bool) -> Array:
    """Divide the gradient of a maximum or minimum among the elements that reach it."""
    reached = combined(x, _spread(y, x, axis, keepdims), "equal")
    found = combined(_spread(dy, x, axis, keepdims), reached, "multiply")
    return combined(found, summed(reached, axis, keepdims=True), "divide")


@op(x=_spread)
def sum(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = Σ x over `axis` (all by default)."""
    return summed(x, axis, keepdims)


@op(
    x=lambda dy, x, y, axis, keepdims: _spread(
        scaled(dy, np.size(y) / np.maximum(x.size, 1)), x, axis, keepdims
    )
)
def mean(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the mean of x over `axis` (all by default); of whole numbers it is of `floatx()`."""
    y = averaged(x, axis, keepdims)
    whole = isinstance(x, Array) and x.dtype.kind in "biu"
    return np.asarray(y, float_type(x.dtype)) if whole else y


@op(x=_extreme)
def max(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the largest of x along `axis`; equals share the gradient."""
    return extreme(x, "maximum", axis, keepdims)


@op(x=_extreme)
def min(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the smallest of x along `axis`; equals share the gradient."""
    return extreme(x, "minimum", axis, keepdims)


def _without_one(x: Array, axis: Any) -> Array:
    """Return the product of all others along `axis`, for each element; a 0 is no special case."""
    axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis).tolist())
    last = tuple(range(-len(axes), 0))
    apart = np.moveaxis(x, axes, last)
    kept = apart.shape[: x.ndim - len(axes)]
    rows = apart.reshape(*kept, math.prod(apart.shape[len(kept) :]))
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return np.moveaxis((before * after).reshape(apart.shape), last, axes)


@op(x=lambda dy, x, axis, keepdims: _spread(dy, x, axis, keepdims) * _without_one(x, axis))
def prod(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = Π x over `axis` (all by default)."""
    return np.prod(x, axis=axis, keepdims=keepdims)


def _ahead(x: Array, axis: int | None) -> Array:
    """Sum from each element on to the end of `axis`."""
    if axis is None:
        return _ahead(x.reshape(-1), 0)
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis)


@op(x=lambda dy, x, axis: _ahead(dy, axis).reshape(x.shape))
def cumsum(x: Array, /, axis: int | None = None) -> Array:
    """y = the sums of x up to each element along `axis` (of x as one row by default)."""
    return np.cumsum(x, axis=axis)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = the mean of (x - mean x)² along `axis` (over all by default)."""
    return mean(square(subtract(x, mean(x, axis, True))), axis, keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = √var x."""
    return sqrt(var(x, axis, keepdims))


def moments(
    x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance of x along `axes`; `synchronized` is Keras's."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def average(x: Any, axis: int | None = None, weights: Any = None) -> Tensor:
    """y = Σ weights x / Σ weights along `axis`; the weights may be those of the axis alone."""
    if weights is None:
        return mean(x, axis)
    if axis is not None and ndim(weights) == 1 != ndim(x):
        sizes = [1] * ndim(x)
        sizes[axis] = -1
        weights = reshape(weights, sizes)
    total = sum(multiply(ones_like(x), weights), axis)
    return divide(sum(multiply(x, weights), axis), total)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = ln Σ eˣ along `axis` (over all by default), without overflow."""
    largest = stop_gradient(max(x, axis, True))
    largest = where(isfinite(largest), largest, 0.0)
    total = add(log(sum(exp(subtract(x, largest)), axis, True)), largest)
    return total if keepdims else squeeze(total, tuple(range(ndim(x))) if axis is None else axis)


def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = Σ of the x that are numbers along `axis`; to a NaN no gradient flows."""
    return sum(where(isnan(x), 0.0, x), axis, keepdims)


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = the mean of the x that are numbers along `axis`; NaN where there are none."""
    total = nansum(x, axis, keepdims)
    there = cast(logical_not(isnan(x)), total.dtype)
    return divide(total, sum(there, axis, keepdims))


@op()
def count_nonzero(x: Array, /, axis: Any = None) -> Array:
    """y = how many along `axis` are not 0."""
    return np.asarray(np.count_nonzero(x, axis=axis))


#: How far a quantile is from the element below it to the one above it, by how far its place is.
METHODS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda way: way,
    "lower": np.zeros_like,
    "higher": np.ones_like,
    "midpoint": lambda way: np.full_like(way, 0.5),
    "nearest": np.round,
}


def _quantile_vjp(dy: Array, x: Array, q: Any, axis: Any, method: str = "linear") -> Array:
    """Give the gradient to the two elements that each quantile lies between, by their shares."""
    axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % x.ndim)
    apart = np.moveaxis(x, axes, range(-len(axes), 0))
    rows = apart.reshape(*apart.shape[: x.ndim - len(axes)], -1)
    order = np.argsort(rows, axis=-1, kind="stable")
    found = np.zeros(rows.shape, dy.dtype)
    flowing = dy.reshape(-1, *rows.shape[:-1], 1)
    place = np.ravel(raw(q)) * (rows.shape[-1] - 1)
    lows, highs = np.floor(place).astype(int), np.ceil(place).astype(int)
    shares = METHODS[method](place - lows)
    for one, low, high, share in zip(flowing, lows, highs, shares, strict=True):
        for place, part in ((low, 1 - share), (high, share)):
            where_ = order[..., place : place + 1]
            gained = np.take_along_axis(found, where_, -1) + one * one.dtype.type(part)
            np.put_along_axis(found, where_, gained, -1)
    return np.moveaxis(found.reshape(apart.shape), range(-len(axes), 0), axes)


@op(x=lambda dy, x, axis: _quantile_vjp(dy, x, 0.5, axis))
def median(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the median of x along `axis`; of an even number, the mean of the two in the middle."""
    return np.asarray(np.median(x, axis=axis, keepdims=keepdims), float_type(x.dtype))


@op(x=lambda dy, x, q, axis, method: _quantile_vjp(dy, x, q, axis, method))
def quantile(
    x: Array, /, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Array:
    """y = what a share q of x along `axis` lies below.

    Parameters
    ----------
    x : float tensor
    q : float in [0, 1], or an array of them
        The axes of an array come first in y.
    axis : int or sequence of int, optional
    method : "linear", "lower", "higher", "midpoint" or "nearest"
        What is taken where q lies between two elements.
    keepdims : bool

    Raises
    ------
    ValueError
        For an unknown method.
    """
    if method not in METHODS:
        raise unknown_name("method of ops.quantile", method, METHODS)
    axis = tuple(axis) if isinstance(axis, list) else axis
    found: Any = np.quantile  # whose overloads know no array of any dtype
    return found(x, raw(q), axis=axis, method=method, keepdims=keepdims).astype(float_type(x.dtype))


def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """y = what q percent of x along `axis` lie below: `quantile` by `method`, q from 0 to 100."""
    return quantile(x, np.asarray(raw(q)) / 100, axis, method, keepdims)
