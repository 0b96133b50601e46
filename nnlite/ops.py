"""The differentiable operations: a forward and a rule for its gradient, each as short as it can be.

`x=lambda dy, y: dy * y` above a function reads: the gradient that flows back to x, when dy flows
back to the result y. Shapes broadcast as in numpy, and the tape undoes the broadcasting. The names
are those of `keras.ops`. At the end stand the fused operations of a network, which arrange kernels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _kernels
from ._kernels.reference import EPILOGUES
from .arithmetic import (
    as_columns,
    averaged,
    broadcast,
    clipped,
    clipped_gradient,
    combined,
    floating,
    picked_columns,
    scaled,
    summed,
    transformed,
    won,
)
from .comparisons import equal, greater, greater_equal, less, less_equal, not_equal  # noqa: F401
from .config import float_type
from .elementary import cos, expm1, log1p, sign, sin  # noqa: F401  ops like those below
from .errors import unknown_name
from .loss_ops import (  # noqa: F401
    mean_absolute_error,
    mean_squared_error,
    softmax_crossentropy,
    sparse_softmax_crossentropy,
    weighted_mean,
)
from .tape import Op, op
from .tensor import Array, Tensor

# ---------------------------------------------------------------------------------- arithmetic


@op(a=lambda dy: dy, b=lambda dy: dy)
def add(a: Array, b: Array, /) -> Array:
    """y = a + b."""
    return combined(a, b, "add")


@op(a=lambda dy: dy, b=lambda dy: scaled(dy, -1))
def subtract(a: Array, b: Array, /) -> Array:
    """y = a - b."""
    return combined(a, b, "subtract")


def _product(a: Any, b: Any) -> Array:
    """a b; by a Python number, as in x * 2, it is a kernel too."""
    if isinstance(a, (int, float)):
        a, b = b, a
    if isinstance(b, (int, float)) and isinstance(a, Array) and a.dtype.kind == "f":
        return scaled(a, b)
    return combined(a, b, "multiply")


@op(a=lambda dy, b: _product(dy, b), b=lambda dy, a: _product(dy, a))
def multiply(a: Array, b: Array, /) -> Array:
    """y = a b, element by element."""
    return _product(a, b)


@op(
    a=lambda dy, b: combined(dy, b, "divide"),
    b=lambda dy, b, y: combined(_product(scaled(dy, -1), y), b, "divide"),
)
def divide(a: Array, b: Array, /) -> Array:
    """y = a / b."""
    return combined(a, b, "divide")


def _power_slope(a: Array, b: Array) -> Array:
    """b aᵇ⁻¹; where b is 0 the factor b alone makes it 0, whatever a is."""
    if isinstance(b, (int, float)):
        return _product(combined(a, b - 1 if b else 1, "power"), b)
    return b * np.power(a, b - 1 if np.all(b) else np.where(b, b - 1, 1))


@op(
    a=lambda dy, a, b: _product(dy, _power_slope(a, b)),
    b=lambda dy, a, y: dy * y * np.log(np.where(a > 0, a, 1)),
)
def power(a: Array, b: Array, /) -> Array:
    """y = a to the power of b (the gradient with respect to b counts where a > 0)."""
    return combined(a, b, "power")


@op(x=lambda dy: scaled(dy, -1))
def negative(x: Array, /) -> Array:
    """y = -x."""
    return scaled(x, -1)


@op(x=lambda dy, x: _product(dy, transformed(x, "sign")))
def abs(x: Array, /) -> Array:
    """y = |x|, with slope 0 at 0."""
    return transformed(x, "abs")


@op(x=lambda dy, x: _product(scaled(dy, 2), x))
def square(x: Array, /) -> Array:
    """y = x²."""
    return _product(x, x)


@op(x=lambda dy, y: combined(dy, scaled(y, 2), "divide"))
def sqrt(x: Array, /) -> Array:
    """y = √x."""
    return transformed(x, "sqrt")


@op(x=lambda dy, y: _product(dy, y))
def exp(x: Array, /) -> Array:
    """y = eˣ."""
    return transformed(x, "exp")


@op(x=lambda dy, x: combined(dy, x, "divide"))
def log(x: Array, /) -> Array:
    """y = ln x."""
    return transformed(x, "log")


@op(a=lambda dy, a, b: won(dy, a, b, "maximum"), b=lambda dy, a, b: won(dy, b, a, "maximum"))
def maximum(a: Array, b: Array, /) -> Array:
    """y = the larger of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "maximum")


