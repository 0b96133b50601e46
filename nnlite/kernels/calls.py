"""One call of a function beside that of a kernel's numpy twin: how far apart the results lie."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..tensor import Array
from .report import ALLOWED
from .samples import copies, sides
from .specification import twin

#: How many bytes lie before and behind each array, and what they hold.
FENCE, FENCED = 64, 0xA5


class Call:
    """A call of a function on arguments of its own, all arrays between fences.

    Parameters
    ----------
    name : str
        The kernel's.
    arguments : dict
        By their names, in the order of the kernel.
    source : str
        Which array `out` is, where the kernel works in place.

    Attributes
    ----------
    expected : bool
        Whether the twin takes such a call at all.
    """

    def __init__(self, name: str, arguments: Mapping[str, Any], source: str = "") -> None:
        reads, writes = sides(name)
        self.before = {**arguments, "out": arguments[source]} if source else arguments
        self.written = [key for key in writes if arguments[key] is not None]
        self.read = [k for k in reads if k not in writes and k != source and k in arguments]
        self.right = copies(self.before)
        try:
            twin(name)(**self.right)
        except (ValueError, IndexError):
            self.expected = False
        else:
            self.expected = True
        self.rooms = {k: _room(v) for k, v in arguments.items() if isinstance(v, np.ndarray)}
        if source:
            self.rooms["out"] = self.rooms[source]
        self.found = {k: _inside(room, self.before[k]) for k, room in self.rooms.items()}
        for key in self.rooms.keys() & self.read:
            self.found[key].flags.writeable = False
        self.returned: Any = None
        self.raised: Exception | None = None

    def run(self, function: Callable[..., Any]) -> None:
        """Call a function, and note what it returns or raises."""
        given = [self.found[k][...] if k in self.found else v for k, v in self.before.items()]
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # as of the mean of nothing
                self.returned = function(*given)
        except Exception as error:  # whatever a user's function may do
            self.raised = error
        self.shapes = [np.shape(one) for one in given]

    def outcome(self, dtype: str) -> tuple[float, str]:
        """Return how far the results lie from the twin's now, and what is wrong."""
        if not self.expected:
            return 0.0, ""  # nothing that a kernel has to take
        trespass = next(self._trespasses(), "")
        if self.raised is not None or trespass:
            return math.inf, trespass or raised(self.raised, self.read)
        worst, finding = 0.0, ""
        for key in self.written:
            apart = distance(self.found[key], self.right[key], dtype)
            worst = max(worst, float(apart.max(initial=0)))
            if not finding and (apart > ALLOWED).any():
                finding = self._difference(key, apart)
        return worst, finding

    def _trespasses(self) -> Iterator[str]:
        """Yield what a function has done to memory that is not its own."""
        for key, room in self.rooms.items():
            if (room[:FENCE] != FENCED).any() or (room[-FENCE:] != FENCED).any():
                yield f"it writes beyond the ends of {key}"
        for key in self.rooms.keys() & self.read:
            if not np.array_equal(self.found[key], self.before[key], equal_nan=True):
                yield f"it changes {key}, which a kernel only reads"
        for (key, value), shape in zip(self.before.items(), self.shapes, strict=True):
            if shape != np.shape(value):
                yield f"it gives {key} another shape, {shape}"

    def _difference(self, key: str, apart: Array) -> str:
        found, right = self.found[key], self.right[key]
        if np.array_equal(found, self.before[key], equal_nan=True):
            if self.returned is not None:
                return (
                    f"{key} is not written; the result is returned, but belongs into "
                    f"{key}[...] = ..."
                )
            return f"{key} is not written: does the function end in {key}[...] = ...?"
        place = np.unravel_index(int(apart.argmax()), apart.shape)
        element = ", ".join(map(str, map(int, place)))
        return f"{key}[{element}] is {found[place]:.8g}, the twin's {right[place]:.8g}"


def _room(array: Array) -> Array:
    """Return bytes for an array and two fences."""
    return np.full(array.nbytes + 2 * FENCE, FENCED, np.uint8)


def _inside(room: Array, array: Array) -> Array:
    """Return an array with the numbers of another, between the fences of a room."""
    inside = room[FENCE : FENCE + array.nbytes].view(array.dtype).reshape(array.shape)
    inside[...] = array
    return inside


def distance(found: Array, expected: Array, dtype: str) -> Array:
    """Return by how many roundings two arrays differ: of 1, or of what is larger than 1."""
    if expected.dtype.kind != "f":
        return np.where(found == expected, 0.0, np.inf)
    with np.errstate(all="ignore"):
        apart = np.abs(found.astype(np.float64) - expected)
        roundings = apart / (np.finfo(dtype).eps * np.maximum(1, np.abs(expected)))
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isfinite(roundings), roundings, np.inf))


def raised(error: Exception | None, read: list[str]) -> str:
    """Say what a function has raised, and why, if it has written into what it is to read."""
    text = f"it raises {type(error).__name__}: {error}"
    if read and "read-only" in str(error):
        return f"{text}; a kernel only reads {', '.join(sorted(read))}"
    return text
