"""Activations: element by element, and softmax along the last axis."""

from __future__ import annotations

import numpy as np

from .. import _kernels
from ..arithmetic import as_rows, floating
from ..tape import Op, op
from ..tensor import Array


def _activation(name: str, formula: str) -> Op:
    """Make the op of an activation that works element by element and whose vjp needs only y."""

    def vjp(dy: Array, y: Array) -> Array:
        dx = np.empty_like(y)
        kernel = getattr(_kernels, f"{name}_vjp")
        kernel(y.reshape(-1), floating(dy).reshape(-1), dx.reshape(-1))
        return dx

    def forward(x: Array, /) -> Array:
        x = floating(x)
        y = np.empty_like(x)
        getattr(_kernels, f"{name}_forward")(x.reshape(-1), y.reshape(-1))
        return y

    forward.__name__, forward.__doc__ = name, formula
    return op(x=vjp)(forward)


relu = _activation("relu", "y = max(x, 0).")
sigmoid = _activation("sigmoid", "y = 1 / (1 + e⁻ˣ).")
tanh = _activation("tanh", "y = tanh x.")


def _softmax_vjp(dy: Array, y: Array) -> Array:
    dx = np.empty_like(y)
    _kernels.softmax_vjp(as_rows(y), as_rows(floating(dy)), as_rows(dx))
    return dx


@op(x=_softmax_vjp)
def softmax(x: Array, /) -> Array:
    """y_c = e^x_c / Σ e^x_k along the last axis."""
    x = floating(x)
    y = np.empty_like(x)
    _kernels.softmax_forward(as_rows(x), as_rows(y))
    return y
