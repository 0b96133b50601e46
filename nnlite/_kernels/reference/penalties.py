"""Penalties on large numbers, and limits of norms."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door


@door("values[N] -> out[1]")
def l1_l2_penalty(values: ndarray, l1: float, l2: float, out: ndarray) -> None:
    """out = l1 Σ |values| + l2 Σ values², summed in float64."""
    wide = values.astype(np.float64)
    out[0] = l1 * np.abs(wide).sum() + l2 * np.square(wide).sum()


@door("values[N] dpenalty[1] -> out[N]")
def l1_l2_penalty_vjp(
    values: ndarray, dpenalty: ndarray, l1: float, l2: float, out: ndarray
) -> None:
    """out = (l1 sign(values) + 2 l2 values) dpenalty."""
    real = values.dtype.type
    np.multiply(real(l1) * np.sign(values) + real(2 * l2) * values, dpenalty[0], out=out)


@door("w[I,O] -> w[I,O]")
def limit_norms(w: ndarray, low: float, high: float, rate: float, epsilon: float) -> None:
    """w ← w (rate clip(n, low, high) + (1 - rate) n) / (epsilon + n), in each column, n its norm.

    n = √Σ w² down the column, in float64.
    """
    norm = np.sqrt(np.square(w, dtype=np.float64).sum(axis=0))
    wanted = rate * np.clip(norm, low, high) + (1 - rate) * norm
    w *= (wanted / (epsilon + norm)).astype(w.dtype)


@door("values[N] state[1] -> state[1]")
def accumulate_squares(values: ndarray, state: ndarray) -> None:
    """state ← state + Σ values², in float64."""
    state += np.square(values, dtype=np.float64).sum()


@door("x[N] state[1] -> out[N]")
def limit_norm(x: ndarray, state: ndarray, limit: float, out: ndarray) -> None:
    """out = x min(1, limit / √state): as long as `limit` where a vector of norm √state is longer.

    Here `state` is what `accumulate_squares` found for x, or for several arrays together.
    """
    norm = np.sqrt(state[0])
    np.multiply(x, x.dtype.type(limit / norm if norm > limit else 1), out=out)
