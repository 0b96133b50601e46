"""Products of matrices: the plain one, and a dense layer's with all that follows it."""

from __future__ import annotations

import math

import numpy as np

from .. import _kernels
from .._kernels.reference import EPILOGUES
from ..arithmetic import as_rows, floating
from ..config import float_type
from ..errors import unknown_name
from ..tape import op
from ..tensor import Array


def _as_stacks(a: Array, b: Array) -> tuple[Array, Array] | None:
    """Return a and b as matrices one above the other, (R, I, K) and (R, K, O).

    Where b is one matrix, all rows of a make one too. Or None where a b is not what the dense
    layer's kernels compute, matrix by matrix.
    """
    alike = min(a.ndim, b.ndim) >= 2 and a.dtype == b.dtype == float_type(a.dtype)
    if not alike or (b.ndim > 2 and a.shape[:-2] != b.shape[:-2]):
        return None
    count = math.prod(b.shape[:-2])
    return _stack(floating(a), count), _stack(floating(b), count)


def _stack(x: Array, count: int) -> Array:
    """Return x as so many matrices one above the other, each as wide as x."""
    rows = math.prod(x.shape[:-1]) // max(count, 1)
    return x.reshape(count, rows, x.shape[-1])


def _matmul_vjp(wants: tuple[bool, ...], dy: Array, a: Array, b: Array) -> tuple[Array | None, ...]:
    stacks = _as_stacks(a, b)
    if stacks is not None:
        da, db = np.empty(a.shape, a.dtype), np.empty(b.shape, b.dtype)
        count = len(stacks[1])
        others = (_stack(x, count) for x in (floating(dy), da, db))
        each = zip(*stacks, *others, strict=True)
        for left, right, dout, dleft, dright in each:
            if wants[0]:
                _kernels.dense_backward_input(dout, right, dleft)
            if wants[1]:
                _kernels.dense_backward_kernel(left, dout, dright)
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
    stacks = _as_stacks(a, b)
    if stacks is None or a.shape[-1] != b.shape[-2]:
        return np.matmul(a, b)
    y = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)
    for left, right, out in zip(*stacks, _stack(y, len(stacks[1])), strict=True):
        _kernels.dense_forward(left, right, None, "linear", out)
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
        _kernels.dense_backward_kernel(as_rows(floating(x)), as_rows(dz), dw)
    if wants_b:
        db = np.empty(w.shape[1], w.dtype)
        _kernels.dense_backward_bias(as_rows(dz), db)
    if wants_x:
        dx = np.empty(x.shape, w.dtype)
        _kernels.dense_backward_input(as_rows(dz), w, as_rows(dx))
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

    Raises
    ------
    ValueError
        For an unknown activation.
    """
    if activation not in EPILOGUES:
        raise unknown_name("activation of ops.dense", activation, EPILOGUES)
    w, b = floating(w), None if b is None else floating(b)
    y = np.empty((*x.shape[:-1], w.shape[1]), w.dtype)
    _kernels.dense_forward(as_rows(floating(x)), w, b, activation, as_rows(y))
    return y
