"""From arrays to batches: rows picked in shuffled order and cast once, into buffers used again.

What does not lie in memory (`StoredRows`, see `sources.py`) is read some batches at a time into a
stage, from where it goes the way of every array.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _kernels
from .random.states import generator_at, state_of
from .sources import StoredRows
from .tensor import Array
from .tree import flatten, pack

#: What the gather kernel reads; rows of any other dtype are cast by numpy, batch by batch.
_GATHERED = tuple(np.dtype(name) for name in ("uint8", "int64", "float32", "float64"))

#: How many numbers are looked at in one go when an array is searched for NaN.
_CHUNK = 1 << 18

#: How many bytes are brought onto the stage in one go, and how many rows at most: h5py becomes
#: slow where many rows are picked from here and there.
_STAGE, _STAGED_ROWS = 1 << 20, 1024


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
        if np.dtype(dtype).kind == "i" and rows.dtype not in _GATHERED:
            rows = rows.astype(dtype)  # ids: a copy costs little beside what they stand for
        if rows.dtype == bool:
            rows = rows.view(np.uint8)  # the same bytes, of a type that the kernel gathers
        self.rows = rows
        self.sample_shape = values.shape[1:]
        self.buffer = np.empty((batch_size, rows.shape[1]), dtype)
        self.gathers = rows.dtype in _GATHERED

    @functools.cached_property
    def bounds(self) -> tuple[Any, Any] | None:
        """The least and the largest number of all rows; None where they are still to come."""
        return (self.rows.min(), self.rows.max()) if self.rows.size else (0, 0)

    def batch(self, indices: Array) -> Array:
        """Return the rows at `indices`, in the buffer: valid until the next call."""
        out = self.buffer[: len(indices)]
        if self.gathers:
            _kernels.gather_rows(self.rows, indices, out)
        else:
            out[:] = self.rows[indices]
        return out.reshape(len(indices), *self.sample_shape)


class Stage(Column):
    """A column whose rows are brought into memory some at a time.

    Parameters
    ----------
    shape, source_dtype
        Of the rows that will come; (rows on the stage, ...).
    dtype : dtype
        What the batches are cast to.
    batch_size : int
    """

    def __init__(
        self, shape: tuple[int, ...], source_dtype: Any, dtype: Any, batch_size: int
    ) -> None:
        # The one of the list, since h5py's have a byte order that the kernel does not know by name.
        kinds = [kind for kind in _GATHERED if kind == source_dtype]
        self.stage = np.empty(shape, kinds[0] if kinds else dtype)
        super().__init__(self.stage, dtype, batch_size)

    bounds = None

    def put(self, values: Array) -> None:
        """Bring rows onto the stage."""
        self.stage[: len(values)] = values


class ArrayBatches:
    """Batches of several arrays that go together: inputs, targets, sample weights.

    Parameters
    ----------
    arrays : structure of (N, ...) array, StoredRows or None
        None stays None in every batch.
    dtypes : list of dtype
        What each array is cast to.
    batch_size : int
        The last batch of an epoch may be smaller.
    shuffle : numpy Generator, optional
        Draws a new order for each epoch; without one the rows come as they lie.
    """

    def __init__(
        self,
        arrays: Any,
        dtypes: list[Any],
        batch_size: int,
        shuffle: np.random.Generator | None = None,
    ) -> None:
        self.arrays, leaves = arrays, flatten(arrays)
        self.samples = next(len(array) for array in leaves if array is not None)
        self.batch_size = min(batch_size, self.samples)
        self.shuffle = shuffle
        self.staged = any(isinstance(array, StoredRows) for array in leaves)
        #: How many steps' rows are there at once.
        self.most_steps = self._steps_on_stage(leaves) if self.staged else self.samples
        self.columns = [
            None if array is None else self._column(array, dtype)
            for array, dtype in zip(leaves, dtypes, strict=True)
        ]

    def _steps_on_stage(self, leaves: list[Any]) -> int:
        width = sum(array[:1].nbytes for array in leaves if array is not None)
        rows = min(_STAGE // max(1, width), _STAGED_ROWS)
        return max(1, rows // self.batch_size)

    def _column(self, array: Array | StoredRows, dtype: Any) -> Column:
        if not self.staged:
            assert isinstance(array, np.ndarray)
            return Column(array, dtype, self.batch_size)
        rows = min(self.most_steps * self.batch_size, self.samples)
        return Stage((rows, *array.shape[1:]), array.dtype, dtype, self.batch_size)

    def __len__(self) -> int:
        return -(-self.samples // self.batch_size)

    @property
    def steps(self) -> int | None:
        """The number of batches in an epoch."""
        return len(self)

    def rows(self) -> Rows:
        """Return what says which rows the next steps take, at the beginning of an epoch."""
        return Rows(self)

    def put(self, rows: Array) -> Array:
        """Bring some rows onto the stage, if there is one, and return where they are now."""
        if not self.staged:
            return rows
        for column, array in zip(self.columns, flatten(self.arrays), strict=True):
            if isinstance(column, Stage):
                column.put(array.read(rows) if isinstance(array, StoredRows) else array[rows])
        return np.arange(len(rows))

    def gather(self, indices: Array) -> Any:
        """Return the samples at `indices`, in the structure of the arrays.

        Valid until the next call.
        """
        return pack(self.arrays, (None if c is None else c.batch(indices) for c in self.columns))

    def order(self, shuffle: np.random.Generator | None) -> Array:
        """Draw the order in which an epoch goes over the samples."""
        order = np.arange(self.samples)
        if shuffle is not None:
            shuffle.shuffle(order)
        return order

    def __iter__(self) -> Iterator[Any]:
        """Go once over all samples."""
        rows, done = self.rows(), 0
        while done < self.samples:
            indices, _ = rows.take(1)
            done += len(indices)
            yield self.gather(indices)

    def close(self) -> None:
        """Let go of what goes on behind the scenes: nothing does."""


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
        self.drawn_from: Any = None  # the state of the generator that drew it

    def take(self, most: int) -> tuple[Array, int]:
        """Return the rows of the next steps of equal size, and how many steps they are.

        At least one and at most `most`; where an epoch ends, a new one begins.
        """
        if self.start == len(self.order):
            shuffle = self.batches.shuffle
            self.drawn_from = None if shuffle is None else state_of(shuffle)
            self.order, self.start = self.batches.order(shuffle), 0
        left, size = len(self.order) - self.start, self.batches.batch_size
        steps = min(most, self.batches.most_steps, max(1, left // size))
        rows = self.order[self.start : self.start + min(left, steps * size)]
        self.start += len(rows)
        return self.batches.put(rows), steps

    def end_epoch(self) -> None:
        """Say where an epoch ends; the next one may go on in the same pass."""

    def get_state(self) -> dict[str, Any]:
        """Return the place in the data as plain data."""
        return {
            "samples": self.batches.samples,
            "start": self.start if len(self.order) else None,
            "drawn_from": self.drawn_from,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where `get_state` was asked, in the same order.

        Raises
        ------
        ValueError
            Where there is another number of samples now.
        """
        samples, start, drawn_from = state["samples"], state["start"], state["drawn_from"]
        if samples != self.batches.samples:
            raise ValueError(f"there were {samples} samples, and now {self.batches.samples}")
        if start is None:
            return  # no batch had been taken
        if not 0 <= start <= samples:
            raise ValueError(f"{start} is no place among {samples} samples")
        self.order = self.batches.order(None if drawn_from is None else generator_at(drawn_from))
        self.start, self.drawn_from = start, drawn_from


def joined(parts: list[Any]) -> Any:
    """Join structures of arrays along their first axis: the outputs of batches to those of all."""
    if len(parts) == 1:
        return parts[0]
    leaves = zip(*map(flatten, parts), strict=True)
    return pack(parts[0], [np.concatenate(leaf) for leaf in leaves])


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


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return what `train_step` and its like are given: x, y and sample_weight as far as there are.

    Where there is only x, it stays as it is, unless it is itself a list or tuple.
    """
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return (x, y, sample_weight) of a batch, `data`; None for what is not there.

    Raises
    ------
    ValueError
        For a tuple of more than three parts.
    """
    if not isinstance(data, (list, tuple)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "a batch is (x,), (x, y) or (x, y, sample_weight), got a "
            f"{type(data).__name__} of {len(data)}"
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight
