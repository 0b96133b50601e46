"""What the losses of single elements share: rows for their kernel, whatever the shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..arithmetic import combined, scaled
from ..config import epsilon
from ..ops.crossentropy import by_rows
from ..ops.shapes import with_last
from ..targets import aligned_targets
from ..tensor import Array, Tensor
from .base import as_tensor


def aligned(y_true: Any, y_pred: Any) -> tuple[Array, Tensor]:
    """Return targets and predictions of one shape and one float type."""
    y_pred = as_tensor(y_pred)
    return aligned_targets(y_true, y_pred.shape, y_pred.dtype), y_pred


def losses_of(
    formula: str,
    y_true: Array,
    y_pred: Tensor,
    parameter: float = 0.0,
    positive: float = 1.0,
    negative: float = 1.0,
    axis: int = -1,
) -> Tensor:
    """Return the losses of a formula along an axis: (..., O) -> (...).

    Parameters
    ----------
    formula : str
        A name in the table of `_kernels/reference/elementwise_losses.py`, which also says what the
        numbers mean.
    y_true, y_pred : of one shape and type
    """

    def loss(y_true: Array, y_pred: Tensor) -> Tensor:
        return ops.elementwise_loss(
            y_true,
            y_pred,
            formula=formula,
            parameter=parameter,
            positive=positive,
            negative=negative,
            epsilon=epsilon(),
        )

    return by_rows(loss, last(y_true, axis), with_last(y_pred, [axis]))


def last(x: Array, axis: int) -> Array:
    """Return x with an axis moved to the end."""
    return x if axis in (-1, x.ndim - 1) else np.ascontiguousarray(np.moveaxis(x, axis, -1))


def smoothed(targets: Array, label_smoothing: float, classes: int) -> Array:
    """Return targets (1 - s) + s / classes."""
    if not label_smoothing:
        return targets
    return combined(scaled(targets, 1 - label_smoothing), label_smoothing / classes, "add")


def check_smoothing(loss: Any, label_smoothing: float) -> float:
    """Return the smoothing, if it lies in [0, 1]."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"{type(loss).__name__}: label_smoothing must lie in [0, 1], got {label_smoothing!r}"
        )
    return label_smoothing
