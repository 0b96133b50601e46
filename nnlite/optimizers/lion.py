"""Lion: steps of one length, by the sign of the momentum."""

from __future__ import annotations

from typing import Any, Unpack

from .. import _kernels
from ..tensor import Array
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_share


class Lion(Optimizer):
    """Steps of one length for all weights, by the sign of the momentum (Chen et al., 2023).

    w ← w - η sign(β₁ m + (1 - β₁) g);  m ← β₂ m + (1 - β₂) g

    Parameters
    ----------
    learning_rate : float, schedule or function
        η; a tenth of Adam's suits.
    beta_1 : float in (0, 1]
        β₁: how much the past counts in the step.
    beta_2 : float in [0, 1)
        β₂: how much of the past m keeps at each step.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.

    Raises
    ------
    ValueError
        For a `beta_1` outside (0, 1].
    """

    groups = (("momentum",),)

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not 0 < beta_1 <= 1:
            raise ValueError(
                f"Lion: beta_1 must lie in (0, 1], got {beta_1!r}; with 0 it would be sign descent"
            )
        self.beta_1 = float(beta_1)
        self.beta_2 = check_share(self, "beta_2", beta_2)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        _kernels.lion_update(weight, gradient, *state, learning_rate, self.beta_1, self.beta_2)
