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
from .arithmetic import as_columns, combined, picked_columns, scaled, won
from .comparisons import equal, greater, greater_equal, less, less_equal, not_equal  # noqa: F401
from .config import float_type
from .elementary import cos, expm1, log1p, sign, sin  # noqa: F401  ops like those below
from .errors import unknown_name
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


@op(a=lambda dy, b: dy / b, b=lambda dy, b, y: -dy * y / b)
def divide(a: Array, b: Array, /) -> Array:
    """y = a / b."""
    return combined(a, b, "divide")


def _power_slope(a: Array, b: Array) -> Array:
    """b aᵇ⁻¹; where b is 0 the factor b alone makes it 0, whatever a is."""
    return b * np.power(a, b - 1 if np.all(b) else np.where(b, b - 1, 1))


@op(
    a=lambda dy, a, b: dy * _power_slope(a, b),
    b=lambda dy, a, y: dy * y * np.log(np.where(a > 0, a, 1)),
)
def power(a: Array, b: Array, /) -> Array:
    """y = a to the power of b (the gradient with respect to b counts where a > 0)."""
    return np.power(a, b)


@op(x=lambda dy: -dy)
def negative(x: Array, /) -> Array:
    """y = -x."""
    return np.negative(x)


@op(x=lambda dy, x: dy * np.sign(x))
def abs(x: Array, /) -> Array:
    """y = |x|, with slope 0 at 0."""
    return np.abs(x)


@op(x=lambda dy, x: 2 * dy * x)
def square(x: Array, /) -> Array:
    """y = x²."""
    return np.square(x)


@op(x=lambda dy, y: dy / (2 * y))
def sqrt(x: Array, /) -> Array:
    """y = √x."""
    return np.sqrt(x)


@op(x=lambda dy, y: dy * y)
def exp(x: Array, /) -> Array:
    """y = eˣ."""
    return np.exp(x)


@op(x=lambda dy, x: dy / x)
def log(x: Array, /) -> Array:
    """y = ln x."""
    return np.log(x)


@op(a=lambda dy, a, b: won(dy, a, b, "maximum"), b=lambda dy, a, b: won(dy, b, a, "maximum"))
def maximum(a: Array, b: Array, /) -> Array:
    """y = the larger of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "maximum")


@op(a=lambda dy, a, b: won(dy, a, b, "minimum"), b=lambda dy, a, b: won(dy, b, a, "minimum"))
def minimum(a: Array, b: Array, /) -> Array:
    """y = the smaller of a and b; where they are equal each gets half of the gradient."""
    return combined(a, b, "minimum")


@op(x=lambda dy, x, x_min, x_max: dy * ((x >= x_min) & (x <= x_max)))
def clip(x: Array, /, x_min: Any, x_max: Any) -> Array:
    """y = x, but at least x_min and at most x_max."""
    return np.clip(x, x_min, x_max)


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
    return np.broadcast_to(dy, x.shape)


def _extreme(dy: Array, x: Array, y: Array, axis: Any, keepdims: bool) -> Array:
    """Divide the gradient of a maximum or minimum among the elements that reach it."""
    reached = x == _spread(y, x, axis, keepdims)
    return _spread(dy, x, axis, keepdims) * reached / reached.sum(axis=axis, keepdims=True)


@op(x=_spread)
def sum(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = Σ x over `axis` (all by default)."""
    return np.sum(x, axis=axis, keepdims=keepdims)


@op(x=lambda dy, x, y, axis, keepdims: _spread(dy, x, axis, keepdims) * (np.size(y) / x.size))
def mean(x: Array, /, axis: Any = None, keepdims: bool = False) -> Array:
    """y = the mean of x over `axis` (all by default)."""
    return np.mean(x, axis=axis, keepdims=keepdims)


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
    return np.broadcast_to(x, shape)


def _getitem_vjp(dy: Array, x: Array, key: Any) -> Array:
    dx = np.zeros_like(x, order="C")
    columns = picked_columns(x, key)
    if columns is None:
        np.add.at(dx, key, dy)  # an element may be picked several times
    else:
        _kernels.insert_columns(_floating(dy), columns[0], dx)
    return dx


@op(x=_getitem_vjp)
def _getitem(x: Array, /, key: Any) -> Array:
    columns = picked_columns(x, key)
    if columns is None:
        return x[key]
    start, stop = columns
    y = np.empty((len(x), stop - start), x.dtype)
    _kernels.take_columns(_floating(x), start, y)
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
    dy, start = _floating(dy), 0
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
        _kernels.insert_columns(as_columns(_floating(x), axis), start, as_columns(y, axis))
        start += math.prod(x.shape[axis:])
    return y


def concatenate(xs: Sequence[Any], axis: int = -1) -> Tensor:
    """y = the tensors `xs` one after the other along `axis`."""
    return _concatenate(*xs, axis=axis)


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """y = the tensors `xs` along a new axis at `axis`."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)


# ---------------------------------------------------------------------- matrices and activations


def _floating(x: Any) -> Array:
    """x as the kernels take it: C-contiguous, and of a float type that they know."""
    if type(x) is not Array:
        x = np.asarray(x)
    return np.asarray(x, float_type(x.dtype), order="C")


def _suits_kernels(a: Array, b: Array) -> bool:
    """Whether a b is what the dense layer's kernels compute: two matrices of one float type."""
    return a.ndim == 2 and b.ndim == 2 and a.dtype == b.dtype == float_type(a.dtype)


