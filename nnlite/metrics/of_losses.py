"""Loss functions as metrics: their means over all samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses
from .means import MeanOf, mean_metric

MeanSquaredError = mean_metric(losses.mean_squared_error, "MeanSquaredError")
MeanAbsoluteError = mean_metric(losses.mean_absolute_error, "MeanAbsoluteError")
MeanAbsolutePercentageError = mean_metric(
    losses.mean_absolute_percentage_error, "MeanAbsolutePercentageError"
)
MeanSquaredLogarithmicError = mean_metric(
    losses.mean_squared_logarithmic_error, "MeanSquaredLogarithmicError"
)
LogCoshError = mean_metric(losses.log_cosh, "LogCoshError", "logcosh")
KLDivergence = mean_metric(losses.kl_divergence, "KLDivergence")
Poisson = mean_metric(losses.poisson, "Poisson")
Hinge = mean_metric(losses.hinge, "Hinge")
SquaredHinge = mean_metric(losses.squared_hinge, "SquaredHinge")
CategoricalHinge = mean_metric(losses.categorical_hinge, "CategoricalHinge")


class RootMeanSquaredError(MeanOf):
    """result = √(mean over all samples of the squared error)."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)

    def result(self) -> float:
        return float(np.sqrt(super().result()))


class CosineSimilarity(MeanOf):
    """The mean over all samples of Σ y_true y_pred / (|y_true| |y_pred|): 1 in one direction.

    Parameters
    ----------
    axis : int
        Along which the vectors lie.
    """

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(_similarity, name, dtype, axis=axis)
        self.axis = axis


def _similarity(y_true: Any, y_pred: Any, axis: int) -> Any:
    """The negative of the loss of that name."""
    return -losses.cosine_similarity(y_true, y_pred, axis)


class BinaryCrossentropy(MeanOf):
    """The mean over all samples of `losses.binary_crossentropy`.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a sigmoid.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / 2.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(losses.binary_crossentropy, name, dtype, **arguments)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing


class CategoricalCrossentropy(MeanOf):
    """The mean over all samples of `losses.categorical_crossentropy`.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    axis : int
        Where the classes lie.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, dtype, **arguments)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis


class SparseCategoricalCrossentropy(MeanOf):
    """The mean over all samples of `losses.sparse_categorical_crossentropy`.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    ignore_class : int, optional
        A label whose samples have the loss 0.
    axis : int
        Where the classes lie.
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(losses.sparse_categorical_crossentropy, name, dtype, **arguments)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis
