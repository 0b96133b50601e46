"""Activations, element by element (flat) and row by row."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door

# Forward kernels may work in place (out is x); a vjp needs only y, the forward's result.


@door("x[N] out[N] -> out[N]")
def relu_forward(x: ndarray, out: ndarray) -> None:
    """out = max(x, 0); NaN stays NaN."""
    np.maximum(x, 0, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def relu_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy where y > 0, else 0."""
    out[:] = np.where(y > 0, dy, 0)


@door("x[N] out[N] -> out[N]")
def sigmoid_forward(x: ndarray, out: ndarray) -> None:
    """out = 1 / (1 + e⁻ˣ), computed from e^-|x| so that nothing overflows."""
    e = np.exp(-np.abs(x))
    np.divide(np.where(x >= 0, 1, e), 1 + e, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def sigmoid_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy y (1 - y)."""
    np.multiply(dy, y * (1 - y), out=out)


@door("x[N] out[N] -> out[N]")
def tanh_forward(x: ndarray, out: ndarray) -> None:
    """out = tanh x."""
    np.tanh(x, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def tanh_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy (1 - y²)."""
    np.multiply(dy, 1 - y * y, out=out)


#: What may follow a dense layer's sums while they are still in registers.
EPILOGUES = {"linear": None, "relu": relu_forward, "sigmoid": sigmoid_forward, "tanh": tanh_forward}


# ----------------------------------------------------------------- softmax and its kin, row by row


@door("x[B,C] -> out[B,C]")
def softmax_forward(x: ndarray, out: ndarray) -> None:
    """out_c = e^(x_c - m) / Σ e^(x_k - m), with m = max x, so that nothing overflows."""
    np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf), out=out)
    np.divide(out, out.sum(axis=1, keepdims=True), out=out)


@door("y[B,C] dy[B,C] -> out[B,C]")
def softmax_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = y (dy - Σ y dy)."""
    np.multiply(y, dy - (y * dy).sum(axis=1, keepdims=True), out=out)


@door("x[B,C] -> out[B,C]")
def log_softmax_forward(x: ndarray, out: ndarray) -> None:
    """out_c = x_c - m - ln Σ e^(x_k - m), with m = max x."""
    np.subtract(x, x.max(axis=1, keepdims=True, initial=-np.inf), out=out)
    np.subtract(out, np.log(np.exp(out).sum(axis=1, keepdims=True)), out=out)


@door("y[B,C] dy[B,C] -> out[B,C]")
def log_softmax_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy - e^y Σ dy."""
    np.subtract(dy, np.exp(y) * dy.sum(axis=1, keepdims=True), out=out)


@door("x[B,C] -> out[B,C]")
def sparsemax_forward(x: ndarray, out: ndarray) -> None:
    """out = max(x - τ, 0), with the τ of each row that makes Σ out = 1.

    A NaN makes its row NaN.
    """
    # The k largest are the support where the k-th is above the τ that these k would have.
    with np.errstate(all="ignore"):
        z = x - x.max(axis=1, keepdims=True, initial=-np.inf)
        descending = -np.sort(-z, axis=1)
        taus = (descending.cumsum(axis=1) - 1) / np.arange(1, x.shape[1] + 1, dtype=x.dtype)
        count = (descending > taus).sum(axis=1, keepdims=True)
        tau = np.take_along_axis(taus, np.maximum(count - 1, 0), axis=1)
        out[:] = np.where(z <= tau, 0, z - tau)


@door("y[B,C] dy[B,C] -> out[B,C]")
def sparsemax_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy less its mean over the y > 0 of the row, and 0 where y = 0."""
    inside = y > 0
    count = np.maximum(inside.sum(axis=1, keepdims=True), 1).astype(y.dtype)
    mean = np.where(inside, dy, 0).sum(axis=1, keepdims=True) / count
    out[:] = np.where(inside, dy - mean, 0)
