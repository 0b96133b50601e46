"""Inputs: numbers that are not there, that do not vary, that are far too large or too small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..tensor import Array
from .findings import Finding, shown
from .patient import Patient

#: Up to where five of six numbers lie that a layer with weights reads: about 1 is good.
LARGEST, SMALLEST = 10.0, 0.02

#: Wider tables are pictures, or words, whose columns mean little by themselves.
MOST_COLUMNS = 200

#: From how many standard deviations on a number is an outlier.
FAR = 30.0

#: How many numbers are looked at in one go, and how many rows tell what a column's usually are.
BLOCK, ENOUGH = 1 << 18, 10_000


class Entry(NamedTuple):
    """What a layer with weights reads that no layer with weights has made."""

    layer: str
    values: Array


def values(patient: Patient) -> Iterator[Finding]:
    """Find what is not finite, does not vary, or lies far out; in the arrays as they were given."""
    for name, array in patient.inputs:
        yield from not_finite(name, array)
        if array.ndim == 2 and len(array) > 1 and array.shape[1] <= MOST_COLUMNS:
            yield from _constant(name, array)
            yield from _outliers(name, array)


def not_finite(name: str, array: Array) -> list[Finding]:
    """Return what is to be said of NaN and infinity, if there are any."""
    if array.dtype.kind != "f" or all(np.isfinite(block).all() for _, block in _blocks(array)):
        return []
    strange = ~np.isfinite(array).reshape(len(array), -1)
    count = int(np.count_nonzero(strange))
    rows, columns = (np.flatnonzero(strange.any(axis=axis)) for axis in (1, 0))
    axes = tuple(range(1, array.ndim))
    of_row = f".all(axis={axes[0] if len(axes) == 1 else axes})" if axes else ""
    finding = Finding(
        "error",
        f"{name} holds {count:,} numbers that are NaN or infinite, in {len(rows):,} of "
        f"{len(array):,} rows, the first of them row {rows[0]}, and in {_columns(columns)}",
        "One NaN makes the loss NaN, and then every weight; fit() refuses such data",
        f"Drop those rows, of y as well: keep = np.isfinite({name}){of_row}; or fill in the median "
        "of the column",
        {"count": count, "rows": rows, "columns": columns},
    )
    return [finding]


def _blocks(array: Array) -> Iterator[tuple[int, Array]]:
    """Yield some rows after the other, with the place of the first: all at once may be too many."""
    rows = max(1, BLOCK // max(1, array[:1].size))
    for start in range(0, len(array), rows):
        yield start, array[start : start + rows]


def _constant(name: str, array: Array) -> Iterator[Finding]:
    same = np.flatnonzero(array.min(axis=0) == array.max(axis=0))
    if not same.size or same.size == array.shape[1] == 1:
        return
    yield Finding(
        "note",
        f"{_columns(same)} of {name} (there are {array.shape[1]}) "
        f"{'has' if same.size == 1 else 'have'} the same number in all {len(array):,} rows",
        "What never varies teaches nothing, and standardising it divides by 0",
        f"Leave them out: np.delete({name}, np.flatnonzero(np.ptp({name}, axis=0) == 0), axis=1)",
        {"columns": same},
    )


def _outliers(name: str, array: Array) -> Iterator[Finding]:
    """Find numbers many deviations away, in columns that are not mostly one number.

    The deviation is at least that of most columns: clipped numbers are not far from anything.
    """
    if array.dtype.kind != "f":
        return
    some = array[:: -(-len(array) // ENOUGH)]
    low, middle, high = np.percentile(some, (16, 50, 84), axis=0)
    spread = (high - low) / 2  # the deviation of what is not an outlier
    spread = np.maximum(spread, np.median(spread))
    varied = np.flatnonzero((some == middle).mean(axis=0) < 0.5)
    largest, farthest = np.zeros(len(array), array.dtype), np.zeros(len(varied))
    for start, block in _blocks(array) if varied.size else ():
        away = np.abs(block[:, varied] - middle[varied]) / spread[varied]
        away[~np.isfinite(away)] = 0
        largest[start : start + len(block)] = away.max(axis=1)
        farthest = np.maximum(farthest, away.max(axis=0))
    rows, columns = np.flatnonzero(largest > FAR), varied[farthest > FAR]
    if not rows.size:
        return
    yield Finding(
        "warning",
        f"{len(rows):,} of {len(array):,} rows of {name} have numbers more than {FAR:.0f} "
        f"deviations from the others, in {_columns(columns)}; the farthest {largest.max():.0f}",
        "A single sample so far out can throw the weights to where nothing brings them back from",
        f"Look at row {int(largest.argmax())}; drop such rows, or standardise and np.clip "
        "to -5 ... 5",
        {"rows": rows, "columns": columns, "largest": float(largest.max())},
    )


def scale(patient: Patient) -> Iterator[Finding]:
    """Find numbers too large or too small where the first layer with weights reads them."""
    for layer, read in entries(patient):
        columns = read.reshape(-1, read.shape[-1]).astype(float)
        sizes = np.percentile(np.abs(columns), 84, axis=0)  # 1 where they are standardised
        worst = int(sizes.argmax())
        numbers = {"layer": layer, "sizes": sizes, "min": columns.min(), "max": columns.max()}
        many = (
            f"column {worst} of " if len(sizes) > 1 and sizes[worst] > 3 * np.median(sizes) else ""
        )
        seen = (
            f"{many}what {layer!r} reads has numbers from {shown(columns[:, worst].min())} to "
            f"{shown(columns[:, worst].max())}, typically {shown(sizes[worst])}"
        )
        if not np.isfinite(sizes[worst]):
            continue
        if sizes[worst] > LARGEST:
            why = (
                "Weights start for inputs of about 1: the sums become huge, units die or saturate, "
            )
            yield Finding(
                "warning", seen, f"{why}and steps are far too large", _scaled(columns), numbers
            )
        elif np.abs(columns).max() < SMALLEST:
            why = "Weights start for inputs of about 1: with less, outputs hardly depend on them"
            advice = "Standardise; were the numbers divided twice?"
            yield Finding("warning", seen, why, advice, numbers)


def entries(patient: Patient) -> Iterator[Entry]:
    """Yield what layers with weights read that is but data, however reshaped or rescaled."""
    learned: set[int] = set()
    seen: set[int] = set()
    for op in patient.ops:
        read = [argument.value for argument in op.arguments]
        weights = [value for value in read if value.kind == "weight" and value.data.ndim > 1]
        if any(value.kind == "weight" or id(value) in learned for value in read):
            learned.add(id(op.result))
        if not weights or not op.layer or op.result.gradient is None:
            continue
        for value in read:
            fresh = value.kind in ("input", "result") and id(value) not in learned | seen
            if fresh and value.data.dtype.kind == "f" and value.data.ndim > 1:
                seen.add(id(value))
                yield Entry(op.layer, value.data)


def _scaled(columns: Array) -> str:
    """What to do about numbers that are too large."""
    if columns.min() >= 0 and 128 < columns.max() <= 255:
        return "These look like pixels: x / 255.0, the test data too"
    never_varies = (columns.min(axis=0) == columns.max(axis=0)).any()
    spread = "np.maximum(x.std(axis=0), 1e-6)" if never_varies else "x.std(axis=0)"
    return (
        "Standardise with mean and deviation of the training rows, (x - x.mean(axis=0)) / "
        f"{spread}, or begin with a Normalization layer and adapt() it"
    )


def _columns(columns: Array) -> str:
    return f"column{'s' * (len(columns) > 1)} {_listed(columns)}"


def _listed(numbers: Array, most: int = 6) -> str:
    shown = [str(one) for one in numbers[:most].tolist()]
    more = [f"... ({len(numbers)})"] if len(numbers) > most else []
    return ", ".join(shown + more) if len(shown) == 1 else f"[{', '.join(shown + more)}]"