def _matmul_vjp(wants: tuple[bool, ...], dy: Array, a: Array, b: Array) -> tuple[Array | None, ...]:
    if _suits_kernels(a, b):
        a, b, dy = _floating(a), _floating(b), _floating(dy)
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
        _kernels.dense_forward(_floating(a), _floating(b), None, "linear", y)
        return y
    return np.matmul(a, b)


def _activation(name: str, formula: str) -> Op:
    """Make the op of an activation that works element by element and whose vjp needs only y."""

    def vjp(dy: Array, y: Array) -> Array:
        dx = np.empty_like(y)
        kernel = getattr(_kernels, f"{name}_vjp")
        kernel(y.reshape(-1), _floating(dy).reshape(-1), dx.reshape(-1))
        return dx

    def forward(x: Array, /) -> Array:
        x = _floating(x)
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
    _kernels.softmax_vjp(_rows(y), _rows(_floating(dy)), _rows(dx))
    return dx


@op(x=_softmax_vjp)
def softmax(x: Array, /) -> Array:
    """y_c = e^x_c / Σ e^x_k along the last axis."""
    x = _floating(x)
    y = np.empty_like(x)
    _kernels.softmax_forward(_rows(x), _rows(y))
    return y


def _dense_vjp(
    wants: tuple[bool, ...], dy: Array, x: Array, w: Array, y: Array, activation: str
) -> tuple[Array | None, ...]:
    wants_x, wants_w, wants_b = wants
    w = _floating(w)
    dz = dy = _floating(dy)
    if activation != "linear":
        dz = np.empty_like(dy)
        kernel = getattr(_kernels, f"{activation}_vjp")
        kernel(y.reshape(-1), dy.reshape(-1), dz.reshape(-1))
    dx = dw = db = None
    if wants_w:
        dw = np.empty_like(w)
        _kernels.dense_backward_kernel(_rows(_floating(x)), _rows(dz), dw)
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
    w, b = _floating(w), None if b is None else _floating(b)
    y = np.empty((*x.shape[:-1], w.shape[1]), w.dtype)
    _kernels.dense_forward(_rows(_floating(x)), w, b, activation, _rows(y))
    return y


# -------------------------------------------------------------------------------------- losses
# One number per sample; the targets are constants and get no gradient.


def _losses_of(logits: Array) -> tuple[Array, Array, Array]:
    logits = _floating(logits)
    return logits, np.empty(len(logits), logits.dtype), np.empty_like(logits)


def _sparse_vjp(dy: Array, labels: Array, probabilities: Array) -> Array:
    dlogits = np.empty_like(probabilities)
    _kernels.sparse_softmax_crossentropy_vjp(labels, probabilities, _floating(dy), dlogits)
    return dlogits


@op(results=("loss", "probabilities"), logits=_sparse_vjp)
def sparse_softmax_crossentropy(labels: Array, logits: Array, /) -> tuple[Array, Array]:
    """loss = -log softmax(logits)[label]: labels (B,) int64, logits (B, C), loss (B,)."""
    logits, loss, probabilities = _losses_of(logits)
    _kernels.sparse_softmax_crossentropy(labels, logits, loss, probabilities)
    return loss, probabilities


def _crossentropy_vjp(dy: Array, targets: Array, probabilities: Array) -> Array:
    dlogits = np.empty_like(probabilities)
    _kernels.softmax_crossentropy_vjp(_floating(targets), probabilities, _floating(dy), dlogits)
    return dlogits


@op(results=("loss", "probabilities"), logits=_crossentropy_vjp)
def softmax_crossentropy(targets: Array, logits: Array, /) -> tuple[Array, Array]:
    """loss = -Σ targets log softmax(logits): targets and logits (B, C), loss (B,)."""
    logits, loss, probabilities = _losses_of(logits)
    _kernels.softmax_crossentropy(_floating(targets), logits, loss, probabilities)
    return loss, probabilities


def _squared_error_vjp(dy: Array, y_true: Array, y_pred: Array) -> Array:
    y_pred = _floating(y_pred)
    out = np.empty_like(y_pred)
    _kernels.mean_squared_error_vjp(_floating(y_true), y_pred, _floating(dy), out)
    return out


@op(y_pred=_squared_error_vjp)
def mean_squared_error(y_true: Array, y_pred: Array, /) -> Array:
    """loss = Σ (y_pred - y_true)² / O: both (B, O), loss (B,)."""
    y_pred = _floating(y_pred)
    loss = np.empty(len(y_pred), y_pred.dtype)
    _kernels.mean_squared_error(_floating(y_true), y_pred, loss)
    return loss


def _weighted_mean_vjp(dy: Array, values: Array, weights: Array | None) -> Array:
    values = _floating(values)
    out = np.empty_like(values)
    _kernels.weighted_mean_vjp(weights, _floating(dy).reshape(1), out)
    return out


@op(values=_weighted_mean_vjp)
def weighted_mean(values: Array, weights: Array | None = None, /) -> Array:
    """y = Σ weights values / B, both (B,); y is a scalar. Keras's reduction of a loss."""
    values = _floating(values)
    out = np.empty((), values.dtype)
    _kernels.weighted_mean(values, weights, out.reshape(1))
    return out
