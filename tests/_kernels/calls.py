"""Valid calls of every kernel, made from its specification, for the tests of this folder."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnlite import _kernels
from nnlite._kernels import reference
from nnlite._kernels.door import Argument, parse

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

#: Kernels whose twins do the same operations in the same order: they agree bit for bit.
EXACT = {
    "accumulate_moments",
    "adadelta_update",
    "adafactor_vector_direction",
    "adagrad_update",
    "adam_update",
    "adamax_update",
    "argmax_rows",
    "average_update",
    "binary_accuracy",
    "categorical_accuracy",
    "clip",
    "clip_vjp",
    "combine",
    "count_between",
    "count_pairs",
    "elementwise_loss_vjp",
    "equal_share",
    "extreme_of_tiles",
    "extreme_vjp",
    "fill",
    "ftrl_update",
    "gather_rows",
    "ignore_labels",
    "in_top_k",
    "insert_columns",
    "keep_top_k",
    "l1_l2_penalty_vjp",
    "lamb_direction",
    "lamb_rate",
    "limit_norm",
    "lion_update",
    "mark_largest",
    "mask_fill",
    "moving_average_update",
    "nadam_update",
    "random_mask",
    "random_uniform",
    "relu_forward",
    "relu_vjp",
    "rmsprop_update",
    "scale",
    "sgd_momentum_update",
    "sgd_nesterov_update",
    "sgd_update",
    "sigmoid_vjp",
    "signed_labels",
    "sparse_categorical_accuracy",
    "take_columns",
    "take_rows",
    "take_rows_vjp",
    "tanh_vjp",
    "tile",
    "transform",
    "transpose_blocks",
    "weight_decay_update",
    "weighted_mean_vjp",
    "whole_numbers",
}


def sides(name: str) -> tuple[dict[str, Argument], dict[str, Argument]]:
    """The arrays that a kernel reads, and those that it writes, by name."""
    reads, writes = getattr(reference, name).specification.split("->")
    return {a.name: a for a in parse(reads)}, {a.name: a for a in parse(writes)}


def arrays_of(name: str) -> dict[str, Argument]:
    """All arrays of a kernel by name."""
    reads, writes = sides(name)
    return reads | {key: value for key, value in writes.items() if key not in reads}


def pairs_of_arrays() -> Iterator[tuple[str, str]]:
    """Every kernel with each of its arrays."""
    for name in _kernels.KERNELS:
        for argument in arrays_of(name):
            yield name, argument


def sample(
    name: str, dtype: Any = np.float64, sizes: Mapping[str, int] = SIZES, seed: int = 0
) -> dict[str, Any]:
    """Arguments for the kernel `name`: its arrays of random numbers within -3..3, and scalars.

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
    names = inspect.signature(getattr(reference, name)).parameters
    return {key: found.get(key, SCALARS.get(key)) for key in names}


def copies(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same arguments with arrays of their own."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in arguments.items()}


def run(table: str, name: str, arguments: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run a table's kernel on copies; the arrays that it wrote."""
    given = copies(arguments)
    _kernels._tables[table][name](**given)
    return {key: given[key] for key in sides(name)[1] if given[key] is not None}


def run_active(name: str, arguments: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run the kernel of the table in use."""
    return run(_kernels.active(), name, arguments)
