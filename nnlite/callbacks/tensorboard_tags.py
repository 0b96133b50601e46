"""By what names TensorBoard shows weights and layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def tags_of(owners: Iterable[Any]) -> dict[int, str]:
    """Return the path of each weight or layer, by its id; no two have the same.

    Where layers were given one name, the second is numbered, as names made by nnlite are: what
    they write would lie on top of each other.

    Parameters
    ----------
    owners : Parameters or layers
    """
    found: dict[int, str] = {}
    taken: set[str] = set()
    for owner in owners:
        if id(owner) in found:
            continue
        tag, number = owner.path, 0
        while tag in taken:
            number += 1
            tag = f"{owner.path}_{number}"
        taken.add(tag)
        found[id(owner)] = tag
    return found
