"""How often predictions are right: one number per sample, and their means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import averaged
from ..targets import aligned_targets, class_labels
from ..tensor import Array
from .base import predictions
from .means import mean_metric


def _mean_over_rows(right: Array, samples: int) -> Array:
    """(B T,) -> (B,): the mean of each sample's rows."""
    return right if len(right) == samples else averaged(right.reshape(samples, -1), 1)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """1 where the largest of y_pred (B, C) stands at the label y_true (B,), else 0.

    For y_pred (B, T, C) and y_true (B, T), the mean over T.
    """
    y_pred = predictions(y_pred)
    labels, rows = class_labels(y_true, y_pred.shape), y_pred.reshape(-1, y_pred.shape[-1])
    out = np.empty(len(rows), y_pred.dtype)
    _kernels.sparse_categorical_accuracy(labels.reshape(-1), rows, out)
    return _mean_over_rows(out, len(y_pred))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """1 where y_true (B, C) and y_pred (B, C) have their largest at the same place, else 0.

    For both (B, T, C), the mean over T.
    """
    y_pred = predictions(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    out = np.empty(len(rows), y_pred.dtype)
    _kernels.categorical_accuracy(y_true.reshape(rows.shape), rows, out)
    return _mean_over_rows(out, len(y_pred))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Return the share of outputs on the right side of `threshold`, for each sample."""
    y_pred = predictions(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = (len(y_pred), math.prod(y_pred.shape[1:]))
    out = np.empty(len(y_pred), y_pred.dtype)
    _kernels.binary_accuracy(y_true.reshape(rows), y_pred.reshape(rows), threshold, out)
    return out


def accuracy(y_true: Any, y_pred: Any) -> Array:
    """Return the accuracy that fits the shapes, as Keras chooses for `metrics=["accuracy"]`.

    One output: binary. Targets of one number, several outputs: sparse categorical. Otherwise
    categorical.
    """
    outputs, targets = np.shape(y_pred), np.shape(y_true)
    if len(outputs) == 1 or outputs[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if len(targets) < len(outputs) or targets[-1] == 1:
        return sparse_categorical_accuracy(y_true, y_pred)
    return categorical_accuracy(y_true, y_pred)


SparseCategoricalAccuracy = mean_metric(sparse_categorical_accuracy, "SparseCategoricalAccuracy")
CategoricalAccuracy = mean_metric(categorical_accuracy, "CategoricalAccuracy")
BinaryAccuracy = mean_metric(binary_accuracy, "BinaryAccuracy")
