"""The most that this machine can compute: float32 multiply-adds and nothing else."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .. import _kernels

#: Seconds that one measurement takes, and how many are made. The best one counts: many short ones,
#: so that in one of them no other program had a core.
SECONDS, ATTEMPTS = 0.01, 50


@dataclass(frozen=True)
class Peak:
    """FLOPs a second of one core, and of all that this process may use."""

    instructions: str
    cores: int
    one: float
    all: float

    def __str__(self) -> str:
        return (
            f"{self.one / 1e9:.0f} GFLOP/s on one core, {self.all / 1e9:.0f} GFLOP/s on "
            f"{self.cores} ({self.instructions}, float32 multiply-adds)"
        )


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def measure() -> Peak | None:
    """Measure the peak; None without the compiled kernels."""
    if _kernels.compiled_error is not None:
        return None
    loop = importlib.import_module("nnlite._kernels.peak")
    began = time.perf_counter()
    loop.multiply_add(1_000_000)
    loops = max(1, int(1_000_000 * SECONDS / (time.perf_counter() - began)))
    one, every = (
        max(_rate(loop.multiply_add, loops, threads) for _ in range(ATTEMPTS))
        for threads in (1, cores())
    )
    return Peak(loop.instructions(), cores(), one, every)


def _rate(multiply_add: Callable[[int], int], loops: int, threads: int) -> float:
    """Return the FLOPs a second of some threads that begin together, until the last one ends."""
    start = threading.Barrier(threads)

    def work(_: int) -> tuple[int, float, float]:
        start.wait()
        began = time.perf_counter()
        flops = multiply_add(loops)
        return flops, began, time.perf_counter()

    with ThreadPoolExecutor(threads) as pool:
        flops, began, ended = zip(*pool.map(work, range(threads)), strict=True)
    return sum(flops) / (max(ended) - min(began))
