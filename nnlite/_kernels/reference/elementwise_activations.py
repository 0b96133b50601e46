"""The activations that work element by element: one pair of kernels over a table of formulas.

A row of the table says what an activation makes of x, and its slope. Both may read three numbers
a, b, c besides. (relu, sigmoid and tanh have kernels of their own, since they follow dense layers.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from ..door import door

Formula = Callable[[ndarray, Any, Any, Any], Any]


class Curve(NamedTuple):
    """What an activation makes of x, and its slope there: functions of x, a, b and c."""

    value: Formula
    slope: Formula


@door("x[N] -> out[N]")
def activate(x: ndarray, curve: str, a: float, b: float, c: float, out: ndarray) -> None:
    """out = the curve's value at x; NaN stays NaN. The curve is a row of the table of curves."""
    with np.errstate(all="ignore"):
        out[:] = _curve("activate", curve).value(x, *map(x.dtype.type, (a, b, c)))


@door("x[N] dy[N] -> out[N]")
def activate_vjp(
    x: ndarray, dy: ndarray, curve: str, a: float, b: float, c: float, out: ndarray
) -> None:
    """out = dy times the curve's slope at x. The curve is a row of the table of curves."""
    with np.errstate(all="ignore"):
        out[:] = dy * _curve("activate_vjp", curve).slope(x, *map(x.dtype.type, (a, b, c)))


def _curve(kernel: str, name: str) -> Curve:
    if not isinstance(name, str) or name not in CURVES:
        raise ValueError(f"{kernel}: curve must be one of {', '.join(CURVES)}, not {name!r}")
    return CURVES[name]


# --------------------------------------------------------------------- parts of several formulas


def _where(condition: Any, a: Any, b: Any, x: ndarray) -> ndarray:
    """Choose between a and b, in the type of x."""
    return np.where(condition, a, b).astype(x.dtype, copy=False)


def _gated(x: ndarray, s: ndarray) -> ndarray:
    """x s, but 0 where s is 0, though x may be infinite."""
    return np.where(s == 0, s, x * s)


def _step(t: ndarray) -> ndarray:
    """The slope of max(t, 0): 0, 1, and 1/2 at the kink, as the two share it."""
    return _where(t > 0, 1, _where(t == 0, 0.5, 0, t), t)


def _within(t: ndarray, b: Any) -> ndarray:
    """t, but at least 0 and at most b."""
    return np.minimum(np.maximum(t, 0), b).astype(t.dtype, copy=False)


def _inside(t: ndarray, b: Any) -> ndarray:
    """The slope of `_within`: 0 at both kinks."""
    return ((t > 0) & (t < b)).astype(t.dtype)


