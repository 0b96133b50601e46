"""What some optimizers learn from a weight, or from all steps so far, as a whole.

A `state` is one number in float64, which an update may read as its learning rate.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray

from ..door import door


@door("state[1] -> state[1]")
def nadam_product(state: ndarray, beta_1: float, step: float) -> None:
    """state ← state beta_1 (1 - 0.96^step / 2); steps count from 1."""
    state *= beta_1 * (1 - 0.5 * 0.96 ** float(step))


@door("-> state[1]")
def lamb_rate(
    learning_rate: float, weight_squares: float, direction_squares: float, state: ndarray
) -> None:
    """state = learning_rate √(weight_squares / direction_squares); the root is 1 where one is 0.

    The squares are Σ w² over the weight, and the same of the direction in which it is to move.
    """
    squares, others = float(weight_squares), float(direction_squares)
    norm, other = math.sqrt(squares), math.sqrt(others)
    state[0] = float(learning_rate) * (norm / other if norm > 0 and other > 0 else 1)


@door("-> state[1]")
def adafactor_rate(
    learning_rate: float,
    weight_squares: float,
    direction_squares: float,
    size: float,
    epsilon: float,
    clip_threshold: float,
    step: float,
    state: ndarray,
) -> None:
    """state = min(learning_rate, 1/√step) max(epsilon, RMS(w)) / max(1, RMS(u) / clip_threshold).

    RMS(w) = √(weight_squares / size), and RMS(u) is that of the direction; steps count from 1.
    """
    rate = min(float(learning_rate), 1 / math.sqrt(float(step)))
    weight, direction = (math.sqrt(float(x) / size) for x in (weight_squares, direction_squares))
    state[0] = rate * np.maximum(epsilon, weight) / np.maximum(1.0, direction / clip_threshold)


@door("g[I,O] rows[I] columns[O] -> rows[I] columns[O]")
def adafactor_means(
    g: ndarray, rows: ndarray, columns: ndarray, beta_2_decay: float, epsilon: float, step: float
) -> None:
    """rows ← β rows + (1 - β) (mean of g² over each row + epsilon); columns alike.

    β = 1 - step^beta_2_decay, steps count from 1, and means are in float64.
    """
    rest = float(step) ** beta_2_decay
    squares = np.square(g, dtype=np.float64)
    for means, axis in ((rows, 1), (columns, 0)):
        if g.size:
            means[...] = (1 - rest) * means + rest * (squares.mean(axis=axis) + epsilon)


@door("g[I,O] rows[I] columns[O] -> v[I,O] direction[I,O]")
def adafactor_direction(
    g: ndarray, rows: ndarray, columns: ndarray, v: ndarray, direction: ndarray
) -> None:
    """v = r columns, for each row and column, with r = rows / mean(rows);  direction = g / √v.

    Instead of √v the roots of r and of `columns` are taken, which are far fewer. The mean is taken
    in float64.
    """
    real = v.dtype.type
    mean = rows.mean(dtype=np.float64) if rows.size else 1.0
    shares = (rows / mean).astype(v.dtype)[:, None]
    np.multiply(shares, columns, out=v)
    np.multiply(g * (real(1) / np.sqrt(shares)), real(1) / np.sqrt(columns), out=direction)
