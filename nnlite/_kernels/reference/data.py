"""Rows of data sets and of tables."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door


@door("x[N,I] indices[B] -> out[B,I]")
def gather_rows(x: ndarray, indices: ndarray, out: ndarray) -> None:
    """out = x[indices], cast to out's dtype; the rows of x may lie any distance apart.

    x is uint8, int64, float32 or float64, out float32, float64 or int64; indices outside 0..N-1
    raise IndexError.
    """
    _check_rows("gather_rows", indices, len(x))
    out[:] = x[indices]


@door("w[N,I] indices[B] -> out[B,I]")
def take_rows(w: ndarray, indices: ndarray, out: ndarray) -> None:
    """out[b] = w[indices[b]]: what an embedding looks up. Other indices raise IndexError."""
    _check_rows("take_rows", indices, len(w))
    out[...] = w[indices]


@door("dy[B,I] indices[B] -> out[N,I]")
def take_rows_vjp(dy: ndarray, indices: ndarray, out: ndarray) -> None:
    """out[n] = Σ dy[b] over all b with indices[b] = n, in ascending order of b."""
    _check_rows("take_rows_vjp", indices, len(out))
    out[...] = 0
    np.add.at(out, indices, dy)


def _check_rows(kernel: str, indices: ndarray, rows: int) -> None:
    if len(indices) and not 0 <= indices.min() <= indices.max() < rows:
        raise IndexError(f"{kernel}: the indices must lie in 0..{rows - 1}")
