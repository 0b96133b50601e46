"""Functions of one number, element by element."""

from __future__ import annotations

import numpy as np

from ..arithmetic import combined, multiplied, scaled, transformed
from ..tape import op
from ..tensor import Array


@op(x=lambda dy, x: multiplied(dy, transformed(x, "sign")))
def abs(x: Array, /) -> Array:
    """y = |x|, with slope 0 at 0."""
    return transformed(x, "abs")


@op(x=lambda dy, x: multiplied(scaled(dy, 2), x))
def square(x: Array, /) -> Array:
    """y = x²."""
    return multiplied(x, x)


@op(x=lambda dy, y: combined(dy, scaled(y, 2), "divide"))
def sqrt(x: Array, /) -> Array:
    """y = √x."""
    return transformed(x, "sqrt")


@op(x=lambda dy, y: multiplied(dy, y))
def exp(x: Array, /) -> Array:
    """y = eˣ."""
    return transformed(x, "exp")


@op(x=lambda dy, x: combined(dy, x, "divide"))
def log(x: Array, /) -> Array:
    """y = ln x."""
    return transformed(x, "log")


@op(x=lambda dy, x: dy / (1 + x))
def log1p(x: Array, /) -> Array:
    """y = ln(1 + x), exact for small x too."""
    return np.log1p(x)


@op(x=lambda dy, y: dy * (y + 1))
def expm1(x: Array, /) -> Array:
    """y = eˣ - 1, exact for small x too."""
    return np.expm1(x)


@op(x=lambda dy, x: dy * np.cos(x))
def sin(x: Array, /) -> Array:
    """y = sin x."""
    return np.sin(x)


@op(x=lambda dy, x: -dy * np.sin(x))
def cos(x: Array, /) -> Array:
    """y = cos x."""
    return np.cos(x)


@op(x=lambda dy: np.zeros_like(dy))
def sign(x: Array, /) -> Array:
    """y = -1, 0 or 1, with slope 0 everywhere."""
    return np.sign(x)
