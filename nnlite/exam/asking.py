"""Questions: a fault by a number that does not tell which."""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from typing import Self

from .faults import FAULTS, Fault


def questions() -> range:
    """Return the numbers of the questions, from 1."""
    return range(1, len(FAULTS) + 1)


def question(number: int) -> _Planted:
    """Plant the fault of a number: `with nnlite.exam.question(3): ...`.

    It is in the engine for all threads, until the end of the `with`.

    Parameters
    ----------
    number : int
        One of `nnlite.exam.questions()`.

    Raises
    ------
    ValueError
        For another number.
    """
    return _Planted(fault_of(number))


def answer(number: int) -> str:
    """Return what the fault of a number is.

    Parameters
    ----------
    number : int

    Raises
    ------
    ValueError
        For another number than those of `nnlite.exam.questions()`.
    """
    fault = fault_of(number)
    return (
        f"Question {number}: {fault.name}, in {fault.full_place}.\n"
        f"What it was made to do: {fault.function.__doc__}"
    )


def fault_of(number: int) -> Fault:
    """Return the fault of a number; they are in no order that tells anything."""
    if number not in questions():
        raise ValueError(f"exam: the questions are 1 to {len(FAULTS)}, not {number!r}")
    return sorted(FAULTS, key=lambda fault: zlib.crc32(fault.name.encode()))[number - 1]


class _Planted(ExitStack):
    """A context with a fault in the engine, which does not tell it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def __enter__(self) -> Self:
        self.enter_context(self._fault.plant())
        return super().__enter__()
