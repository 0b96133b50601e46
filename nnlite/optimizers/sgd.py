"""Gradient descent, plain or with momentum."""

from __future__ import annotations

from typing import Any, Unpack

from .. import _kernels
from ..tensor import Array
from .base import Optimizer, RateFunction
from .settings import SettingsWithDecay


class SGD(Optimizer):
    """Gradient descent, plain or with momentum.

    w ← w - η g;  with momentum m:  v ← m v - η g,  w ← w + v;
    Nesterov's:  v ← m v - η g,  w ← w + m v - η g.

    Parameters
    ----------
    learning_rate : float, schedule or function
        η.
    momentum : float in [0, 1]
        m.
    nesterov : bool
        Whether to look ahead along the momentum (Sutskever et al., 2013).
    **settings
        Weight decay, clipping, means, accumulation, name: as in `Optimizer`.

    Raises
    ------
    ValueError
        For a momentum outside [0, 1].
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **settings: Unpack[SettingsWithDecay],
    ) -> None:
        super().__init__(learning_rate, **settings)
        if not 0 <= momentum <= 1:
            raise ValueError(f"SGD: momentum must lie in [0, 1], got {momentum!r}")
        self.momentum = float(momentum)
        self.nesterov = bool(nesterov)
        self.groups = (("momentum",),) if momentum else ()

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        if not state:
            _kernels.sgd_update(weight, gradient, learning_rate)
            return
        kernel = _kernels.sgd_nesterov_update if self.nesterov else _kernels.sgd_momentum_update
        kernel(weight, gradient, state[0], learning_rate, self.momentum)
