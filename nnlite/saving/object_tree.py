"""Weights in an HDF5 file by objects: the layout of `.weights.h5`, and inside `.keras`.

Whatever has weights is a group, at the path of attributes and places in containers by which it is
found: its own are `vars/0`, `vars/1`, ..., below it stand the objects inside it. In a container an
object is called by its class, numbered: the second Dense layer of a model is `layers/dense_1`. An
object that is found twice stands where it was found first; so the order of the walk is Keras's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..layers import Layer
from ..models import Functional, Model, Sequential
from ..optimizers import Optimizer
from ..random import SeedGenerator
from ..registry import snake_case
from ..tensor import Parameter
from .hdf5 import Group
from .layer_groups import as_in_keras
from .optimizer_state import matches_of, state_of
from .weights import Match, dataset_at, group_at, skip_or_refuse

#: Attributes of nnlite's own models that hold what `layers` holds too, and more.
OWN = frozenset({"_operations", "_chain", "_entries", "_network", "_program", "_holding"})


class Saved(NamedTuple):
    """An object that has a group in the file, and its own variables."""

    path: str
    object: Layer | Optimizer | SeedGenerator
    variables: list[Parameter]
    owner: Any = None  # of an optimizer, the model that it trains


def saved_objects(model: Model) -> Iterator[Saved]:
    """Yield everything in a model that has a group, in Keras's order."""
    yield from _object(model, "", set())


def _object(thing: Any, path: str, seen: set[int]) -> Iterator[Saved]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    yield Saved(path, thing, _own_variables(thing))
    for name, value in _attributes(thing):
        place = f"{path}/{name}".lstrip("/")
        if name == "optimizer" and isinstance(thing, Model) and isinstance(value, Optimizer):
            yield Saved(place, value, state_of(value, thing), thing)
        else:
            yield from _value(value, place, seen)


def _own_variables(thing: Any) -> list[Parameter]:
    if isinstance(thing, SeedGenerator):
        return [thing.state]
    return thing._own_weights()


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object in the order in which Keras walks them."""
    if not isinstance(thing, Layer):
        return
    found = {name: value for name, value in vars(thing).items() if name not in OWN}
    if isinstance(thing, Model):
        found["layers"] = thing.layers
    if isinstance(thing, (Functional, Sequential)):
        yield "layers", thing.layers
    for name in sorted(found, key=lambda name: f"~{name}" if name.startswith("_") else name):
        yield name, found[name]


def _value(value: Any, path: str, seen: set[int]) -> Iterator[Saved]:
    if isinstance(value, (Layer, SeedGenerator)):
        yield from _object(value, path, seen)
    elif isinstance(value, (list, tuple, dict)):
        yield from _container(value.values() if isinstance(value, dict) else value, path, seen)


def _container(things: Iterable[Any], path: str, seen: set[int]) -> Iterator[Saved]:
    counts: dict[str, int] = {}
    for thing in things:
        nested = isinstance(thing, (list, tuple, dict))
        if not nested and not isinstance(thing, (Layer, SeedGenerator)):
            continue
        name = "container" if nested else snake_case(type(thing).__name__)
        counts[name] = counts.get(name, -1) + 1
        place = f"{path}/{name}_{counts[name]}" if counts[name] else f"{path}/{name}"
        yield from _value(thing, place, seen)


def write_objects(file: Any, model: Model) -> None:
    """Write everything that a model keeps into a file of h5py's."""
    for path, thing, variables, _ in saved_objects(model):
        group = file.create_group(f"{path}/vars".lstrip("/"))
        group.attrs["name"] = thing.name
        for place, variable in enumerate(variables):
            group[str(place)] = as_in_keras(variable)


def matches_by_path(root: Group, model: Model, skip_mismatch: bool = False) -> list[Match]:
    """Match what a file holds with the layers of a model, and with its optimizer.

    Raises
    ------
    FileRefused
        Where something is missing or has another number of arrays, unless such is to be skipped.
    """
    matches: list[Match] = []
    for path, thing, variables, owner in saved_objects(model):
        place = f"{path}/vars".lstrip("/")
        if not isinstance(thing, Layer) and not _is_there(root, place):
            continue  # Keras does not write what random layers draw from
        if skip_mismatch and not _is_there(root, place):
            skip_or_refuse(root.file, f"/{place}", f"there is nothing for {thing.name!r}", True)
            continue
        group = group_at(root, place)
        arrays = [dataset_at(group, str(number)) for number in range(len(group.members))]
        if isinstance(thing, Optimizer):
            matches += matches_of(thing, owner, arrays, root.file, group.path)
        elif len(arrays) == len(variables):
            matches += map(Match, variables, arrays)
        else:
            reason = f"{thing.name!r} has {len(variables)} weights, and here are {len(arrays)}"
            skip_or_refuse(root.file, group.path, reason, skip_mismatch)
    return matches


def _is_there(root: Group, path: str) -> bool:
    found: Any = root
    for name in path.split("/"):
        found = found.members.get(name) if isinstance(found, Group) else None
    return found is not None
