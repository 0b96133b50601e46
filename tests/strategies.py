"""Hypothesis strategies for the whole suite: shapes, arrays, labels, one-hot rows.

Arrays hold multiples of 1/8 by default: few enough to shrink well, exact in float32, and any two
that differ do so by more than the step of central differences.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

Arrays = st.SearchStrategy[tuple[np.ndarray, ...]]

#: How often a property is tried. Every try may take a numerical gradient, so a few must do.
few = settings(max_examples=15, deadline=None)

#: For what a single array nearly proves.
fewer = settings(max_examples=3, deadline=None)


def shapes(min_dims: int = 0, max_dims: int = 3) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of some axes, each 1 to 3 long."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, max_side=3)


def floats(
    shape: Any,
    low: float = -3,
    high: float = 3,
    unique: bool = False,
    off_zero: bool = False,
    grain: int = 8,
) -> st.SearchStrategy[np.ndarray]:
    """Arrays of float64: multiples of 1/grain from low to high.

    `unique`: no two elements are equal (away from the kinks of a maximum); `off_zero`: none is 0
    (away from those of an absolute value).
    """
    elements = st.integers(int(low * grain), int(high * grain))
    if off_zero:
        elements = elements.filter(bool)
    whole = hnp.arrays(np.int64, shape, elements=elements, unique=unique)
    return whole.map(lambda array: np.asarray(array / grain))


def one(min_dims: int = 0, **kinds: Any) -> Arrays:
    """One array of any shape, alone in a tuple."""
    return st.tuples(shapes(min_dims).flatmap(lambda shape: floats(shape, **kinds)))


def pairs(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> Arrays:
    """Two arrays whose shapes broadcast; the dictionaries are arguments of `floats`."""
    broadcastable = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)
    return broadcastable.flatmap(
        lambda found: st.tuples(
            floats(found.input_shapes[0], **first or {}),
            floats(found.input_shapes[1], **second or {}),
        )
    )


@st.composite
def pairs_apart(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays whose shapes broadcast, no element of one equal to any of the other."""
    a, b = draw(pairs())
    return a, np.asarray(b + 1 / 16)


def matrices(letters: str, *axes: str, **kinds: Any) -> Arrays:
    """Arrays with the named axes, such as `matrices("BIO", "BI", "IO", "O")`."""
    sizes = st.tuples(*(st.integers(1, 3) for _ in letters))
    return sizes.map(lambda found: dict(zip(letters, found, strict=True))).flatmap(
        lambda size: st.tuples(*(floats(tuple(size[c] for c in shape), **kinds) for shape in axes))
    )


def labels(samples: int, classes: int) -> st.SearchStrategy[np.ndarray]:
    """(samples,) whole numbers from 0 to classes - 1, int64."""
    return hnp.arrays(np.int64, samples, elements=st.integers(0, classes - 1))


def one_hot(samples: int, classes: int) -> st.SearchStrategy[np.ndarray]:
    """(samples, classes) rows of zeros with a single one."""
    return labels(samples, classes).map(lambda found: np.eye(classes)[found])


@st.composite
def probabilities(draw: st.DrawFn, shape: Sequence[int]) -> np.ndarray:
    """Rows of positive numbers whose sum is 1, none so small that a loss would clip it."""
    raw = draw(floats(tuple(shape), low=0.25, high=2))
    return raw / raw.sum(axis=-1, keepdims=True)
