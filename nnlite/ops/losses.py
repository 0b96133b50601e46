"""The ops of losses: one number per sample; the targets are constants and get no gradient."""

from __future__ import annotations

import numpy as np

from .. import _kernels
from ..arithmetic import floating
from ..tape import op
from ..tensor import Array


def _losses_of(logits: Array) -> tuple[Array, Array, Array]:
    logits = floating(logits)
    return logits, np.empty(len(logits), logits.dtype), np.empty_like(logits)


def _sparse_vjp(dy: Array, labels: Array, probabilities: Array) -> Array:
    dlogits = np.empty_like(probabilities)
    _kernels.sparse_softmax_crossentropy_vjp(labels, probabilities, floating(dy), dlogits)
    return dlogits


@op(results=("loss", "probabilities"), logits=_sparse_vjp)
def sparse_softmax_crossentropy(labels: Array, logits: Array, /) -> tuple[Array, Array]:
    """loss = -log softmax(logits)[label]: labels (B,) int64, logits (B, C), loss (B,)."""
    logits, loss, probabilities = _losses_of(logits)
    _kernels.sparse_softmax_crossentropy(labels, logits, loss, probabilities)
    return loss, probabilities


def _crossentropy_vjp(dy: Array, targets: Array, probabilities: Array) -> Array:
    dlogits = np.empty_like(probabilities)
    _kernels.softmax_crossentropy_vjp(floating(targets), probabilities, floating(dy), dlogits)
    return dlogits


@op(results=("loss", "probabilities"), logits=_crossentropy_vjp)
def softmax_crossentropy(targets: Array, logits: Array, /) -> tuple[Array, Array]:
    """loss = -Σ targets log softmax(logits): targets and logits (B, C), loss (B,)."""
    logits, loss, probabilities = _losses_of(logits)
    _kernels.softmax_crossentropy(floating(targets), logits, loss, probabilities)
    return loss, probabilities


def _squared_error_vjp(dy: Array, y_true: Array, y_pred: Array) -> Array:
    y_pred = floating(y_pred)
    out = np.empty_like(y_pred)
    _kernels.mean_squared_error_vjp(floating(y_true), y_pred, floating(dy), out)
    return out


@op(y_pred=_squared_error_vjp)
def mean_squared_error(y_true: Array, y_pred: Array, /) -> Array:
    """loss = Σ (y_pred - y_true)² / O: both (B, O), loss (B,)."""
    y_pred = floating(y_pred)
    loss = np.empty(len(y_pred), y_pred.dtype)
    _kernels.mean_squared_error(floating(y_true), y_pred, loss)
    return loss


def _absolute_error_vjp(dy: Array, y_true: Array, y_pred: Array) -> Array:
    y_pred = floating(y_pred)
    out = np.empty_like(y_pred)
    _kernels.mean_absolute_error_vjp(floating(y_true), y_pred, floating(dy), out)
    return out


@op(y_pred=_absolute_error_vjp)
def mean_absolute_error(y_true: Array, y_pred: Array, /) -> Array:
    """loss = Σ |y_pred - y_true| / O: both (B, O), loss (B,)."""
    y_pred = floating(y_pred)
    loss = np.empty(len(y_pred), y_pred.dtype)
    _kernels.mean_absolute_error(floating(y_true), y_pred, loss)
    return loss


def _weighted_mean_vjp(dy: Array, values: Array, weights: Array | None) -> Array:
    values = floating(values)
    out = np.empty_like(values)
    _kernels.weighted_mean_vjp(weights, floating(dy).reshape(1), out)
    return out


@op(values=_weighted_mean_vjp)
def weighted_mean(values: Array, weights: Array | None = None, /) -> Array:
    """y = Σ weights values / B, both (B,); y is a scalar. Keras's reduction of a loss."""
    values = floating(values)
    out = np.empty((), values.dtype)
    _kernels.weighted_mean(values, weights, out.reshape(1))
    return out
