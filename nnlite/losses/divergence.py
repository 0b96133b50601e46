"""Losses of whole distributions, and of counts."""

from __future__ import annotations

from typing import Any

from ..targets import aligned_targets
from ..tensor import Tensor
from .base import loss_class
from .elementwise import aligned, losses_of


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ y_true log(y_true / y_pred): what is lost where y_pred stands for y_true.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape
        Probabilities; both are kept within epsilon and 1.

    Returns
    -------
    Tensor of shape (B, ...)

    Notes
    -----
    S. Kullback, R. A. Leibler, On information and sufficiency, Ann. Math. Statist. 22 (1951).
    """
    return losses_of("divergence", *aligned(y_true, y_pred))


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ (y_pred - y_true log(y_pred + epsilon)) / O: for counts and their expected number.

    Parameters
    ----------
    y_true, y_pred : (B, ..., O) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B, ...)
    """
    return losses_of("poisson", *aligned(y_true, y_pred))


KLDivergence = loss_class(kl_divergence, "KLDivergence", aligned_targets)
Poisson = loss_class(poisson, "Poisson", aligned_targets)
