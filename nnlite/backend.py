"""The few functions of `keras.backend` that books use."""

from __future__ import annotations

from typing import Any

import numpy as np

from .config import epsilon, floatx, set_epsilon, set_floatx
from .naming import clear_session
from .out_of_scope import watch
from .tensor import Array, Parameter, raw

__all__ = [
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "set_epsilon",
    "set_floatx",
    "set_value",
]


def get_value(x: Any) -> Array:
    """Return a copy of the values of x: a weight, a tensor or an optimizer's number."""
    return np.array(raw(x))


def set_value(x: Parameter, value: Any) -> None:
    """Write `value` into x: a weight, or an optimizer's number, as the learning rate.

    Raises
    ------
    TypeError
        Where `x` cannot be written to.
    """
    if not isinstance(x, Parameter):
        raise TypeError(
            "backend.set_value writes into a weight or an optimizer's number, such as "
            f"optimizer.learning_rate; got {type(x).__name__}"
        )
    x.assign(value)


watch(__name__)
