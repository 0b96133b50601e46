"""Loss functions: one number per sample, then a mean over the batch.

A function, `mean_squared_error(y_true, y_pred)`, returns a tensor of shape (B,). A class,
`MeanSquaredError()(y_true, y_pred, sample_weight)`, reduces that to the scalar that training
minimises: Σ sample_weight loss / B.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..registry import Registry, describe
from ..tensor import Tensor
from .base import FunctionLoss, Loss
from .crossentropy import (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from .regression import (
    MeanAbsoluteError,
    MeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
)

FUNCTIONS: dict[Callable[..., Tensor], type[Loss]] = {
    mean_squared_error: MeanSquaredError,
    mean_absolute_error: MeanAbsoluteError,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
}

registry: Registry[Any] = Registry(
    "loss",
    [*FUNCTIONS.values(), *FUNCTIONS],
    aliases={
        "mse": "mean_squared_error",
        "MSE": "mean_squared_error",
        "mae": "mean_absolute_error",
        "MAE": "mean_absolute_error",
    },
)


def get(identifier: Any) -> Any:
    """Return the loss function or object that a name, configuration, class or object stands for."""
    return registry.get(identifier)


def as_loss(identifier: Any) -> Loss:
    """Return the loss object of anything that `compile(loss=...)` takes."""
    found = get(identifier)
    if isinstance(found, Loss):
        return found
    return FUNCTIONS[found]() if found in FUNCTIONS else FunctionLoss(found)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
