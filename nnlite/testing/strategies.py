"""Hypothesis strategies: shapes, arrays, labels, one-hot rows; layers and models.

Each makes of a domain of the same name (see `domains.py`) what hypothesis draws from and shrinks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Array
from . import domains
from .domains import Domain

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ImportError as error:
    raise ImportError(
        "nnlite.testing.strategies needs hypothesis, which is not installed: "
        'pip install "nnlite[testing]"'
    ) from error

__all__ = [
    "floats",
    "inputs",
    "labels",
    "layers",
    "matrices",
    "models",
    "off_kinks",
    "one",
    "one_hot",
    "pairs",
    "pairs_apart",
    "probabilities",
    "shapes",
    "values_of",
]

Arrays = st.SearchStrategy[tuple[Array, ...]]


class DrawnSource:
    """A source of choices that hypothesis makes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def integers(self, shape: Any, low: int, high: int, unique: bool, off_zero: bool) -> Array:
        elements = st.integers(low, high)
        if off_zero:
            elements = elements.filter(bool)
        return self.draw(hnp.arrays(np.int64, shape, elements=elements, unique=unique))


@st.composite
def values_of(draw: st.DrawFn, domain: Domain[Any]) -> Any:
    """Return a strategy for the values of a domain."""
    return domain.drawn(DrawnSource(draw))


def _of(domain: Callable[..., Domain[Any]]) -> Callable[..., st.SearchStrategy[Any]]:
    @functools.wraps(domain)
    def strategy(*args: Any, **kwargs: Any) -> st.SearchStrategy[Any]:
        return values_of(domain(*args, **kwargs))

    strategy.__module__ = __name__
    return strategy


shapes = _of(domains.shapes)
floats = _of(domains.floats)
one = _of(domains.one)
pairs = _of(domains.pairs)
pairs_apart = _of(domains.pairs_apart)
matrices = _of(domains.matrices)
labels = _of(domains.labels)
one_hot = _of(domains.one_hot)
probabilities = _of(domains.probabilities)
off_kinks = _of(domains.off_kinks)
inputs = _of(domains.inputs)
layers = _of(domains.layers)
models = _of(domains.models)
