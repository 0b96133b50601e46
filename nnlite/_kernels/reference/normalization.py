"""Normalization: numbers brought to mean 0 and variance 1, down columns or along rows.

Sums are taken in float64. A scale γ and a shift β, one of each for every column, may be missing;
then they are 1 and 0.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door

# ---------------------------------------------------------------- down columns: over the batch


@door("x[B,I] -> mean[I] variance[I]")
def column_moments(x: ndarray, mean: ndarray, variance: ndarray) -> None:
    """mean = Σ x / B and variance = Σ (x - mean)² / B, down each column."""
    wide, rows = x.astype(np.float64), np.float64(len(x))
    exact = wide.sum(axis=0) / rows
    mean[:] = exact
    variance[:] = ((wide - exact) ** 2).sum(axis=0) / rows


@door("average[N] value[N] -> average[N]")
def moving_average_update(average: ndarray, value: ndarray, momentum: float) -> None:
    """average ← momentum average + (1 - momentum) value."""
    real = average.dtype.type
    average[:] = average * real(momentum) + value * real(1 - momentum)


@door("x[B,I] mean[I] variance[I] gamma[I]? beta[I]? -> out[B,I]")
def normalize_columns_forward(
    x: ndarray,
    mean: ndarray,
    variance: ndarray,
    gamma: ndarray | None,
    beta: ndarray | None,
    epsilon: float,
    out: ndarray,
) -> None:
    """out = γ (x - mean) / √(variance + epsilon) + β, in each column."""
    scale = _inverse_root(variance, epsilon) * _or(gamma, 1)
    out[...] = (x - mean) * scale.astype(x.dtype) + _or(beta, 0)


@door("dy[B,I] x[B,I] mean[I] variance[I] gamma[I]? -> dx[B,I] dgamma[I]? dbeta[I]?")
def normalize_columns_vjp(
    dy: ndarray,
    x: ndarray,
    mean: ndarray,
    variance: ndarray,
    gamma: ndarray | None,
    epsilon: float,
    moments: str,
    dx: ndarray,
    dgamma: ndarray | None,
    dbeta: ndarray | None,
) -> None:
    """dβ = Σ dy, dγ = Σ dy h and dx = γ s (dy - dβ / B - h dγ / B), in each column.

    Here h = (x - mean) s with s = 1 / √(variance + epsilon). That is where the moments are those
    of the "batch". Where they are "given", from elsewhere, dx = γ s dy.
    """
    real = x.dtype.type
    inverse = _inverse_root(variance, epsilon)
    centred = x - mean
    sum_dy = dy.sum(axis=0, dtype=np.float64)
    sum_dy_h = (dy.astype(np.float64) * centred).sum(axis=0) * inverse
    scale = (inverse * _or(gamma, 1)).astype(real)
    if _choice("normalize_columns_vjp", "moments", moments, MOMENTS) == "batch":
        rows = np.float64(len(x))
        shift, slope = (sum_dy / rows).astype(real), (inverse * sum_dy_h / rows).astype(real)
        dx[...] = scale * (dy - shift - slope * centred)
    else:
        dx[...] = scale * dy
    if dgamma is not None:
        dgamma[:] = sum_dy_h
    if dbeta is not None:
        dbeta[:] = sum_dy


# ---------------------------------------------------------------- along rows: over the features


@door("x[B,I] gamma[I]? beta[I]? -> out[B,I] mean[B] scale[B]")
def normalize_rows_forward(
    x: ndarray,
    gamma: ndarray | None,
    beta: ndarray | None,
    epsilon: float,
    spread: str,
    out: ndarray,
    mean: ndarray,
    scale: ndarray,
) -> None:
    """out = γ (x - mean) scale + β with scale = 1 / √(Σ (x - mean)² / I + epsilon), in each row.

    With the spread "variance" it is that about the mean; with "square", about mean = 0.
    """
    wide, columns = x.astype(np.float64), np.float64(x.shape[1])
    exact = np.zeros(len(x))
    if _choice("normalize_rows_forward", "spread", spread, SPREADS) == "variance":
        exact = wide.sum(axis=1) / columns
    squares = ((wide - exact[:, np.newaxis]) ** 2).sum(axis=1) / columns
    mean[:], scale[:] = exact, 1 / np.sqrt(squares + epsilon)
    out[...] = (x - mean[:, np.newaxis]) * scale[:, np.newaxis] * _or(gamma, 1) + _or(beta, 0)


@door("dy[B,I] x[B,I] gamma[I]? mean[B] scale[B] -> dx[B,I] dgamma[I]? dbeta[I]?")
def normalize_rows_vjp(
    dy: ndarray,
    x: ndarray,
    gamma: ndarray | None,
    mean: ndarray,
    scale: ndarray,
    spread: str,
    dx: ndarray,
    dgamma: ndarray | None,
    dbeta: ndarray | None,
) -> None:
    """dβ = Σ dy, dγ = Σ dy h and dx = scale (γ dy - Σ' γ dy / I - h Σ' γ dy h / I).

    Here h = (x - mean) scale, Σ is down the column and Σ' along the row; with the spread "square"
    the first Σ' is left out.
    """
    real, columns = x.dtype.type, np.float64(x.shape[1])
    h = (x - mean[:, np.newaxis]) * scale[:, np.newaxis]
    g = dy * _or(gamma, 1)
    shift = g.sum(axis=1, dtype=np.float64, keepdims=True) / columns
    if _choice("normalize_rows_vjp", "spread", spread, SPREADS) == "square":
        shift[...] = 0
    slope = (g.astype(np.float64) * h).sum(axis=1, keepdims=True) / columns
    dx[...] = scale[:, np.newaxis] * (g - shift.astype(real) - slope.astype(real) * h)
    if dgamma is not None:
        dgamma[:] = (dy.astype(np.float64) * h).sum(axis=0)
    if dbeta is not None:
        dbeta[:] = dy.sum(axis=0, dtype=np.float64)


MOMENTS = ("batch", "given")
SPREADS = ("variance", "square")


def _inverse_root(variance: ndarray, epsilon: float) -> ndarray:
    """1 / √(variance + epsilon), in float64."""
    return 1 / np.sqrt(variance.astype(np.float64) + epsilon)


def _or(weight: ndarray | None, neutral: int) -> ndarray | int:
    return neutral if weight is None else weight


def _choice(kernel: str, what: str, given: str, choices: tuple[str, ...]) -> str:
    if given not in choices:
        raise ValueError(f"{kernel}: {what} must be one of {', '.join(choices)}, not {given!r}")
    return given
