"""What `adapt` is given: arrays, or batches of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...tensor import Array, raw


def batches(data: Any, steps: int | None) -> Iterator[Array]:
    """Yield `data` as arrays, at most `steps` of them.

    Parameters
    ----------
    data : array-like, pandas column, or an iterable of arrays or of tuples that begin with one
        Arrays, lists and tables are one batch.
    steps : int or None
    """
    if isinstance(data, (list, tuple)) or hasattr(data, "__array__"):
        found: Any = iter([data])
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        found = (data[index] for index in range(len(data)))
    else:
        found = iter(data)
    whole = isinstance(data, (list, tuple))
    for batch in itertools.islice(found, steps):
        first = batch[0] if isinstance(batch, tuple) and not whole else batch
        yield np.asarray(raw(first))
