"""Activation functions, by name: what a layer applies to its sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .errors import NoValuesError
from .ops import relu, tanh
from .registry import Registry, describe
from .tensor import Tensor


def linear(x: Any) -> Tensor:
    """y = x."""
    try:
        return x if isinstance(x, Tensor) else Tensor(x)
    except NoValuesError as symbolic:
        return symbolic.tensor


def sigmoid(x: Any) -> Tensor:
    """y = 1 / (1 + e⁻ˣ).

    The result remembers x as its log-odds, from which a binary cross-entropy is computed without
    the rounding of the probability (and with a simpler gradient).
    """
    log_odds = linear(x)
    y = ops.sigmoid(log_odds)
    if isinstance(y, Tensor):
        y.log_odds = _source(log_odds, y)
    return y


def softmax(x: Any) -> Tensor:
    """y_c = e^x_c / Σ e^x_k along the last axis.

    The result remembers x as its logits, from which a cross-entropy is computed without the
    rounding of the probabilities (and with a simpler gradient).
    """
    logits = linear(x)
    y = ops.softmax(logits)
    if isinstance(y, Tensor):
        y.logits = _source(logits, y)
    return y


def _source(x: Tensor, y: Tensor) -> Tensor:
    """Return x for its result y to remember; without the tape where y is not on it."""
    return x if y.requires_grad else Tensor(x, requires_grad=False)


registry: Registry[Callable[[Any], Tensor]] = Registry(
    "activation", [linear, relu, sigmoid, tanh, softmax]
)


def get(identifier: Any) -> Callable[[Any], Tensor]:
    """Return the activation that a name or function stands for; None is `linear`."""
    return linear if identifier is None else registry.get(identifier)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get
