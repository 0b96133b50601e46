"""From arrays to batches: rows picked in shuffled order and cast once, into buffers used again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import _kernels
from .tensor import Array

#: What the gather kernel reads; rows of any other dtype are cast by numpy, batch by batch.
_GATHERED = tuple(np.dtype(name) for name in ("uint8", "int64", "float32", "float64"))

#: How many numbers are looked at in one go when an array is searched for NaN.
_CHUNK = 1 << 20


class Column:
    """One array of a data set, seen as rows, and the buffer that its batches are gathered into.

    Parameters
    ----------
    values : (N, ...) array
        Not copied where its rows are contiguous in memory; they may lie any distance apart.
    dtype : dtype
        What the batches are cast to.
    batch_size : int
    """

    def __init__(self, values: Array, dtype: Any, batch_size: int) -> None:
        rows = values.reshape(len(values), -1)  # a view, unless the rows are scattered in memory
        if rows.shape[1] > 1 and rows.strides[1] != rows.itemsize:
            rows = np.ascontiguousarray(rows)  # or every element would be a jump in memory
        self.rows = rows
        self.sample_shape = values.shape[1:]
        self.buffer = np.empty((batch_size, rows.shape[1]), dtype)
        self.gathers = rows.dtype in _GATHERED

    def batch(self, indices: Array) -> Array:
        """Return the rows at `indices`, in the buffer: valid until the next call."""
        out = self.buffer[: len(indices)]
        if self.gathers:
            _kernels.gather_rows(self.rows, indices, out)
        else:
            out[:] = self.rows[indices]
        return out.reshape(len(indices), *self.sample_shape)


class ArrayBatches:
    """Batches of several arrays that go together: inputs, targets, sample weights.

    Parameters
    ----------
    arrays : sequence of (N, ...) array or None
        None stays None in every batch.
    dtypes : sequence of dtype
        What each array is cast to.
    batch_size : int
        The last batch of an epoch may be smaller.
    shuffle : numpy Generator, optional
        Draws a new order for each epoch; without one the rows come as they lie.
    """

    def __init__(
        self,
        arrays: Sequence[Array | None],
        dtypes: Sequence[Any],
        batch_size: int,
        shuffle: np.random.Generator | None = None,
    ) -> None:
        self.samples = next(len(array) for array in arrays if array is not None)
        self.batch_size = min(batch_size, self.samples)
        self.shuffle = shuffle
        self.columns = [
            None if array is None else Column(array, dtype, self.batch_size)
            for array, dtype in zip(arrays, dtypes, strict=True)
        ]

    def __len__(self) -> int:
        return -(-self.samples // self.batch_size)

    def gather(self, indices: Array) -> tuple[Array | None, ...]:
        """Return the samples at `indices`: valid until the next call."""
        return tuple(None if c is None else c.batch(indices) for c in self.columns)

    def order(self) -> Array:
        """Return the order in which an epoch goes over the samples; each call draws a new one."""
        order = np.arange(self.samples)
        if self.shuffle is not None:
            self.shuffle.shuffle(order)
        return order

    def __iter__(self) -> Iterator[tuple[Array | None, ...]]:
        """Go once over all samples."""
        order = self.order()
        for start in range(0, self.samples, self.batch_size):
            yield self.gather(order[start : start + self.batch_size])


class Rows:
    """Which rows the next steps take: those of an epoch, or of one epoch after the other.

    Parameters
    ----------
    batches : ArrayBatches
    """

    def __init__(self, batches: ArrayBatches) -> None:
        self.batches = batches
        self.order = np.arange(0)  # drawn when the first step asks
        self.start = 0

    def take(self, most: int) -> tuple[Array, int]:
        """Return the rows of the next steps of equal size, and how many steps they are.

        At least one and at most `most`; where an epoch ends, a new one begins.
        """
        if self.start == len(self.order):
            self.order, self.start = self.batches.order(), 0
        left, size = len(self.order) - self.start, self.batches.batch_size
        steps = min(most, max(1, left // size))
        rows = self.order[self.start : self.start + min(left, steps * size)]
        self.start += len(rows)
        return rows, steps


def refuse_non_finite(array: Array, place: str, dtype: Any) -> None:
    """Raise ValueError where `array` holds NaN or, as `dtype`, infinity, and name the first place.

    Looked at piece by piece, so that no array of the size of the data is made.
    """
    if array.dtype.kind != "f":
        return
    rows_at_once = max(1, _CHUNK // max(1, array[:1].size))
    for start in range(0, len(array), rows_at_once):
        piece = array[start : start + rows_at_once]
        with np.errstate(over="ignore"):
            finite = np.isfinite(piece.astype(dtype, copy=False))
        if not finite.all():
            where = np.argwhere(~finite)[0]
            position = (int(where[0]) + start, *(int(axis) for axis in where[1:]))
            index = ", ".join(map(str, position))
            value = piece[tuple(where)]
            as_what = f", which is infinity as {dtype}," if np.isfinite(value) else ""
            count = "" if len(array) > rows_at_once else f" ({(~finite).sum()} such values in all)"
            raise ValueError(
                f"{place} holds {value}{as_what} at [{index}]{count}; training on it would turn "
                "all weights into NaN: drop or fill such samples first (np.isfinite, np.nan_to_num)"
            )
