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


@door("labels[B] -> kept[B] mask[B]")
def ignore_labels(labels: ndarray, ignored: float, kept: ndarray, mask: ndarray) -> None:
    """kept = labels, mask = 1; where a label is `ignored`, kept = 0, mask = 0."""
    mask[:] = labels != ignored
    np.multiply(labels, labels != ignored, out=kept)


@door("y_true[N] -> out[N]")
def signed_labels(y_true: ndarray, out: ndarray) -> None:
    """out = 2 y_true - 1 where all of y_true is 0 or 1; otherwise out = y_true."""
    binary = ((y_true == 0) | (y_true == 1)).all()
    out[:] = 2 * y_true - 1 if binary else y_true


@door("targets[B,C] y_pred[B,C] -> loss[B]")
def categorical_hinge(targets: ndarray, y_pred: ndarray, loss: ndarray) -> None:
    """loss = max(1 + max_c (1 - targets) y_pred - Σ targets y_pred, 0)."""
    largest = np.max((1 - targets) * y_pred, axis=1, initial=-np.inf)
    np.maximum(1 + largest - (targets * y_pred).sum(axis=1), 0, out=loss)


@door("targets[B,C] y_pred[B,C] dloss[B] -> out[B,C]")
def categorical_hinge_vjp(targets: ndarray, y_pred: ndarray, dloss: ndarray, out: ndarray) -> None:
    """out = ((1 - targets) [first of the largest (1 - targets) y_pred] - targets) dloss.

    It is 0 where the loss is 0.
    """
    scores = (1 - targets) * y_pred
    largest = np.max(scores, axis=1, initial=-np.inf)
    first = np.cumsum(scores == largest[:, None], axis=1) * (scores == largest[:, None]) == 1
    lacking = 1 + largest - (targets * y_pred).sum(axis=1)
    slopes = np.where(first, -targets + (1 - targets), -targets)
    out[:] = np.where((lacking <= 0)[:, None], 0, slopes * dloss[:, None])


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


@door("weights[B] -> out[B]")
def normalized_weights(weights: ndarray, out: ndarray) -> None:
    """out = weights / Σ weights, summed in float64; all 0 where the sum is 0."""
    total = weights.sum(dtype=np.float64)
    out[:] = weights / total if total else 0


def _check_labels(labels: ndarray, classes: int) -> None:
    outside = labels[(labels < 0) | (labels >= classes)]
    if len(outside):
        raise ValueError(f"the label {outside[0]} is outside 0..{classes - 1}")
