"""What a profile has been told of: kernels, other pieces of work, and steps that were replayed."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..origins import Origin
from ..tensor import Array
from .flops import flops
from .table import Key


class Work(NamedTuple):
    """What a kernel call is for: where it counts in the table, and what it computes.

    Attributes
    ----------
    key : Key
    kernel : str
    flops : int
    """

    key: Key
    kernel: str
    flops: int


class Event(NamedTuple):
    """A piece of work that was done once.

    Attributes
    ----------
    name : str
    work : Work or None
        Of a kernel's call.
    part : str
    began, ended : int
        Nanoseconds, as `time.perf_counter_ns` counts them.
    about : dict
        What else there is to say.
    """

    name: str
    work: Work | None
    part: str
    began: int
    ended: int
    about: dict[str, Any]


class Replay(NamedTuple):
    """Steps that were replayed.

    Attributes
    ----------
    first : int
        The number of the first one of them.
    work : list of Work
        Of each kernel call of a step.
    readings : (steps, calls + 1) int64 array
        When a step's first call began, and when each of its calls ended.
    """

    first: int
    work: list[Work]
    readings: Array


def work_of(kernel: str, arguments: tuple[Any, ...], origins: tuple[Origin, ...]) -> Work:
    """Say what a kernel call is for."""
    (part, layer), *others = origins
    updates = any(other.part == "optimizer" for other in others)
    return Work(Key(part, layer, updates=updates), kernel, flops(kernel, arguments))
