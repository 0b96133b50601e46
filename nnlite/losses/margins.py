"""Hinge losses: nothing is lost where the right side is taken with a margin of 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _kernels, ops
from ..ops.crossentropy import by_rows
from ..targets import aligned_targets
from ..tensor import Array, Tensor
from .base import loss_class
from .elementwise import aligned, losses_of


def _signed(y_true: Array, y_pred: Tensor) -> tuple[Array, Tensor]:
    """Make -1 and 1 of labels that are all 0 and 1."""
    signed = np.empty_like(y_true)
    _kernels.signed_labels(y_true.reshape(-1), signed.reshape(-1))
    return signed, y_pred


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ max(1 - y_true y_pred, 0) / O, for labels -1 and 1.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1
        Where all labels of a batch are 0 or 1, they become -1 and 1.

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("hinge", *_signed(*aligned(y_true, y_pred)))


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ max(1 - y_true y_pred, 0)² / O, for labels -1 and 1.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1
        Where all labels of a batch are 0 or 1, they become -1 and 1.

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("squared_hinge", *_signed(*aligned(y_true, y_pred)))


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """loss = max(1 + max (1 - y_true) y_pred - Σ y_true y_pred, 0), for one-hot rows.

    Parameters
    ----------
    y_true, y_pred : (B, ..., C) of one shape

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return by_rows(ops.categorical_hinge, *aligned(y_true, y_pred))


Hinge = loss_class(hinge, "Hinge", aligned_targets)
SquaredHinge = loss_class(squared_hinge, "SquaredHinge", aligned_targets)
CategoricalHinge = loss_class(categorical_hinge, "CategoricalHinge", aligned_targets)
