"""Layers that disturb what passes through them in training, and let it through as it is otherwise.

Each draws from a seed of its own: what a training draws depends on the seed and the number of the
call, not on threads or on how the step is run.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops, random
from ..arithmetic import combined, scaled
from ..random.distributions import keeping_mask
from ..tensor import Tensor
from .base import Layer, Shape

#: The constants of selu: -SCALE ALPHA is what it returns far below 0.
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


class Noise(Layer):
    """Base of these layers: `disturbed(inputs)` is what they do in training."""

    seed: int | None
    seed_generator: random.SeedGenerator | None = None

    def _draw_from(self, seed: Any, strength: float) -> None:
        """Make the generator, unless there is nothing to draw."""
        self.seed = seed
        if strength > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool | None = False) -> Tensor:
        if training and self.seed_generator is not None:
            return self.disturbed(inputs)
        return inputs

    def disturbed(self, inputs: Tensor) -> Tensor:
        """Return the inputs with new noise."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


class Dropout(Noise):
    """y = x / (1 - rate), but 0 with the probability `rate`, in training; y = x otherwise.

    (Srivastava et al., 2014.)

    Parameters
    ----------
    rate : float from 0 to 1
    noise_shape : sequence of int or None, optional
        The shape of the mask, where it is the same along some axes: `(None, 1, 8)` for inputs of
        the shape (batch, steps, 8) drops the same features at each step. None is the input's size.
    seed : int, optional
        By default drawn, as `set_random_seed` has it.
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = _fraction(self, "rate", rate)
        self.noise_shape = _noise_shape(self, noise_shape)
        self._draw_from(seed, rate)

    def disturbed(self, inputs: Tensor) -> Tensor:
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)


class AlphaDropout(Noise):
    """y = a x + b, but a α' + b with the probability `rate`, in training; for layers of selu.

    α' is what selu returns far below 0; a and b are such that mean 0 and variance 1 stay so
    (Klambauer et al., 2017).

    Parameters
    ----------
    rate : float from 0 up to 1
    noise_shape, seed
        As for `Dropout`.
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = _fraction(self, "rate", rate, below_one=True)
        self.noise_shape = _noise_shape(self, noise_shape)
        self._draw_from(seed, rate)

    def disturbed(self, inputs: Tensor) -> Tensor:
        dropped = -ALPHA * SCALE
        a = ((1 - self.rate) * (1 + self.rate * dropped**2)) ** -0.5
        b = -a * dropped * self.rate
        mask = keeping_mask(  # a or 0
            inputs.shape, self.rate, a, self.noise_shape, inputs.dtype, self.seed_generator
        )
        shift = combined(scaled(mask.data, -dropped), a * dropped + b, "add")
        return ops.add(ops.multiply(inputs, mask), Tensor(shift, False))


class GaussianNoise(Noise):
    """y = x + stddev z in training, with z from the normal distribution.

    Parameters
    ----------
    stddev : float from 0 to 1
    seed : int, optional
        By default drawn, as `set_random_seed` has it.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = _fraction(self, "stddev", stddev)
        self._draw_from(seed, stddev)

    def disturbed(self, inputs: Tensor) -> Tensor:
        noise = random.normal(inputs.shape, 0.0, self.stddev, inputs.dtype, self.seed_generator)
        return ops.add(inputs, noise)


class GaussianDropout(Noise):
    """y = x (1 + √(rate / (1 - rate)) z) in training, with z from the normal distribution.

    (Srivastava et al., 2014, section 10.)

    Parameters
    ----------
    rate : float from 0 up to 1
    seed : int, optional
        By default drawn, as `set_random_seed` has it.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = _fraction(self, "rate", rate, below_one=True)
        self._draw_from(seed, rate)

    def disturbed(self, inputs: Tensor) -> Tensor:
        stddev = math.sqrt(self.rate / (1 - self.rate))
        factors = random.normal(inputs.shape, 1.0, stddev, inputs.dtype, self.seed_generator)
        return ops.multiply(inputs, factors)


def _fraction(layer: Layer, name: str, value: Any, below_one: bool = False) -> float:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1 or (below_one and value == 1):
        limits = "from 0 up to, but not, 1" if below_one else "from 0 to 1"
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: {name} must be a number {limits}, "
            f"got {value!r}"
        )
    return value


def _noise_shape(layer: Layer, shape: Any) -> tuple[int | None, ...] | None:
    if shape is None:
        return None
    sizes = tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
    for size in sizes:
        whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool) and size > 0
        if size is not None and not whole:
            raise ValueError(
                f"{type(layer).__name__} {layer.name!r}: noise_shape holds a positive whole number "
                f"or None for each axis, got {shape!r}"
            )
    return sizes
