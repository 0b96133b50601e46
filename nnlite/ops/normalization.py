"""Normalization of the last axes, down the batch and along each sample: kernels arranged."""

from __future__ import annotations

import math

import numpy as np

from .. import _kernels
from ..arithmetic import as_columns, as_rows, floating
from ..tape import op
from ..tensor import Array


def column_moments(x: Array) -> tuple[Array, Array]:
    """Return mean and variance (that of the samples, Σ (x - mean)² / B) over all but the last axis.

    These are constants to the tape: `_normalize_columns` knows where they came from.
    """
    x = as_rows(floating(x))
    mean, variance = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    _kernels.column_moments(x, mean, variance)
    return mean, variance


def move_average(average: Array, value: Array, momentum: float) -> None:
    """average ← momentum average + (1 - momentum) value, in place."""
    _kernels.moving_average_update(average, value, momentum)


def _columns_vjp(
    wants: tuple[bool, ...],
    dy: Array,
    x: Array,
    gamma: Array | None,
    mean: Array,
    variance: Array,
    epsilon: float,
    moments: str,
) -> tuple[Array | None, ...]:
    x, dy = floating(x), floating(dy)
    dx = np.empty(x.shape, x.dtype)
    dgamma, dbeta = (np.empty(mean.shape, x.dtype) if wanted else None for wanted in wants[1:])
    _kernels.normalize_columns_vjp(
        as_rows(dy), as_rows(x), mean, variance, gamma, epsilon, moments, as_rows(dx), dgamma, dbeta
    )
    return dx, dgamma, dbeta


@op(_columns_vjp)
def _normalize_columns(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    /,
    mean: Array,
    variance: Array,
    epsilon: float,
    moments: str,
) -> Array:
    """y = γ (x - mean) / √(variance + epsilon) + β, for each number of the last axis.

    Parameters
    ----------
    x : (..., I) float tensor
    gamma, beta : (I,) float tensor of the same dtype, or None
    mean, variance : (I,) array
    epsilon : float
    moments : "batch" or "given"
        Whether mean and variance are those of x, so that they move with it, or constants.
    """
    x = floating(x)
    y = np.empty(x.shape, x.dtype)
    _kernels.normalize_columns_forward(as_rows(x), mean, variance, gamma, beta, epsilon, as_rows(y))
    return y


def _rows_vjp(
    wants: tuple[bool, ...],
    dy: Array,
    x: Array,
    gamma: Array | None,
    mean: Array,
    scale: Array,
    axes: int,
    spread: str,
) -> tuple[Array | None, ...]:
    x, dy = floating(x), floating(dy)
    dx, shape = np.empty(x.shape, x.dtype), x.shape[x.ndim - axes :]
    dgamma, dbeta = (np.empty(shape, x.dtype) if wanted else None for wanted in wants[1:])
    _kernels.normalize_rows_vjp(
        *(as_columns(array, x.ndim - axes) for array in (dy, x)),
        *(_flat(gamma), mean, scale, spread),
        *(as_columns(dx, x.ndim - axes), _flat(dgamma), _flat(dbeta)),
    )
    return dx, dgamma, dbeta


@op(_rows_vjp, results=("y", "mean", "scale"))
def _normalize_rows(
    x: Array,
    gamma: Array | None,
    beta: Array | None,
    /,
    axes: int,
    epsilon: float,
    spread: str,
) -> tuple[Array, Array, Array]:
    """y = γ (x - m) / √(mean (x - m)² + epsilon) + β, the means over the last axes of x.

    Parameters
    ----------
    x : float tensor
    gamma, beta : float tensor of the last axes' shape, or None
    axes : int
        How many axes are normalized over.
    epsilon : float
    spread : "variance" or "square"
        Whether m is the mean, or 0.
    """
    x = floating(x)
    y, rows = np.empty(x.shape, x.dtype), math.prod(x.shape[: x.ndim - axes])
    mean, scale = np.empty(rows, x.dtype), np.empty(rows, x.dtype)
    _kernels.normalize_rows_forward(
        as_columns(x, x.ndim - axes),
        *(_flat(gamma), _flat(beta), epsilon, spread),
        *(as_columns(y, x.ndim - axes), mean, scale),
    )
    return y, mean, scale


def _flat(weight: Array | None) -> Array | None:
    return None if weight is None else weight.reshape(-1)
