"""What an initializer is: called with a shape and a dtype it returns an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..random import stream
from ..registry import Configurable


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