@op(a=lambda dy, a, b: won(dy, a, b, "minimum"), b=lambda dy, a, b: won(dy, b, a, "minimum"))
def minimum(a: Array, b: Array, /) -> Array:
    """y = the smaller of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "minimum")


@op(x=lambda dy, x, x_min, x_max: clipped_gradient(dy, x, x_min, x_max))
def clip(x: Array, /, x_min: Any, x_max: Any) -> Array:
    """y = x, but at least x_min and at most x_max."""
    return clipped(x, x_min, x_max)


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


@op()
def stop_gradient(x: Array, /) -> Array:
    """y = x, as a constant: no gradient flows back."""
    return x


@op(x=lambda dy: dy)
def cast(x: Array, /, dtype: Any) -> Array:
    """y = x converted to `dtype`."""
    return x.astype(dtype)


# --------------------------------------------------------------------------------------- sums


def _spread(dy: Array, x: Array, axis: Any, keepdims: bool) -> Array:
    """Give what was reduced over `axis` the shape of x again."""
    if axis is not None and not keepdims:
        dy = np.expand_dims(dy, axis)
    return broadcast(dy, x.shape)


def _extreme(dy: Array, x: Array, y: Array, axis: Any, keepdims: bool) -> Array:
    """Divide the gradient of a maximum or minimum among the elements that reach it."""
    reached = x == _spread(y, x, axis, keepdims)
    return _spread(dy, x, axis, keepdims) * reached / reached.sum(axis=axis, keepdims=True)


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
    return np.max(x, axis=axis, keepdims=keepdims)


@op(x=_extreme)
def min(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the smallest of x along `axis`; equals share the gradient."""
    return np.min(x, axis=axis, keepdims=keepdims)


# -------------------------------------------------------------------------------------- shapes


@op(x=lambda dy, x: dy.reshape(x.shape))
def reshape(x: Array, /, newshape: Any) -> Array:
    """y = x in another shape; one size may be -1."""
    return np.reshape(x, newshape)


def _inverse(axes: Sequence[int] | None, ndim: int) -> Array | None:
    """Return the permutation that undoes `axes`, which may count from the end."""
    return None if axes is None else np.argsort(np.mod(axes, ndim))


@op(x=lambda dy, axes: np.transpose(dy, _inverse(axes, dy.ndim)))
def transpose(x: Array, /, axes: Sequence[int] | None = None) -> Array:
    """y = x with its axes permuted (reversed by default)."""
    return np.transpose(x, axes)


@op(x=lambda dy, x: dy.reshape(x.shape))
def expand_dims(x: Array, /, axis: Any) -> Array:
    """y = x with an axis of size 1 put in at `axis`."""
    return np.expand_dims(x, axis)


@op(x=lambda dy, x: dy.reshape(x.shape))
def squeeze(x: Array, /, axis: Any = None) -> Array:
    """y = x without its axes of size 1 (or without those of `axis`)."""
    return np.squeeze(x, axis)


@op(x=lambda dy: dy)
def broadcast_to(x: Array, /, shape: Any) -> Array:
    """y = x repeated to `shape`."""
    return broadcast(x, tuple(np.atleast_1d(shape).tolist()))


def _getitem_vjp(dy: Array, x: Array, key: Any) -> Array:
    dx = np.zeros_like(x, order="C")
    columns = picked_columns(x, key)
    if columns is None:
        np.add.at(dx, key, dy)  # an element may be picked several times
    else:
        _kernels.insert_columns(floating(dy), columns[0], dx)
    return dx


@op(x=_getitem_vjp)
def _getitem(x: Array, /, key: Any) -> Array:
    columns = picked_columns(x, key)
    if columns is None:
        return x[key]
    start, stop = columns
    y = np.empty((len(x), stop - start), x.dtype)
    _kernels.take_columns(floating(x), start, y)
    return y


def getitem(x: Any, key: Any) -> Tensor:
    """y = x[key], for every key that numpy takes; tensors in the key count as arrays."""
    parts = key if isinstance(key, tuple) else (key,)
    plain = tuple(part.data if isinstance(part, Tensor) else part for part in parts)
    return _getitem(x, plain)


def _concatenate_vjp(
    wants: tuple[bool, ...], dy: Array, inputs: list[Array], axis: int
) -> tuple[Array | None, ...]:
    axis %= dy.ndim
    dy, start = floating(dy), 0
    found: list[Array | None] = []
    for x, wanted in zip(inputs, wants, strict=True):
        dx = np.empty(x.shape, dy.dtype) if wanted else None
        if dx is not None:
            _kernels.take_columns(as_columns(dy, axis), start, as_columns(dx, axis))
        found.append(dx)
        start += math.prod(x.shape[axis:])
    return tuple(found)


@op(_concatenate_vjp)
def _concatenate(*xs: Array, axis: int) -> Array:
    if any(x.dtype != float_type(x.dtype) or x.dtype != xs[0].dtype for x in xs):
        return np.concatenate(xs, axis=axis)
    shapes = [list(x.shape) for x in xs]
    shape = [*shapes[0]]
    shape[axis] = np.sum([one[axis] for one in shapes])
    axis %= len(shape)
    if any(one[:axis] + one[axis + 1 :] != shape[:axis] + shape[axis + 1 :] for one in shapes):
        return np.concatenate(xs, axis=axis)  # which says what is wrong
    y, start = np.empty(shape, xs[0].dtype), 0
    for x in xs:
        _kernels.insert_columns(as_columns(floating(x), axis), start, as_columns(y, axis))
        start += math.prod(x.shape[axis:])
    return y


