"""Rows out of everything that may hold samples: each kind of it made into one that knows its rows.

An array in memory (or mapped into it, as a `numpy.memmap` is) stays what it is. What holds its rows
elsewhere, on disk or packed, becomes `StoredRows`: a batch of them is brought into memory at a
time. Everything else is converted to an array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .layers.base import as_numbers
from .tensor import Array, Tensor


class StoredRows:
    """Samples that do not lie in memory as rows of numbers; a part of them is read when asked for.

    Parameters
    ----------
    source : the thing that holds them
    shape : tuple of int
    dtype : dtype
    start : int
        Where in the source the first sample lies, for a part of it.
    """

    def __init__(self, source: Any, shape: tuple[int, ...], dtype: Any, start: int = 0) -> None:
        self.source = source
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.start = start

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    def __getitem__(self, rows: slice) -> Array:
        """Read some rows that follow one another."""
        start, stop, _ = rows.indices(len(self))
        return self.read(np.arange(start, stop))

    def part(self, rows: slice) -> StoredRows:
        """Return some rows that follow one another, still unread."""
        start, stop, _ = rows.indices(len(self))
        shape = (stop - start, *self.shape[1:])
        return type(self)(self.source, shape, self.dtype, self.start + start)

    def read(self, indices: Array) -> Array:
        """Return the rows at `indices`, in their order."""
        raise NotImplementedError


class DatasetRows(StoredRows):
    """The rows of an h5py dataset, read from its file."""

    def read(self, indices: Array) -> Array:
        first, last = (int(indices[0]), int(indices[-1])) if len(indices) else (0, -1)
        if last - first == len(indices) - 1 and (np.diff(indices) == 1).all():
            return np.asarray(self.source[self.start + first : self.start + last + 1])
        ascending, places = np.unique(indices, return_inverse=True)  # as h5py wants them
        return np.asarray(self.source[self.start + ascending])[places]


class SparseRows(StoredRows):
    """The rows of a scipy sparse matrix, made dense as they are read."""

    def read(self, indices: Array) -> Array:
        return np.asarray(self.source[self.start + indices].toarray())


def as_rows(value: Any, place: str) -> Array | StoredRows:
    """Return `value` as something that has a shape, a dtype and rows of numbers.

    Parameters
    ----------
    value : array-like, Tensor, pandas DataFrame or Series, h5py Dataset or scipy sparse matrix
    place : str
        What it is, for messages.

    Raises
    ------
    TypeError
        Where it does not hold numbers.
    """
    if isinstance(value, np.ndarray):
        return as_numbers(value, place)
    if isinstance(value, StoredRows):
        return value
    if is_dataset(value):
        if value.ndim == 0 or value.dtype.kind not in "biuf":
            return as_numbers(np.asarray(value), place)
        return DatasetRows(value, value.shape, value.dtype)
    if is_sparse(value):
        matrix = value.tocsr()  # the same object, where it is one
        as_numbers(matrix.data[:1], place)
        return SparseRows(matrix, matrix.shape, matrix.dtype)
    if hasattr(value, "to_numpy") and hasattr(value, "iloc"):
        return _of_table(value, place)
    return as_numbers(value.data if isinstance(value, Tensor) else value, place)


def in_memory(value: Any, place: str) -> Array:
    """Return `value` as an array, read whole."""
    rows = as_rows(value, place)
    return rows[:] if isinstance(rows, StoredRows) else rows


def is_array(value: Any) -> bool:
    """Whether `value` holds the samples of one input, and not those of several in a list."""
    return hasattr(value, "iloc") or (hasattr(value, "shape") and hasattr(value, "dtype"))


def is_dataset(value: Any) -> bool:
    """Whether `value` is an h5py dataset."""
    return type(value).__module__.partition(".")[0] == "h5py" and hasattr(value, "chunks")


def is_sparse(value: Any) -> bool:
    """Whether `value` is a scipy sparse matrix or array."""
    return hasattr(value, "tocsr") and hasattr(value, "toarray")


def _of_table(table: Any, place: str) -> Array:
    """Convert a pandas DataFrame or Series, naming the columns that hold no numbers."""
    array = table.to_numpy()
    if array.dtype.kind in "biuf":
        return np.asarray(array)
    names = [str(name) for name, kind in _column_types(table) if not _is_number(kind)]
    if names:
        raise TypeError(
            f"{place} must hold numbers, but these columns do not: {', '.join(names)}; drop them, "
            "or turn them into numbers first, for example with pandas.get_dummies"
        )
    return np.asarray(table.to_numpy(dtype="float64", na_value=np.nan))


def _column_types(table: Any) -> Any:
    return table.dtypes.items() if table.ndim == 2 else [(table.name, table.dtype)]


def _is_number(dtype: Any) -> bool:
    """Whether a column of numpy's or pandas's own dtype holds numbers."""
    return getattr(dtype, "kind", "O") in "biuf"
