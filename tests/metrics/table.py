"""The table of metrics: how each is made, and on what. A new metric gets a row (or several).

`make` takes a module, nnlite.metrics or keras.metrics, so that both are asked for the same.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlite.metrics import Metric

Batch = tuple[np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator], Batch]


class Case(NamedTuple):
    cls: str
    arguments: dict[str, Any]
    draw: Draw  # y_true, y_pred
    weighted: bool = True  # whether Keras takes a weight for each sample here

    @property
    def id(self) -> str:
        return ", ".join([self.cls, *(f"{name}={self.arguments[name]}" for name in self.arguments)])

    def make(self, module: Any) -> Metric:
        return getattr(module, self.cls)(**self.arguments)


SAMPLES, CLASSES = 12, 4


def binary(random: np.random.Generator) -> Batch:
    y_true = random.integers(0, 2, (SAMPLES, 1)).astype(np.float32)
    return y_true, random.random((SAMPLES, 1), np.float32)


def several(random: np.random.Generator) -> Batch:
    y_true = random.integers(0, 2, (SAMPLES, CLASSES)).astype(np.float32)
    return y_true, random.random((SAMPLES, CLASSES), np.float32)


def logits(random: np.random.Generator) -> Batch:
    y_true, y_pred = several(random)
    return y_true, 6 * y_pred - 3


def one_hot(random: np.random.Generator) -> Batch:
    y_true = np.eye(CLASSES, dtype=np.float32)[random.integers(0, CLASSES, SAMPLES)]
    return y_true, random.random((SAMPLES, CLASSES), np.float32)


def labelled(random: np.random.Generator) -> Batch:
    y_true, y_pred = one_hot(random)
    return y_true.argmax(axis=1), y_pred


def numbered(random: np.random.Generator) -> Batch:
    """Predictions that are numbers of classes themselves."""
    y_true, y_pred = random.integers(0, CLASSES, (2, SAMPLES))
    return y_true, y_pred.astype(np.float32)


def numbers(random: np.random.Generator) -> Batch:
    y_true, y_pred = random.normal(size=(2, SAMPLES, 3)).astype(np.float32)
    return y_true, y_pred


THREE = [0.7, 0.2, 0.4]
COUNTS = ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
BEST = {
    "SensitivityAtSpecificity": "specificity",
    "SpecificityAtSensitivity": "sensitivity",
    "PrecisionAtRecall": "recall",
    "RecallAtPrecision": "precision",
}
AREAS = [(c, s) for c in ("ROC", "PR", "PRGAIN") for s in ("interpolation", "minoring", "majoring")]

CASES = [
    *(Case(name, {}, binary) for name in (*COUNTS, "Precision", "Recall", "AUC")),
    *(Case(name, {"thresholds": THREE}, several) for name in (*COUNTS, "Precision", "Recall")),
    *(
        Case(name, arguments, several)
        for name in ("Precision", "Recall")
        for arguments in (
            {"class_id": 2},
            {"top_k": 2},
            {"top_k": 2, "class_id": 1},
            {"thresholds": 0.3, "top_k": 3},
        )
    ),
    *(Case(name, {limit: 0.6}, binary) for name, limit in BEST.items()),
    *(Case(name, {limit: 0.5, "num_thresholds": 1}, binary) for name, limit in BEST.items()),
    *(
        Case(name, {limit: 0.5, "num_thresholds": 7, "class_id": 1}, several)
        for name, limit in BEST.items()
    ),
    *(Case("AUC", {"curve": c, "summation_method": s}, binary) for c, s in AREAS),
    *(
        Case("AUC", {"curve": c, "summation_method": s, "multi_label": True}, several, False)
        for c, s in AREAS
    ),
    Case(
        "AUC",
        {"multi_label": True, "num_labels": 4, "label_weights": [1, 2, 3, 0.5]},
        several,
        False,
    ),
    Case("AUC", {"label_weights": [1, 2, 3, 0.5]}, several),
    Case("AUC", {"from_logits": True}, logits),
    Case("AUC", {"thresholds": [0.1, 0.5, 0.7]}, several),
    *(
        # Keras multiplies a weight of each sample with what it has flattened before.
        Case("F1Score", {"average": average, "threshold": threshold}, one_hot, average != "micro")
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
    ),
    Case("FBetaScore", {"beta": 2.0}, several),
    Case("FBetaScore", {"average": "macro", "beta": 0.5, "threshold": 0.6}, several),
    # Keras turns weights into whole numbers here.
    Case("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, numbered, False),
    Case(
        "IoU",
        {"num_classes": 4, "target_class_ids": [0, 2], "sparse_y_pred": False},
        labelled,
        False,
    ),
    Case("MeanIoU", {"num_classes": 4}, numbered, False),
    Case("MeanIoU", {"num_classes": 4, "ignore_class": 1}, numbered, False),
    Case("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, one_hot, False),
    Case("OneHotMeanIoU", {"num_classes": 4}, one_hot, False),
    Case("BinaryIoU", {}, binary, False),
    Case("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, binary, False),
    Case("R2Score", {}, numbers),
    Case("R2Score", {"class_aggregation": None}, numbers),
    Case("R2Score", {"class_aggregation": "variance_weighted_average"}, numbers),
    Case("R2Score", {"num_regressors": 2}, numbers),
    Case("Accuracy", {}, numbered),
    Case("BinaryAccuracy", {"threshold": 0.3}, several),
    Case("CategoricalAccuracy", {}, one_hot),
    Case("SparseCategoricalAccuracy", {}, labelled),
    Case("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    Case("SparseTopKCategoricalAccuracy", {"k": 2}, labelled),
    *(
        Case(name, {}, numbers)
        for name in (
            *("MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError"),
            *("MeanAbsolutePercentageError", "CosineSimilarity"),
        )
    ),
    Case("CosineSimilarity", {"axis": 1}, numbers),
    *(Case(name, {}, several) for name in ("MeanSquaredLogarithmicError", "Poisson")),
    *(Case(name, {}, several) for name in ("Hinge", "SquaredHinge", "BinaryCrossentropy")),
    *(Case(name, {}, one_hot) for name in ("KLDivergence", "CategoricalHinge")),
    Case("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, logits),
    Case("CategoricalCrossentropy", {}, one_hot),
    Case("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot),
    Case("SparseCategoricalCrossentropy", {}, labelled),
    Case("SparseCategoricalCrossentropy", {"from_logits": True}, labelled),
]

#: What has tests of its own: the bases, and what takes values instead of targets.
OTHERS = {"Metric", "MeanMetricWrapper", "Mean", "Sum"}
