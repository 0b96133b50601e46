"""How weights begin. An initializer is called with a shape and a dtype and returns an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .config import floatx
from .random import stream
from .registry import Configurable, Registry, describe


class Initializer(Configurable):
    """Base of all initializers: `initializer(shape, dtype)` returns an array."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """Make the initial values of a weight."""
        raise NotImplementedError


class RandomInitializer(Initializer):
    """An initializer that draws: from nnlite's own stream, or from its seed.

    Parameters
    ----------
    seed : int, optional
        With a seed every call gives the same values; without one each call gives the next of the
        stream that `set_random_seed` starts.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed

    def generator(self) -> np.random.Generator:
        """Return the generator to draw this call's values from."""
        return stream("initializers") if self.seed is None else np.random.default_rng(self.seed)


class Zeros(Initializer):
    """All values 0."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.zeros(shape, dtype or floatx())


class Ones(Initializer):
    """All values 1."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        return np.ones(shape, dtype or floatx())


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a weight of this shape connects (the last axes are I, O)."""
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    field = math.prod(shape[:-2])
    return float(shape[-2] * field), float(shape[-1] * field)


class GlorotUniform(RandomInitializer):
    """Uniform in ±√(6 / (inputs + outputs)): keeps the variance of activations and gradients.

    Keras's default for kernels (Glorot and Bengio, 2010).
    """

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        limit = math.sqrt(6.0 / max(1.0, sum(fans(shape))))
        return self.generator().uniform(-limit, limit, shape).astype(dtype or floatx())


class RandomUniform(RandomInitializer):
    """Uniform between two numbers: Keras's default for embeddings.

    Parameters
    ----------
    minval, maxval : float
    seed : int, optional
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = float(minval), float(maxval)

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        drawn = self.generator().uniform(self.minval, self.maxval, shape)
        return drawn.astype(dtype or floatx())


registry: Registry[Initializer] = Registry(
    "initializer", [Zeros, Ones, GlorotUniform, RandomUniform], {"uniform": "random_uniform"}
)


def get(identifier: Any) -> Any:
    """Return the initializer that a name, class, configuration or function stands for."""
    return registry.get(identifier)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
