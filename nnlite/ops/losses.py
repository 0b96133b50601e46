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


def _elementwise_vjp(
    dy: Array,
    y_true: Array,
    y_pred: Array,
    formula: str,
    parameter: float,
    positive: float,
    negative: float,
    epsilon: float,
) -> Array:
    y_pred = floating(y_pred)
    out = np.empty_like(y_pred)
    numbers = (parameter, positive, negative, epsilon)
    _kernels.elementwise_loss_vjp(floating(y_true), y_pred, floating(dy), formula, *numbers, out)
    return out


@op(y_pred=_elementwise_vjp)
def elementwise_loss(
    y_true: Array,
    y_pred: Array,
    /,
    formula: str,
    parameter: float = 0.0,
    positive: float = 1.0,
    negative: float = 1.0,
    epsilon: float = 1e-7,
) -> Array:
    """loss = the mean (or the sum) of formula(y_true, y_pred) over a row: both (B, O), loss (B,).

    The formulas and the numbers that they read (`parameter`, `positive`, `negative`, `epsilon`)
    stand in `_kernels/reference/elementwise_losses.py`.
    """
    y_pred = floating(y_pred)
    loss = np.empty(len(y_pred), y_pred.dtype)
    numbers = (parameter, positive, negative, epsilon)
    _kernels.elementwise_loss(floating(y_true), y_pred, formula, *numbers, loss)
    return loss


def _categorical_hinge_vjp(dy: Array, targets: Array, y_pred: Array) -> Array:
    y_pred = floating(y_pred)
    out = np.empty_like(y_pred)
    _kernels.categorical_hinge_vjp(floating(targets), y_pred, floating(dy), out)
    return out


@op(y_pred=_categorical_hinge_vjp)
def categorical_hinge(targets: Array, y_pred: Array, /) -> Array:
    """loss = max(1 + max (1 - targets) y_pred - Σ targets y_pred, 0): both (B, C), loss (B,)."""
    y_pred = floating(y_pred)
    loss = np.empty(len(y_pred), y_pred.dtype)
    _kernels.categorical_hinge(floating(targets), y_pred, loss)
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
