"""Which batches of a training are profiled."""

from __future__ import annotations

from typing import Any

import numpy as np


def profiled_batches(profile_batch: Any) -> range:
    """Return the batches that `profile_batch` means, counted from 1 through the whole training.

    Parameters
    ----------
    profile_batch : int, pair of int, or str of such a pair
        One batch, or the first and the last one: 5, (10, 20), "10,20". 0 is none.

    Raises
    ------
    ValueError
        For anything else.
    """
    try:
        found = _first_and_last(profile_batch)
    except (TypeError, ValueError):
        found = None
    if found is None or found[0] < 0 or found[1] < found[0]:
        raise ValueError(
            "TensorBoard: profile_batch must be a batch's number (from 1 on; 0 is none), or a pair "
            f"of the first and the last one, such as (10, 20) or '10,20', got {profile_batch!r}"
        )
    first, last = found
    return range(max(first, 1), last + 1)


def _first_and_last(given: Any) -> tuple[int, int] | None:
    if isinstance(given, str):
        given = [int(part) for part in given.split(",")]
    if _is_whole(given):
        return int(given), int(given)
    if isinstance(given, (list, tuple)) and len(given) == 2 and all(map(_is_whole, given)):
        return int(given[0]), int(given[1])
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
