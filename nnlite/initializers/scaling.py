"""Initializers whose variance is scaled by how many inputs and outputs a weight connects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..config import floatx
from ..errors import unknown_name
from .base import RandomInitializer
from .drawn import truncated


def fans(
    shape: tuple[int, ...],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[float, float]:
    """How many inputs and outputs a weight of this shape connects (the last axes are I, O)."""
    if input_axes is not None and output_axes is not None:
        inputs, outputs = ([shape[axis] for axis in axes] for axes in (input_axes, output_axes))
        return float(math.prod(inputs)), float(math.prod(outputs))
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    field = math.prod(shape[:-2])
    return float(shape[-2] * field), float(shape[-1] * field)


MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

#: The standard deviation of the standard normal distribution within ±2.
TRUNCATED_DEVIATION = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Of mean 0 and variance scale / n, where n is the number of inputs, outputs, or their mean.

    Parameters
    ----------
    scale : float > 0
    mode : "fan_in", "fan_out" or "fan_avg"
        What n is.
    distribution : "truncated_normal" (or "normal"), "untruncated_normal" or "uniform"
    seed : int, optional
        As in `RandomInitializer`.
    input_axes, output_axes : sequence of int, optional
        The axes of inputs and outputs; by default the last axes are those.

    Raises
    ------
    ValueError
        For a scale that is not positive, an unknown mode or an unknown distribution.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        if not scale > 0:
            raise ValueError(f"{type(self).__name__}: scale must be positive, got {scale!r}")
        lower = str(distribution).lower()
        distribution = "truncated_normal" if lower == "normal" else lower
        if mode not in MODES:
            raise unknown_name("mode", mode, MODES)
        if distribution not in DISTRIBUTIONS:
            raise unknown_name("distribution", distribution, DISTRIBUTIONS)
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        inputs, outputs = fans(shape, self.input_axes, self.output_axes)
        sizes = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}
        deviation = math.sqrt(self.scale / max(1.0, sizes[self.mode]))
        generator = self.generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3) * deviation
            drawn = generator.uniform(-limit, limit, shape)
        elif self.distribution == "truncated_normal":
            drawn = deviation / TRUNCATED_DEVIATION * truncated(generator, shape)
        else:
            drawn = generator.normal(0, deviation, shape)
        return np.asarray(drawn, dtype or floatx())


class NamedScaling(VarianceScaling):
    """A `VarianceScaling` that has a name.

    Parameters
    ----------
    seed, input_axes, output_axes
        As in `VarianceScaling`.
    """

    kind: tuple[float, str, str]

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self.kind, seed, input_axes, output_axes)


class GlorotUniform(NamedScaling):
    """Uniform in ±√(6 / (inputs + outputs)): keeps the variance of activations and gradients.

    Keras's default for kernels (Glorot and Bengio, 2010).
    """

    kind = (1.0, "fan_avg", "uniform")


class GlorotNormal(NamedScaling):
    """Of variance 2 / (inputs + outputs), truncated normal (Glorot and Bengio, 2010)."""

    kind = (1.0, "fan_avg", "truncated_normal")


class HeUniform(NamedScaling):
    """Uniform in ±√(6 / inputs): keeps the variance of activations through relu (He, 2015)."""

    kind = (2.0, "fan_in", "uniform")


class HeNormal(NamedScaling):
    """Of variance 2 / inputs, truncated normal: for relu (He et al., 2015)."""

    kind = (2.0, "fan_in", "truncated_normal")


class LecunUniform(NamedScaling):
    """Uniform in ±√(3 / inputs): keeps the variance of activations (LeCun et al., 1998)."""

    kind = (1.0, "fan_in", "uniform")


class LecunNormal(NamedScaling):
    """Of variance 1 / inputs, truncated normal: for selu (LeCun et al., 1998)."""

    kind = (1.0, "fan_in", "truncated_normal")
