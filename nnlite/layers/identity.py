"""Layers that hand their inputs on: Identity, and ActivityRegularization."""

from __future__ import annotations

from typing import Any

from ..regularizers import L1L2
from .base import Layer


class Identity(Layer):
    """y = x, of one tensor or a structure of them."""

    keeps_integers = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class ActivityRegularization(Layer):
    """y = x, and (l1 Σ |x| + l2 Σ x²) / B is added to the loss.

    Parameters
    ----------
    l1, l2 : float >= 0
        How much the absolute values and the squares cost.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again."""
        config = super().get_config()
        del config["activity_regularizer"]  # it is l1 and l2
        return config