def _sigmoid(x: ndarray) -> ndarray:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def _softplus(x: ndarray) -> ndarray:
    """ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|), so that nothing overflows."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _elu(x: ndarray, alpha: Any, scale: Any, over: Any) -> ndarray:
    return scale * np.where(x > 0, x, alpha * np.expm1(x / over))


def _elu_slope(x: ndarray, alpha: Any, scale: Any, over: Any) -> ndarray:
    return scale * np.where(x > 0, 1, alpha / over * np.exp(x / over))


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _normal(x: ndarray) -> ndarray:
    """The normal distribution, (1 + erf(x / √2)) / 2."""
    return (0.5 * _erfc(-x / math.sqrt(2)) if x.size else x).astype(x.dtype)


def _bell(x: ndarray) -> ndarray:
    """The density of the normal distribution."""
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _gelu_gate(x: ndarray) -> ndarray:
    """(1 + tanh u) / 2 = sigmoid(2 u) with u = √(2/π) (x + 0.044715 x³)."""
    return _sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))


def _gelu_tanh_slope(x: ndarray) -> ndarray:
    s, u = _gelu_gate(x), math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return s + _gated(x * u, s * (1 - s))


def _hard_sigmoid(x: ndarray) -> ndarray:
    return _within(x + 3, 6) / 6


def _hard_sigmoid_slope(x: ndarray) -> ndarray:
    return _inside(x + 3, 6) / 6


def _mish_slope(x: ndarray) -> ndarray:
    t = np.tanh(_softplus(x))
    return t + _gated(x, _sigmoid(x) * (1 - t * t))


def _relu(x: ndarray, slope: Any, most: Any, threshold: Any) -> ndarray:
    above = _within(x, most) if most < math.inf else x
    return np.where(x <= threshold, 0, above) + _gated(np.minimum(x - threshold, 0), slope)


def _relu_slope(x: ndarray, slope: Any, most: Any, threshold: Any) -> ndarray:
    above = _step(x) * _step(most - x) if most < math.inf else 1
    return _where(x > threshold, above, _where(x < threshold, slope, 0, x), x)


def _silu_slope(x: ndarray) -> ndarray:
    s = _sigmoid(x)
    return _gated(1 + _gated(x, 1 - s), s)


def _softsign(x: ndarray) -> ndarray:
    return np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))


def _squareplus(x: ndarray, b: Any) -> ndarray:
    """(x + r) / 2 with r = √(x² + b); below 0, where x and r cancel, it is b / (r - x) / 2."""
    r = np.hypot(x, np.sqrt(b))
    return np.where(x < 0, b / (r - x), x + r) / 2


def _squareplus_slope(x: ndarray, b: Any) -> ndarray:
    slope = _squareplus(x, b) / np.hypot(x, np.sqrt(b))
    return np.where(np.isinf(x), x > 0, slope)


# ------------------------------------------------------------------------------------- the table

#: Every curve: its value and its slope, of x and of three numbers. Slopes at kinks are those that
#: Keras has with jax.
CURVES = {
    "elu": Curve(_elu, _elu_slope),
    "gelu": Curve(
        lambda x, a, b, c: _gated(x, _normal(x)),
        lambda x, a, b, c: _normal(x) + _gated(x, _bell(x)),
    ),
    "gelu_tanh": Curve(
        lambda x, a, b, c: _gated(x, _gelu_gate(x)), lambda x, a, b, c: _gelu_tanh_slope(x)
    ),
    "hard_shrink": Curve(
        lambda x, a, b, c: np.where(np.abs(x) <= a, 0, x), lambda x, a, b, c: ~(np.abs(x) <= a)
    ),
    "hard_sigmoid": Curve(
        lambda x, a, b, c: _hard_sigmoid(x), lambda x, a, b, c: _hard_sigmoid_slope(x)
    ),
    "hard_silu": Curve(
        lambda x, a, b, c: _gated(x, _hard_sigmoid(x)),
        lambda x, a, b, c: _hard_sigmoid(x) + _gated(x, _hard_sigmoid_slope(x)),
    ),
    "hard_tanh": Curve(
        lambda x, a, b, c: np.minimum(np.maximum(x, -1), 1), lambda x, a, b, c: np.abs(x) <= 1
    ),
    "leaky_relu": Curve(
        lambda x, a, b, c: np.where(x >= 0, x, a * x), lambda x, a, b, c: _where(x >= 0, 1, a, x)
    ),
    "log_sigmoid": Curve(lambda x, a, b, c: -_softplus(-x), lambda x, a, b, c: _sigmoid(-x)),
    "mish": Curve(
        lambda x, a, b, c: _gated(x, np.tanh(_softplus(x))), lambda x, a, b, c: _mish_slope(x)
    ),
    "relu": Curve(_relu, _relu_slope),
    "relu6": Curve(lambda x, a, b, c: _within(x, 6), lambda x, a, b, c: _inside(x, 6)),
    "silu": Curve(lambda x, a, b, c: _gated(x, _sigmoid(x)), lambda x, a, b, c: _silu_slope(x)),
    "soft_shrink": Curve(
        lambda x, a, b, c: np.where(np.abs(x) <= a, 0, x - np.copysign(a, x)),
        lambda x, a, b, c: ~(np.abs(x) <= a),
    ),
    "softplus": Curve(lambda x, a, b, c: _softplus(x), lambda x, a, b, c: _sigmoid(x)),
    "softsign": Curve(
        lambda x, a, b, c: _softsign(x), lambda x, a, b, c: 1 / (1 + np.abs(x)) / (1 + np.abs(x))
    ),
    "sparse_plus": Curve(
        lambda x, a, b, c: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
        lambda x, a, b, c: np.where(x <= -1, 0, np.where(x >= 1, 1, (x + 1) / 2)),
    ),
    "sparse_sigmoid": Curve(
        lambda x, a, b, c: _within(x + 1, 2) / 2, lambda x, a, b, c: _step(x + 1) * _step(1 - x) / 2
    ),
    "squareplus": Curve(
        lambda x, a, b, c: _squareplus(x, a), lambda x, a, b, c: _squareplus_slope(x, a)
    ),
    "tanh_shrink": Curve(lambda x, a, b, c: x - np.tanh(x), lambda x, a, b, c: np.tanh(x) ** 2),
    "threshold": Curve(lambda x, a, b, c: np.where(x <= a, b, x), lambda x, a, b, c: ~(x <= a)),
}
