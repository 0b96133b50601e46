"""Optimizers: how gradients change the weights."""

from __future__ import annotations

from typing import Any

from ..out_of_scope import watch
from ..registry import Registry, describe
from . import schedules
from .adafactor import Adafactor
from .adagrad import Adadelta, Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax, Nadam
from .base import Optimizer
from .ftrl import Ftrl
from .lamb import Lamb
from .lion import Lion
from .rmsprop import RMSprop
from .sgd import SGD

_OPTIMIZERS: list[type[Optimizer]] = [
    *(Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Nadam, RMSprop, SGD),
]

registry: Registry[Optimizer] = Registry(
    "optimizer", _OPTIMIZERS, aliases={cls.__name__.lower(): cls.__name__ for cls in _OPTIMIZERS}
)


def get(identifier: Any) -> Optimizer:
    """Return the optimizer that `identifier` is: a name, configuration, class or instance.

    Raises
    ------
    ValueError
        For an unknown name.
    TypeError
        For what is neither a name, a config nor an optimizer.
    """
    found = registry.get(identifier)
    if not isinstance(found, Optimizer):
        raise TypeError(
            f"An optimizer is given by its name or an instance, such as 'sgd' or SGD(0.01); "
            f"got {identifier!r}"
        )
    return found


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get

watch(__name__)
