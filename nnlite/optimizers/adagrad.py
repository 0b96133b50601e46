"""Adagrad and Adadelta: steps divided by the size of past gradients."""

from __future__ import annotations

from typing import Any, Unpack

from .. import _kernels
from ..tensor import Array
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_epsilon, check_number, check_share


class Adagrad(Optimizer):
    """Steps along the gradient, divided by the root of all its squares (Duchi et al., 2011).

    n ← n + g²;  w ← w - η g / √(n + ε)

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    initial_accumulator_value : float >= 0
        n at first.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    groups = (("accumulator",),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.initial_accumulator_value = check_number(
            self, "initial_accumulator_value", initial_accumulator_value
        )
        self.initial_values = {"accumulator": self.initial_accumulator_value}
        self.epsilon = check_epsilon(self, epsilon)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.adagrad_update(weight, gradient, state[0], learning_rate, self.epsilon)


class Adadelta(Optimizer):
    """Steps as long as the past ones, divided by the size of past gradients (Zeiler, 2012).

    v ← ρ v + (1 - ρ) g²;  s = g √((d + ε) / (v + ε));  d ← ρ d + (1 - ρ) s²;  w ← w - η s

    Parameters
    ----------
    learning_rate : float, schedule or function
        η; the paper has 1.
    rho : float in [0, 1)
        ρ: how much of the past v and d keep at each step.
    epsilon : float >= 0
        ε.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    groups = (("accumulated_grad", "accumulated_delta_var"),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.rho = check_share(self, "rho", rho)
        self.epsilon = check_epsilon(self, epsilon)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.adadelta_update(weight, gradient, *state, learning_rate, self.rho, self.epsilon)
