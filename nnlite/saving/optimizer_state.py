"""The state of an optimizer in a file: which array is which, in the order of each generation.

| written by | order |
| --- | --- |
| Keras 3 | iteration, learning rate (not with a schedule), then the slots, weight by weight |
| Keras 2 | the same without the learning rate |
| Keras 2, legacy optimizers | iteration, then slot by slot: all first moments, all second ones |

An optimizer that has done no step may be there without slots. The newer SGD of Keras 2 writes slots
for a momentum that it does not have; these are passed by.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Model
from ..optimizers import Optimizer
from ..tensor import Parameter
from .errors import FileRefused
from .hdf5 import Dataset
from .weights import Match


def state_of(optimizer: Optimizer, model: Model) -> list[Parameter]:
    """Return what is written of an optimizer: its state for the weights that the model trains.

    In the model's order, so that it fits whatever is made of the file. What is kept for weights
    that are frozen by now is left out.
    """
    return optimizer.variables_of(model.trainable_weights if optimizer.built else [])


def matches_of(
    optimizer: Optimizer,
    model: Model,
    arrays: Sequence[Dataset],
    file: str,
    place: str,
    by_slot: bool = False,
) -> list[Match]:
    """Match the arrays of a file with the state of an optimizer, which is made where it is missing.

    Parameters
    ----------
    optimizer : Optimizer
    model : Model
        Whose weights it trains.
    arrays : sequence of Dataset
        In the order of the file.
    file, place : str
        Where they stand.
    by_slot : bool
        Whether they are in the order of the legacy optimizers of Keras 2.

    Raises
    ------
    FileRefused
        Where their number fits no order.
    """
    weights = model.trainable_weights
    head = optimizer.variables_of([])
    if len(arrays) > len(head) or _ends_in_slot(arrays, head):
        optimizer.build(weights)
        slots = optimizer.variables_of(weights, by_slot)[len(head) :]
    else:
        slots = []
    if not slots and len(arrays) == 1 + len(weights):
        arrays = arrays[:1]
    for variables in ([*head, *slots], [*head[:1], *slots]):  # with the learning rate, or without
        if len(variables) == len(arrays):
            return list(map(Match, variables, arrays))
    raise FileRefused(
        file, place,
        f"the state of {type(optimizer).__name__} for the weights of {model.name!r} is "
        f"{len(head) + len(slots)} arrays, and here are {len(arrays)}; without it the model is "
        "read by load_model(..., compile=False)",
    )  # fmt: skip


def _ends_in_slot(arrays: Sequence[Dataset], head: list[Parameter]) -> bool:
    """Whether what could be iteration and learning rate by its number is iteration and a slot."""
    return len(arrays) == len(head) and arrays[-1].shape != head[-1].shape
