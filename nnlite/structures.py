"""Structures with places: which path leads to a leaf, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .tree import is_nested, sorted_keys

IsLeaf = Callable[[Any], bool]


def leaves_by_path(
    structure: Any, is_leaf: IsLeaf | None = None, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield each leaf, in the order of `tree.leaves`, with the keys and places that lead to it."""
    if not is_nested(structure) or (is_leaf is not None and is_leaf(structure)):
        yield path, structure
        return
    keys = sorted_keys(structure) if isinstance(structure, dict) else range(len(structure))
    for key in keys:
        yield from leaves_by_path(structure[key], is_leaf, (*path, key))


def show_path(path: Iterable[Any]) -> str:
    """Write a path as Python does: "['deep'][0]"."""
    return "".join(f"[{key!r}]" for key in path)


def names_of(structure: Any, stem: str, is_leaf: IsLeaf | None = None) -> list[str]:
    """Return a name for each leaf: its keys; for a place in a list its number, counted from 1.

    >>> names_of([0, {"mean": 0, "spread": 0}], "output")
    ['output_1', 'output_2_mean', 'output_2_spread']
    """
    names = []
    for path, _ in leaves_by_path(structure, is_leaf):
        parts = [str(key + 1) if isinstance(key, int) else str(key) for key in path]
        if not path or isinstance(path[0], int):
            parts = [stem, *parts]
        names.append("_".join(parts))
    return names
