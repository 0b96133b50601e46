"""F-scores: precision and recall of each class in one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _kernels
from ..errors import unknown_name
from ..targets import aligned_targets
from ..tensor import Array
from .base import StateMetric, predictions, quotient, weights_like

#: What is smaller than this is not taken for the largest of a row.
TINY = 1e-9

AVERAGES = ("micro", "macro", "weighted")


class FBetaScore(StateMetric):
    """(1 + β²) precision recall / (β² precision + recall), for each class.

    Parameters
    ----------
    average : "micro", "macro", "weighted" or None
        None gives one number a class; "micro" counts over all classes, "macro" is their mean, and
        "weighted" their mean by how often they occur.
    beta : float > 0
        How many times more recall counts than precision.
    threshold : float, optional
        What is larger is positive; by default it is the largest of a row.

    Raises
    ------
    ValueError
        For an unknown average, a beta that is not positive, a threshold outside (0, 1]; in an
        update, for predictions that are no (samples, classes).
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        kind = type(self).__name__
        if average is not None and average not in AVERAGES:
            raise unknown_name(f"average of {kind}", str(average), AVERAGES)
        if isinstance(beta, bool) or not beta > 0:
            raise ValueError(f"{kind}: beta must be a number > 0, got {beta!r}")
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"{kind}: threshold must lie in (0, 1], got {threshold!r}")
        self.average, self.beta, self.threshold = average, float(beta), threshold
        self._thresholds = np.array([0.5 if threshold is None else float(threshold)])

    def arrays(self) -> list[Array]:
        return [*super().arrays(), self._thresholds]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch: y_true (B, C) of 0 and 1, y_pred (B, C), sample_weight (B,)."""
        y_pred = predictions(y_pred)
        if y_pred.ndim != 2:
            raise ValueError(
                f"metric {self.name!r} takes predictions of the shape (samples, classes), got "
                f"{y_pred.shape}"
            )
        y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
        weights = weights_like(sample_weight, y_pred, f"metric {self.name!r}")
        if self.threshold is None:
            marked = np.empty_like(y_pred)
            _kernels.mark_largest(y_pred, TINY, marked)
            y_pred = marked
        if self.average == "micro":
            y_true, y_pred = y_true.reshape(-1, 1), y_pred.reshape(-1, 1)
            weights = None if weights is None else weights.reshape(-1, 1)
        state = self.state_of(y_pred.shape[1], 4)
        _kernels.count_between(y_true, y_pred, weights, self._thresholds, state)

    def result(self) -> Any:
        """Return the score, or with average=None the score of each class."""
        state = np.zeros((1, 4)) if self.state is None else self.state
        missed, found, _, false_alarms = state.T
        precision, recall = quotient(found, found + false_alarms), quotient(found, found + missed)
        square = self.beta**2
        scores = quotient((1 + square) * precision * recall, square * precision + recall)
        if self.average is None:
            return scores
        if self.average == "weighted":
            occurrences = found + missed
            return float(quotient((scores * occurrences).sum(), occurrences.sum()))
        return float(scores.mean())


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall), for each class.

    Parameters
    ----------
    average, threshold
        As of `FBetaScore`.
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "beta"}
