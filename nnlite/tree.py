"""Structures: tensors, arrays or shapes in lists, tuples and dicts, nested as one likes.

The leaves of a dict come in the order of its sorted keys, so that how it was written does not
matter; those of a list or tuple (a named one too) in their own order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

_NESTED = (list, tuple, dict)


def is_nested(value: Any) -> bool:
    """Whether `value` is a list, tuple or dict."""
    return isinstance(value, _NESTED)


def is_shape(value: Any) -> bool:
    """Whether `value` is a shape, (None, 8), and no structure of shapes."""
    return isinstance(value, (list, tuple)) and not any(map(is_nested, value))


def leaves(structure: Any, is_leaf: Callable[[Any], bool] | None = None) -> Iterator[Any]:
    """Yield the leaves of `structure` in order; what `is_leaf` says of is not looked into."""
    if not is_nested(structure) or (is_leaf is not None and is_leaf(structure)):
        yield structure
        return
    for part in _parts(structure):
        yield from leaves(part, is_leaf)


def flatten(structure: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """Return the leaves of `structure` in order."""
    # Here and in map_structure a small call cannot wait for is_nested.
    return list(leaves(structure, is_leaf)) if isinstance(structure, _NESTED) else [structure]


def map_structure(
    function: Callable[[Any], Any], structure: Any, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """Return the same structure, with each leaf replaced by what `function` makes of it."""
    if not isinstance(structure, _NESTED) or (is_leaf is not None and is_leaf(structure)):
        return function(structure)
    if isinstance(structure, dict):
        new = {
            key: map_structure(function, structure[key], is_leaf) for key in sorted_keys(structure)
        }
        return {key: new[key] for key in structure}
    parts = [map_structure(function, part, is_leaf) for part in structure]
    if isinstance(structure, tuple):
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return parts


def pack(
    structure: Any, leaves: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """Return `structure` with its leaves replaced, in order, by `leaves`."""
    following = iter(leaves)
    return map_structure(lambda _: next(following), structure, is_leaf)


def sorted_keys(structure: dict[Any, Any]) -> list[Any]:
    """Return the keys in the order in which their values are leaves."""
    return sorted(structure, key=str)


def _parts(structure: Any) -> Iterator[Any]:
    if isinstance(structure, dict):
        return (structure[key] for key in sorted_keys(structure))
    return iter(structure)
