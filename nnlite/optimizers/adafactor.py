"""Adafactor: Adam's second moments, kept for rows and columns alone."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from .. import _kernels
from ..arithmetic import sum_of_squares
from ..tensor import Array, Parameter
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_number, check_positive


class Adafactor(Optimizer):
    """Divides by mean squares of rows and columns, which stand for those of all (Shazeer, 2018).

    r ← β r + (1 - β) (mean of g² over each row + ε₁);  c alike, over each column;
    v = r c / mean(r);  u = g / √v

    w ← w - min(η, 1/√t) max(ε₂, RMS(w)) u / max(1, RMS(u) / d),  β = 1 - tᵇ in step t = 1, 2, ...

    A bias has no rows: v ← β v + (1 - β) (g² + ε₁).

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_2_decay : float < 0
        b.
    epsilon_1, epsilon_2 : float >= 0
        ε₁ and ε₂.
    clip_threshold : float > 0
        d.
    relative_step : bool
        Accepted, and without effect, as in Keras: η is at most 1/√t in any case.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.

    Raises
    ------
    ValueError
        For a `beta_2_decay` that is not negative.
    """

    groups = (("row", "column", "velocity"),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not -np.inf < beta_2_decay < 0:
            raise ValueError(f"Adafactor: beta_2_decay must be negative, got {beta_2_decay!r}")
        self.beta_2_decay = float(beta_2_decay)
        self.epsilon_1 = check_number(self, "epsilon_1", epsilon_1)
        self.epsilon_2 = check_number(self, "epsilon_2", epsilon_2)
        self.clip_threshold = check_positive(self, "clip_threshold", clip_threshold)
        self.relative_step = bool(relative_step)

    def _slot(self, slot: str, weight: Parameter) -> Parameter:
        """Make a slot; as in Keras those of rows and columns have the weight's own name."""
        if slot not in ("row", "column"):
            return super()._slot(slot, weight)
        if len(weight.shape) < 2:  # there are none, and this keeps their place
            return Parameter(np.zeros((), np.int64), weight.name, trainable=False)
        shape = list(weight.shape)
        del shape[-1 if slot == "row" else -2]
        return self._number(weight.name, np.zeros(shape, weight.dtype))

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        rows, columns, v = state
        direction, rate = np.empty_like(weight), np.empty(1)
        moving = (self.beta_2_decay, self.epsilon_1, self.step_number)
        if rows.ndim:
            # Whatever stands before the last two axes are matrices with rows and columns each.
            shape = (-1, rows.shape[-1], columns.shape[-1])
            r, c = (means.reshape(-1, means.shape[-1]) for means in (rows, columns))
            matrices = (array.reshape(shape) for array in (gradient, v, direction))
            for row, column, g, square, u in zip(r, c, *matrices, strict=True):
                _kernels.adafactor_means(g, row, column, *moving)
                _kernels.adafactor_direction(g, row, column, square, u)
        else:
            _kernels.adafactor_vector_direction(gradient, v, direction, *moving)
        squares = (sum_of_squares([array]).reshape(()) for array in (weight, direction))
        size, limits = float(weight.size), (self.epsilon_2, self.clip_threshold)
        _kernels.adafactor_rate(learning_rate, *squares, size, *limits, self.step_number, rate)
        _kernels.sgd_update(weight, direction, rate.reshape(()))
