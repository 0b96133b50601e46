"""Activation functions, by name: what a layer applies to its sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from .errors import NoValuesError
from .ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    silu,
    soft_shrink,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from .out_of_scope import watch
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


def exponential(x: Any) -> Tensor:
    """y = eˣ, for each x."""
    return ops.exp(x)


def gelu(x: Any, approximate: bool = False) -> Tensor:
    """y = x (1 + erf(x / √2)) / 2, or about that, x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    The second with `approximate`. Hendrycks and Gimpel, "Gaussian error linear units", 2016.
    """
    return ops.gelu(x, approximate=approximate)


def mish(x: Any) -> Tensor:
    """y = x tanh(ln(1 + eˣ)).

    Misra, "Mish: a self regularized non-monotonic activation function", 2019.
    """
    return ops._mish(x)


def relu(
    x: Any,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Tensor:
    """y = max(x, 0).

    With other arguments y = x above the threshold, at most max_value, and below the threshold
    negative_slope (x - threshold).

    Parameters
    ----------
    x : array-like, Tensor or symbolic tensor
    negative_slope : float
    max_value : float, optional
        No limit by default.
    threshold : float
    """
    if max_value is not None or threshold != 0:
        return ops._rectified(
            x, negative_slope=negative_slope, max_value=max_value, threshold=threshold
        )
    return ops.leaky_relu(x, negative_slope=negative_slope) if negative_slope else ops.relu(x)


def softmax(x: Any, axis: Any = -1) -> Tensor:
    """y_c = e^x_c / Σ e^x_k along an axis, or several as one.

    Along the last axis the result remembers x as its logits, from which a cross-entropy is
    computed without the rounding of the probabilities (and with a simpler gradient).
    """
    logits = linear(x)
    y = ops.softmax(logits, axis=axis)
    if isinstance(y, Tensor) and axis in (-1, y.ndim - 1):
        y.logits = _source(logits, y)
    return y


def _source(x: Tensor, y: Tensor) -> Tensor:
    """Return x for its result y to remember; without the tape where y is not on it."""
    return x if y.requires_grad else Tensor(x, requires_grad=False)


def hard_sigmoid_of_keras_2(x: Any) -> Any:
    """y = 0.2 x + 0.5, but at least 0 and at most 1: what Keras 2 meant by "hard_sigmoid".

    Models that it has written are read with it. In a file for Keras 3, which has no name for it, it
    stands by this one.
    """
    return ops.clip(ops.add(ops.multiply(linear(x), 0.2), 0.5), 0.0, 1.0)


swish, hard_swish = silu, hard_silu

registry: Registry[Callable[[Any], Tensor]] = Registry(
    "activation",
    [
        celu,
        elu,
        exponential,
        gelu,
        glu,
        hard_shrink,
        hard_sigmoid,
        hard_sigmoid_of_keras_2,
        hard_silu,
        hard_tanh,
        leaky_relu,
        linear,
        log_sigmoid,
        log_softmax,
        mish,
        relu,
        relu6,
        selu,
        sigmoid,
        silu,
        soft_shrink,
        softmax,
        softplus,
        softsign,
        sparse_plus,
        sparse_sigmoid,
        sparsemax,
        squareplus,
        tanh,
        tanh_shrink,
        threshold,
    ],
    aliases={"swish": "silu", "hard_swish": "hard_silu"},
)


def get(identifier: Any) -> Callable[[Any], Tensor]:
    """Return the activation that an identifier stands for; None is `linear`.

    Parameters
    ----------
    identifier : str, function, layer, dict or None
        A layer is an activation too, as an object, or as what `serialize` made of it.
    """
    return linear if identifier is None else registry.get(identifier)


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get

watch(__name__)
