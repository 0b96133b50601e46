"""Activation functions, by name: what a layer applies to its sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .errors import NoValuesError
from .ops import relu, sigmoid, tanh
from .registry import Registry, describe
from .tensor import Tensor


def linear(x: Any) -> Tensor:
    """y = x."""
    try:
        return x if isinstance(x, Tensor) else Tensor(x)
    except NoValuesError as symbolic:
        return symbolic.tensor


def softmax(x: Any) -> Tensor:
    """y_c = e^x_c / Σ e^x_k along the last axis.

    The result remembers x as its logits, from which a cross-entropy is computed without the
    rounding of the probabilities (and with a simpler gradient).
    """
    logits = linear(x)
    y = ops.softmax(logits)
    if isinstance(y, Tensor):
        y.logits = logits if y.requires_grad else Tensor(logits, requires_grad=False)
    return y


registry: Registry[Callable[[Any], Tensor]] = Registry(
    "activation", [linear, relu, sigmoid, tanh, softmax]
)


def get(identifier: Any) -> Callable[[Any], Tensor]:
    """Return the activation that a name or function stands for; None is `linear`."""
    return linear if identifier is None else registry.get(identifier)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
