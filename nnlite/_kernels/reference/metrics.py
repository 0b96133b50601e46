"""Metrics: numbers per sample, and means over many batches."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door


@door("labels[B] y_pred[B,C] -> out[B]")
def sparse_categorical_accuracy(labels: ndarray, y_pred: ndarray, out: ndarray) -> None:
    """out = 1 where the largest of y_pred (the first of equals) stands at the label, else 0."""
    out[:] = y_pred.argmax(axis=1) == labels


@door("y_true[B,C] y_pred[B,C] -> out[B]")
def categorical_accuracy(y_true: ndarray, y_pred: ndarray, out: ndarray) -> None:
    """out = 1 where the largest of y_pred and of y_true stand at the same place, else 0."""
    out[:] = y_pred.argmax(axis=1) == y_true.argmax(axis=1)


@door("y_true[B,C] y_pred[B,C] -> out[B]")
def binary_accuracy(y_true: ndarray, y_pred: ndarray, threshold: float, out: ndarray) -> None:
    """out = the share of a row where y_true is 1 for y_pred > threshold, and else 0."""
    right = y_true == (y_pred > y_pred.dtype.type(threshold))
    np.divide(right.sum(axis=1), y_pred.shape[1], out=out)


@door("values[B] weights[B]? state[2] -> state[2]")
def accumulate_mean(values: ndarray, weights: ndarray | None, state: ndarray) -> None:
    """state += (Σ weights values, Σ weights), in float64: a mean over many batches, exact."""
    wide = values.astype(np.float64)
    state[0] += wide.sum() if weights is None else (wide * weights).sum()
    state[1] += len(values) if weights is None else weights.sum(dtype=np.float64)


@door("y_true[B,O] y_pred[B,O] -> out[B]")
def equal_share(y_true: ndarray, y_pred: ndarray, out: ndarray) -> None:
    """out = the share of a row where y_true = y_pred."""
    np.divide((y_true == y_pred).sum(axis=1), y_pred.shape[1], out=out)


@door("y_true[B,O] y_pred[B,O] weights[B,O]? state[4,O] -> state[4,O]")
def accumulate_moments(
    y_true: ndarray, y_pred: ndarray, weights: ndarray | None, state: ndarray
) -> None:
    """state += Σ w, Σ w y_true, Σ w y_true², Σ w (y_true - y_pred)² over the batch, in float64."""
    weight = np.ones(y_true.shape) if weights is None else weights.astype(np.float64)
    y, p = y_true.astype(np.float64), y_pred.astype(np.float64)
    for row, values in enumerate((np.ones_like(y), y, y * y, (y - p) * (y - p))):
        for line in weight * values:  # one sample after the other, as compiled
            state[row] += line
