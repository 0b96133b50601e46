"""Rows of a data set."""

from __future__ import annotations

from numpy import ndarray

from ..door import door


@door("x[N,I] indices[B] -> out[B,I]")
def gather_rows(x: ndarray, indices: ndarray, out: ndarray) -> None:
    """out = x[indices], cast to out's dtype; the rows of x may lie any distance apart.

    x is uint8, int64, float32 or float64, out float32, float64 or int64; indices outside 0..N-1
    raise IndexError.
    """
    if len(indices) and not 0 <= indices.min() <= indices.max() < len(x):
        raise IndexError(f"gather_rows: the indices must lie in 0..{len(x) - 1}")
    out[:] = x[indices]
