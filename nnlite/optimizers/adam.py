"""Adam: steps along the mean of past gradients, scaled by their size."""

from __future__ import annotations

from typing import Any, Unpack

from .. import _kernels
from ..tensor import Array
from .base import RateFunction
from .moments import Moments
from .settings import Settings, SettingsWithDecay


class Adam(Moments):
    """Steps along the mean of past gradients, scaled by their size (Kingma and Ba, 2014).

    m ← m + (1 - β₁) (g - m);  v ← v + (1 - β₂) (g² - v);  w ← w - α m / (√v + ε)

    with α = η √(1 - β₂ᵗ) / (1 - β₁ᵗ) in step t = 1, 2, ...; this is the form just before
    the paper's section 2.1, as in Keras. (PyTorch adds ε to the root of the corrected v instead.)

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    beta_1, beta_2 : float in [0, 1)
        β₁ and β₂: how much of the past m and v keep at each step.
    epsilon : float >= 0
        ε.
    amsgrad : bool
        Whether the largest v so far takes the place of v in the step (Reddi et al., 2018).
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **settings)
        self.amsgrad = bool(amsgrad)
        if amsgrad:
            self.groups = (*self.groups, ("velocity_hat",))

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        m, v, *largest_v = state
        _kernels.adam_update(
            *(weight, gradient, m, v, largest_v[0] if largest_v else None),
            *(learning_rate, self.beta_1, self.beta_2, self.epsilon, self.step_number),
        )


class AdamW(Adam):
    """Adam with weight decay beside the gradient (Loshchilov and Hutter, 2019).

    w ← w - η λ w, and then Adam's step; λ is `weight_decay`.

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    weight_decay : float
        λ.
    beta_1, beta_2, epsilon, amsgrad
        As in `Adam`.
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.

    Raises
    ------
    ValueError
        Where there is no weight decay.
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay must be a number; without it use Adam")
        super().__init__(
            *(learning_rate, beta_1, beta_2, epsilon, amsgrad),
            weight_decay=weight_decay,
            **settings,
        )
