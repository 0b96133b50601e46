"""Adamax and Nadam: Adam by the largest gradient, and Adam that looks ahead."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from .. import _kernels
from ..tensor import Array, Parameter
from .base import RateFunction
from .moments import Moments
from .settings import SettingsWithDecay


class Adamax(Moments):
    """Adam that divides by the largest gradient, not the mean of squares (Kingma and Ba, 2014).

    m ← m + (1 - β₁) (g - m);  u ← max(β₂ u, |g|);  w ← w - η m / ((1 - β₁ᵗ) (u + ε))

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_1, beta_2 : float in [0, 1)
        β₁ and β₂: how much of the past m and u keep at each step.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    groups = (("momentum", "norm"),)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.adamax_update(
            *(weight, gradient, *state),
            *(learning_rate, self.beta_1, self.beta_2, self.epsilon, self.step_number),
        )


class Nadam(Moments):
    """Adam that looks ahead along the mean of gradients, as Nesterov's momentum (Dozat, 2016).

    m ← m + (1 - β₁) (g - m);  v ← v + (1 - β₂) (g² - v)

    w ← w - η (μₜ₊₁ m / (1 - Pₜ μₜ₊₁) + (1 - μₜ) g / (1 - Pₜ)) / (√(v / (1 - β₂ᵗ)) + ε)

    with μₜ = β₁ (1 - 0.96ᵗ / 2) and Pₜ = μ₁ μ₂ ... μₜ in step t = 1, 2, ...

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_1, beta_2 : float in [0, 1)
        β₁ and β₂.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)
        self._product = Parameter(np.ones(()), "variable", trainable=False)

    def _tail(self) -> list[Parameter]:
        """Return Pₜ."""
        return [self._product]

    def begin(self) -> None:
        _kernels.nadam_product(self._product.data.reshape(1), self.beta_1, self.step_number)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.nadam_update(
            *(weight, gradient, *state, learning_rate, self.beta_1, self.beta_2, self.epsilon),
            *(self.step_number, self._product.data),
        )
