"""The losses of the library, and on which arrays each is to be checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .. import losses
from ..tensor import Array, Tensor
from .domains import Domain, floats, integers, labels, one_hot, probabilities, tuples

LOGITS = {"from_logits": True}


class LossCase(NamedTuple):
    """A loss as a function and as a class, and what it is called on.

    Attributes
    ----------
    function, cls
    arrays : Domain of (y_true, y_pred)
    case : str
        What is special about the arguments.
    arguments : dict
    whole : bool
        Whether the loss is one of the whole batch, and not of each sample.
    """

    function: Callable[..., Tensor]
    cls: type[losses.Loss]
    arrays: Domain[tuple[Array, ...]]
    case: str = ""
    arguments: Mapping[str, Any] = MappingProxyType({})
    whole: bool = False


#: The numbers of samples and of classes.
BC = tuples(integers(1, 4), integers(2, 4))


def alike(targets: Any = floats, predictions: Any = floats, shift: Any = 0.0) -> Domain[Any]:
    """Targets and predictions of one shape; predictions are shifted off a kink."""
    return BC.flatmap(lambda shape: tuples(targets(shape), predictions(shape))).map(
        lambda arrays: (arrays[0], arrays[1] + np.resize(shift, arrays[1].shape[1]))
    )


def positive(shape: Any) -> Domain[Array]:
    """Return the domain of positive numbers."""
    return floats(shape, low=0.125)


def fractions(shape: Any) -> Domain[Array]:
    """Return the domain of numbers between 0 and 1."""
    return floats(shape, low=0.125, high=0.875)


def bits(shape: Any) -> Domain[Array]:
    """Return the domain of 0 and 1."""
    return floats(shape, low=0, high=1, grain=1)


def signs(shape: Any) -> Domain[Array]:
    """Return the domain of -1 and 1."""
    return bits(shape).map(lambda x: 2 * x - 1)


def classes(shape: Any) -> Domain[Array]:
    """Return the domain of one-hot rows."""
    return one_hot(*shape)


CASES = [
    LossCase(losses.mean_squared_error, losses.MeanSquaredError, alike()),
    LossCase(losses.mean_absolute_error, losses.MeanAbsoluteError, alike(shift=1 / 16)),
    LossCase(
        losses.mean_absolute_percentage_error,
        losses.MeanAbsolutePercentageError,
        alike(positive, shift=1 / 16),
    ),
    LossCase(
        losses.mean_squared_logarithmic_error,
        losses.MeanSquaredLogarithmicError,
        alike(positive, positive),
    ),
    LossCase(
        losses.huber, losses.Huber, alike(shift=1 / 16), case="delta 1.0", arguments={"delta": 1.0}
    ),
    LossCase(
        losses.huber, losses.Huber, alike(shift=1 / 16), case="delta 2.5", arguments={"delta": 2.5}
    ),
    LossCase(losses.log_cosh, losses.LogCosh, alike()),
    LossCase(losses.cosine_similarity, losses.CosineSimilarity, alike(positive, positive)),
    LossCase(losses.poisson, losses.Poisson, alike(positive, positive)),
    LossCase(losses.kl_divergence, losses.KLDivergence, alike(probabilities, probabilities)),
    LossCase(losses.hinge, losses.Hinge, alike(signs, shift=1 / 16)),
    LossCase(losses.squared_hinge, losses.SquaredHinge, alike(signs, shift=1 / 16)),
    LossCase(losses.hinge, losses.Hinge, alike(bits, shift=1 / 16), case="of 0 and 1"),
    LossCase(
        losses.categorical_hinge,
        losses.CategoricalHinge,
        alike(classes, shift=np.arange(1, 5) / 37),
    ),
    LossCase(losses.binary_crossentropy, losses.BinaryCrossentropy, alike(fractions, fractions)),
    LossCase(
        losses.binary_crossentropy,
        losses.BinaryCrossentropy,
        alike(bits),
        case="from logits, smoothed",
        arguments={"from_logits": True, "label_smoothing": 0.2},
    ),
    LossCase(
        losses.binary_focal_crossentropy, losses.BinaryFocalCrossentropy, alike(bits, fractions)
    ),
    LossCase(
        losses.binary_focal_crossentropy,
        losses.BinaryFocalCrossentropy,
        alike(bits),
        case="balanced, from logits",
        arguments={"from_logits": True, "apply_class_balancing": True, "gamma": 1.5},
    ),
    LossCase(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: tuples(labels(*shape), probabilities(shape))),
    ),
    LossCase(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: tuples(labels(*shape), floats(shape))),
        case="from logits",
        arguments=LOGITS,
    ),
    LossCase(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(probabilities, probabilities),
    ),
    LossCase(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes, positive),
        case="of shares",
    ),
    LossCase(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        case="from logits",
        arguments=LOGITS,
    ),
    LossCase(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        case="label smoothing",
        arguments={**LOGITS, "label_smoothing": 0.1},
    ),
    LossCase(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes, positive),
    ),
    LossCase(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes),
        case="from logits",
        arguments=LOGITS,
    ),
    LossCase(losses.dice, losses.Dice, alike(bits, fractions), whole=True),
    LossCase(
        losses.tversky,
        losses.Tversky,
        alike(bits, fractions),
        arguments={"alpha": 0.25, "beta": 0.75},
        whole=True,
    ),
]
