"""How often predictions are right: one number per sample, and their means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import averaged
from ..targets import aligned_targets, class_labels
from ..tensor import Array, raw
from .base import predictions
from .means import MeanOf, mean_metric


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
    outputs, targets = np.shape(raw(y_pred)), np.shape(raw(y_true))
    if len(outputs) == 1 or outputs[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if len(targets) < len(outputs) or targets[-1] == 1:
        return sparse_categorical_accuracy(y_true, y_pred)
    return categorical_accuracy(y_true, y_pred)


def equality(y_true: Any, y_pred: Any) -> Array:
    """Return the share of outputs that equal the targets, for each sample."""
    y_pred = predictions(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = (len(y_pred), math.prod(y_pred.shape[1:]))
    out = np.empty(len(y_pred), y_pred.dtype)
    _kernels.equal_share(y_true.reshape(rows), y_pred.reshape(rows), out)
    return out


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """1 where the label y_true (B,) is among the k largest of y_pred (B, C), else 0.

    For y_pred (B, T, C) and y_true (B, T), the mean over T. With `from_sorted_ids`, y_pred holds
    the numbers of classes instead, the most likely one first.
    """
    y_pred = predictions(y_pred)
    if from_sorted_ids:
        labels = np.asarray(raw(y_true)).reshape(*y_pred.shape[:-1], 1)
        right = (y_pred[..., :k] == labels).any(axis=-1).astype(y_pred.dtype)
        return _mean_over_rows(right.reshape(-1), len(y_pred))
    return _in_top_k(class_labels(y_true, y_pred.shape), y_pred, k)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """1 where the largest of y_true (B, C) is among the k largest of y_pred (B, C), else 0.

    For both (B, T, C), the mean over T.
    """
    y_pred = predictions(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    labels = np.empty(y_true.shape[:-1], np.int64)
    _kernels.argmax_rows(y_true.reshape(-1, y_true.shape[-1]), labels.reshape(-1))
    return _in_top_k(labels, y_pred, k)


def _in_top_k(labels: Array, y_pred: Array, k: int) -> Array:
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    out = np.empty(len(rows), y_pred.dtype)
    _kernels.in_top_k(labels.reshape(-1), rows, k, out)
    return _mean_over_rows(out, len(y_pred))


# ------------------------------------------------------------------------------------- classes

SparseCategoricalAccuracy = mean_metric(sparse_categorical_accuracy, "SparseCategoricalAccuracy")
CategoricalAccuracy = mean_metric(categorical_accuracy, "CategoricalAccuracy")
Accuracy = mean_metric(equality, "Accuracy", "accuracy")


class BinaryAccuracy(MeanOf):
    """The mean over all samples of `binary_accuracy`.

    Parameters
    ----------
    threshold : float
        Above it a prediction counts as 1.

    Raises
    ------
    ValueError
        For a threshold that is no number.
    """

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: Any = None,
        threshold: float = 0.5,
    ) -> None:
        if not np.isfinite(threshold):
            raise ValueError(f"BinaryAccuracy: threshold must be a number, got {threshold!r}")
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class TopKCategoricalAccuracy(MeanOf):
    """The mean over all samples of `top_k_categorical_accuracy`.

    Parameters
    ----------
    k : int
        How many of the largest count.
    """

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanOf):
    """The mean over all samples of `sparse_top_k_categorical_accuracy`.

    Parameters
    ----------
    k : int
        How many of the largest count.
    from_sorted_ids : bool
        Whether predictions are the numbers of classes, the most likely one first.
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k, self.from_sorted_ids = k, from_sorted_ids
