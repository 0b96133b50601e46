"""Lamb: Adam's direction, in steps of a length that suits the weight's."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import sum_of_squares
from ..tensor import Array
from .moments import Moments


class Lamb(Moments):
    """Adam's direction, in steps of a length that suits the weight's (You et al., 2020).

    m ← m + (1 - β₁) (g - m);  v ← v + (1 - β₂) (g² - v);  u = m̂ / (√v̂ + ε)

    w ← w - η u ‖w‖ / ‖u‖, with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) in step t = 1, 2, ...

    The norms are those of a whole kernel or bias; where one of them is 0, w ← w - η u.

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_1, beta_2 : float in [0, 1)
        β₁ and β₂: how much of the past m and v keep at each step.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        direction, rate = np.empty_like(weight), np.empty(1)
        _kernels.lamb_direction(
            *(gradient, *state, direction, self.beta_1, self.beta_2, self.epsilon),
            self.step_number,
        )
        squares = (sum_of_squares([array]).reshape(()) for array in (weight, direction))
        _kernels.lamb_rate(learning_rate, *squares, rate)
        _kernels.sgd_update(weight, direction, rate.reshape(()))
