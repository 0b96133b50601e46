"""Losses of probabilities: how surprising the true classes are."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..arithmetic import combined, scaled
from ..config import epsilon
from ..targets import Shape, class_labels, one_hot_targets
from ..tensor import Array, Tensor
from .base import Loss, as_tensor, per_sample


def _logits(y_pred: Tensor, from_logits: bool) -> Tensor:
    """Return what softmax(...) must be applied to to give the predicted probabilities.

    Where y_pred is itself a softmax, that is what it was applied to. Of other probabilities it
    is their logarithm, since softmax(ln p) = p / Σ p; they are kept off 0 as in Keras.
    """
    if from_logits:
        return y_pred
    if y_pred.logits is not None:
        return y_pred.logits
    return ops.log(ops.clip(y_pred, epsilon(), 1 - epsilon()))


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Tensor:
    """loss = -log(probability of the label).

    Parameters
    ----------
    y_true : (B,) or (B, 1) whole numbers from 0 to C - 1
    y_pred : (B, C) probabilities, or logits; for (B, T, C) and labels (B, T), the mean over T
    from_logits : bool
        Whether y_pred is still to go through a softmax. A y_pred that comes straight from a
        softmax is taken back to its logits anyway, without a loss of precision.

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = as_tensor(y_pred)
    labels = class_labels(y_true, y_pred.shape)
    logits = _logits(y_pred, from_logits)
    if y_pred.ndim == 2:
        return ops.sparse_softmax_crossentropy(labels, logits)
    rows = ops.reshape(logits, (-1, y_pred.shape[-1]))
    loss = ops.sparse_softmax_crossentropy(labels.reshape(-1), rows)
    return per_sample(ops.reshape(loss, labels.shape), len(labels))


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """loss = -Σ y_true log(probabilities).

    Parameters
    ----------
    y_true : (B, C) the target probability of each class, such as one-hot rows
    y_pred : (B, C) probabilities, or logits; for (B, T, C), the mean over T
    from_logits : bool
        As in `sparse_categorical_crossentropy`.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = as_tensor(y_pred)
    targets = one_hot_targets(y_true, y_pred.shape, y_pred.dtype)
    if label_smoothing:
        targets = scaled(targets, 1 - label_smoothing)
        targets = combined(targets, label_smoothing / targets.shape[-1], "add")
    logits = _logits(y_pred, from_logits)
    if y_pred.ndim == 2:
        return ops.softmax_crossentropy(targets, logits)
    rows = (-1, y_pred.shape[-1])
    loss = ops.softmax_crossentropy(targets.reshape(rows), ops.reshape(logits, rows))
    return per_sample(ops.reshape(loss, y_pred.shape[:-1]), len(targets))


class SparseCategoricalCrossentropy(Loss):
    """loss = -log(probability of the label), averaged over the batch; labels are whole numbers.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    """

    def targets(  # labels are whole numbers, whatever the model's float type is
        self, y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y"
    ) -> Array:
        return class_labels(y, output_shape, place=place)

    def __init__(
        self, from_logits: bool = False, name: str | None = "sparse_categorical_crossentropy"
    ) -> None:
        super().__init__(name)
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return sparse_categorical_crossentropy(y_true, y_pred, self.from_logits)


class CategoricalCrossentropy(Loss):
    """loss = -Σ y_true log(probabilities), averaged over the batch; targets are one-hot rows.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    """

    targets = staticmethod(one_hot_targets)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(name)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"CategoricalCrossentropy: label_smoothing must lie in [0, 1], "
                f"got {label_smoothing!r}"
            )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return categorical_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing)
