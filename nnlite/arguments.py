"""What `fit`, `evaluate` and `predict` are given beside the data, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def batch_size(value: int | None) -> int:
    """Return how many samples a batch has, 32 by default."""
    return whole_or_none(value, "batch_size") or 32


def whole_or_none(value: Any, name: str) -> int | None:
    """Return a whole number from 1 on, or None."""
    return None if value is None else whole(value, name, 1)


def whole(value: Any, name: str, least: int) -> int:
    """Return a whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, got {value!r}")
    return int(value)


def frequency(value: int | Iterable[int]) -> Callable[[int], bool]:
    """Return what tells whether an epoch (from 0) is due: each n-th one, or those listed."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        epochs = {whole(epoch, "validation_freq", 1) for epoch in value}
        return lambda epoch: epoch + 1 in epochs
    every = whole(value, "validation_freq", 1)
    return lambda epoch: (epoch + 1) % every == 0


def flag(value: Any, name: str) -> bool:
    """Return a True or a False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)
