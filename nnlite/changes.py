"""Notice of changes: a recorded step is void once something has changed that it depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from . import config

Found = TypeVar("Found")


class Changes:
    """Counts the attributes that were set on layers, weights, optimizers, losses and metrics."""

    count = 0


class Noticed:
    """An object whose attributes are not changed unnoticed."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        Changes.count += 1

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        Changes.count += 1


#: Attributes that no step depends on: they pass on what happened, or are filled by the steps.
PASSING = frozenset(
    {"history", "stop_training", "_output_shapes", "_predictor", "_sizes", "_state"}
    | {"_inbound_nodes", "_fitting", "_holding", "_kept_metrics", "_uses"}
    | {"_warned_of_no_gradient", "_call_keywords", "_added_losses", "_has_run"}
    | {"stop_evaluating", "stop_predicting", "_held_inputs", "_fitting_now"}
)

#: What is compared by value; everything else by identity.
_PLAIN = (bool, int, float, str, bytes, type(None), np.generic)


class Watch:
    """Tells whether some objects, or what they hold, have changed since it was last asked.

    Looks at them only where an attribute was set anywhere in between. What it compares with is
    kept, so that no new object can be taken for an old one.

    Parameters
    ----------
    parts : function that returns the objects
    """

    def __init__(self, parts: Callable[[], Iterable[Any]]) -> None:
        self.parts = parts
        self.count = -1
        self.settings: tuple[Any, ...] | None = None
        self.state: list[Any] = []

    def changed(self) -> bool:
        """Look again; the first time everything is new."""
        settings = config.settings()
        if self.count == Changes.count and self.settings == settings:
            return False
        before, self.state = self.state, [*self._look()]
        self.count, self.settings = Changes.count, settings
        return len(before) != len(self.state) or not all(map(_same, before, self.state))

    def _look(self) -> Iterator[Any]:
        yield from config.settings()
        for part in self.parts():
            yield part
            yield getattr(part, "requires_grad", None)  # a tensor's own, which vars() leaves out
            for name, value in vars(part).items():
                if name not in PASSING:
                    yield name
                    yield from _flat(value)


class Remembered(Generic[Found]):
    """What a search through some objects has found: searched again where an attribute was set.

    Parameters
    ----------
    find : function that returns what is to be remembered
    """

    def __init__(self, find: Callable[[], Found]) -> None:
        self.find = find
        self.count = -1

    def __call__(self) -> Found:
        """Return what is there now."""
        if self.count != Changes.count:
            count = Changes.count  # another thread may set an attribute during the search
            self.found, self.count = self.find(), count
        return self.found


def _flat(value: Any) -> Iterator[Any]:
    """Yield what is in a dict, list or tuple, or else the value itself."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _flat(inner)
    elif isinstance(value, (list, tuple)):
        yield len(value)
        for inner in value:
            yield from _flat(inner)
    else:
        yield value


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and isinstance(a, _PLAIN) and bool(a == b))
