"""Arithmetic, element by element; shapes broadcast as in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import (
    clipped,
    clipped_gradient,
    combined,
    mask_filled,
    multiplied,
    scaled,
    won,
)
from ..tape import op
from ..tensor import Array, Tensor, raw
from .comparisons import equal


@op(a=lambda dy: dy, b=lambda dy: dy)
def add(a: Array, b: Array, /) -> Array:
    """y = a + b."""
    return combined(a, b, "add")


@op(a=lambda dy: dy, b=lambda dy: scaled(dy, -1))
def subtract(a: Array, b: Array, /) -> Array:
    """y = a - b."""
    return combined(a, b, "subtract")


@op(a=lambda dy, b: multiplied(dy, b), b=lambda dy, a: multiplied(dy, a))
def multiply(a: Array, b: Array, /) -> Array:
    """y = a b, element by element."""
    return multiplied(a, b)


@op(
    a=lambda dy, b: combined(dy, b, "divide"),
    b=lambda dy, b, y: combined(multiplied(scaled(dy, -1), y), b, "divide"),
)
def divide(a: Array, b: Array, /) -> Array:
    """y = a / b."""
    return combined(a, b, "divide")


def _power_slope(a: Array, b: Array) -> Array:
    """b aᵇ⁻¹; where b is 0 the factor b alone makes it 0, whatever a is."""
    if isinstance(b, (int, float)):
        return multiplied(combined(a, b - 1 if b else 1, "power"), b)
    return b * np.power(a, b - 1 if np.all(b) else np.where(b, b - 1, 1))


@op(
    a=lambda dy, a, b: multiplied(dy, _power_slope(a, b)),
    b=lambda dy, a, y: dy * y * np.log(np.where(a > 0, a, 1)),
)
def power(a: Array, b: Array, /) -> Array:
    """y = a to the power of b (the gradient with respect to b counts where a > 0)."""
    return combined(a, b, "power")


@op(x=lambda dy: scaled(dy, -1))
def negative(x: Array, /) -> Array:
    """y = -x."""
    return scaled(x, -1)


@op(a=lambda dy, a, b: won(dy, a, b, "maximum"), b=lambda dy, a, b: won(dy, b, a, "maximum"))
def maximum(a: Array, b: Array, /) -> Array:
    """y = the larger of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "maximum")


@op(a=lambda dy, a, b: won(dy, a, b, "minimum"), b=lambda dy, a, b: won(dy, b, a, "minimum"))
def minimum(a: Array, b: Array, /) -> Array:
    """y = the smaller of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "minimum")


@op(x=lambda dy, x, x_min, x_max: clipped_gradient(dy, x, raw(x_min), raw(x_max)))
def clip(x: Array, /, x_min: Any, x_max: Any) -> Array:
    """y = x, but at least x_min and at most x_max; to these no gradient flows."""
    return clipped(x, raw(x_min), raw(x_max))


@op(
    a=lambda dy, condition: np.where(condition, dy, 0),
    b=lambda dy, condition: np.where(condition, 0, dy),
)
def _where(condition: Array, a: Array, b: Array, /) -> Array:
    return np.where(condition, a, b)


def where(condition: Any, x1: Any, x2: Any) -> Tensor:
    """y = x1 where `condition` is true, else x2."""
    if isinstance(x1, float) and isinstance(x2, (int, float)):
        x1 = Tensor(x1)  # two Python numbers: nothing else says which float type is meant
    return _where(condition, x1, x2)


@op(x=lambda dy, mask: mask_filled(dy, mask, 0.0))
def _mask_filled(x: Array, mask: Array, /, value: float) -> Array:
    """y = x where the mask is true, or above a half, else value; no gradient flows to the mask."""
    return mask_filled(x, mask, value)


@op()
def stop_gradient(x: Array, /) -> Array:
    """y = x, as a constant: no gradient flows back."""
    return x


@op(x=lambda dy: dy)
def cast(x: Array, /, dtype: Any) -> Array:
    """y = x converted to `dtype`."""
    return x.astype(dtype)


def divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """y = x1 / x2, and 0 where x2 is 0."""
    none = equal(x2, 0)
    return where(none, 0.0, divide(x1, where(none, 1.0, x2)))


@op(
    a=lambda dy: dy,
    b=lambda dy, a, b: -dy * np.floor(np.divide(a, b)),
)
def mod(a: Array, b: Array, /) -> Array:
    """y = a - b floor(a / b): what is left of a, with the sign of b."""
    return np.mod(a, b)


@op(a=lambda dy: np.zeros_like(dy), b=lambda dy: np.zeros_like(dy))
def floor_divide(a: Array, b: Array, /) -> Array:
    """y = the largest whole number <= a / b, with slope 0."""
    return np.floor_divide(a, b)


@op(a=lambda dy, a, b: dy * b / (a * a + b * b), b=lambda dy, a, b: -dy * a / (a * a + b * b))
def arctan2(a: Array, b: Array, /) -> Array:
    """y = the angle from -π to π of the point (b, a)."""
    return np.arctan2(a, b)


@op(a=lambda dy, a, y: dy * a / y, b=lambda dy, b, y: dy * b / y)
def hypot(a: Array, b: Array, /) -> Array:
    """y = √(a² + b²)."""
    return np.hypot(a, b)


@op(a=lambda dy, a, y: dy * np.exp(a - y), b=lambda dy, b, y: dy * np.exp(b - y))
def logaddexp(a: Array, b: Array, /) -> Array:
    """y = ln(eᵃ + eᵇ), without overflow."""
    return np.logaddexp(a, b)
