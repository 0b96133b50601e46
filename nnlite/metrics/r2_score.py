"""R²: how much of the targets' variance the predictions explain."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import _kernels
from ..errors import unknown_name
from ..targets import aligned_targets
from ..tensor import Array
from .base import StateMetric, predictions, weights_like

AGGREGATIONS = ("uniform_average", "variance_weighted_average")


class R2Score(StateMetric):
    """1 - Σ (y - prediction)² / Σ (y - mean y)²: 1 is perfect, 0 no better than the mean.

    Parameters
    ----------
    class_aggregation : "uniform_average", "variance_weighted_average" or None
        The mean over the outputs, plain or by their variance, or one number for each of them.
    num_regressors : int
        How many features the predictions were made of, for the adjusted R²; 0 for the plain one.

    Raises
    ------
    ValueError
        For an unknown aggregation, or a negative number of regressors; in an update, for
        predictions that are no (samples, outputs).
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, dtype)
        if class_aggregation is not None and class_aggregation not in AGGREGATIONS:
            raise unknown_name("class_aggregation of R2Score", str(class_aggregation), AGGREGATIONS)
        if num_regressors < 0:
            raise ValueError(f"R2Score: num_regressors must be >= 0, got {num_regressors!r}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self._seen = np.zeros(2)  # the sum of all predictions, and how many: the latter counts

    def seen(self) -> list[Array]:
        return [self._seen, *super().seen()]

    def reset_state(self) -> None:
        super().reset_state()
        self._seen[:] = 0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add up a batch: y_true and y_pred (B, O), sample_weight (B,) or (B, O)."""
        y_pred = predictions(y_pred)
        y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
        weights = weights_like(sample_weight, y_pred, f"metric {self.name!r}")
        if y_pred.ndim == 1:
            y_pred, y_true = y_pred.reshape(-1, 1), y_true.reshape(-1, 1)
            weights = None if weights is None else weights.reshape(-1, 1)
        if y_pred.ndim != 2:
            raise ValueError(
                f"metric {self.name!r} takes predictions of the shape (samples, outputs), got "
                f"{y_pred.shape}"
            )
        state = self.state_of(4, y_pred.shape[1])
        _kernels.accumulate_moments(y_true, y_pred, weights, state)
        _kernels.accumulate_mean(y_pred.reshape(-1), None, self._seen)

    def result(self) -> Any:
        """Return R² of all that was seen; NaN before any.

        Where the targets do not vary it is 0, or NaN where they are met exactly, as in Keras.
        """
        if self.state is None or not self.state[0].any():
            return float("nan")
        weight, total, squares, errors = self.state
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares - total * (total / weight)
            scores = 1 - errors / variance
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (variance * scores).sum() / variance.sum()
        return self._adjusted(scores if scores.ndim else float(scores))

    def _adjusted(self, scores: Any) -> Any:
        """1 - (1 - R²) (n - 1) / (n - p - 1), with p regressors and n targets."""
        left = self._seen[1] - self.num_regressors - 1
        if not self.num_regressors:
            return scores
        if left <= 0:
            warnings.warn(
                f"R2Score: {self.num_regressors} regressors are too many for the adjusted R² of "
                f"{self._seen[1]:.0f} targets; the plain one is returned",
                stacklevel=3,
            )
            return scores
        return 1 - (1 - scores) * (self._seen[1] - 1) / left
