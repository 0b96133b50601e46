"""The rows of the activations; see table.py."""

import math
from collections.abc import Callable

import numpy as np
from strategies import one

from nnlite import ops
from ops.rows import ABC, ONE, Row, each, logsumexp, rows_of, sigmoid, tanh


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


ROWS = [
    Row("relu", "", ops.relu, one(off_zero=True), each(lambda x: x if x > 0 else 0.0)),
    Row("sigmoid", "", ops.sigmoid, ONE, each(sigmoid)),
    Row("tanh", "", ops.tanh, ONE, each(tanh)),
    Row("softmax", "", ops.softmax, one(min_dims=1), rows_of(softmax)),
    Row(
        "softmax",
        "two axes",
        lambda x: ops.softmax(x, axis=(0, 2)),
        ABC,
        lambda x: np.moveaxis(
            [np.reshape(softmax(list(x[:, b].ravel())), x[:, b].shape) for b in range(x.shape[1])],
            0,
            1,
        ),
    ),
    Row(
        "log_softmax",
        "",
        ops.log_softmax,
        one(min_dims=1),
        rows_of(lambda row: [x - logsumexp(row) for x in row]),
    ),
    Row(
        "log_softmax",
        "axis",
        lambda x: ops.log_softmax(x, axis=0),
        ABC,
        lambda x: np.apply_along_axis(lambda row: row - logsumexp(list(row)), 0, x),
    ),
    Row(
        "sparsemax",
        "",
        lambda x: ops.sparsemax(0.9173 * x),  # off the kinks, where a sum of differences is 1
        one(min_dims=1),
        rows_of(lambda row: sparsemax([0.9173 * x for x in row])),
    ),
    *(
        Row(
            "glu",
            f"axis {axis}",
            lambda x, axis=axis: ops.glu(ops.concatenate([x, x * x], axis=axis), axis=axis),
            ABC,
            each(lambda x: x * sigmoid(x * x)),
        )
        for axis in (0, 1, -1)
    ),
    # Their kinks are multiples of 1/8.
    *(
        Row(name, "", lambda x, name=name: getattr(ops, name)(x + 1 / 16), ONE, of_shifted(formula))
        for name, formula in CURVES.items()
    ),
    Row(
        "gelu",
        "exact",
        lambda x: ops.gelu(x, approximate=False),
        ONE,
        each(lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2)))),
    ),
    *(
        Row(
            name,
            "with an argument",
            lambda x, name=name: getattr(ops, name)(x, 0.3),
            one(off_zero=True),
            each(formula),
        )
        for name, formula in {
            "celu": lambda x: x if x > 0 else 0.3 * math.expm1(x / 0.3),
            "elu": lambda x: x if x > 0 else 0.3 * math.expm1(x),
            "hard_shrink": lambda x: x if x * x > 0.09 else 0.0,
            "leaky_relu": lambda x: x if x > 0 else 0.3 * x,
            "soft_shrink": lambda x: math.copysign(max(math.fabs(x) - 0.3, 0), x),
            "squareplus": lambda x: (x + math.sqrt(x * x + 0.3)) / 2,
        }.items()
    ),
    Row(
        "threshold",
        "",
        lambda x: ops.threshold(x, 0.3, default_value=-7.0),
        ONE,
        each(lambda x: x if x > 0.3 else -7.0),
    ),
]
