"""Metrics: what is reported of a training beside the loss, as exact means over all samples seen."""

from __future__ import annotations

from typing import Any

from .. import losses
from ..registry import Registry, describe
from .accuracies import (
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from .base import Metric, results_of
from .means import Mean, MeanMetricWrapper
from .of_losses import (
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
)

registry: Registry[Any] = Registry(
    "metric",
    [
        Mean,
        SparseCategoricalAccuracy,
        CategoricalAccuracy,
        BinaryAccuracy,
        MeanSquaredError,
        MeanAbsoluteError,
        RootMeanSquaredError,
        SparseCategoricalCrossentropy,
        CategoricalCrossentropy,
        accuracy,
    ],
    aliases={
        "acc": "accuracy",
        "Accuracy": "accuracy",
        "mse": "MeanSquaredError",
        "MSE": "MeanSquaredError",
        "mae": "MeanAbsoluteError",
        "MAE": "MeanAbsoluteError",
        "rmse": "RootMeanSquaredError",
    },
)


def get(identifier: Any) -> Metric:
    """Return the metric object that a name, configuration, class, object or function stands for.

    A metric given by name is called by that name in the logs, as in Keras.
    """
    found = registry.get(identifier)
    if isinstance(found, losses.Loss):
        found = MeanMetricWrapper(found.call, found.name)
    elif not isinstance(found, Metric):
        found = MeanMetricWrapper(found)
    if isinstance(identifier, str):
        found.name = identifier
    return found


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
