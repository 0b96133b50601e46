"""What Adam and its kin take."""

from __future__ import annotations

from typing import Unpack

from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_epsilon, check_share


class Moments(Optimizer):
    """Base of the optimizers that keep two running quantities of the gradients, as Adam does.

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_1, beta_2 : float in [0, 1)
        β₁ and β₂: how much of the past the two keep at each step.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    groups: tuple[tuple[str, ...], ...] = (("momentum", "velocity"),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.beta_1 = check_share(self, "beta_1", beta_1)
        self.beta_2 = check_share(self, "beta_2", beta_2)
        self.epsilon = check_epsilon(self, epsilon)
