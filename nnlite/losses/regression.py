"""Losses of numbers: how far predictions are off."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arithmetic import combined, summed, transformed
from ..config import epsilon
from ..targets import aligned_targets
from ..tensor import Array, Tensor
from .base import Loss, loss_class
from .elementwise import aligned, losses_of


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ (y_pred - y_true)² / O.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("squared", *aligned(y_true, y_pred))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ |y_pred - y_true| / O.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("absolute", *aligned(y_true, y_pred))


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = 100 Σ |y_pred - y_true| / max(|y_true|, epsilon) / O.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("percentage", *aligned(y_true, y_pred))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ (log(1 + y_pred) - log(1 + y_true))² / O, of numbers kept above 0.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("squared_logarithmic", *aligned(y_true, y_pred))


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ log cosh(y_pred - y_true) / O: e² / 2 for small errors, |e| - log 2 for large ones.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("log_cosh", *aligned(y_true, y_pred))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """loss = Σ h(y_pred - y_true) / O; h(e) is e² / 2 to |e| = delta, then delta |e| - delta² / 2.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1
    delta : float
        Where the parabola becomes a line.

    Returns
    -------
    Tensor of shape (B, ...)

    Notes
    -----
    P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964).
    """
    return losses_of("huber", *aligned(y_true, y_pred), parameter=delta)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """loss = -Σ y_true y_pred / (‖y_true‖ ‖y_pred‖): -1 for one direction, 1 for opposite ones.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape
    axis : int
        Along which the sums run. A norm counts as epsilon at least.

    Returns
    -------
    Tensor of shape (B, ...), without the axis
    """
    targets, y_pred = aligned(y_true, y_pred)
    least = epsilon() ** 2
    square = ops.sum(ops.square(y_pred), axis=axis, keepdims=True)
    direction = y_pred / ops.sqrt(ops.maximum(square, least))
    return -ops.sum(direction * _direction(targets, axis, least), axis=axis)


def _direction(x: Array, axis: int, least: float) -> Array:
    """Return x / ‖x‖."""
    square = summed(combined(x, x, "multiply"), axis, keepdims=True)
    return combined(x, transformed(combined(square, least, "maximum"), "sqrt"), "divide")


MeanSquaredError = loss_class(mean_squared_error, "MeanSquaredError", aligned_targets)
MeanAbsoluteError = loss_class(mean_absolute_error, "MeanAbsoluteError", aligned_targets)
MeanAbsolutePercentageError = loss_class(
    mean_absolute_percentage_error, "MeanAbsolutePercentageError", aligned_targets
)
MeanSquaredLogarithmicError = loss_class(
    mean_squared_logarithmic_error, "MeanSquaredLogarithmicError", aligned_targets
)
LogCosh = loss_class(log_cosh, "LogCosh", aligned_targets)


class Huber(Loss):
    """loss = Σ h(y_pred - y_true) / O; h(e) is e² / 2 to |e| = delta, then delta |e| - delta² / 2.

    Parameters
    ----------
    delta : float
        Where the parabola becomes a line.
    reduction, name, dtype : as in `Loss`

    Raises
    ------
    ValueError
        For a delta that is not positive.
    """

    targets = staticmethod(aligned_targets)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        if not np.isfinite(delta) or delta <= 0:
            raise ValueError(f"Huber: delta must be a positive number, got {delta!r}")
        self.delta = delta

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return huber(y_true, y_pred, self.delta)


class CosineSimilarity(Loss):
    """loss = -Σ y_true y_pred / (‖y_true‖ ‖y_pred‖): -1 for one direction, 1 for opposite ones.

    Parameters
    ----------
    axis : int
        Along which the sums run.
    reduction, name, dtype : as in `Loss`
    """

    targets = staticmethod(aligned_targets)
    per_sample = False  # along the first axis it is one for each column

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return cosine_similarity(y_true, y_pred, self.axis)
