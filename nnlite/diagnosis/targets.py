"""Whether labels, the last layer and the loss speak of the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import losses
from ..tensor import Array
from .findings import Finding, shown
from .inputs import FAR, MOST_COLUMNS
from .patient import Head, Patient

#: Losses of one class of several, and of yes and no.
OF_CLASSES = (
    losses.SparseCategoricalCrossentropy,
    losses.CategoricalCrossentropy,
    losses.CategoricalFocalCrossentropy,
)
BINARY = (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy)

#: Losses of differences, whose steps are as large as the targets.
OF_DIFFERENCES = (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber, losses.LogCosh)

#: Losses that are least where y_pred is y_true itself.
OF_EQUALS = (
    *OF_DIFFERENCES,
    losses.MeanAbsolutePercentageError,
    losses.MeanSquaredLogarithmicError,
    losses.Poisson,
    losses.KLDivergence,
)

#: From where to where the outputs of a function lie.
RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, np.inf),
    "exp": (0.0, np.inf),
}

#: The typical sizes of targets that the default learning rates are made for.
LARGEST, SMALLEST = 100.0, 1e-3


def targets(patient: Patient) -> Iterator[Finding]:
    """Compare each output with its loss, and both with the targets."""
    for head in patient.heads:
        if head.targets.size > 1 and (head.targets == head.targets.flat[0]).all():
            yield _constant(head)
        elif head.function == "softmax" and head.y_pred.shape[-1] == 1:
            yield _softmax_of_one(head)
        elif isinstance(head.loss, OF_CLASSES):
            yield from _classes(head)
        elif isinstance(head.loss, BINARY):
            yield from _yes_and_no(head)
        else:
            yield from _numbers(head)


def _constant(head: Head) -> Finding:
    return Finding(
        "error",
        f"all {len(head.targets):,} targets of {head.name} are {head.targets.flat[0]:g}",
        "There is nothing to learn: who always says that number is always right",
        "Look at y; was the wrong column taken, or rows of one class alone?",
        {},
    )


def _softmax_of_one(head: Head) -> Finding:
    return Finding(
        "error",
        f"{head.name} is a softmax of 1 unit",
        "Its outputs sum to 1, so that it always says 1, and no gradient flows",
        "Use activation='sigmoid' with loss='binary_crossentropy' for yes and no, as many units as "
        "classes for more, no activation for numbers",
        {},
    )


# ------------------------------------------------------------------------------------- classes


def _classes(head: Head) -> Iterator[Finding]:
    from_logits = getattr(head.loss, "from_logits", False)
    name = type(head.loss).__name__
    if from_logits and _are_probabilities(head):
        yield _twice(head, "softmax")
    elif not from_logits and head.function in ("sigmoid", "hard_sigmoid"):
        yield Finding(
            "warning",
            f"{head.name} has a {head.function} for each class, and the loss is {name}",
            "The classes exclude each other, but their probabilities do not sum to 1",
            "Use activation='softmax' in the last layer",
            {},
        )
    elif not from_logits and not _are_probabilities(head):
        yield _no_probabilities(head, "softmax")
    units = head.y_pred.shape[-1]
    if isinstance(head.loss, losses.SparseCategoricalCrossentropy):
        missing = np.setdiff1d(np.arange(units), head.targets)
        if missing.size:
            yield _missing(head, missing)
    elif head.targets.ndim == 2 and not np.allclose(head.targets.sum(axis=1), 1, atol=1e-3):
        yield Finding(
            "error",
            f"there are rows of y that sum to {head.targets.sum(axis=1).max():g}, not to 1",
            f"{name} is about one class of several, and these rows say several or none",
            "Where several may be true at once, use activation='sigmoid' with "
            "loss='binary_crossentropy'",
            {},
        )


def _missing(head: Head, missing: Array) -> Finding:
    units = head.y_pred.shape[-1]
    shown = ", ".join(map(str, missing[:8])) + (", ..." if missing.size > 8 else "")
    return Finding(
        "note",
        f"{head.name} has {units} units, but no label is {shown}",
        "Those units are never right; labels that begin at 1 leave unit 0 idle",
        f"If there are only {units - missing.size} classes, number them from 0 on and give the "
        "last layer as many units",
        {"missing": missing},
    )


# ---------------------------------------------------------------------------------- yes and no


def _yes_and_no(head: Head) -> Iterator[Finding]:
    from_logits = getattr(head.loss, "from_logits", False)
    low, high = _range(head)
    if from_logits and head.function in ("sigmoid", "hard_sigmoid", "softmax"):
        yield _twice(head, head.function)
    elif not from_logits and (low < 0 or high > 1):
        yield _no_probabilities(head, "sigmoid")
    elif head.function == "softmax":
        yield Finding(
            "warning",
            f"{head.name} is a softmax, and the loss is {type(head.loss).__name__}",
            "It judges each unit alone, as if the others were free to be anything",
            "Use loss='categorical_crossentropy' (one-hot y) or 'sparse_categorical_crossentropy' "
            "(labels)",
            {},
        )
    elif head.targets.ndim == 2 and head.targets.shape[1] > 2 and _one_hot(head.targets):
        yield Finding(
            "note",
            f"every row of y has exactly one 1, and {head.name} answers yes or no for each",
            "Classes that exclude each other are learned faster by a softmax, which knows it",
            "Use activation='softmax' with loss='categorical_crossentropy', unless several may be "
            "true at once",
            {},
        )


# ------------------------------------------------------------------------------------- numbers


def _numbers(head: Head) -> Iterator[Finding]:
    low, high = RANGES.get(head.function, (-np.inf, np.inf))
    beyond = 0.0
    if isinstance(head.loss, OF_EQUALS):  # what another asks for nobody knows
        beyond = float(np.mean((head.targets < low) | (head.targets > high)))
    bounded = head.function in ("sigmoid", "hard_sigmoid", "softmax")
    if beyond > 0.01:
        yield Finding(
            "error",
            f"{beyond:.0%} of the targets of {head.name} lie outside of {low:g} to {high:g}, "
            f"beyond which its {head.function} does not reach",
            "Those targets can never be met",
            "For numbers of any size give the last layer no activation",
            {"share": beyond, "range": (low, high)},
        )
    elif isinstance(head.loss, OF_DIFFERENCES) and bounded and np.isin(head.targets, (0, 1)).all():
        loss = "categorical_crossentropy" if head.function == "softmax" else "binary_crossentropy"
        yield Finding(
            "warning",
            f"{head.name} is a {head.function} that is taught 0 and 1 by "
            f"{type(head.loss).__name__}",
            "Where it is sure and wrong, that loss is flat, and hardly teaches",
            f"Use loss={loss!r}",
            {},
        )
    elif isinstance(head.loss, OF_DIFFERENCES):
        yield from _outliers(head) or _scale(head)


def _outliers(head: Head) -> list[Finding]:
    """Return what is to be said of targets far from all others, if there are any."""
    y = head.targets.reshape(len(head.targets), -1).astype(float)
    if y.shape[1] > MOST_COLUMNS or not isinstance(head.loss, losses.MeanSquaredError):
        return []  # these are pictures, or the loss bears it
    low, middle, high = np.percentile(y, (16, 50, 84), axis=0)
    spread = (high - low) / 2  # the deviation of what is not an outlier
    varied = (spread > 0) & ((y == middle).mean(axis=0) < 0.5)
    away = np.abs(y - middle) / np.where(varied, spread, np.inf)
    rows = np.flatnonzero((away > FAR).any(axis=1))
    if not rows.size:
        return []
    row, column = np.unravel_index(away.argmax(), away.shape)
    finding = Finding(
        "warning",
        f"{len(rows):,} of {len(y):,} targets of {head.name} lie more than {FAR:.0f} deviations "
        f"from the others; the farthest, of row {row}, is {shown(float(y[row, column]))}",
        "A few such samples make up nearly the whole loss, since it is squared",
        "Are they mistakes? Drop them. Where numbers of all sizes are right, teach np.log1p(y), or "
        "take loss='huber'",
        {"rows": rows, "largest": float(away.max())},
    )
    return [finding]


def _scale(head: Head) -> Iterator[Finding]:
    """Find targets that are far from the size of what a network says at first."""
    size = float(np.sqrt(np.mean(head.targets.astype(float) ** 2)))
    spread = float(head.targets.std())
    numbers = {"size": size, "spread": spread}
    seen = f"the targets of {head.name} are typically {shown(size)}"
    seen += f", with a deviation of {shown(spread)}"
    advice = "Teach (y - y_train.mean()) / y_train.std(), and undo it in predictions"
    if size > LARGEST:
        why = "The network begins near 0: the first errors are as large, and so are the steps"
        yield Finding("warning", seen, why, advice, numbers)
    elif size < SMALLEST:
        why = "The loss is next to nothing from the beginning, and so are the gradients"
        yield Finding("warning", seen, why, advice, numbers)


# ------------------------------------------------------------------------------------- for all


def _twice(head: Head, function: str) -> Finding:
    return Finding(
        "error",
        f"{head.name} has been through a {function}, and the loss has from_logits=True",
        f"The loss applies the {function} a second time, so that it can never be sure",
        "Take the activation of the last layer away, or from_logits=True",
        {},
    )


def _no_probabilities(head: Head, function: str) -> Finding:
    low, high = _range(head)
    through = f"through a {head.function}" if head.function not in ("", "linear") else "as they are"
    return Finding(
        "error",
        f"{head.name} gives numbers from {low:.3g} to {high:.3g} ({through}), and "
        f"{type(head.loss).__name__} takes them for probabilities",
        "The loss cuts them off to lie between 0 and 1, where there is no gradient",
        f"Use activation={function!r} in the last layer, or from_logits=True in the loss and no "
        "activation",
        {"range": (low, high)},
    )


def _are_probabilities(head: Head) -> bool:
    low, high = _range(head)
    sums = head.y_pred.data.sum(axis=-1)
    return low >= 0 and high <= 1 and bool(np.allclose(sums, 1, atol=1e-3))


def _range(head: Head) -> tuple[Any, Any]:
    return head.y_pred.data.min(), head.y_pred.data.max()


def _one_hot(y: Array) -> bool:
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())
