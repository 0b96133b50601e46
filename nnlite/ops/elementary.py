"""Functions of one number, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arithmetic import combined, multiplied, scaled, transformed
from ..tape import op
from ..tensor import Array


@op(x=lambda dy, x: multiplied(dy, transformed(x, "sign")))
def abs(x: Array, /) -> Array:
    """y = |x|, with slope 0 at 0."""
    return transformed(x, "abs")


@op(x=lambda dy: np.zeros_like(dy))
def sign(x: Array, /) -> Array:
    """y = -1, 0 or 1, with slope 0 everywhere."""
    return np.sign(x)


# ------------------------------------------------------------------------------ powers and roots


@op(x=lambda dy, x: multiplied(scaled(dy, 2), x))
def square(x: Array, /) -> Array:
    """y = x²."""
    return multiplied(x, x)


@op(x=lambda dy, y: combined(dy, scaled(y, 2), "divide"))
def sqrt(x: Array, /) -> Array:
    """y = √x."""
    return transformed(x, "sqrt")


@op(x=lambda dy, x, y: multiplied(scaled(dy, -0.5), combined(y, x, "divide")))
def rsqrt(x: Array, /) -> Array:
    """y = 1 / √x."""
    return combined(1.0, transformed(x, "sqrt"), "divide")


@op(x=lambda dy, y: multiplied(scaled(dy, -1), multiplied(y, y)))
def reciprocal(x: Array, /) -> Array:
    """y = 1 / x."""
    return combined(1.0, x, "divide")


@op(x=lambda dy, y: dy / (3 * y * y))
def cbrt(x: Array, /) -> Array:
    """y = ∛x."""
    return np.cbrt(x)


# --------------------------------------------------------------------- exponentials and logarithms


@op(x=lambda dy, y: multiplied(dy, y))
def exp(x: Array, /) -> Array:
    """y = eˣ."""
    return transformed(x, "exp")


@op(x=lambda dy, y: dy * y * math.log(2))
def exp2(x: Array, /) -> Array:
    """y = 2ˣ."""
    return np.exp2(x)


@op(x=lambda dy, y: dy * (y + 1))
def expm1(x: Array, /) -> Array:
    """y = eˣ - 1, exact for small x too."""
    return np.expm1(x)


@op(x=lambda dy, x: combined(dy, x, "divide"))
def log(x: Array, /) -> Array:
    """y = ln x."""
    return transformed(x, "log")


@op(x=lambda dy, x: dy / (x * math.log(2)))
def log2(x: Array, /) -> Array:
    """y = the logarithm of x to the base 2."""
    return np.log2(x)


@op(x=lambda dy, x: dy / (x * math.log(10)))
def log10(x: Array, /) -> Array:
    """y = the logarithm of x to the base 10."""
    return np.log10(x)


@op(x=lambda dy, x: dy / (1 + x))
def log1p(x: Array, /) -> Array:
    """y = ln(1 + x), exact for small x too."""
    return np.log1p(x)


# ------------------------------------------------------------------------ angles and hyperbolas


@op(x=lambda dy, x: dy * np.cos(x))
def sin(x: Array, /) -> Array:
    """y = sin x."""
    return np.sin(x)


@op(x=lambda dy, x: -dy * np.sin(x))
def cos(x: Array, /) -> Array:
    """y = cos x."""
    return np.cos(x)


@op(x=lambda dy, y: dy * (1 + y * y))
def tan(x: Array, /) -> Array:
    """y = tan x."""
    return np.tan(x)


@op(x=lambda dy, x: dy / np.sqrt(1 - x * x))
def arcsin(x: Array, /) -> Array:
    """y = the angle from -π/2 to π/2 whose sine is x."""
    return np.arcsin(x)


@op(x=lambda dy, x: -dy / np.sqrt(1 - x * x))
def arccos(x: Array, /) -> Array:
    """y = the angle from 0 to π whose cosine is x."""
    return np.arccos(x)


@op(x=lambda dy, x: dy / (1 + x * x))
def arctan(x: Array, /) -> Array:
    """y = the angle from -π/2 to π/2 whose tangent is x."""
    return np.arctan(x)


@op(x=lambda dy, x: dy * np.cosh(x))
def sinh(x: Array, /) -> Array:
    """y = (eˣ - e⁻ˣ) / 2."""
    return np.sinh(x)


@op(x=lambda dy, x: dy * np.sinh(x))
def cosh(x: Array, /) -> Array:
    """y = (eˣ + e⁻ˣ) / 2."""
    return np.cosh(x)


@op(x=lambda dy, x: dy / np.sqrt(x * x + 1))
def arcsinh(x: Array, /) -> Array:
    """y = the number whose sinh is x."""
    return np.arcsinh(x)


@op(x=lambda dy, x: dy / np.sqrt(x * x - 1))
def arccosh(x: Array, /) -> Array:
    """y = the number >= 0 whose cosh is x."""
    return np.arccosh(x)


@op(x=lambda dy, x: dy / (1 - x * x))
def arctanh(x: Array, /) -> Array:
    """y = the number whose tanh is x."""
    return np.arctanh(x)


# ------------------------------------------------------------------------------- without a slope


@op(x=lambda dy: np.zeros_like(dy))
def floor(x: Array, /) -> Array:
    """y = the largest whole number <= x, with slope 0."""
    return np.floor(x)


@op(x=lambda dy: np.zeros_like(dy))
def ceil(x: Array, /) -> Array:
    """y = the smallest whole number >= x, with slope 0."""
    return np.ceil(x)


@op(x=lambda dy: np.zeros_like(dy))
def trunc(x: Array, /) -> Array:
    """y = x without what stands after the point, with slope 0."""
    return np.trunc(x)


@op(x=lambda dy: np.zeros_like(dy))
def round(x: Array, /, decimals: int = 0) -> Array:
    """y = x rounded to so many decimals, halves to the even neighbour, with slope 0."""
    return np.round(x, decimals)


@op(x=lambda dy, x: dy * np.isfinite(x))
def nan_to_num(x: Array, /, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Array:
    """y = x with `nan` for NaN (0), `posinf` and `neginf` for ±∞ (the largest, the smallest)."""
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
