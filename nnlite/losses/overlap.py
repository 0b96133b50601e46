"""Losses of sets: how little what is predicted and what is there overlap."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..arithmetic import combined, scaled, summed
from ..config import epsilon
from ..targets import aligned_targets
from ..tensor import Tensor
from .base import Loss
from .elementwise import aligned


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """loss = 1 - 2 Σ y_true y_pred / (Σ y_true + Σ y_pred + epsilon).

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape, probabilities
    axis : int or tuple of int, optional
        Over which the sums run; over all by default.

    Returns
    -------
    Tensor, a scalar for all axes

    Notes
    -----
    L. R. Dice, Measures of the amount of ecologic association between species, Ecology 26 (1945).
    """
    targets, y_pred = aligned(y_true, y_pred)
    common = ops.sum(y_pred * targets, axis=axis)
    size = ops.sum(y_pred, axis=axis) + summed(targets, axis) + epsilon()
    return 1 - 2 * common / size


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Tensor:
    """loss = 1 - common / (common + alpha only_true + beta only_pred + epsilon).

    With common = Σ y_true y_pred, only_true = Σ y_true (1 - y_pred) and only_pred =
    Σ (1 - y_true) y_pred. As in Keras, `alpha` is the weight of what is missed.

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape, probabilities
    alpha, beta : float
    axis : int or tuple of int, optional
        Over which the sums run; over all by default.

    Returns
    -------
    Tensor, a scalar for all axes

    Notes
    -----
    S. S. M. Salehi et al., Tversky loss function for image segmentation using 3D fully
    convolutional deep networks (2017), arXiv:1706.05721.
    """
    targets, y_pred = aligned(y_true, y_pred)
    rest = combined(scaled(targets, -1), 1, "add")
    common = ops.sum(y_pred * targets, axis=axis)
    only_true = ops.sum((1 - y_pred) * targets, axis=axis)
    only_pred = ops.sum(y_pred * rest, axis=axis)
    return 1 - common / (common + alpha * only_true + beta * only_pred + epsilon())


class Dice(Loss):
    """loss = 1 - 2 Σ y_true y_pred / (Σ y_true + Σ y_pred + epsilon).

    Parameters
    ----------
    reduction, name, dtype : as in `Loss`
    axis : int or tuple of int, optional
        Over which the sums run; over all by default.
    """

    targets = staticmethod(aligned_targets)
    per_sample = False

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = tuple(axis) if isinstance(axis, list) else axis  # as a configuration has it

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return dice(y_true, y_pred, self.axis)


class Tversky(Loss):
    """loss = 1 - common / (common + alpha only_true + beta only_pred + epsilon).

    Parameters
    ----------
    alpha, beta : float
        Weights of what is missed and of what is wrongly found; see `tversky`.
    reduction, name, dtype : as in `Loss`
    axis : int or tuple of int, optional
        Over which the sums run; over all by default.
    """

    targets = staticmethod(aligned_targets)
    per_sample = False

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = tuple(axis) if isinstance(axis, list) else axis  # as a configuration has it

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return tversky(y_true, y_pred, self.alpha, self.beta, self.axis)
