"""Optimizers by the formulas of the textbooks, one number at a time: what updates are held against.

They descend along f(w) = ½ a w², whose gradient is a w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..optimizers import SGD, Adam, AdamW, Optimizer, RMSprop
from ..tensor import Parameter

#: The curvatures a, and where w starts.
CURVATURES, START = (0.5, 1.0, 3.0), (1.0, -2.0, 0.5)

#: How many steps are done, and how far a weight may be from where the formula says.
STEPS, CLOSE = 5, 1e-12

Rule = Callable[[float, float], Iterator[float]]


def momentum(a: float, w: float) -> Iterator[float]:
    """v ← 0.9 v - 0.1 g;  w ← w + v."""
    v = 0.0
    while True:
        v = 0.9 * v - 0.1 * a * w
        w += v
        yield w


def nesterov(a: float, w: float) -> Iterator[float]:
    """v ← 0.9 v - 0.1 g;  w ← w + 0.9 v - 0.1 g."""
    v = 0.0
    while True:
        g = a * w
        v = 0.9 * v - 0.1 * g
        w += 0.9 * v - 0.1 * g
        yield w


def adam(a: float, w: float, decay: float = 0.0) -> Iterator[float]:
    """w ← w - 0.1 λ w;  w ← w - 0.1 m̂ / (√v̂ + ε̂), with m̂ = m / (1 - 0.9ᵗ), v̂ = v / (1 - 0.99ᵗ)."""
    m = v = 0.0
    t = 0
    while True:
        t += 1
        g = a * w
        w -= 0.1 * decay * w
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g * g
        corrected = math.sqrt(1 - 0.99**t)
        w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v) / corrected + 1e-3 / corrected)
        yield w


def rmsprop(a: float, w: float) -> Iterator[float]:
    """v ← 0.9 v + 0.1 g²;  w ← w - 0.01 g / √(v + 0.001)."""
    v = 0.0
    while True:
        g = a * w
        v = 0.9 * v + 0.1 * g * g
        w -= 0.01 * g / math.sqrt(v + 1e-3)
        yield w


class Descent(NamedTuple):
    """An optimizer, and the rule that it is to follow."""

    name: str
    optimizer: Callable[[], Optimizer]
    rule: Rule


DESCENTS = (
    Descent("SGD with momentum", lambda: SGD(0.1, momentum=0.9), momentum),
    Descent("SGD with Nesterov's", lambda: SGD(0.1, momentum=0.9, nesterov=True), nesterov),
    Descent("Adam", lambda: Adam(0.1, 0.9, 0.99, 1e-3), adam),
    Descent("AdamW", lambda: AdamW(0.1, 0.2, 0.9, 0.99, 1e-3), lambda a, w: adam(a, w, 0.2)),
    Descent("RMSprop", lambda: RMSprop(0.01, 0.9, epsilon=1e-3), rmsprop),
)


def difference(descent: Descent) -> str:
    """Say where an optimizer leaves its rule; "" where it does not."""
    a = np.array(CURVATURES)
    weight = Parameter(np.array(START), name="w")
    rules = [descent.rule(*pair) for pair in zip(CURVATURES, START, strict=True)]
    optimizer = descent.optimizer()
    for step in range(1, STEPS + 1):
        optimizer.apply([a * weight.data], [weight])
        expected = np.array([next(rule) for rule in rules])
        if not np.allclose(weight.data, expected, rtol=0, atol=CLOSE):
            return (
                f"in step {step} w becomes {weight.data[0]:.8g}, by the formula {expected[0]:.8g}"
            )
    return ""
