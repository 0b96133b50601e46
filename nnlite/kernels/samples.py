"""Valid calls of every kernel, made from its specification: what kernels are tried on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._kernels import reference
from .._kernels.door import Argument, parse
from ..signatures import parameters_of

#: The numbers and names that kernels take beside arrays.
SCALARS = {
    "a": 0.75,
    "activation": "relu",
    "b": 1.25,
    "beta": 0.2,
    "beta_1": 0.9,
    "beta_2": 0.99,
    "beta_2_decay": -0.8,
    "c": 0.5,
    "clip_threshold": 0.5,
    "curve": "elu",
    "direction_squares": 40.0,
    "epsilon": 1e-3,
    "factor": 0.7,
    "formula": "squared",
    "function": "abs",
    "high": 4.0,
    "ignored": 1,
    "k": 2,
    "kept": 2.0,
    "l1": 0.03,
    "l2": 0.02,
    "l2_shrinkage": 0.04,
    "learning_rate": 0.1,
    "learning_rate_power": -0.5,
    "least": 0.02,
    "limit": 0.4,
    "low": 2.5,
    "mean": -0.5,
    "moments": "batch",
    "momentum": 0.9,
    "most": 0.97,
    "negative": 1.0,
    "operation": "maximum",
    "parameter": 0.75,
    "positive": 1.0,
    "product": 0.4,
    "rate": 0.75,
    "rho": 0.8,
    "size": 11,
    "spread": "variance",
    "start": 0,
    "stddev": 1.5,
    "step": 3,
    "threshold": 0.5,
    "tiny": 0.5,
    "value": 1.5,
    "weight_decay": 0.05,
    "weight_squares": 30.0,
}

#: An extent for every letter of the specifications, no two alike.
SIZES = {"B": 5, "I": 7, "O": 6, "C": 4, "N": 11, "L": 3, "T": 8}

#: What is never negative: targets, weights, and what is below a root.
POSITIVE = frozenset(
    {
        "accumulator",
        "columns",
        "largest_v",
        "rows",
        "squared_steps",
        "targets",
        "v",
        "variance",
        "weights",
    }
)


def sides(name: str) -> tuple[dict[str, Argument], dict[str, Argument]]:
    """Return the arrays that a kernel reads, and those that it writes, by name."""
    reads, writes = getattr(reference, name).specification.split("->")
    return {a.name: a for a in parse(reads)}, {a.name: a for a in parse(writes)}


def arrays_of(name: str) -> dict[str, Argument]:
    """Return all arrays of a kernel by name."""
    reads, writes = sides(name)
    return reads | {key: value for key, value in writes.items() if key not in reads}


def sample(
    name: str, dtype: Any = np.float64, sizes: Mapping[str, int] = SIZES, seed: int = 0
) -> dict[str, Any]:
    """Return arguments for the kernel `name`: arrays of random numbers within -3..3, and scalars.

    What the specification does not say: targets, weights and means of squares are positive, labels
    and indices lie in range (so there must be classes and rows to choose from).
    """
    random = np.random.default_rng(seed)
    if name.endswith("_columns"):  # what is a part of a row is no longer than the row
        sizes = {**sizes, "O": min(sizes["O"], sizes["I"])}
    if name.endswith(("tile", "tiles")):  # whole tiles make a row
        least = 1 if name == "extreme_of_tiles" else 0
        sizes = {**sizes, "O": max(least, sizes["O"]) * sizes["I"]}
    if name == "transpose_blocks":  # B matrices
        sizes = {**sizes, "B": sizes["B"] * sizes["I"], "N": sizes["B"] * sizes["O"]}
    sizes = {"L": SIZES["L"], "T": SIZES["T"], **sizes}
    sizes["U"] = 2 * sizes["T"] + 2  # columns of what lies between T thresholds
    found: dict[str, Any] = {}
    for key, argument in arrays_of(name).items():
        shape = tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in argument.axes)
        if key in ("labels", "kept", "indices"):
            found[key] = random.integers(0, sizes["N" if key == "indices" else "C"], shape)
        elif key == "seed_state":  # any bits, the highest too
            found[key] = random.integers(-(2**63), 2**63, shape)
        elif key == "state":
            found[key] = random.uniform(0, 3, shape)
        elif key == "thresholds":
            found[key] = np.sort(random.uniform(-3, 3, shape))
        elif key in POSITIVE:
            found[key] = random.uniform(0, 3, shape).astype(dtype)
        elif key == "average":  # its square is mostly below the mean of squares, v
            found[key] = random.uniform(-1, 1, shape).astype(dtype)
        else:
            found[key] = random.uniform(-3, 3, shape).astype(dtype)
    names = parameters_of(getattr(reference, name)).names
    return {key: found.get(key, SCALARS.get(key)) for key in names}


def copies(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same arguments with arrays of their own."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in arguments.items()}
