"""The order of the rows, and rows that stand in the training and in the validation data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..sources import StoredRows
from ..tensor import Array
from ..tree import flatten
from .findings import Finding, NotLookedAt
from .patient import Patient

#: How different the targets of two parts may be: 0 is alike, 1 is nothing in common.
DIFFERENT = 0.3

#: How many rows are hashed in one go.
BLOCK = 1024

#: Fewer rows than this, held out, differ by chance.
FEWEST = 20

#: Where less than this part of the rows are different ones, inputs are few, and meet by chance.
FEW = 0.25

#: Targets with at most so many values, each there several times, are classes.
MOST_CLASSES = 100


def order(patient: Patient) -> Iterator[Finding]:
    """Find rows sorted by their targets, where validation or batches take them as they lie."""
    for target in _columns_of_targets(patient):
        if len(target) < 2 * FEWEST:
            continue
        classes = np.unique(target)
        are_classes = len(classes) <= min(MOST_CLASSES, len(target) // 4)
        yield from _held_out(patient, target, classes if are_classes else None)
        if not patient.shuffle:
            yield from _unshuffled(patient, target)


def _columns_of_targets(patient: Patient) -> list[Array]:
    """The targets of each output, one number a sample."""
    found = []
    for target in flatten(patient.samples.y):
        if isinstance(target, np.ndarray) and target.ndim in (1, 2):
            many = target.ndim == 2 and target.shape[1] > 1
            if many and target.dtype.kind in "iu":
                continue  # labels of several places a sample
            found.append(target.argmax(axis=1) if many else target.ravel())
    if not found:
        raise NotLookedAt("there are no targets with one number or one row a sample")
    return found


def _held_out(patient: Patient, target: Array, classes: Array | None) -> Iterator[Finding]:
    """Compare the targets of the part that validation_split holds out with those of the rest."""
    split = patient.validation_split
    kept = int(len(target) * (1 - (split or 0.2)))
    rest, last = target[:kept], target[kept:]
    if len(last) < FEWEST or patient.validation_data is not None:
        return
    differ = _difference(rest, last, classes)
    if differ < DIFFERENT + 2 / np.sqrt(len(last)):
        return
    numbers = {"difference": differ, "held_out": len(last)}
    if classes is None:
        told = f"targets from {last.min():.3g} to {last.max():.3g}, the others from "
        told += f"{rest.min():.3g} to {rest.max():.3g}"
    else:
        there = np.isin(classes, last)
        told = (
            f"only {int(there.sum())} of the {len(classes)} classes"
            if not there.all()
            else ("the classes in other proportions than the rest")
        )
    part = f"the last {len(last):,} rows hold {told}: the rows are in the order of their targets"
    mix = "Shuffle first: order = np.random.default_rng(0).permutation(len(x)); x, y = x[order], "
    if split:
        why = "validation_split holds out the last rows before any shuffling, so that training and "
        why += "validation see different things; rightly so only of a series in time"
        yield Finding("error", part, why, f"{mix}y[order]", numbers)
    elif patient.shuffle:
        why = "fit() shuffles them for training, but validation_split would hold out the last rows"
        yield Finding("note", part, why, f"{mix}y[order], or give validation_data", numbers)


def _difference(one: Array, other: Array, classes: Array | None) -> float:
    """How different two samples of targets are distributed, from 0 to 1."""
    if classes is not None:  # half the sum of the differences of the shares
        shares = [np.array([np.mean(part == c) for c in classes]) for part in (one, other)]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    ends = np.sort(np.concatenate([one, other]))  # Kolmogorov and Smirnov's
    ranks = [
        np.searchsorted(np.sort(part), ends, side="right") / len(part) for part in (one, other)
    ]
    return float(np.abs(ranks[0] - ranks[1]).max())


def _unshuffled(patient: Patient, target: Array) -> Iterator[Finding]:
    """Find neighbours that are more alike than chance, where batches are taken as rows lie."""
    mixed = np.random.default_rng(0).permutation(target)
    beside, by_chance = (float(np.mean(np.abs(np.diff(a.astype(float))))) for a in (target, mixed))
    if beside < by_chance / 4:
        yield Finding(
            "error",
            "rows beside each other have nearly the same targets, and shuffle=False",
            "Each batch shows only a part of the task, and the weights forget the others meanwhile",
            "Leave shuffle at True, or shuffle the rows once",
            {"beside": beside, "by_chance": by_chance},
        )


# ------------------------------------------------------------------------------------- leakage


def leakage(patient: Patient) -> Iterator[Finding]:
    """Find rows for validation that stand in the training data as well, by their hashes."""
    training, validation = _two_parts(patient)
    known = set(_hashes(training))
    twice = [row for row, one in enumerate(_hashes(validation)) if one in known]
    if not twice:
        return
    count, trained = (len(flatten(part)[0]) for part in (validation, training))
    share = len(twice) / count
    if len(known) < FEW * trained:
        yield _few(len(known), trained, share)
        return
    yield Finding(
        "error" if share > 0.2 else "warning" if share > 0.01 and len(twice) > 2 else "note",
        f"{len(twice):,} of {count:,} rows for validation ({share:.1%}) stand in the training "
        f"data, too, number for number; the first is row {twice[0]}",
        "What was learned by heart looks as if it were understood: validation is too good",
        "Split anew, x_train, x_valid = x[:n], x[n:] of shuffled rows, and np.unique(x, axis=0) "
        "before, if the data hold rows twice",
        {"rows": np.array(twice), "share": share},
    )


def _few(different: int, rows: int, share: float) -> Finding:
    return Finding(
        "note",
        f"the {rows:,} rows of the training data are but {different:,} different ones, over and "
        f"over, and {share:.1%} of those for validation are among them",
        "With so few different inputs it cannot be otherwise; but if samples were repeated to have "
        "more of them, validation is too good",
        "Repeat or augment samples after the validation rows were split off, if you do it",
        {"different": different, "share": share},
    )


def _two_parts(patient: Patient) -> tuple[Any, Any]:
    """The inputs for training and those for validation."""
    training, held_out = patient.parts
    if held_out is None:
        raise NotLookedAt("neither validation_data nor validation_split is given")
    parts = training.x, held_out.x
    if any(isinstance(one, StoredRows) for part in parts for one in flatten(part)):
        raise NotLookedAt("the inputs are not in memory")
    return parts


def _hashes(x: Any) -> Iterator[bytes]:
    """Yield a hash of each sample's numbers, whatever type they have."""
    from hashlib import blake2b

    arrays = flatten(x)
    for start in range(0, len(arrays[0]), BLOCK):
        parts = [np.ascontiguousarray(a[start : start + BLOCK], np.float32) for a in arrays]
        for row in zip(*parts, strict=True):
            yield blake2b(b"".join(row), digest_size=16).digest()
