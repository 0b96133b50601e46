"""Loss functions: numbers for each sample, then a mean over the batch.

A function, `mean_squared_error(y_true, y_pred)`, returns a tensor of shape (B,), or (B, ...) for
outputs of more axes. A class, `MeanSquaredError()(y_true, y_pred, sample_weight)`, reduces that to
the scalar that training minimises: Σ sample_weight loss / N.

Every class takes `reduction` ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight" or
None, as `Loss` explains), `name`, and `dtype`, in which it computes, by default the predictions'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..out_of_scope import watch
from ..registry import Registry, describe
from ..tensor import Tensor
from .base import REDUCTIONS, FunctionLoss, Loss
from .binary import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    binary_crossentropy,
    binary_focal_crossentropy,
)
from .crossentropy import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
)
from .divergence import KLDivergence, Poisson, kl_divergence, poisson
from .margins import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from .overlap import Dice, Tversky, dice, tversky
from .regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)

FUNCTIONS: dict[Callable[..., Tensor], type[Loss]] = {
    mean_squared_error: MeanSquaredError,
    mean_absolute_error: MeanAbsoluteError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    huber: Huber,
    log_cosh: LogCosh,
    cosine_similarity: CosineSimilarity,
    binary_crossentropy: BinaryCrossentropy,
    binary_focal_crossentropy: BinaryFocalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    categorical_focal_crossentropy: CategoricalFocalCrossentropy,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    kl_divergence: KLDivergence,
    poisson: Poisson,
    hinge: Hinge,
    squared_hinge: SquaredHinge,
    categorical_hinge: CategoricalHinge,
    dice: Dice,
    tversky: Tversky,
}

#: Shorter names, and those of older versions of Keras.
ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "bce": "binary_crossentropy",
}
ALIASES = ALIASES | {short.upper(): name for short, name in ALIASES.items()}
ALIASES |= {
    "logcosh": "log_cosh",
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
}

registry: Registry[Any] = Registry("loss", [*FUNCTIONS.values(), *FUNCTIONS], aliases=ALIASES)


def get(identifier: Any) -> Any:
    """Return the loss function or object of `identifier`: a name, configuration, class, object."""
    return registry.get(identifier)


def as_loss(identifier: Any) -> Loss:
    """Return the loss object of anything that `compile(loss=...)` takes."""
    found = get(identifier)
    if isinstance(found, Loss):
        return found
    return FUNCTIONS[found]() if found in FUNCTIONS else FunctionLoss(found)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get

watch(__name__)
