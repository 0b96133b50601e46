"""What is done to a recorded step before it is replayed: the same bits, with less work."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _kernels
from .tensor import Array

#: A kernel's name and its arguments.
Call = tuple[str, tuple[Any, ...]]


def owner_of(array: Array) -> Array:
    """Return the array that owns the memory which `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def fused(calls: list[Call]) -> list[Call]:
    """Let the kernel of a dense layer be updated while its gradient is in registers.

    Where an update reads a gradient that dense_backward_kernel has written, and nothing else reads
    it, both become one call in the update's place; its bits are the same. Nothing in between
    writes x or dz, since a recorded step gives every result an array of its own.
    """
    producers = {
        id(owner_of(arguments[2])): place
        for place, (kernel, arguments) in enumerate(calls)
        if kernel == "dense_backward_kernel"
    }
    readers = [
        id(owner_of(arguments[place]))
        for kernel, arguments in calls
        for place in _kernels.reads_and_writes(kernel)[0]
        if arguments[place] is not None
    ]
    result: list[Call | None] = list(calls)
    for place, (kernel, arguments) in enumerate(calls):
        gradient = id(owner_of(arguments[1])) if kernel.endswith("_update") else None
        if f"dense_{kernel}" not in _kernels.KERNELS or gradient not in producers:
            continue
        if readers.count(gradient) == 1:
            x, dz, product = calls[producers[gradient]][1]
            weight, _, *rest = (
                value.reshape(product.shape) if np.ndim(value) == 1 else value
                for value in arguments
            )
            result[place] = (f"dense_{kernel}", (x, dz, weight, *rest))
            result[producers[gradient]] = None
    return [call for call in result if call is not None]
