"""Rescaling: pixels of 0..255 as numbers of 0..1."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor
from .base import Layer, Shape
from .weights import as_numbers


class Rescaling(Layer):
    """y = scale x + offset.

    Parameters
    ----------
    scale, offset : float, or a sequence of floats
        Several broadcast against the last axis. `Rescaling(1 / 255)` turns pixels into 0..1,
        `Rescaling(1 / 127.5, offset=-1)` into -1..1.
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self._factor = self._constant(scale, "scale")
        self._shift = self._constant(offset, "offset")

    def _constant(self, value: Any, what: str) -> Any:
        """Return a number, or an array in the layer's dtype."""
        if isinstance(value, (int, float)):
            return float(value)
        array = as_numbers(value, f"Rescaling {self.name!r}: {what}")
        return float(array) if array.ndim == 0 else np.ascontiguousarray(array, self.dtype)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs * self._factor + self._shift

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again; arrays as lists."""
        config = super().get_config()
        for name in ("scale", "offset"):
            if isinstance(config[name], (np.ndarray, np.generic)):
                config[name] = config[name].tolist()
        return config
