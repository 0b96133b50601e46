"""AUC: the area under the curve that a classifier draws as its threshold goes from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..arithmetic import broadcast, combined
from ..config import epsilon
from ..errors import unknown_name
from ..tensor import Array
from .base import quotient
from .thresholds import Counts, ThresholdMetric, listed

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATION_METHODS: dict[str, Callable[[Array, Array], Array]] = {
    "interpolation": lambda a, b: (a + b) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}


class AUC(ThresholdMetric):
    """The area under the ROC curve (recall over the rate of false alarms) or another one.

    Parameters
    ----------
    num_thresholds : int
        How many thresholds from 0 to 1 the curve is drawn through.
    curve : "ROC", "PR" or "PRGAIN"
        PR is precision over recall; PRGAIN the same in gains over guessing (Flach and Kull, 2015).
    summation_method : "interpolation", "minoring" or "majoring"
        How the area between two points is taken: as a trapezium (PR: Davis and Goadrich's
        interpolation, 2006), or as the smaller or larger rectangle.
    thresholds : sequence of float, optional
        Instead of `num_thresholds`; one below 0 and one above 1 are added.
    multi_label : bool
        Whether each column of the predictions has a curve of its own; the result is their mean.
    num_labels : int, optional
        How many columns there will be.
    label_weights : sequence of float, optional
        How much each column counts.
    from_logits : bool
        Whether the predictions are still to go through a sigmoid.

    Raises
    ------
    ValueError
        For an unknown curve or summation method, fewer than 2 thresholds, `num_labels` without
        `multi_label`; in an update, for predictions of another shape.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        if curve.upper() not in CURVES:
            raise unknown_name("curve of AUC", curve, CURVES)
        if summation_method.lower() not in SUMMATION_METHODS:
            raise unknown_name("summation_method of AUC", summation_method, SUMMATION_METHODS)
        if thresholds is None and num_thresholds < 2:
            raise ValueError(f"AUC: num_thresholds must be at least 2, got {num_thresholds!r}")
        if num_labels and not multi_label:
            raise ValueError("AUC: num_labels is for multi_label=True")
        steps = np.linspace(0, 1, num_thresholds)[1:-1].tolist()
        inner = steps if thresholds is None else sorted(listed(thresholds, self))
        self.thresholds = [-epsilon(), *inner, 1 + epsilon()]
        super().__init__(self.thresholds, name, dtype)
        self.num_thresholds = len(self.thresholds)
        self.curve, self.summation_method = curve.upper(), summation_method.lower()
        self.multi_label, self.num_labels, self.from_logits = multi_label, num_labels, from_logits
        self.label_weights = None if label_weights is None else np.array(label_weights, float)
        self._given = thresholds is not None
        self._weights: dict[Any, Array] = {}  # label_weights by the float type of the predictions

    def arrays(self) -> list[Array]:
        return [*super().arrays(), *self._weights.values()]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        shape = np.shape(y_pred)
        if self.multi_label and (len(shape) != 2 or self.num_labels not in (None, shape[1])):
            wanted = "labels" if self.num_labels is None else self.num_labels
            raise ValueError(
                f"metric {self.name!r}: with multi_label=True predictions have the shape "
                f"(samples, {wanted}), got {shape}"
            )
        super().update_state(y_true, y_pred, sample_weight)

    def _prepared(self, y_pred: Array) -> Array:
        return ops.sigmoid(y_pred).data if self.from_logits else y_pred

    def _weighted(self, weights: Array | None, y_pred: Array) -> Array | None:
        """Return the weights of the predictions, those of their columns among them."""
        if self.label_weights is None or self.multi_label:
            return weights
        if y_pred.dtype not in self._weights:
            self._weights[y_pred.dtype] = self.label_weights.astype(y_pred.dtype)
        columns = broadcast(self._weights[y_pred.dtype], y_pred.shape)
        return columns if weights is None else combined(weights, columns, "multiply")

    def result(self) -> float:
        """Return the area, 0 where nothing was seen."""
        counts = self.counts()
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated_precision(counts)
        else:
            x, y = _curve(self.curve, counts)
            heights = SUMMATION_METHODS[self.summation_method](y[:, :-1], y[:, 1:])
            areas = ((x[:, :-1] - x[:, 1:]) * heights).sum(axis=1)
        if self.multi_label and self.label_weights is not None:
            total = float(self.label_weights.sum())
            return float(areas @ self.label_weights) / total if total else 0.0
        return float(areas.mean())

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.label_weights is not None:
            config["label_weights"] = self.label_weights.tolist()
        del config["thresholds"]
        return config | ({"thresholds": self.thresholds[1:-1]} if self._given else {})


def _curve(name: str, counts: Counts) -> tuple[Array, Array]:
    """Return the points of a curve, from the right to the left."""
    if name == "ROC":
        return counts.false_alarms, counts.recall
    if name == "PR":
        return counts.recall, counts.precision
    tp, fp, tn, fn = counts
    odds = quotient(tp + fn, tn + fp)
    recall_gain = np.where(tp == 0, 0, 1 - odds * quotient(fn, tp))
    precision_gain = np.where(tp == 0, 1, 1 - odds * quotient(fp, tp))
    return np.maximum(recall_gain, 0), precision_gain


def _interpolated_precision(counts: Counts) -> Array:
    """Return the area under precision over recall.

    Between two thresholds TP and P = TP + FP are taken to change in proportion, so that
    ∫ TP / P dTP = slope (dTP + intercept ln(P_left / P_right)), in shares of all positives.
    """
    tp, p = counts.true_positives, counts.true_positives + counts.false_positives
    dtp, left, right = tp[:, :-1] - tp[:, 1:], p[:, :-1], p[:, 1:]
    slope = quotient(dtp, np.maximum(left - right, 0))
    intercept = tp[:, 1:] - slope * right
    ratio = np.where((left > 0) & (right > 0), quotient(left, right), 1.0)
    positives = np.maximum(tp[:, 1:] + counts.false_negatives[:, 1:], 0)
    area: Array = quotient(slope * (dtp + intercept * np.log(ratio)), positives).sum(axis=1)
    return area
