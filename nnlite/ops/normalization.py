"""Normalization of the last axes, down the batch and along each sample: kernels arranged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import as_columns, as_rows, floating
from ..config import epsilon as default_epsilon
from ..config import float_type
from ..tape import op
from ..tensor import Array, Tensor
from .arithmetic import add, multiply, subtract
from .core import convert_to_tensor
from .elementary import rsqrt
from .shapes import known, ndim, reshape, shape, with_back, with_last


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


# --------------------------------------------------------------------------- by Keras's names


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """y = scale (x - mean) / √(variance + epsilon) + offset, for each number along `axis`.

    Parameters
    ----------
    x : float tensor
    mean, variance, offset, scale : (I,), the size of the axis
        Gradients flow to all of them; an offset or scale of None is left out.
    """
    sizes = [1] * ndim(x)
    sizes[axis] = -1

    def along(vector: Any) -> Tensor:
        return reshape(convert_to_tensor(vector), sizes)

    factor = rsqrt(add(along(variance), epsilon))
    factor = factor if scale is None else multiply(factor, along(scale))
    y = multiply(subtract(x, along(mean)), factor)
    return y if offset is None else add(y, along(offset))


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Tensor:
    """y = γ (x - mean) / √(variance + epsilon) + β, mean and variance of x along `axis`.

    Parameters
    ----------
    x : float tensor
    gamma, beta : of the shape of the axes, or None
    axis : int or sequence of int
    epsilon : float
        By default `nnlite.config.epsilon()`.
    """
    return _along(x, gamma, beta, axis, epsilon, "variance")


def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Tensor:
    """y = scale x / √(mean x² + epsilon), the mean along `axis`.

    Parameters
    ----------
    x : float tensor
    scale : of the shape of the axes, or None
    axis : int or sequence of int
    epsilon : float
        By default `nnlite.config.epsilon()`.
    """
    return _along(x, scale, None, axis, epsilon, "square")


def _along(x: Any, gamma: Any, beta: Any, axis: Any, epsilon: float | None, spread: str) -> Tensor:
    x = convert_to_tensor(x)
    axes = sorted({int(one) % ndim(x) for one in np.atleast_1d(axis)})
    last = with_last(x, axes)
    sizes = shape(last)[ndim(x) - len(axes) :]
    small = default_epsilon() if epsilon is None else float(epsilon)
    weights = [None if w is None else _fitting(w, sizes, x.dtype) for w in (gamma, beta)]
    y = _normalize_rows(last, *weights, axes=len(axes), epsilon=small, spread=spread)
    return with_back(y, axes)


def _fitting(weight: Any, sizes: tuple[int | None, ...], dtype: Any) -> Tensor:
    """Return a weight in the shape and the float type that the kernel takes."""
    return reshape(convert_to_tensor(weight, float_type(np.dtype(dtype))), known(*sizes))
