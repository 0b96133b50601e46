"""The table of faults: what each is, how it is planted, and which check is to find it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .. import _kernels, random, tape
from ..kernels.overriding import override
from . import engine_faults
from . import kernel_faults as wrong


class Fault(NamedTuple):
    """A fault that can be planted.

    Attributes
    ----------
    name : str
    place : str
        The kernel, or the function of the engine, that is wrong.
    function : function
        What runs in its place; its docstring says what it does, and what would be right.
    found_by : "gradients", "updates" or "twin"
        Which check has to find it.
    module : module or None
        Where the function stands, if it is no kernel.
    where : str
        In which ops and layers it shows, where that does not follow from the kernel.
    """

    name: str
    place: str
    function: Callable[..., Any]
    found_by: str
    module: Any = None
    where: str = ""

    def plant(self) -> Any:
        """Return a context with the fault in the engine."""
        if self.module is None:
            return override(self.place, self.function, check=False)
        return patched(self.module, self.place, self.function)

    @property
    def full_place(self) -> str:
        """The place with its module."""
        return self.place if self.module is None else f"{self.module.__name__}.{self.place}"


@contextlib.contextmanager
def patched(module: Any, name: str, value: Any) -> Iterator[None]:
    """Let a module's name stand for something else; steps stay on the tape meanwhile."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        with _kernels.unreplayed():
            yield
    finally:
        setattr(module, name, before)


#: Name, kernel and what runs in its place.
Row = tuple[str, str, Callable[..., Any]]

GRADIENTS: tuple[Row, ...] = (
    ("transposed product", "dense_backward_kernel", wrong.transposed_product),
    ("operand not transposed", "dense_backward_input", wrong.untransposed_operand),
    ("bias not summed", "dense_backward_bias", wrong.last_sample_only),
    ("missing mask", "relu_vjp", wrong.no_mask),
    ("stale buffer", "relu_vjp", wrong.StaleMask()),
    ("factor left out", "sigmoid_vjp", wrong.no_own_output),
    ("sign", "tanh_vjp", wrong.turned_slope),
    ("diagonal of the Jacobian", "softmax_vjp", wrong.diagonal_only),
    ("missing 1/B", "weighted_mean_vjp", wrong.sum_for_mean),
    ("label off by one", "sparse_softmax_crossentropy_vjp", wrong.next_label),
    ("overwritten instead of added", "take_rows_vjp", wrong.overwritten_rows),
    ("moments taken for constants", "normalize_columns_vjp", wrong.given_moments),
    ("mean taken for a constant", "normalize_rows_vjp", wrong.unmoved_mean),
    ("factor 2 of the square", "l1_l2_penalty_vjp", wrong.half_penalty),
)

UPDATES: tuple[Row, ...] = (
    ("momentum off by one", "sgd_momentum_update", wrong.late_velocity),
    ("Nesterov without looking ahead", "sgd_nesterov_update", wrong.not_ahead),
    ("bias correction off by one", "adam_update", wrong.next_step),
    ("shares exchanged", "rmsprop_update", wrong.exchanged_shares),
    ("decay without the rate", "weight_decay_update", wrong.decay_without_rate),
)

#: What no gradient shows: forward passes that are right for small numbers, and the data.
BESIDE_TWINS: tuple[Row, ...] = (
    ("no maximum subtracted", "softmax_forward", wrong.overflowing),
    ("samples off by one", "gather_rows", wrong.row_before),
)

#: The same of functions that are no kernels, with their modules, and where they show.
ENGINE: tuple[tuple[str, str, Callable[..., Any], Any, str], ...] = (
    ("broadcasting not undone", "unbroadcast", engine_faults.first_slice, tape, "ops.add"),
    ("branches not added up", "combined", engine_faults.last_branch, tape, "the exam's model"),
    ("dropout mask not fixed", "dropout", engine_faults.two_masks, random, "layers.Dropout"),
)

FAULTS = (
    *(Fault(*row, "gradients") for row in GRADIENTS),
    *(
        Fault(name, place, function, "gradients", module, where)
        for name, place, function, module, where in ENGINE
    ),
    *(Fault(*row, "updates") for row in UPDATES),
    *(Fault(*row, "twin") for row in BESIDE_TWINS),
)
