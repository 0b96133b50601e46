"""Hypothesis strategies for the whole suite: nnlite.testing's, and how often they are tried."""

from hypothesis import settings

from nnlite.testing.strategies import (
    Arrays,
    floats,
    labels,
    matrices,
    one,
    one_hot,
    pairs,
    pairs_apart,
    probabilities,
    shapes,
    values_of,
)

__all__ = [
    "Arrays",
    "few",
    "fewer",
    "floats",
    "labels",
    "matrices",
    "one",
    "one_hot",
    "pairs",
    "pairs_apart",
    "probabilities",
    "shapes",
    "values_of",
]

#: How often a property is tried. Every try may take a numerical gradient, so a few must do.
few = settings(max_examples=15, deadline=None)

#: For what a single array nearly proves.
fewer = settings(max_examples=3, deadline=None)
