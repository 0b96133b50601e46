"""Masking: which steps of a sequence are there, and which only fill it up."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..tensor import Tensor, raw
from .base import Layer, Shape


class Masking(Layer):
    """Masks the steps whose numbers all are `mask_value`; they become 0.

    A mask is an array of booleans (B, T) that goes along with its tensor, (B, T, ...): through
    every layer whose outputs have these axes too, up to the loss and the metrics, which leave out
    what is masked. A layer of one's own is given it as the argument `mask` of its `call`, and says
    by `compute_mask(inputs, mask)` what becomes of it. Through `Add` and its kin it goes where all
    inputs have one (a step is there that is there in any), and through `Concatenate`; through
    operators and `nnlite.ops` it does not, as in Keras.

    The mask depends on the values, so models with this layer train on the tape.

    Parameters
    ----------
    mask_value : float
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def call(self, inputs: Tensor) -> Tensor:
        return ops.where(self._there(inputs)[..., np.newaxis], inputs, 0.0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Tensor:
        """Return whether any number of a step differs from mask_value."""
        return Tensor(self._there(inputs))

    def _there(self, inputs: Any) -> np.ndarray:
        return np.any(raw(inputs) != self.mask_value, axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape
