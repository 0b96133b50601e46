"""The table of losses: on which arrays, and what each sample's loss is by Python's arithmetic."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import Arrays, floats, labels, one_hot, probabilities

from nnlite import Tensor, losses

LOGITS = {"from_logits": True}


class Row(NamedTuple):
    function: Callable[..., Tensor]
    cls: type[losses.Loss]
    arrays: Arrays  # y_true and y_pred
    sample: Callable[..., float]  # the loss of one sample, by Python's arithmetic
    case: str = ""
    arguments: dict[str, Any] = {}  # noqa: RUF012, read only
    whole: bool = False  # whether `sample` is of the whole batch


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


BC = st.tuples(st.integers(1, 4), st.integers(2, 4))


def alike(targets: Any = floats, predictions: Any = floats, shift: Any = 0.0) -> Arrays:
    """Targets and predictions of one shape; predictions are shifted off a kink."""
    return BC.flatmap(lambda shape: st.tuples(targets(shape), predictions(shape))).map(
        lambda arrays: (arrays[0], arrays[1] + np.resize(shift, arrays[1].shape[1]))
    )


def positive(shape: Any) -> Any:
    return floats(shape, low=0.125)


def fractions(shape: Any) -> Any:
    return floats(shape, low=0.125, high=0.875)


def bits(shape: Any) -> Any:
    return hnp.arrays(np.int64, shape, elements=st.integers(0, 1)).map(lambda x: x.astype(float))


def signs(shape: Any) -> Any:
    return bits(shape).map(lambda x: 2 * x - 1)


def classes(shape: Any) -> Any:
    return one_hot(*shape)


ROWS = [
    Row(
        losses.mean_squared_error,
        losses.MeanSquaredError,
        alike(),
        over(lambda t, p: (p - t) ** 2),
    ),
    Row(
        losses.mean_absolute_error,
        losses.MeanAbsoluteError,
        alike(shift=1 / 16),
        over(lambda t, p: abs(p - t)),
    ),
    Row(
        losses.mean_absolute_percentage_error,
        losses.MeanAbsolutePercentageError,
        alike(positive, shift=1 / 16),
        over(lambda t, p: 100 * abs(p - t) / t),
    ),
    Row(
        losses.mean_squared_logarithmic_error,
        losses.MeanSquaredLogarithmicError,
        alike(positive, positive),
        over(lambda t, p: math.log((1 + p) / (1 + t)) ** 2),
    ),
    *(
        Row(
            losses.huber,
            losses.Huber,
            alike(shift=1 / 16),
            over(lambda t, p, d=delta: min(abs(p - t), d) * (abs(p - t) - min(abs(p - t), d) / 2)),
            f"delta {delta}",
            {"delta": delta},
        )
        for delta in (1.0, 2.5)
    ),
    Row(losses.log_cosh, losses.LogCosh, alike(), over(lambda t, p: math.log(math.cosh(p - t)))),
    Row(
        losses.cosine_similarity,
        losses.CosineSimilarity,
        alike(positive, positive),
        cosine,
    ),
    Row(
        losses.poisson,
        losses.Poisson,
        alike(positive, positive),
        over(lambda t, p: p - t * math.log(p + 1e-7)),
    ),
    Row(
        losses.kl_divergence,
        losses.KLDivergence,
        alike(probabilities, probabilities),
        lambda t, p: math.fsum(a * math.log(a / b) for a, b in zip(t, p, strict=True)),
    ),
    Row(
        losses.hinge,
        losses.Hinge,
        alike(signs, shift=1 / 16),
        over(lambda t, p: max(1 - t * p, 0)),
    ),
    Row(
        losses.squared_hinge,
        losses.SquaredHinge,
        alike(signs, shift=1 / 16),
        over(lambda t, p: max(1 - t * p, 0) ** 2),
    ),
    Row(
        losses.hinge,
        losses.Hinge,
        alike(bits, shift=1 / 16),
        over(lambda t, p: max(1 - (2 * t - 1) * p, 0)),
        "of 0 and 1",
    ),
    Row(
        losses.categorical_hinge,
        losses.CategoricalHinge,
        alike(classes, shift=np.arange(1, 5) / 37),
        scores,
    ),
    Row(
        losses.binary_crossentropy,
        losses.BinaryCrossentropy,
        alike(fractions, fractions),
        over(entropy),
    ),
    Row(
        losses.binary_crossentropy,
        losses.BinaryCrossentropy,
        alike(bits),
        over(lambda t, x: entropy(0.8 * t + 0.1, sigmoid(x))),
        "from logits, smoothed",
        {"from_logits": True, "label_smoothing": 0.2},
    ),
    Row(
        losses.binary_focal_crossentropy,
        losses.BinaryFocalCrossentropy,
        alike(bits, fractions),
        over(focal),
    ),
    Row(
        losses.binary_focal_crossentropy,
        losses.BinaryFocalCrossentropy,
        alike(bits),
        over(lambda t, x: focal(t, sigmoid(x), 1.5, 0.25)),
        "balanced, from logits",
        {"from_logits": True, "apply_class_balancing": True, "gamma": 1.5},
    ),
    Row(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: st.tuples(labels(*shape), probabilities(shape))),
        lambda label, p: -math.log(p[label]),
    ),
    Row(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: st.tuples(labels(*shape), floats(shape))),
        lambda label, x: logsumexp(x) - x[label],
        "from logits",
        LOGITS,
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(probabilities, probabilities),
        lambda t, p: -math.fsum(a * math.log(b) for a, b in zip(t, p, strict=True)),
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes, positive),
        lambda t, p: -math.log(p[list(t).index(1)] / math.fsum(p)),
        "of shares",
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        lambda t, x: logsumexp(x) - x[list(t).index(1)],
        "from logits",
        LOGITS,
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        smoothed,
        "label smoothing",
        {**LOGITS, "label_smoothing": 0.1},
    ),
    Row(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes, positive),
        class_focal,
    ),
    Row(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes),
        lambda t, x: class_focal(t, np.exp(x - logsumexp(x))),
        "from logits",
        LOGITS,
    ),
    Row(losses.dice, losses.Dice, alike(bits, fractions), overlap(0.5, 0.5, 0.5e-7), whole=True),
    Row(
        losses.tversky,
        losses.Tversky,
        alike(bits, fractions),
        overlap(0.25, 0.75),
        arguments={"alpha": 0.25, "beta": 0.75},
        whole=True,
    ),
]
