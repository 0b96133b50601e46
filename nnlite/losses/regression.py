"""Losses of numbers: how far predictions are off."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..targets import aligned_targets
from ..tensor import Array, Tensor
from .base import Loss, as_tensor


def _as_rows(y_true: Any, y_pred: Any) -> tuple[Array, Tensor]:
    """Return targets and predictions with one row per sample."""
    y_pred = as_tensor(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = (y_true.shape[0], int(np.prod(y_true.shape[1:])))
    return y_true.reshape(rows), ops.reshape(y_pred, rows)


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ (y_pred - y_true)² / O.

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B,)
    """
    return ops.mean_squared_error(*_as_rows(y_true, y_pred))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ |y_pred - y_true| / O.

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B,)
    """
    return ops.mean_absolute_error(*_as_rows(y_true, y_pred))


class MeanSquaredError(Loss):
    """loss = Σ (y_pred - y_true)² / O, averaged over the batch."""

    targets = staticmethod(aligned_targets)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(Loss):
    """loss = Σ |y_pred - y_true| / O, averaged over the batch."""

    targets = staticmethod(aligned_targets)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return mean_absolute_error(y_true, y_pred)
