"""What objects hold: noted down once, and given back as often as is asked.

Lists, dicts, sets, arrays and generators of random numbers are changed in place by those who have
them, so it does not help to remember which they were: what is in them is copied. What they hold in
turn is looked at as well, and so are objects of a user's own classes.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np


class Kind(NamedTuple):
    """A kind of what changes in place.

    Attributes
    ----------
    types : tuple of types
    taken : function of one of them that returns a copy of what is in it
    given : function of one of them and such a copy, which puts that back
    inside : function of such a copy that returns what is to be looked at in turn
    """

    types: tuple[type, ...]
    taken: Callable[[Any], Any]
    given: Callable[[Any, Any], None]
    inside: Callable[[Any], Iterable[Any]] = lambda copied: ()


def _fill_sequence(sequence: Any, copied: list[Any]) -> None:
    sequence.clear()
    sequence.extend(copied)


def _fill(collection: Any, copied: Any) -> None:
    collection.clear()
    collection.update(copied)


def _fill_array(array: np.ndarray[Any, Any], copied: Any) -> None:
    if array.flags.writeable:
        array[...] = copied


def _wind_back(generator: np.random.Generator, state: Any) -> None:
    generator.bit_generator.state = state


#: An object of a user's own class, whose attributes are what is in it.
OWN = Kind(
    (SimpleNamespace,),
    lambda one: dict(vars(one)),
    lambda one, copied: _fill(vars(one), copied),
    dict.values,
)

KINDS = (
    Kind((list, deque), list, _fill_sequence, iter),
    Kind((dict,), dict, _fill, dict.values),
    Kind((set,), set, _fill),
    Kind((np.ndarray,), np.copy, _fill_array),
    Kind((np.random.Generator,), lambda one: one.bit_generator.state, _wind_back),
    Kind((np.random.RandomState,), lambda one: one.get_state(), lambda one, s: one.set_state(s)),
    Kind((random.Random,), lambda one: one.getstate(), lambda one, s: one.setstate(s)),
    OWN,
)

#: What nothing is in, or too much to copy.
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type, ModuleType, np.memmap)

#: Modules whose objects are no user's own: threads, files and the like are left alone.
_NOT_OWN = sys.stdlib_module_names | {"nnlite"}

#: And where those lie that were installed.
_INSTALLED = ("site-packages", "dist-packages")


class Contents:
    """What some objects hold, and all that is in that, as it is now.

    Parameters
    ----------
    objects : objects with attributes
    left : list of arrays
        Which stay as they are.
    """

    def __init__(self, objects: Iterable[Any], left: Iterable[Any] = ()) -> None:
        self._left = [*left]  # so that no id is given again
        self._kept = [(one, OWN, OWN.taken(one)) for one in objects]
        self._seen = {id(one) for one in self._left} | {id(one) for one, _, _ in self._kept}
        for _, _, attributes in [*self._kept]:
            self._kept += self._found(attributes.values())

    def restore(self) -> None:
        """Give back what was held."""
        for value, kind, copied in self._kept:
            kind.given(value, copied)

    def _found(self, values: Iterable[Any]) -> Iterator[tuple[Any, Kind, Any]]:
        todo = [*values]
        while todo:
            value = todo.pop()
            if isinstance(value, tuple):
                if type(value) is tuple or _is_own(type(value)):
                    todo += value
                continue
            kind = _kind_of(value)
            if kind is None or id(value) in self._seen:
                continue
            self._seen.add(id(value))
            copied = kind.taken(value)
            todo += kind.inside(copied)
            yield value, kind, copied


def _kind_of(value: Any) -> Kind | None:
    if isinstance(value, _PLAIN):
        return None
    for kind in KINDS:
        if isinstance(value, kind.types):
            return kind
    return OWN if hasattr(value, "__dict__") and _is_own(type(value)) else None


def _is_own(cls: type) -> bool:
    """Whether a class is a user's own, from a script or a project that is worked on."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    installed = any(folder in file for folder in _INSTALLED)
    return not installed and cls.__module__.partition(".")[0] not in _NOT_OWN
