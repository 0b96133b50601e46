"""split_dataset: two parts of arrays, such as one to train on and one to test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..random import stream
from ..tree import flatten, map_structure


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Divide arrays into a left and a right part.

    Parameters
    ----------
    dataset : array, or a tuple, list or dict of arrays of one length
    left_size, right_size : int or float, optional
        How many samples, or which share of them; one says what the other is.
    shuffle : bool
        Whether to take the samples in a random order.
    seed : int, optional
        Of that order; by default the stream of shuffles decides, which `set_random_seed` starts.

    Returns
    -------
    left, right : of the structure of `dataset`

    Raises
    ------
    ValueError
        Where the sizes do not fit the samples.
    """
    arrays = map_structure(np.asarray, dataset)
    lengths = {len(array) for array in flatten(arrays)}
    if len(lengths) != 1:
        raise ValueError(f"split_dataset: the arrays have different lengths, {sorted(lengths)}")
    (samples,) = lengths
    left, right = (_count(size, samples) for size in (left_size, right_size))
    if left is None and right is None:
        raise ValueError("split_dataset: give left_size or right_size")
    left = samples - right if left is None else left  # type: ignore[operator]
    # Two shares that make a whole leave no sample out, nor take one twice, by rounding.
    shares = isinstance(left_size, float) and isinstance(right_size, float)
    whole = shares and math.isclose(left_size + right_size, 1)  # type: ignore[operator]
    right = samples - left if right is None or whole else right
    if left + right > samples:
        raise ValueError(f"split_dataset: {left} and {right} samples are more than {samples}")
    order = np.arange(samples)
    if shuffle:
        generator = stream("shuffle") if seed is None else np.random.default_rng(seed)
        generator.shuffle(order)
    return _picked(arrays, order[:left]), _picked(arrays, order[samples - right :])


def _picked(arrays: Any, places: np.ndarray) -> Any:
    return map_structure(lambda array: array[places], arrays)


def _count(size: float | None, samples: int) -> int | None:
    """Return how many samples a size or a share of them is."""
    if size is None:
        return None
    count = round(size * samples) if isinstance(size, float) else int(size)
    if isinstance(size, bool) or not 0 <= count <= samples:
        raise ValueError(
            f"split_dataset: a part is from 0 to {samples} samples, or a share of them from 0.0 to "
            f"1.0, got {size!r}"
        )
    return count
