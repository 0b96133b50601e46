"""Initializers that draw from one distribution, whatever the weight's shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..config import floatx
from .base import RandomInitializer


class RandomNormal(RandomInitializer):
    """Normally distributed.

    Parameters
    ----------
    mean, stddev : float
    seed : int, optional
        As in `RandomInitializer`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        drawn = self.generator().normal(self.mean, self.stddev, shape)
        return np.asarray(drawn, dtype or floatx())


class TruncatedNormal(RandomInitializer):
    """Normally distributed, and drawn again where it is further than 2 `stddev` from the mean.

    So the standard deviation that results is 0.88 `stddev`.

    Parameters
    ----------
    mean, stddev : float
    seed : int, optional
        As in `RandomInitializer`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        drawn = truncated(self.generator(), shape)
        return np.asarray(self.mean + self.stddev * drawn, dtype or floatx())


class RandomUniform(RandomInitializer):
    """Uniformly distributed between two numbers.

    Parameters
    ----------
    minval, maxval : float
    seed : int, optional
        As in `RandomInitializer`.
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        drawn = self.generator().uniform(self.minval, self.maxval, shape)
        return np.asarray(drawn, dtype or floatx())


def truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw from the standard normal distribution within ±2."""
    drawn = np.asarray(generator.normal(size=shape))
    while (outside := np.abs(drawn) > 2).any():
        drawn[outside] = generator.normal(size=np.count_nonzero(outside))
    return drawn


class Orthogonal(RandomInitializer):
    """A matrix whose rows or columns, whichever are fewer, are orthogonal (Saxe et al., 2014).

    It is drawn uniformly from all such matrices; their vectors are `gain` long. Of more than two
    axes all but the last are taken together.

    Parameters
    ----------
    gain : float
    seed : int, optional
        As in `RandomInitializer`.

    Raises
    ------
    ValueError
        For a shape of fewer than two axes.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal makes matrices, not the shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = self.generator().normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(drawn)
        q *= np.sign(np.diag(r))  # without it q would not be uniform (Mezzadri, 2007)
        matrix = q if rows >= columns else q.T
        return np.asarray(self.gain * matrix.reshape(shape), dtype or floatx())
