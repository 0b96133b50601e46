"""Initializers without chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import floatx
from .base import Initializer


class Constant(Initializer):
    """All values the same.

    Parameters
    ----------
    value : float, or array that broadcasts to the weight's shape
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.full(shape, self.value, dtype or floatx())


class Zeros(Initializer):
    """All values 0."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.zeros(shape, dtype or floatx())


class Ones(Initializer):
    """All values 1."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.ones(shape, dtype or floatx())


class Identity(Initializer):
    """The identity matrix times `gain`: a layer that begins by passing its inputs on.

    Parameters
    ----------
    gain : float

    Raises
    ------
    ValueError
        For a shape that is no matrix's.
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices, not the shape {tuple(shape)}")
        return np.asarray(self.gain * np.eye(*shape), dtype or floatx())
