"""Domains: where the arrays come from that something is checked on.

A domain says what arrays are like, in terms of a few choices: of a whole number, and of an array
of them. Who makes the choices is another matter: a random generator here, so that the command
`nnlite gradcheck` needs nothing but numpy; and hypothesis in `strategies.py`, so that tests find
the smallest arrays that break something.

Arrays hold multiples of 1/8 by default: few enough to shrink well, exact in float32, and any two
that differ do so by more than the step of central differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from ..tensor import Array

Value = TypeVar("Value", covariant=True)
Other = TypeVar("Other")


class Source(Protocol):
    """Makes the choices."""

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high."""

    def integers(self, shape: Any, low: int, high: int, unique: bool, off_zero: bool) -> Array:
        """Return an array of whole numbers; no two are equal, none is 0, where that is asked."""


class RandomSource:
    """A source that draws from a random generator.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)

    def integer(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def integers(self, shape: Any, low: int, high: int, unique: bool, off_zero: bool) -> Array:
        numbers = np.arange(low, high + 1)
        numbers = numbers[numbers != 0] if off_zero else numbers
        return self.random.choice(numbers, shape, replace=not unique)


class Domain(Generic[Value]):
    """What values are like.

    Parameters
    ----------
    drawn : function of a Source that returns a value
    """

    def __init__(self, drawn: Callable[[Source], Value]) -> None:
        self.drawn = drawn

    def draw(self, seed: int = 0) -> Value:
        """Return a random value, the same for the same seed."""
        return self.drawn(RandomSource(seed))

    def map(self, function: Callable[[Any], Other]) -> Domain[Other]:
        """Return the domain of what a function makes of the values."""
        return Domain(lambda source: function(self.drawn(source)))

    def flatmap(self, function: Callable[[Any], Domain[Other]]) -> Domain[Other]:
        """Return the domain of the values of the domains that a function makes of the values."""
        return Domain(lambda source: function(self.drawn(source)).drawn(source))


def tuples(*parts: Domain[Any]) -> Domain[tuple[Any, ...]]:
    """Values of several domains."""
    return Domain(lambda source: tuple(part.drawn(source) for part in parts))


def integers(low: int, high: int) -> Domain[int]:
    """Whole numbers from low to high."""
    return Domain(lambda source: source.integer(low, high))


def shapes(min_dims: int = 0, max_dims: int = 3, max_side: int = 3) -> Domain[tuple[int, ...]]:
    """Shapes of `min_dims` to `max_dims` axes, each 1 to `max_side` long."""

    def drawn(source: Source) -> tuple[int, ...]:
        axes = source.integer(min_dims, max_dims)
        return tuple(source.integer(1, max_side) for _ in range(axes))

    return Domain(drawn)


def floats(
    shape: Any,
    low: float = -3,
    high: float = 3,
    unique: bool = False,
    off_zero: bool = False,
    grain: int = 8,
) -> Domain[Array]:
    """Arrays of float64 of a shape: multiples of 1/grain from low to high.

    `unique`: no two elements are equal (away from the kinks of a maximum); `off_zero`: none is 0
    (away from those of an absolute value).
    """
    ends = math.ceil(low * grain), math.floor(high * grain)
    return Domain(
        lambda source: np.asarray(source.integers(shape, *ends, unique, off_zero) / grain)
    )


def one(min_dims: int = 0, **kinds: Any) -> Domain[tuple[Array, ...]]:
    """One array of any shape, of `min_dims` axes or more, alone in a tuple.

    The other arguments, `kinds`, are those of `floats`.
    """
    return tuples(shapes(min_dims).flatmap(lambda shape: floats(shape, **kinds)))


def broadcastable() -> Domain[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Two shapes that broadcast: some axes of each are 1, and the first ones may be left out."""

    def drawn(source: Source) -> tuple[tuple[int, ...], tuple[int, ...]]:
        whole = shapes().drawn(source)
        return part(source, whole), part(source, whole)

    def part(source: Source, whole: tuple[int, ...]) -> tuple[int, ...]:
        kept = whole[source.integer(0, len(whole)) :]
        return tuple(side if source.integer(0, 2) else 1 for side in kept)

    return Domain(drawn)


def pairs(
    first: dict[str, Any] | None = None, second: dict[str, Any] | None = None
) -> Domain[tuple[Array, ...]]:
    """Two arrays whose shapes broadcast; `first` and `second` are arguments of `floats`."""
    return broadcastable().flatmap(
        lambda found: tuples(floats(found[0], **first or {}), floats(found[1], **second or {}))
    )


