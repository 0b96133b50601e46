"""Ftrl: follow the regularized leader."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from .. import _kernels
from ..tensor import Array
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_number


class Ftrl(Optimizer):
    """Follow the regularized leader: drives weights of rare inputs to 0 (McMahan et al., 2013).

    n₊ = (n + g²)⁻ᵖ and n₋ = n⁻ᵖ, n ← n + g²;  z ← z + g + 2 s w - (n₊ - n₋) w / η

    w ← (clip(z, ±λ₁) - z) / (n₊ / η + 2 λ₂ + β / η)

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    learning_rate_power : float <= 0
        p.
    initial_accumulator_value : float >= 0
        n at first.
    l1_regularization_strength, l2_regularization_strength : float >= 0
        λ₁ and λ₂.
    l2_shrinkage_regularization_strength : float >= 0
        s.
    beta : float
        β.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.

    Raises
    ------
    ValueError
        For a `learning_rate_power` above 0.
    """

    groups = (("accumulator", "linear"),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not -np.inf < learning_rate_power <= 0:
            raise ValueError(
                f"Ftrl: learning_rate_power must be a number <= 0, got {learning_rate_power!r}"
            )
        self.learning_rate_power = float(learning_rate_power)
        self.initial_accumulator_value = check_number(
            self, "initial_accumulator_value", initial_accumulator_value
        )
        self.initial_values = {"accumulator": self.initial_accumulator_value}
        self.l1_regularization_strength = check_number(
            self, "l1_regularization_strength", l1_regularization_strength
        )
        self.l2_regularization_strength = check_number(
            self, "l2_regularization_strength", l2_regularization_strength
        )
        self.l2_shrinkage_regularization_strength = check_number(
            self, "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = float(beta)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.ftrl_update(
            *(weight, gradient, *state, learning_rate, self.learning_rate_power),
            *(self.l1_regularization_strength, self.l2_regularization_strength),
            *(self.l2_shrinkage_regularization_strength, self.beta),
        )
