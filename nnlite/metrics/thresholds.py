"""Base of the metrics that count true and false positives and negatives at thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import _kernels
from ..arithmetic import floating
from ..targets import aligned_targets
from ..tensor import Array
from .base import StateMetric, predictions, quotient, weights_like


class Counts(NamedTuple):
    """The weights of true and false positives and negatives, (L, T): labels and thresholds."""

    true_positives: Array
    false_positives: Array
    true_negatives: Array
    false_negatives: Array

    @property
    def precision(self) -> Array:
        """TP / (TP + FP): how many of those found are right; 0 where nothing was found."""
        return quotient(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> Array:
        """TP / (TP + FN): how many of the positives were found; 0 where there are none."""
        return quotient(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def specificity(self) -> Array:
        """TN / (TN + FP): how many of the negatives were left; 0 where there are none."""
        return quotient(self.true_negatives, self.true_negatives + self.false_positives)

    @property
    def false_alarms(self) -> Array:
        """FP / (FP + TN): how many of the negatives were taken for positives; 0 without any."""
        return quotient(self.false_positives, self.false_positives + self.true_negatives)


class ThresholdMetric(StateMetric):
    """Base of the metrics of yes or no: a prediction says yes where it is larger than a threshold.

    What is kept is how much lies between each two neighbours among the thresholds, so a metric
    with 200 of them takes no longer than one with 8; the counts are sums of that.

    Parameters
    ----------
    thresholds : sequence of float
    name, dtype
        As of every metric.
    """

    #: Which column of the predictions, the others being left out; None for all.
    class_id: int | None = None

    #: How many of a row, the largest, can be positive at all; None for all.
    top_k: int | None = None

    #: Whether each column of the predictions is counted by itself.
    multi_label: bool = False

    def __init__(self, thresholds: Sequence[float], name: str | None, dtype: Any) -> None:
        super().__init__(name, dtype)
        given = np.array(thresholds, np.float64)
        self._order = np.argsort(np.argsort(given, kind="stable"), kind="stable")
        self._ascending = np.sort(given)

    def arrays(self) -> list[Array]:
        return [*super().arrays(), self._ascending]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Parameters
        ----------
        y_true : (B, ...) of 0 and 1 (or the probability of 1)
        y_pred : (B, ...) of the same shape
        sample_weight : (B,) or of the predictions' shape, optional
        """
        y_pred = predictions(y_pred)
        y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
        weights = weights_like(sample_weight, y_pred, f"metric {self.name!r}")
        weights = self._weighted(weights, y_pred)
        y_pred = self._prepared(y_pred)
        truth, scores = self._columns(y_true), self._columns(y_pred)
        weights = None if weights is None else self._columns(weights)
        state = self.state_of(scores.shape[1], 2 * len(self._ascending) + 2)
        _kernels.count_between(truth, scores, weights, self._ascending, state)

    def _prepared(self, y_pred: Array) -> Array:
        """Return the predictions as they are compared with the thresholds."""
        if self.top_k is None:
            return y_pred
        rows = y_pred.reshape(-1, y_pred.shape[-1])
        kept = np.empty_like(rows)
        _kernels.keep_top_k(rows, self.top_k, kept)
        return kept.reshape(y_pred.shape)

    def _weighted(self, weights: Array | None, y_pred: Array) -> Array | None:
        """Return the weights of the predictions, which may have come without any."""
        return weights

    def _columns(self, x: Array) -> Array:
        """Return an array as a matrix with a column for each label that is counted by itself."""
        if self.class_id is not None:
            rows = floating(x).reshape(-1, x.shape[-1])
            if not 0 <= self.class_id < rows.shape[1]:
                raise ValueError(
                    f"metric {self.name!r}: class_id must be from 0 to {rows.shape[1] - 1}, the "
                    f"columns of the predictions, got {self.class_id}"
                )
            column = np.empty((len(rows), 1), rows.dtype)
            _kernels.take_columns(rows, self.class_id, column)
            return column
        return x.reshape(-1, x.shape[-1] if self.multi_label else 1)

    def counts(self) -> Counts:
        """Return what was counted, (L, T), the thresholds in the order in which they were given."""
        thresholds = len(self._ascending)
        state = np.zeros((1, 2 * thresholds + 2)) if self.state is None else self.state
        positive, negative = state[:, : thresholds + 1], state[:, thresholds + 1 :]
        return Counts(
            *(_above(part)[:, self._order] for part in (positive, negative)),
            *(_below(part)[:, self._order] for part in (negative, positive)),
        )


def _above(between: Array) -> Array:
    """Sum what lies above each threshold."""
    return between[:, ::-1].cumsum(axis=1)[:, -2::-1]


def _below(between: Array) -> Array:
    """Sum what lies at or below each threshold."""
    return between.cumsum(axis=1)[:, :-1]


def listed(thresholds: Any, metric: Any, default: float = 0.5) -> list[float]:
    """Return thresholds, given as one, several or None, as a list.

    Raises
    ------
    ValueError
        Where there are none, or one lies outside of [0, 1].
    """
    if thresholds is None:
        return [default]
    given = np.asarray(thresholds, np.float64)
    if given.ndim > 1 or not given.size or not ((given >= 0) & (given <= 1)).all():
        raise ValueError(
            f"{type(metric).__name__}: thresholds must be a number in [0, 1] or several, got "
            f"{thresholds!r}; for logits, add a sigmoid to the model"
        )
    return given.reshape(-1).tolist()
