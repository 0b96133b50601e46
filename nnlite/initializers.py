"""How weights begin. An initializer is called with a shape and a dtype and returns an array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .config import floatx
from .errors import unknown_name
from .random import stream
from .registry import Configurable, Registry, describe
from .tensor import Tensor, raw


class Initializer(Configurable):
    """Base of all initializers: `initializer(shape, dtype)` returns an array."""

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """Make the initial values of a weight."""
        raise NotImplementedError


# -------------------------------------------------------------------------------- without chance


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
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices, not the shape {tuple(shape)}")
        return np.asarray(self.gain * np.eye(*shape), dtype or floatx())


# ---------------------------------------------------------------------------------------- drawn


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
        drawn = _truncated(self.generator(), shape)
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


def _truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
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


# ------------------------------------------------------------------------------ scaled by the fans


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
            drawn = deviation / TRUNCATED_DEVIATION * _truncated(generator, shape)
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


# ------------------------------------------------------------------------------------------- names

IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal

registry: Registry[Initializer] = Registry(
    "initializer",
    [
        *(Constant, Identity, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal),
        *(GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform),
        *(VarianceScaling, Zeros),
    ],
    aliases={
        "IdentityInitializer": "Identity",
        "OrthogonalInitializer": "Orthogonal",
        "normal": "RandomNormal",
        "one": "Ones",
        "uniform": "RandomUniform",
        "zero": "Zeros",
    },
)

# Keras has all classes by their names in snake case too, such as `glorot_uniform`.
globals().update({name: cls for name, cls in registry.entries.items() if name.islower()})
for _alias in ("normal", "one", "uniform", "zero"):
    del globals()[_alias]


def get(identifier: Any) -> Any:
    """Return the initializer that a name, class, configuration, array or function stands for.

    None stands for None, and an array for itself, where a weight has its shape.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (np.ndarray, np.generic, Tensor)):
        return _given(np.asarray(raw(identifier)))
    return registry.get(identifier)


def _given(values: np.ndarray) -> Any:
    def given(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """Return the array that was given for an initializer."""
        if tuple(shape) != values.shape:
            raise ValueError(
                f"an array of the shape {values.shape} was given to initialize a weight of the "
                f"shape {tuple(shape)}"
            )
        return values.astype(dtype or floatx())

    return given


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
