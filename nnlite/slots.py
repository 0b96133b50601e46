"""The inputs and outputs of a model by name and place, and whatever is given for each of them.

Arrays, losses, metrics, loss weights, sample weights and class weights: each may be given in a
list by place or in a dict by name, and all are told apart here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import did_you_mean
from .structures import names_of
from .tree import flatten, is_nested, is_shape, map_structure, sorted_keys


class Slots:
    """The names of a model's inputs or outputs, in order.

    Parameters
    ----------
    names : sequence of str
    kind : "input" or "output"
        What they are called in messages.
    structure : structure, optional
        Lists and dicts in which the slots stand, where these are nested.
    """

    def __init__(self, names: Sequence[str], kind: str = "output", structure: Any = None) -> None:
        self.names = list(names)
        self.kind = kind
        nested = is_nested(structure) and any(map(is_nested, _values(structure)))
        self.structure = structure if nested else None

    @classmethod
    def of_outputs(cls, model: Any, shapes: Any) -> Slots:
        """Name the outputs of a model whose outputs have `shapes`: one shape, or a structure.

        By the names that a functional model knows; else by the keys of a dict, or "output_1",
        "output_2", ...
        """
        known = model._output_names
        names = names_of(shapes, "output", is_shape) if known is None else known
        return cls(names, structure=map_structure(lambda _: None, shapes, is_shape))

    def __len__(self) -> int:
        return len(self.names)

    def split(self, given: Any, place: str, *, nested: bool = False) -> list[Any]:
        """Return what is given for each slot: by place, by name, or one thing for the only one.

        Parameters
        ----------
        given : list or tuple, one entry a slot; dict by name, which may leave some out (then they
            get None); nested as the slots are; or the thing for the only slot
        place : str
            What it is, for messages: "loss", "y".
        nested : bool
            Whether the lists and dicts may hold others, to any depth.

        Raises
        ------
        ValueError
            For a wrong number of things, or a name that no slot has.
        """
        if nested and is_nested(given) and any(map(is_nested, _values(given))):
            given = flatten(given)
        elif self.structure is not None and _fits(given, self.structure):
            return _along(self.structure, given)
        if isinstance(given, dict):
            return self._by_name(given, place)
        entries = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(entries) != len(self):
            raise ValueError(self.mismatch(len(entries), place))
        return entries

    def split_or_share(self, given: Any, place: str) -> list[Any]:
        """Do the same, where what is not in a list or dict counts for every slot.

        A dict with a "class_name" is the configuration of a thing, and no dict of things.
        """
        one = not is_nested(given) or (isinstance(given, dict) and "class_name" in given)
        return [given] * len(self) if one else self.split(given, place)

    def _by_name(self, given: dict[str, Any], place: str) -> list[Any]:
        for name in given:
            if name not in self.names:
                raise ValueError(
                    f"{place} names the {self.kind} {name!r}, which the model does not have."
                    f"{did_you_mean(str(name), self.names)} Its {self.kind}s: "
                    f"{', '.join(self.names)}."
                )
        return [given.get(name) for name in self.names]

    def mismatch(self, count: int, place: str) -> str:
        """Say that `count` entries are not one for each slot."""
        if len(self) == 1:
            return f"the model has one {self.kind}, so {place} takes one entry, got {count}"
        return (
            f"the model has {len(self)} {self.kind}s ({', '.join(self.names)}), so {place} takes "
            f"{len(self)} entries, got {count}; give a list with one for each, or a dict by name"
        )


def _fits(given: Any, structure: Any) -> bool:
    """Whether lists and dicts are nested as in `structure`; a dict may leave out some keys."""
    if given is None or not is_nested(structure):
        return True
    if isinstance(structure, dict):
        fits = isinstance(given, dict) and given.keys() <= structure.keys()
        return fits and all(_fits(part, structure[key]) for key, part in given.items())
    same = isinstance(given, (list, tuple)) and len(given) == len(structure)
    return same and all(map(_fits, given, structure))


def _along(structure: Any, given: Any) -> list[Any]:
    """Return what `given`, which fits, holds for each leaf of `structure`; None is for all."""
    if not is_nested(structure):
        return [given]
    if given is None:
        return [None] * len(flatten(structure))
    if isinstance(structure, dict):
        pairs = [(structure[key], given.get(key)) for key in sorted_keys(structure)]
    else:
        pairs = list(zip(structure, given, strict=True))
    return [one for pair in pairs for one in _along(*pair)]


def _values(given: Any) -> Any:
    return given.values() if isinstance(given, dict) else given
