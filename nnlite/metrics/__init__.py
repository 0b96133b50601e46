"""Metrics: what is reported of a training beside the loss, as exact means over all samples seen.

Functions compare `y_true` and `y_pred` sample by sample. Classes add up what they see, in float64,
until `reset_state()`; each takes a `name`, by which it stands in the logs, and the `dtype` of its
result.
"""

from __future__ import annotations

from typing import Any

from .. import losses
from ..losses import (  # by Keras's names here too
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from ..out_of_scope import watch
from ..registry import Registry, describe
from .accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .auc import AUC
from .base import Metric, results_of
from .confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from .f_score import F1Score, FBetaScore
from .iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from .means import Mean, MeanMetricWrapper, Sum
from .of_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from .r2_score import R2Score

#: Functions by the names that `compile(metrics=...)` takes, besides the classes.
FUNCTIONS = (
    accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)

#: Shorter names.
ALIASES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "rmse": "RootMeanSquaredError",
    "bce": "BinaryCrossentropy",
}
ALIASES |= {short.upper(): name for short, name in ALIASES.items()} | {"acc": "accuracy"}

registry: Registry[Any] = Registry(
    "metric",
    [
        *(
            value
            for value in vars().values()
            if isinstance(value, type)
            and issubclass(value, Metric)
            and value not in (Metric, MeanMetricWrapper)
        ),
        *FUNCTIONS,
    ],
    aliases=ALIASES,
)


def get(identifier: Any) -> Metric:
    """Return the metric object of `identifier`: a name, configuration, class, object or function.

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

watch(__name__)