def concatenate(xs: Sequence[Any], axis: int = -1) -> Tensor:
    """y = the tensors `xs` one after the other along `axis`."""
    return _concatenate(*xs, axis=axis)


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """y = the tensors `xs` along a new axis at `axis`."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)


# ---------------------------------------------------------------------- matrices and activations


def _suits_kernels(a: Array, b: Array) -> bool:
    """Whether a b is what the dense layer's kernels compute: two matrices of one float type."""
    return a.ndim == 2 and b.ndim == 2 and a.dtype == b.dtype == float_type(a.dtype)


def _matmul_vjp(wants: tuple[bool, ...], dy: Array, a: Array, b: Array) -> tuple[Array | None, ...]:
    if _suits_kernels(a, b):
        a, b, dy = floating(a), floating(b), floating(dy)
        da, db = np.empty_like(a), np.empty_like(b)
        if wants[0]:
            _kernels.dense_backward_input(dy, b, da)
        if wants[1]:
            _kernels.dense_backward_kernel(a, dy, db)
        return da, db
    # A vector is a matrix of one row (a) or one column (b); then dA = dY Bᵀ and dB = Aᵀ dY.
    rows, columns = np.atleast_2d(a), b[:, None] if b.ndim == 1 else b
    dy = np.expand_dims(dy, -1) if b.ndim == 1 else dy
    dy = np.expand_dims(dy, -2) if a.ndim == 1 else dy
    da, db = dy @ np.swapaxes(columns, -1, -2), np.swapaxes(rows, -1, -2) @ dy
    return (da[..., 0, :] if a.ndim == 1 else da), (db[..., 0] if b.ndim == 1 else db)


@op(_matmul_vjp)
def matmul(a: Array, b: Array, /) -> Array:
    """y = a b, the matrix product, as numpy's: leading axes broadcast."""
    if _suits_kernels(a, b):
        y = np.empty((a.shape[0], b.shape[1]), a.dtype)
        _kernels.dense_forward(floating(a), floating(b), None, "linear", y)
        return y
    return np.matmul(a, b)


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


def _rows(x: Array) -> Array:
    """View x as a matrix whose rows run along its last axis."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def _softmax_vjp(dy: Array, y: Array) -> Array:
    dx = np.empty_like(y)
    _kernels.softmax_vjp(_rows(y), _rows(floating(dy)), _rows(dx))
    return dx


@op(x=_softmax_vjp)
def softmax(x: Array, /) -> Array:
    """y_c = e^x_c / Σ e^x_k along the last axis."""
    x = floating(x)
    y = np.empty_like(x)
    _kernels.softmax_forward(_rows(x), _rows(y))
    return y


def _dense_vjp(
    wants: tuple[bool, ...], dy: Array, x: Array, w: Array, y: Array, activation: str
) -> tuple[Array | None, ...]:
    wants_x, wants_w, wants_b = wants
    w = floating(w)
    dz = dy = floating(dy)
    if activation != "linear":
        dz = np.empty_like(dy)
        kernel = getattr(_kernels, f"{activation}_vjp")
        kernel(y.reshape(-1), dy.reshape(-1), dz.reshape(-1))
    dx = dw = db = None
    if wants_w:
        dw = np.empty_like(w)
        _kernels.dense_backward_kernel(_rows(floating(x)), _rows(dz), dw)
    if wants_b:
        db = np.empty(w.shape[1], w.dtype)
        _kernels.dense_backward_bias(_rows(dz), db)
    if wants_x:
        dx = np.empty(x.shape, w.dtype)
        _kernels.dense_backward_input(_rows(dz), w, _rows(dx))
    return dx, dw, db


@op(_dense_vjp)
def dense(x: Array, w: Array, b: Array | None = None, /, activation: str = "linear") -> Array:
    """y = activation(x w + b), over the last axis of x.

    Parameters
    ----------
    x : (..., I) float tensor
    w : (I, O) float tensor of the same dtype
    b : (O,) float tensor, or None
    activation : "linear", "relu", "sigmoid" or "tanh"
        What is applied to the sums while they are at hand.
    """
    if activation not in EPILOGUES:
        raise unknown_name("activation of ops.dense", activation, EPILOGUES)
    w, b = floating(w), None if b is None else floating(b)
    y = np.empty((*x.shape[:-1], w.shape[1]), w.dtype)
    _kernels.dense_forward(_rows(floating(x)), w, b, activation, _rows(y))
    return y
