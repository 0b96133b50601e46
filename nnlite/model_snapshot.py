"""What a model is and holds, kept and given back; and a model that computes in float64 for a while.

Its arrays are taken out and ones of float64 put in their places, and afterwards the arrays of
before are put back. So it is the model itself that computes and not a copy: what a layer of the
user's does is seen as it is, also where it reaches beyond its own attributes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import config
from .changes import Changes
from .contents import Contents
from .interrupts import Uninterrupted
from .layers.weights import HasWeights, gather
from .metrics import Metric
from .random import SeedGenerator, states
from .tensor import Parameter


@contextlib.contextmanager
def in_float64(model: Any) -> Iterator[State]:
    """Let a model, or a layer, compute in float64, inside; afterwards it is what it was.

    Yields
    ------
    State
        What the model was at the beginning, in float64.
    """
    before, numbers, floatx = State(_parts(model)), states.get_state(), config.floatx()
    try:
        config.set_floatx("float64")
        for part in before.parts:
            _widen(part)
        Changes.count += 1  # what was remembered of float32 is looked for again
        yield State(before.parts, kept=model.trainable_weights)
    finally:
        with Uninterrupted():
            before.restore()
            config.set_floatx(floatx)
            states.set_state(numbers)
            Changes.count += 1


class State:
    """What some objects hold, and what is drawn at random next.

    Parameters
    ----------
    parts : list of objects
    kept : list of Parameter
        Weights whose contents `restore` leaves as they are.
    """

    def __init__(self, parts: list[Any], kept: list[Parameter] | None = None) -> None:
        self.parts = parts
        self.numbers = states.get_state()
        self.contents = Contents(parts, left=[weight.data for weight in kept or ()])

    def restore(self) -> None:
        """Give the objects back what they held, and begin the random numbers anew."""
        self.contents.restore()
        states.set_state(self.numbers)


def _parts(model: Any) -> list[Any]:
    """Return everything that a step of the model may change: layers, weights, metrics, seeds."""
    kinds = (Parameter, HasWeights, Metric, SeedGenerator)
    found: dict[int, Any] = {}
    todo = [layer for layer, _, _ in model._inside()]
    objective = getattr(model, "_objective", None)
    if objective is not None:
        todo += [*objective.parts(), *model.metrics]
    while todo:
        part = todo.pop()
        if id(part) not in found:
            found[id(part)] = part
            inside: dict[int, Any] = {}
            gather(vars(part).values(), kinds, inside)
            gather(getattr(part, "variables", ()), Parameter, inside)
            todo += inside.values()
    return list(found.values())


def _widen(part: Any) -> None:
    """Let one of them be of float64, without anybody noticing that something was set."""
    attributes = vars(part)
    if str(attributes.get("dtype", "")).startswith("float"):
        attributes["dtype"] = "float64"
    attributes.pop("_held_inputs", None)  # looked up again: what the inputs are cast to
    array = attributes.get("_array")
    if isinstance(array, np.ndarray) and array.dtype.kind == "f":
        attributes["_array"] = array.astype(np.float64)
