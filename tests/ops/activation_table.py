"""What the activations are, by Python's arithmetic; see table.py."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ops.rows import each, logsumexp, rows_of, sigmoid, tanh


def softmax(row: list[float]) -> list[float]:
    return [math.exp(value - logsumexp(row)) for value in row]


def sparsemax(row: list[float]) -> list[float]:
    """The largest k that are all above the τ with which they alone would make 1."""
    ranked = sorted(row, reverse=True)
    taus = [(math.fsum(ranked[:k]) - 1) / k for k in range(1, len(row) + 1)]
    tau = max(tau for x, tau in zip(ranked, taus, strict=True) if x > tau)
    return [max(x - tau, 0) for x in row]


def gelu_by_tanh(x: float) -> float:
    return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: float) -> float:
    return x * sigmoid(x)


def hard_silu(x: float) -> float:
    return x * sorted([0.0, x / 6 + 0.5, 1.0])[1]


#: Activations that work element by element, with their own arguments.
CURVES: dict[str, Callable[[float], float]] = {
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "gelu": gelu_by_tanh,
    "hard_shrink": lambda x: x if math.fabs(x) > 0.5 else 0.0,
    "hard_sigmoid": lambda x: sorted([0.0, x / 6 + 0.5, 1.0])[1],
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
    "hard_tanh": lambda x: sorted([-1.0, x, 1.0])[1],
    "leaky_relu": lambda x: max(x, x / 5),
    "log_sigmoid": lambda x: math.log(sigmoid(x)),
    "relu6": lambda x: sorted([0.0, x, 6.0])[1],
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "silu": silu,
    "soft_shrink": lambda x: x - sorted([-0.5, x, 0.5])[1],
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "softsign": lambda x: x / (1 + math.fabs(x)),
    "sparse_plus": lambda x: x if x > 1 else (max(x, -1) + 1) ** 2 / 4,
    "sparse_sigmoid": lambda x: sorted([0.0, (x + 1) / 2, 1.0])[1],
    "squareplus": lambda x: (x + math.sqrt(x * x + 4)) / 2,
    "swish": silu,
    "tanh_shrink": lambda x: x - tanh(x),
}


def of_shifted(function: Callable[[float], float]) -> Callable[..., np.ndarray]:
    return each(lambda x: function(x + 1 / 16))


WITNESSES: dict[tuple[str, str], Callable[..., Any]] = {
    ("relu", ""): each(lambda x: x if x > 0 else 0.0),
    ("sigmoid", ""): each(sigmoid),
    ("tanh", ""): each(tanh),
    ("softmax", ""): rows_of(softmax),
    ("softmax", "two axes"): lambda x: np.moveaxis(
        [np.reshape(softmax(list(x[:, b].ravel())), x[:, b].shape) for b in range(x.shape[1])],
        0,
        1,
    ),
    ("log_softmax", ""): rows_of(lambda row: [x - logsumexp(row) for x in row]),
    ("log_softmax", "axis"): lambda x: np.apply_along_axis(
        lambda row: row - logsumexp(list(row)), 0, x
    ),
    ("sparsemax", ""): rows_of(lambda row: sparsemax([0.9173 * x for x in row])),
    **{("glu", f"axis {axis}"): each(lambda x: x * sigmoid(x * x)) for axis in (0, 1, -1)},
    **{(name, ""): of_shifted(formula) for name, formula in CURVES.items()},
    ("gelu", "exact"): each(lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2)))),
    **{
        (name, "with an argument"): each(formula)
        for name, formula in {
            "celu": lambda x: x if x > 0 else 0.3 * math.expm1(x / 0.3),
            "elu": lambda x: x if x > 0 else 0.3 * math.expm1(x),
            "hard_shrink": lambda x: x if x * x > 0.09 else 0.0,
            "leaky_relu": lambda x: x if x > 0 else 0.3 * x,
            "soft_shrink": lambda x: math.copysign(max(math.fabs(x) - 0.3, 0), x),
            "squareplus": lambda x: (x + math.sqrt(x * x + 0.3)) / 2,
        }.items()
    },
    ("threshold", ""): each(lambda x: x if x > 0.3 else -7.0),
}
