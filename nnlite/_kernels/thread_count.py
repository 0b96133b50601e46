"""How many threads a kernel may be asked to use: the default, and what is refused."""

from __future__ import annotations

import operator
import os
from typing import Any

VARIABLE = "NNLITE_NUM_THREADS"

#: As in `threads.h`.
MOST_THREADS = 256


def checked(count: Any, name: str) -> int:
    """Return `count` as an int.

    Raises
    ------
    TypeError
        Where it is not an integer.
    ValueError
        Where it is not from 1 to `MOST_THREADS`.
    """
    try:
        number = None if isinstance(count, bool) else operator.index(count)
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} must be an integer, not {type(count).__name__}")
    if not 1 <= number <= MOST_THREADS:
        raise ValueError(f"{name} must be from 1 to {MOST_THREADS}, got {number}")
    return number


def default() -> int:
    """Return NNLITE_NUM_THREADS, or else the number of cores that this process may use."""
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
        cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
        return min(cores, MOST_THREADS)
    try:
        return checked(int(given), VARIABLE)
    except ValueError:
        raise ValueError(
            f"the environment variable {VARIABLE} must be from 1 to {MOST_THREADS}, not {given!r}"
        ) from None
