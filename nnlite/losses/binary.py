"""Losses of yes and no: each output is the probability of something on its own."""

from __future__ import annotations

from typing import Any

from ..ops.crossentropy import binary_formula
from ..targets import probability_targets
from ..tensor import Tensor
from .base import Loss
from .elementwise import aligned, check_smoothing, losses_of, smoothed


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """loss = -Σ (y_true log y_pred + (1 - y_true) log(1 - y_pred)) / O.

    Parameters
    ----------
    y_true : (B, ..., O) numbers from 0 to 1; it may leave out a last axis of size 1
    y_pred : (B, ..., O) probabilities, or logits
    from_logits : bool
        Whether y_pred is still to go through a sigmoid. A y_pred that comes straight from a
        sigmoid is taken back to its logits anyway, without a loss of precision. Other
        probabilities are kept within epsilon and 1 - epsilon.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / 2.
    axis : int
        Over which the mean runs.

    Returns
    -------
    Tensor of shape (B, ...), without the axis
    """
    targets, y_pred = aligned(y_true, y_pred)
    formula, y_pred = binary_formula(y_pred, from_logits, "crossentropy")
    return losses_of(formula, smoothed(targets, label_smoothing, 2), y_pred, axis=axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """loss = Σ weight (1 - p)^gamma binary_crossentropy / O, with p the probability of y_true.

    Parameters
    ----------
    y_true : (B, ..., O) numbers from 0 to 1; it may leave out a last axis of size 1
    y_pred : (B, ..., O) probabilities, or logits
    apply_class_balancing : bool
        Whether `weight` is alpha for the class 1 and 1 - alpha for the class 0; otherwise 1.
    alpha : float
    gamma : float
        How much less an element counts that is predicted well already.
    from_logits, label_smoothing, axis : as in `binary_crossentropy`

    Returns
    -------
    Tensor of shape (B, ...), without the axis

    Notes
    -----
    T.-Y. Lin et al., Focal loss for dense object detection (2018), arXiv:1708.02002.
    """
    targets, y_pred = aligned(y_true, y_pred)
    formula, y_pred = binary_formula(y_pred, from_logits, "focal")
    positive, negative = (alpha, 1 - alpha) if apply_class_balancing else (1.0, 1.0)
    targets = smoothed(targets, label_smoothing, 2)
    return losses_of(formula, targets, y_pred, gamma, positive, negative, axis=axis)


class BinaryCrossentropy(Loss):
    """loss = -Σ (y_true log y_pred + (1 - y_true) log(1 - y_pred)) / O.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a sigmoid.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / 2.
    axis : int
        Over which the mean runs.
    reduction, name, dtype : as in `Loss`
    """

    targets = staticmethod(probability_targets)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = check_smoothing(self, label_smoothing)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class BinaryFocalCrossentropy(Loss):
    """loss = Σ weight (1 - p)^gamma binary_crossentropy / O, with p the probability of y_true.

    Parameters
    ----------
    apply_class_balancing : bool
        Whether `weight` is alpha for the class 1 and 1 - alpha for the class 0; otherwise 1.
    alpha : float
    gamma : float
        How much less an element counts that is predicted well already.
    from_logits : bool
        Whether the predictions are still to go through a sigmoid.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / 2.
    axis : int
        Over which the mean runs.
    reduction, name, dtype : as in `Loss`
    """

    targets = staticmethod(probability_targets)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = check_smoothing(self, label_smoothing)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            self.apply_class_balancing,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )
