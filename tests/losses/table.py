"""The table of losses: what each sample's loss is by Python's arithmetic.

On which arrays a loss is called stands in nnlite/testing/loss_cases.py.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from strategies import Arrays, values_of

from nnlite import Tensor, losses
from nnlite.testing import loss_cases
from nnlite.testing.loss_cases import CASES


class Row(NamedTuple):
    function: Callable[..., Tensor]
    cls: type[losses.Loss]
    arrays: Arrays  # y_true and y_pred
    sample: Callable[..., float]  # the loss of one sample, by Python's arithmetic
    case: str
    arguments: Mapping[str, Any]
    whole: bool  # whether `sample` is of the whole batch


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return math.fsum(values) / len(values)


def over(each: Callable[[float, float], float]) -> Callable[..., float]:
    """The mean of a function of an element's target and prediction."""
    return lambda t, p: mean(map(each, t.tolist(), p.tolist()))


def logsumexp(row: np.ndarray) -> float:
    largest = max(row)
    return largest + math.log(math.fsum(math.exp(x - largest) for x in row))


def smoothed(target: np.ndarray, logits: np.ndarray) -> float:
    total, classes = logsumexp(logits), len(logits)
    return math.fsum(
        (0.9 * t + 0.1 / classes) * (total - x) for t, x in zip(target, logits, strict=True)
    )


def entropy(t: float, p: float) -> float:
    return -t * math.log(p) - (1 - t) * math.log(1 - p)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def focal(t: float, p: float, gamma: float = 2.0, alpha: float | None = None) -> float:
    weight = 1 if alpha is None else t * alpha + (1 - t) * (1 - alpha)
    return weight * (1 - t * p - (1 - t) * (1 - p)) ** gamma * entropy(t, p)


def class_focal(t: np.ndarray, p: np.ndarray) -> float:
    return math.fsum(
        -0.25 * a * (1 - b) ** 2 * math.log(b) for a, b in zip(t, p / math.fsum(p), strict=True)
    )


def cosine(t: np.ndarray, p: np.ndarray) -> float:
    return -math.fsum(t * p) / (math.hypot(*t) * math.hypot(*p))


def scores(t: np.ndarray, p: np.ndarray) -> float:
    return max(0, 1 + max((1 - t) * p) - math.fsum(t * p))


def overlap(missed: float, wrong: float, epsilon: float = 1e-7) -> Callable[..., float]:
    def of(t: np.ndarray, p: np.ndarray) -> float:
        common = math.fsum((t * p).flat)
        only_true, only_pred = math.fsum((t * (1 - p)).flat), math.fsum(((1 - t) * p).flat)
        return 1 - common / (common + missed * only_true + wrong * only_pred + epsilon)

    return of


BC = values_of(loss_cases.BC)


def bits(shape: Any) -> Any:
    return values_of(loss_cases.bits(shape))


#: By function and case.
SAMPLES: dict[tuple[Any, str], Callable[..., float]] = {
    (losses.mean_squared_error, ""): over(lambda t, p: (p - t) ** 2),
    (losses.mean_absolute_error, ""): over(lambda t, p: abs(p - t)),
    (losses.mean_absolute_percentage_error, ""): over(lambda t, p: 100 * abs(p - t) / t),
    (losses.mean_squared_logarithmic_error, ""): over(
        lambda t, p: math.log((1 + p) / (1 + t)) ** 2
    ),
    (losses.huber, "delta 1.0"): over(
        lambda t, p, d=1.0: min(abs(p - t), d) * (abs(p - t) - min(abs(p - t), d) / 2)
    ),
    (losses.huber, "delta 2.5"): over(
        lambda t, p, d=2.5: min(abs(p - t), d) * (abs(p - t) - min(abs(p - t), d) / 2)
    ),
    (losses.log_cosh, ""): over(lambda t, p: math.log(math.cosh(p - t))),
    (losses.cosine_similarity, ""): cosine,
    (losses.poisson, ""): over(lambda t, p: p - t * math.log(p + 1e-7)),
    (losses.kl_divergence, ""): lambda t, p: math.fsum(
        a * math.log(a / b) for a, b in zip(t, p, strict=True)
    ),
    (losses.hinge, ""): over(lambda t, p: max(1 - t * p, 0)),
    (losses.squared_hinge, ""): over(lambda t, p: max(1 - t * p, 0) ** 2),
    (losses.hinge, "of 0 and 1"): over(lambda t, p: max(1 - (2 * t - 1) * p, 0)),
    (losses.categorical_hinge, ""): scores,
    (losses.binary_crossentropy, ""): over(entropy),
    (losses.binary_crossentropy, "from logits, smoothed"): over(
        lambda t, x: entropy(0.8 * t + 0.1, sigmoid(x))
    ),
    (losses.binary_focal_crossentropy, ""): over(focal),
    (losses.binary_focal_crossentropy, "balanced, from logits"): over(
        lambda t, x: focal(t, sigmoid(x), 1.5, 0.25)
    ),
    (losses.sparse_categorical_crossentropy, ""): lambda label, p: -math.log(p[label]),
    (losses.sparse_categorical_crossentropy, "from logits"): lambda label, x: (
        logsumexp(x) - x[label]
    ),
    (losses.categorical_crossentropy, ""): lambda t, p: (
        -math.fsum(a * math.log(b) for a, b in zip(t, p, strict=True))
    ),
    (losses.categorical_crossentropy, "of shares"): lambda t, p: (
        -math.log(p[list(t).index(1)] / math.fsum(p))
    ),
    (losses.categorical_crossentropy, "from logits"): lambda t, x: (
        logsumexp(x) - x[list(t).index(1)]
    ),
    (losses.categorical_crossentropy, "label smoothing"): smoothed,
    (losses.categorical_focal_crossentropy, ""): class_focal,
    (losses.categorical_focal_crossentropy, "from logits"): lambda t, x: class_focal(
        t, np.exp(x - logsumexp(x))
    ),
    (losses.dice, ""): overlap(0.5, 0.5, 0.5e-7),
    (losses.tversky, ""): overlap(0.25, 0.75),
}

ROWS = [
    Row(
        *(case.function, case.cls, values_of(case.arrays)),
        *(SAMPLES[case.function, case.case], case.case, case.arguments, case.whole),
    )
    for case in CASES
]
