"""Automatic names, as Keras gives them: dense, dense_1, dense_2, ..."""

from __future__ import annotations

_counts: dict[str, int] = {}


def unique_name(base: str) -> str:
    """`base` itself at its first use, then `base_1`, `base_2`, ..."""
    count = _counts.get(base, 0)
    _counts[base] = count + 1
    return base if count == 0 else f"{base}_{count}"


def clear_session() -> None:
    """Start counting again: the next Dense layer is "dense"."""
    _counts.clear()
