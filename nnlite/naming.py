"""Automatic names, as Keras gives them: dense, dense_1, dense_2, ..."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_counts: dict[str, int] = {}


def unique_name(base: str) -> str:
    """`base` itself at its first use, then `base_1`, `base_2`, ..."""
    count = _counts.get(base, 0)
    _counts[base] = count + 1
    return base if count == 0 else f"{base}_{count}"


def clear_session() -> None:
    """Start counting again: the next Dense layer is "dense"."""
    _counts.clear()


@contextlib.contextmanager
def names_kept() -> Iterator[None]:
    """Let what is named inside the `with` count for nothing afterwards."""
    before = dict(_counts)
    try:
        yield
    finally:
        _counts.clear()
        _counts.update(before)
