"""Losses: a kernel gives one number per sample; its vjp takes one number per sample back."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door


@door("labels[B] logits[B,C] -> loss[B] probabilities[B,C]")
def sparse_softmax_crossentropy(
    labels: ndarray, logits: ndarray, loss: ndarray, probabilities: ndarray
) -> None:
    """loss = -log softmax(logits)[label]; the softmax itself is kept for the vjp.

    Labels outside 0..C-1 raise ValueError.
    """
    _check_labels(labels, logits.shape[1])
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    sums = np.exp(shifted).sum(axis=1)
    np.subtract(np.log(sums), np.take_along_axis(shifted, labels[:, None], axis=1)[:, 0], out=loss)
    np.divide(np.exp(shifted), sums[:, None], out=probabilities)


@door("labels[B] probabilities[B,C] dloss[B] -> out[B,C]")
def sparse_softmax_crossentropy_vjp(
    labels: ndarray, probabilities: ndarray, dloss: ndarray, out: ndarray
) -> None:
    """out = (softmax - onehot(label)) dloss: the gradient with respect to the logits."""
    _check_labels(labels, probabilities.shape[1])
    onehot = labels[:, None] == np.arange(probabilities.shape[1])
    np.multiply(probabilities - onehot.astype(probabilities.dtype), dloss[:, None], out=out)


@door("targets[B,C] logits[B,C] -> loss[B] probabilities[B,C]")
def softmax_crossentropy(
    targets: ndarray, logits: ndarray, loss: ndarray, probabilities: ndarray
) -> None:
    """loss = -Σ targets log softmax(logits); the softmax itself is kept for the vjp."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    sums = np.exp(shifted).sum(axis=1)
    np.sum(targets * (np.log(sums)[:, None] - shifted), axis=1, out=loss)
    np.divide(np.exp(shifted), sums[:, None], out=probabilities)


@door("targets[B,C] probabilities[B,C] dloss[B] -> out[B,C]")
def softmax_crossentropy_vjp(
    targets: ndarray, probabilities: ndarray, dloss: ndarray, out: ndarray
) -> None:
    """out = (softmax Σ targets - targets) dloss: the gradient with respect to the logits."""
    total = targets.sum(axis=1, keepdims=True)
    np.multiply(probabilities * total - targets, dloss[:, None], out=out)


@door("y_true[B,O] y_pred[B,O] -> loss[B]")
def mean_squared_error(y_true: ndarray, y_pred: ndarray, loss: ndarray) -> None:
    """loss = Σ (y_pred - y_true)² / O."""
    if y_pred.size:
        np.mean((y_pred - y_true) ** 2, axis=1, out=loss)
    else:
        loss[:] = np.nan  # 0 / 0, without numpy's warning


@door("y_true[B,O] y_pred[B,O] dloss[B] -> out[B,O]")
def mean_squared_error_vjp(y_true: ndarray, y_pred: ndarray, dloss: ndarray, out: ndarray) -> None:
    """out = 2 (y_pred - y_true) dloss / O."""
    slope = (2 / y_true.shape[1]) * dloss[:, None] if y_true.shape[1] else dloss[:, None]
    np.multiply(y_pred - y_true, slope, out=out)


@door("y_true[B,O] y_pred[B,O] -> loss[B]")
def mean_absolute_error(y_true: ndarray, y_pred: ndarray, loss: ndarray) -> None:
    """loss = Σ |y_pred - y_true| / O."""
    if y_pred.size:
        np.mean(np.abs(y_pred - y_true), axis=1, out=loss)
    else:
        loss[:] = np.nan  # 0 / 0, without numpy's warning


@door("y_true[B,O] y_pred[B,O] dloss[B] -> out[B,O]")
def mean_absolute_error_vjp(y_true: ndarray, y_pred: ndarray, dloss: ndarray, out: ndarray) -> None:
    """out = sign(y_pred - y_true) dloss / O."""
    np.multiply(np.sign(y_pred - y_true), dloss[:, None] / max(y_true.shape[1], 1), out=out)


@door("values[B] weights[B]? -> out[1]")
def weighted_mean(values: ndarray, weights: ndarray | None, out: ndarray) -> None:
    """out = Σ weights values / B, summed in float64; without weights all are 1."""
    wide = values.astype(np.float64)
    total = wide.sum() if weights is None else (wide * weights).sum()
    out[0] = total / max(len(values), 1)


@door("weights[B]? dmean[1] -> out[B]")
def weighted_mean_vjp(weights: ndarray | None, dmean: ndarray, out: ndarray) -> None:
    """out = weights dmean / B."""
    share = dmean[0] / max(len(out), 1)
    np.multiply(share, np.ones_like(out) if weights is None else weights, out=out)


def _check_labels(labels: ndarray, classes: int) -> None:
    outside = labels[(labels < 0) | (labels >= classes)]
    if len(outside):
        raise ValueError(f"the label {outside[0]} is outside 0..{classes - 1}")
