"""The door of the numpy kernels: one line per kernel says which arrays fit together.

    @door("x[B,I] w[I,O] b[O]? -> out[B,O]")

reads: `x` and `w` share the axis I, `b` may be None, and `out` is written. Every array named before
the arrow is read, every one after it is written, so it must be writeable, C-contiguous and must
share no memory with the arrays that are read, unless it is named on both sides (then the kernel
works in place). The compiled kernels check the same things
in Cython and raise the same exceptions.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..signatures import parameters_of


class Argument(NamedTuple):
    """What a door says of one array: its name, its axes, and whether it may be None."""

    name: str
    axes: tuple[str, ...]
    optional: bool


def parse(side: str) -> list[Argument]:
    """Read one side of a door's specification."""
    found = re.findall(r"(\w+)\[([\w,.]*)\](\??)", side)
    return [
        Argument(name, tuple(filter(None, axes.split(","))), mark == "?")
        for name, axes, mark in found
    ]


def door(specification: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Check a kernel's arrays against `specification` before it runs.

    Raises
    ------
    TypeError
        Where an argument is not an array, is missing, or is one too many.
    ValueError
        Where the axes do not agree, or a result cannot be written; shapes are in the message.
    """
    reads, writes = (parse(side) for side in specification.split("->"))
    read_names = {argument.name for argument in reads}

    def decorate(kernel: Callable[..., None]) -> Callable[..., None]:
        names = parameters_of(kernel).names

        @functools.wraps(kernel)
        def checked(*args: Any, **kwargs: Any) -> None:
            given = dict(zip(names, args, strict=False), **kwargs)
            if len(args) + len(kwargs) != len(names) or any(name not in given for name in names):
                raise TypeError(f"{kernel.__name__} takes the arguments {', '.join(names)}")
            sizes: dict[str, Any] = {}
            for argument in [*reads, *writes]:
                _check_axes(kernel.__name__, argument, given[argument.name], sizes)
            for argument in writes:
                sources = [given[a.name] for a in reads if argument.name not in read_names]
                _check_result(kernel.__name__, argument, given[argument.name], sources)
            with np.errstate(all="ignore"):  # inf and NaN propagate in silence, as compiled
                kernel(*args, **kwargs)

        checked.specification = specification  # type: ignore[attr-defined]
        return checked

    return decorate


def _check_axes(kernel: str, argument: Argument, array: Any, sizes: dict[str, Any]) -> None:
    if array is None and argument.optional:
        return
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"{kernel}: {argument.name} must be a numpy array, not {type(array).__name__}"
        )
    if array.ndim != len(argument.axes):
        raise ValueError(
            f"{kernel}: {argument.name} must have the axes [{', '.join(argument.axes)}], "
            f"got the shape {array.shape}"
        )
    for axis, size in zip(argument.axes, array.shape, strict=True):
        expected = int(axis) if axis.isdigit() else sizes.setdefault(axis, size)
        if size != expected:
            raise ValueError(
                f"{kernel}: axis {axis} of {argument.name} must be {expected}, "
                f"got the shape {array.shape}"
            )


def _check_result(kernel: str, argument: Argument, array: np.ndarray, sources: list[Any]) -> None:
    if array is None:
        return
    if not array.flags.writeable or not array.flags.c_contiguous:
        raise ValueError(f"{kernel}: {argument.name} must be a writeable, C-contiguous array")
    if any(isinstance(s, np.ndarray) and np.may_share_memory(array, s) for s in sources):
        raise ValueError(f"{kernel}: {argument.name} shares memory with an array that is read")
