"""The buckets of a histogram, as TensorBoard's plugin wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Array, array_of, check_numbers, warn_of

BUCKETS = 30


def buckets_of(data: Any, count: int | None, what: str) -> Array:
    """Count values in buckets of one width between the smallest and the largest.

    Value x is counted in bucket floor((x - min) / width), and the largest in the last. Where all
    values are equal, all edges are that value and the last bucket counts them; where there are
    none, all is zero. NaN and infinities are left out, with a warning.

    Parameters
    ----------
    data : array-like of real numbers, of any shape
    count : int, optional
        The number of buckets, 30 by default; less than 0 is 0.
    what : str
        What to call it in errors.

    Returns
    -------
    array of float64 of shape (buckets, 3)
        Left edge, right edge, count.
    """
    array = array_of(data, what)
    check_numbers(array, what)
    count = BUCKETS if count is None else _whole(count, what)
    with np.errstate(over="ignore"):  # of a long double, to infinity
        values = array.ravel().astype(np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        warn_of(int((~finite).sum()), len(values), what, "are NaN or infinite and were left out")
        values = values[finite]
    if not len(values) or count <= 0:
        return np.zeros((max(count, 0), 3))
    low, high = float(values.min()), float(values.max())
    buckets = np.empty((count, 3))
    if low == high:
        buckets[:] = low, low, 0
        buckets[-1, 2] = len(values)
        return buckets
    edges, counts = _between(values, low, high, count)
    buckets[:, 0], buckets[:, 1], buckets[:, 2] = edges[:-1], edges[1:], counts
    return buckets


def _between(values: Array, low: float, high: float, count: int) -> tuple[Array, Array]:
    """Return the edges and what is between them."""
    scale = 1.0 if high - low < np.inf else 0.5  # the range of all doubles is not a double
    width = (scale * high - scale * low) / count
    edges = np.append((scale * low + width * np.arange(count)) / scale, high)
    # Where all are so near to each other that no double is as small as the width.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        places = np.fmax((scale * values - scale * low) / width, 0)
    indices = np.fmin(places, count - 1).astype(np.intp)
    return edges, np.bincount(indices, minlength=count)


def _whole(count: Any, what: str) -> int:
    array = np.asarray(count)
    if array.dtype.kind not in "iu" or array.shape != ():
        raise TypeError(f"{what}: buckets must be a whole number, got {count!r}")
    return int(array)
