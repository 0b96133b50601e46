"""Where all random streams are, as plain data: a training can go on with the same numbers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..interrupts import Uninterrupted
from . import seeds

#: How many numbers the Mersenne Twister keeps, which Python's and numpy's global generators are.
_TWISTER = 624


def get_state() -> dict[str, Any]:
    """Return the state of nnlite's streams, and of the global ones of numpy and Python.

    Returns
    -------
    dict
        Numbers, strings, and arrays of them.
    """
    shared = seeds._shared
    twister = np.random.get_state(legacy=False)  # noqa: NPY002, the user's code may draw from it
    assert isinstance(twister, dict)
    return {
        "seed": seeds._seed,
        "streams": {name: state_of(one) for name, one in seeds._streams.items()},
        "shared": None if shared is None else shared.state.data.copy(),
        "numpy": twister,
        "python": _python_state(),
    }


def set_state(state: dict[str, Any]) -> None:
    """Put all streams where `get_state` found them.

    Raises
    ------
    ValueError
        For what is no such state; then nothing has been changed.
    """
    streams = {name: generator_at(one) for name, one in state["streams"].items()}
    twister = _checked_twister(state["numpy"])
    seeds._seed = state["seed"]
    for name, generator in streams.items():
        seeds.stream(name).bit_generator.state = generator.bit_generator.state
    if state["shared"] is not None:
        seeds.shared_generator().state.assign(state["shared"])
    np.random.set_state(twister)  # noqa: NPY002
    if state["python"] is not None:
        import random as python_random

        version, numbers, gauss = state["python"]
        python_random.setstate((version, tuple(map(int, numbers)), gauss))


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Put all streams back at the end, so that what is drawn inside the `with` was never drawn."""
    before, streams, shared = get_state(), dict(seeds._streams), seeds._shared
    try:
        yield
    finally:
        with Uninterrupted():
            seeds._streams.clear()  # also of those that are new
            seeds._streams.update(streams)
            seeds._shared = shared
            set_state(before)


def state_of(generator: np.random.Generator) -> dict[str, Any]:
    """Return the state of one generator as plain data."""
    return dict(generator.bit_generator.state)


def generator_at(state: dict[str, Any]) -> np.random.Generator:
    """Return a generator that draws what the one of this state would draw next.

    Raises
    ------
    ValueError
        For what is no state of a stream.
    """
    generator = np.random.Generator(np.random.PCG64(0))
    try:
        generator.bit_generator.state = state
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{state!r} is no state of a random stream") from error
    return generator


def _python_state() -> Any:
    """Return the state of Python's generator, where anybody has imported it."""
    module = sys.modules.get("random")
    if module is None:
        return None
    version, numbers, gauss = module.getstate()
    return [version, np.array(numbers, np.uint32), gauss]


def _checked_twister(state: dict[str, Any]) -> dict[str, Any]:
    """Refuse a place beyond the numbers, where numpy itself would read any memory."""
    inner = state["state"]
    if np.shape(inner["key"]) != (_TWISTER,) or not 0 <= inner["pos"] <= _TWISTER:
        raise ValueError("this is no state of numpy's global generator")
    return state
