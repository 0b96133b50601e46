"""RMSprop: steps along the gradient, divided by its root mean square."""

from __future__ import annotations

from typing import Any, Unpack

from .. import _kernels
from ..tensor import Array
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay, check_epsilon, check_share


class RMSprop(Optimizer):
    """Steps along the gradient, divided by its root mean square (Hinton, lecture 6e, 2012).

    v ← ρ v + (1 - ρ) g²;  w ← w - s  with  s = η g / √(v + ε)

    Centered: a ← ρ a + (1 - ρ) g, and v - a² takes the place of v in s. With momentum m:
    u ← m u + s, and w ← w - u.

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    rho : float in [0, 1)
        ρ: how much of the past v and a keep at each step.
    momentum : float in [0, 1)
        m.
    epsilon : float >= 0
        ε.
    centered : bool
        Whether to divide by the gradient's standard deviation instead (Graves, 2013).
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        self.rho = check_share(self, "rho", rho)
        self.momentum = check_share(self, "momentum", momentum)
        self.epsilon = check_epsilon(self, epsilon)
        self.centered = bool(centered)
        chosen = {"velocity": True, "momentum": momentum, "average_gradient": centered}
        self.groups = tuple((slot,) for slot, wanted in chosen.items() if wanted)

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        slots = (slot for (slot,) in self.groups)
        found = dict(zip(slots, state, strict=True))
        _kernels.rmsprop_update(
            *(weight, gradient, found["velocity"]),
            *(found.get("momentum"), found.get("average_gradient")),
            *(learning_rate, self.rho, self.momentum, self.epsilon),
        )
