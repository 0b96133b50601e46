"""Layers that give their inputs another shape."""

from __future__ import annotations

import math

from .. import ops
from ..tensor import Tensor
from .base import Layer, Shape


class Flatten(Layer):
    """(B, ...) -> (B, product of the rest): each sample becomes one row."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sizes = [size for size in input_shape[1:] if size is not None]
        return (input_shape[0], math.prod(sizes) if len(sizes) == len(input_shape) - 1 else None)