def pairs_apart() -> Domain[tuple[Array, ...]]:
    """Two arrays whose shapes broadcast, no element of one equal to any of the other."""
    return pairs().map(lambda arrays: (arrays[0], np.asarray(arrays[1] + 1 / 16)))


def matrices(letters: str, *axes: str, **kinds: Any) -> Domain[tuple[Array, ...]]:
    """Arrays with the named axes, such as `matrices("BIO", "BI", "IO", "O")`.

    `letters` are the names of all sizes, `axes` those of each array; the other arguments, `kinds`,
    are those of `floats`.
    """
    sizes = tuples(*(integers(1, 3) for _ in letters))

    def arrays(found: tuple[int, ...]) -> Domain[tuple[Array, ...]]:
        size = dict(zip(letters, found, strict=True))
        return tuples(*(floats(tuple(size[c] for c in shape), **kinds) for shape in axes))

    return sizes.flatmap(arrays)


def labels(samples: int, classes: int) -> Domain[Array]:
    """(samples,) whole numbers from 0 to classes - 1, int64."""
    return Domain(lambda source: source.integers(samples, 0, classes - 1, False, False))


def one_hot(samples: int, classes: int) -> Domain[Array]:
    """(samples, classes) rows of zeros with a single one."""
    return labels(samples, classes).map(lambda found: np.eye(classes)[found])


def probabilities(shape: Sequence[int]) -> Domain[Array]:
    """Arrays of a shape whose rows are positive and have the sum 1; no loss would clip them."""
    raw = floats(tuple(shape), low=0.25, high=2)
    return raw.map(lambda found: found / found.sum(axis=-1, keepdims=True))


def off_kinks(shape: Any, low: float = -3, high: float = 3) -> Domain[Array]:
    """Arrays of a shape away from kinks: odd multiples of 1/16 from low to high.

    No two are equal where there are enough of them. So none is 0, 1/2 or 1, where functions bend,
    and none is as large as another.
    """
    first, last = math.ceil(low * 8), math.floor(high * 8) - 1  # with 0 between, to shrink to

    def drawn(source: Source) -> Array:
        unique = int(np.prod(shape)) <= last - first
        return (source.integers(shape, first, last, unique, False) * 2 + 1) / 16

    return Domain(drawn)


def inputs(shape: Any = (4,), ids: int | None = None) -> Domain[Any]:
    """Batches of 1 to 4 samples of a shape; of several shapes, a list with one batch of each.

    With `ids`, of whole numbers below it.
    """
    several = isinstance(shape, list)

    def drawn(source: Source) -> Any:
        rows = source.integer(1, 4)
        batches = [
            off_kinks((rows, *one)).drawn(source)
            if ids is None
            else source.integers((rows, *one), 0, ids - 1, False, False)
            for one in (shape if several else [shape])
        ]
        return batches if several else batches[0]

    return Domain(drawn)


def layers() -> Domain[tuple[Any, Any]]:
    """The layers of nnlite, built and with weights in float64, each with inputs for it."""
    from .layer_cases import CASES, built

    def drawn(source: Source) -> tuple[Any, Any]:
        case = CASES[source.integer(0, len(CASES) - 1)]
        return built(case), inputs(case.shape, case.ids).drawn(source)

    return Domain(drawn)


def models() -> Domain[tuple[Any, Array, Array]]:
    """Small compiled Sequential models of Dense and other layers, with inputs and targets.

    A model, x (B, I) and y (B, O); the loss is the mean squared error.
    """
    from ..layers import BatchNormalization, Dense, Dropout, Input, LayerNormalization
    from ..models import Sequential

    activations = ("linear", "relu", "tanh", "sigmoid", "softmax", "gelu")
    between = (None, BatchNormalization, LayerNormalization, lambda: Dropout(0.3))

    def drawn(source: Source) -> tuple[Any, Array, Array]:
        features, outputs = source.integer(1, 4), source.integer(1, 3)
        model = Sequential([Input((features,))])
        for _ in range(source.integer(0, 2)):
            activation = activations[source.integer(0, len(activations) - 1)]
            model.add(Dense(source.integer(1, 4), activation))
            layer = between[source.integer(0, len(between) - 1)]
            if layer is not None:
                model.add(layer())
        model.add(Dense(outputs))
        model.compile("sgd", "mse")
        model.set_weights([off_kinks(weight.shape).drawn(source) for weight in model.weights])
        rows = source.integer(1, 4)
        x, y = (off_kinks((rows, size)).drawn(source) for size in (features, outputs))
        return model, x, y

    return Domain(drawn)
