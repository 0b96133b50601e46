"""Losses of probabilities: how surprising the true classes are."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _kernels, ops
from ..arithmetic import combined
from ..ops.crossentropy import by_rows, logits_of
from ..ops.shapes import with_last
from ..targets import Shape, class_labels, one_hot_targets
from ..tensor import Array, Tensor
from .base import Loss, as_tensor
from .elementwise import check_smoothing, last, losses_of, smoothed


def _class_targets(y_true: Any, y_pred: Tensor, label_smoothing: float, axis: int) -> Array:
    """Return the probability of each class, smoothed, with the classes on the last axis."""
    targets = last(one_hot_targets(y_true, y_pred.shape, y_pred.dtype), axis)
    return smoothed(targets, label_smoothing, targets.shape[-1])


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """loss = -log(probability of the label).

    Parameters
    ----------
    y_true : (B, ...) or (B, ..., 1) whole numbers from 0 to C - 1
    y_pred : (B, ..., C) probabilities, or logits
    from_logits : bool
        Whether y_pred is still to go through a softmax. A y_pred that comes straight from a
        softmax is taken back to its logits anyway, without a loss of precision.
    ignore_class : int, optional
        A label, which may also be out of range, such as -1, whose loss is 0.
    axis : int
        Along which the classes stand.

    Returns
    -------
    Tensor of shape (B, ...), without the axis of the classes
    """
    y_pred = as_tensor(y_pred)
    logits = logits_of(y_pred, from_logits, axis)
    labels, mask = _labels_and_mask(y_true, logits, ignore_class)
    loss = by_rows(ops.sparse_softmax_crossentropy, labels, logits)
    return loss if mask is None else loss * mask


def _labels_and_mask(
    y_true: Any, logits: Tensor, ignore_class: int | None
) -> tuple[Array, Array | None]:
    """Return labels that are all in range, and 1 where they count and 0 where not."""
    labels = np.ascontiguousarray(class_labels(y_true, logits.shape, ignore_class))
    if ignore_class is None:
        return labels, None
    kept, mask = np.empty_like(labels), np.empty(labels.shape, logits.dtype)
    _kernels.ignore_labels(labels.reshape(-1), ignore_class, kept.reshape(-1), mask.reshape(-1))
    return kept, mask


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """loss = -Σ y_true log(probabilities).

    Parameters
    ----------
    y_true : (B, ..., C) the target probability of each class, such as one-hot rows
    y_pred : (B, ..., C) probabilities, or logits
    from_logits : bool
        As in `sparse_categorical_crossentropy`.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    axis : int
        Along which the classes stand.

    Returns
    -------
    Tensor of shape (B, ...), without the axis of the classes
    """
    y_pred = as_tensor(y_pred)
    targets = _class_targets(y_true, y_pred, label_smoothing, axis)
    return by_rows(ops.softmax_crossentropy, targets, logits_of(y_pred, from_logits, axis))


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """loss = -Σ alpha y_true (1 - p)^gamma log p, with p the probability of each class.

    Parameters
    ----------
    y_true : (B, ..., C) the target probability of each class, such as one-hot rows
    y_pred : (B, ..., C) probabilities, or logits
    alpha : float, or (C,) floats
        The weight of all classes, or of each.
    gamma : float
        How much less a class counts that is predicted well already.
    from_logits : bool
        Whether y_pred is still to go through a softmax. Probabilities are kept within epsilon and
        1 - epsilon.
    label_smoothing, axis : as in `categorical_crossentropy`

    Returns
    -------
    Tensor of shape (B, ...), without the axis of the classes

    Notes
    -----
    T.-Y. Lin et al., Focal loss for dense object detection (2018), arXiv:1708.02002.
    """
    y_pred = as_tensor(y_pred)
    targets = _class_targets(y_true, y_pred, label_smoothing, axis)
    p = with_last(y_pred, [axis])
    p = ops.softmax(p) if from_logits else p / ops.sum(p, axis=-1, keepdims=True)
    targets = combined(targets, _class_weights(alpha, p), "multiply")
    return losses_of("categorical_focal", targets, p, gamma)


def _class_weights(alpha: Any, p: Tensor) -> Any:
    """Return the weight of all classes, or an array of each one's, which kernels fill."""
    if np.ndim(alpha) == 0:
        return float(alpha)
    if np.shape(alpha) != p.shape[-1:]:
        raise ValueError(
            f"categorical_focal_crossentropy: alpha must be a number, or one for each of the "
            f"{p.shape[-1]} classes, got the shape {np.shape(alpha)}"
        )
    weights = np.empty(p.shape[-1], p.dtype)
    for place, weight in enumerate(alpha):
        _kernels.fill(float(weight), weights[place : place + 1])
    return weights


class SparseCategoricalCrossentropy(Loss):
    """loss = -log(probability of the label); labels are whole numbers.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    ignore_class : int, optional
        A label, which may also be out of range, such as -1, whose samples do not count.
    reduction : as in `Loss`
    axis : int
        Along which the classes stand.
    name, dtype : as in `Loss`
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def targets(  # labels are whole numbers, whatever the model's float type is
        self, y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y"
    ) -> Array:
        shape = [*output_shape]
        shape.append(shape.pop(self.axis))
        return class_labels(y, tuple(shape), self.ignore_class, place=place)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

    def mask(self, y_true: Any, y_pred: Tensor) -> Array | None:
        if self.ignore_class is None:
            return None
        return _labels_and_mask(y_true, with_last(y_pred, [self.axis]), self.ignore_class)[1]


class CategoricalCrossentropy(Loss):
    """loss = -Σ y_true log(probabilities); targets are one-hot rows.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    axis : int
        Along which the classes stand.
    reduction, name, dtype : as in `Loss`
    """

    targets = staticmethod(one_hot_targets)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = check_smoothing(self, label_smoothing)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class CategoricalFocalCrossentropy(Loss):
    """loss = -Σ alpha y_true (1 - p)^gamma log p, with p the probability of each class.

    Parameters
    ----------
    alpha : float, or (C,) floats
        The weight of all classes, or of each.
    gamma : float
        How much less a class counts that is predicted well already.
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    axis : int
        Along which the classes stand.
    reduction, name, dtype : as in `Loss`
    """

    targets = staticmethod(one_hot_targets)

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = check_smoothing(self, label_smoothing)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return categorical_focal_crossentropy(
            y_true,
            y_pred,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )
