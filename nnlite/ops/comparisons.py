"""Ops that compare and decide: they give booleans, which have no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tape import op
from ..tensor import Array, Tensor


@op()
def equal(a: Array, b: Array, /) -> Array:
    """y = whether a = b."""
    return np.equal(a, b)


@op()
def not_equal(a: Array, b: Array, /) -> Array:
    """y = whether a ≠ b."""
    return np.not_equal(a, b)


@op()
def less(a: Array, b: Array, /) -> Array:
    """y = whether a < b."""
    return np.less(a, b)


@op()
def less_equal(a: Array, b: Array, /) -> Array:
    """y = whether a ≤ b."""
    return np.less_equal(a, b)


@op()
def greater(a: Array, b: Array, /) -> Array:
    """y = whether a > b."""
    return np.greater(a, b)


@op()
def greater_equal(a: Array, b: Array, /) -> Array:
    """y = whether a ≥ b."""
    return np.greater_equal(a, b)


@op()
def isclose(
    a: Array, b: Array, /, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """y = whether |a - b| ≤ atol + rtol |b|, or both are NaN, with `equal_nan`."""
    return np.isclose(a, b, rtol, atol, equal_nan)


def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """y = whether |x1 - x2| ≤ atol + rtol |x2| everywhere, or both are NaN, with `equal_nan`."""
    return all(isclose(x1, x2, rtol, atol, equal_nan))


@op()
def logical_and(a: Array, b: Array, /) -> Array:
    """y = whether both are true, or not 0."""
    return np.logical_and(a, b)


@op()
def logical_or(a: Array, b: Array, /) -> Array:
    """y = whether one is true, or not 0."""
    return np.logical_or(a, b)


@op()
def logical_xor(a: Array, b: Array, /) -> Array:
    """y = whether just one is true, or not 0."""
    return np.logical_xor(a, b)


@op()
def logical_not(x: Array, /) -> Array:
    """y = whether x is false, or 0."""
    return np.logical_not(x)


@op()
def isnan(x: Array, /) -> Array:
    """y = whether x is NaN."""
    return np.isnan(x)


@op()
def isinf(x: Array, /) -> Array:
    """y = whether x is infinite."""
    return np.isinf(x)


@op()
def isfinite(x: Array, /) -> Array:
    """y = whether x is neither NaN nor infinite."""
    return np.isfinite(x)


@op()
def any(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = whether anything along `axis` is true, or not 0."""
    return np.any(x, axis=axis, keepdims=keepdims)


@op()
def all(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = whether all along `axis` are true, or not 0."""
    return np.all(x, axis=axis, keepdims=keepdims)


@op()
def isin(x1: Array, x2: Array, /, assume_unique: bool = False, invert: bool = False) -> Array:
    """y = whether an element of x1 is (or, with `invert`, is not) among those of x2.

    With `assume_unique` no element is there twice in either, which is quicker.
    """
    return np.isin(x1, x2, assume_unique=assume_unique, invert=invert)
