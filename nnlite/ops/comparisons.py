"""Ops that compare: they give booleans, which have no gradient."""

from __future__ import annotations

import numpy as np

from ..tape import op
from ..tensor import Array


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
