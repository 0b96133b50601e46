"""Calls of every kernel, and which of them agree to the bit, for the tests of this folder."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnlite import _kernels
from nnlite.kernels.samples import SIZES, arrays_of, copies, sample, sides

__all__ = [
    "EXACT",
    "SIZES",
    "arrays_of",
    "copies",
    "pairs_of_arrays",
    "run",
    "run_active",
    "sample",
    "sides",
]

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


def pairs_of_arrays() -> Iterator[tuple[str, str]]:
    """Every kernel with each of its arrays."""
    for name in _kernels.KERNELS:
        for argument in arrays_of(name):
            yield name, argument


def run(table: str, name: str, arguments: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run a table's kernel on copies; the arrays that it wrote."""
    given = copies(arguments)
    _kernels._tables[table][name](**given)
    return {key: given[key] for key in sides(name)[1] if given[key] is not None}


def run_active(name: str, arguments: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run the kernel of the table in use."""
    return run(_kernels.active(), name, arguments)
