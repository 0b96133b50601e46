"""Loss functions as metrics: their means over all samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses
from .means import MeanOf, mean_metric

MeanSquaredError = mean_metric(losses.mean_squared_error, "MeanSquaredError")
MeanAbsoluteError = mean_metric(losses.mean_absolute_error, "MeanAbsoluteError")
SparseCategoricalCrossentropy = mean_metric(
    losses.sparse_categorical_crossentropy, "SparseCategoricalCrossentropy"
)
CategoricalCrossentropy = mean_metric(losses.categorical_crossentropy, "CategoricalCrossentropy")


class RootMeanSquaredError(MeanOf):
    """result = √(mean over all samples of the squared error)."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)

    def result(self) -> float:
        return float(np.sqrt(super().result()))
