"""Sums, means and extremes over axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import averaged, broadcast, combined, extreme, scaled, summed
from ..tape import op
from ..tensor import Array


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
    """y = the mean of x over `axis` (all by default)."""
    return averaged(x, axis, keepdims)


@op(x=_extreme)
def max(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the largest of x along `axis`; equals share the gradient."""
    return extreme(x, "maximum", axis, keepdims)


@op(x=_extreme)
def min(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the smallest of x along `axis`; equals share the gradient."""
    return extreme(x, "minimum", axis, keepdims)
