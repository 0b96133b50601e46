"""Optimizers: how gradients change the weights."""

from __future__ import annotations

from typing import Any

from ..registry import Registry, describe
from .adam import Adam
from .base import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

registry: Registry[Optimizer] = Registry(
    "optimizer", [Adam, RMSprop, SGD], aliases={"rmsprop": "RMSprop"}
)


def get(identifier: Any) -> Optimizer:
    """Return the optimizer that a name, configuration, class or instance stands for."""
    found = registry.get(identifier)
    if not isinstance(found, Optimizer):
        raise TypeError(
            f"An optimizer is given by its name or an instance, such as 'sgd' or SGD(0.01); "
            f"got {identifier!r}"
        )
    return found


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
