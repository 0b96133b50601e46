"""Weights in an HDF5 file by layers: the older layout, of both generations of Keras.

A group has the attribute `layer_names`, and for each of these a group with the attribute
`weight_names`, the paths of its arrays. What counts is the order: of the layers that have weights,
and of each one's weights, trainable ones first. An inner model is one layer with a flat list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..layers import Layer
from ..models import Model
from ..tensor import Parameter
from .errors import FileRefused
from .hdf5 import Dataset, Group
from .weights import Match, dataset_at, group_at, skip_or_refuse

#: The weights that a model itself has, beside its layers.
TOP_LEVEL = "top_level_model_weights"

#: How many bytes an attribute may have; lists of names that are longer are written in parts.
LONGEST_ATTRIBUTE = 64512


def weights_of(layer: Layer) -> list[Parameter]:
    """Return all weights of a layer in the order of the file."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def own_weights_of(model: Model) -> list[Parameter]:
    """Return the weights of a model that are no layer's."""
    _, own, _ = next(model._inside())
    return sorted(own, key=lambda weight: not weight.learned)


# ------------------------------------------------------------------------------ writing


def write_layers(group: Any, model: Model) -> None:
    """Write all weights of a model into a group of h5py's."""
    write_names(group, "layer_names", [layer.name for layer in model.layers])
    for layer in sorted(model.layers, key=lambda one: one.name):
        write_arrays(group.create_group(layer.name), weights_of(layer))
    write_arrays(group.create_group(TOP_LEVEL), own_weights_of(model))


def write_arrays(
    group: Any, variables: Sequence[Parameter], names: Sequence[str] | None = None
) -> None:
    """Write arrays under some names, by default the paths of their variables, and the names."""
    found: dict[str, Any] = {}
    for variable, name in zip(variables, names or [one.path for one in variables], strict=True):
        unique, count = name, 0
        while unique in found:  # layers of two inner models may have one name
            count += 1
            unique = f"{name}_{count}"
        found[unique] = as_in_keras(variable)
    write_names(group, "weight_names", list(found))
    for name, values in found.items():
        group[name] = values


def as_in_keras(variable: Parameter) -> Any:
    """Return the values of a variable as Keras has them: a learning rate in 32 bits."""
    values = variable.data
    is_rate = variable.name == "learning_rate" and values.ndim == 0
    return values.astype(np.float32) if is_rate else values


def write_names(group: Any, attribute: str, names: list[str]) -> None:
    """Write a list of names as an attribute, or as several where it is too long for one."""
    encoded = [name.encode() for name in names]
    parts = 1
    while parts < len(encoded) and any(
        part.nbytes > LONGEST_ATTRIBUTE for part in np.array_split(encoded, parts)
    ):
        parts += 1
    if parts == 1:
        group.attrs[attribute] = encoded
    else:
        for place, part in enumerate(np.array_split(encoded, parts)):
            group.attrs[f"{attribute}{place}"] = part


# ------------------------------------------------------------------------------ reading


def names_in(group: Group, attribute: str) -> list[str]:
    """Return a list of names that `write_names` has written, or Keras.

    Raises
    ------
    FileRefused
        Where there is none.
    """
    parts = [group.attrs[attribute]] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(group.attrs[f"{attribute}{len(parts)}"])
    if not parts:
        raise FileRefused(group.file, group.path, f"it has no attribute {attribute!r}")
    names = [name for part in parts for name in _listed(part)]
    if not all(isinstance(name, str) for name in names):
        raise FileRefused(group.file, group.path, f"{attribute!r} must be a list of names")
    return names


def _listed(part: Any) -> list[Any]:
    return [part] if isinstance(part, str) or np.ndim(part) == 0 else list(part)


def arrays_in(group: Group) -> list[Dataset]:
    """Return the arrays of a group in their order."""
    return [dataset_at(group, name) for name in names_in(group, "weight_names")]


def matches_by_order(group: Group, model: Model) -> list[Match]:
    """Match the n-th layer with weights of a file with the n-th of a model.

    Raises
    ------
    FileRefused
        Where their numbers differ, or those of a layer's weights.
    """
    layers = [layer for layer in model.layers if weights_of(layer)]
    stored = [(name, arrays_in(group_at(group, name))) for name in names_in(group, "layer_names")]
    stored = [(name, arrays) for name, arrays in stored if arrays]
    if len(stored) != len(layers):
        raise FileRefused(
            group.file, group.path,
            f"it holds {len(stored)} layers with weights ({', '.join(n for n, _ in stored)}), and "
            f"{model.name!r} has {len(layers)} ({', '.join(layer.name for layer in layers)})",
        )  # fmt: skip
    matches = []
    for layer, (name, arrays) in zip(layers, stored, strict=True):
        matches += _layer_matches(group, name, layer.name, weights_of(layer), arrays)
    return [*matches, *_top_level_matches(group, model)]


def matches_by_name(group: Group, model: Model, skip_mismatch: bool = False) -> list[Match]:
    """Match the layers of a file with those of a model that have their names; all others stay.

    Raises
    ------
    FileRefused
        Where two have different numbers of weights, unless such are to be skipped.
    """
    layers = {layer.name: layer for layer in model.layers}
    matches = []
    for name in names_in(group, "layer_names"):
        if name in layers:
            arrays, weights = arrays_in(group_at(group, name)), weights_of(layers[name])
            if skip_mismatch and len(arrays) != len(weights):
                reason = _counts(name, weights, arrays)
                skip_or_refuse(group.file, f"{group.path}/{name}", reason, skip_mismatch)
            else:
                matches += _layer_matches(group, name, name, weights, arrays)
    return [*matches, *_top_level_matches(group, model)]


def _top_level_matches(group: Group, model: Model) -> Iterator[Match]:
    if TOP_LEVEL in group.members:
        arrays = arrays_in(group_at(group, TOP_LEVEL))
        yield from _layer_matches(group, TOP_LEVEL, model.name, own_weights_of(model), arrays)


def _layer_matches(
    group: Group, name: str, layer: str, weights: list[Parameter], arrays: list[Dataset]
) -> list[Match]:
    if len(arrays) != len(weights):
        raise FileRefused(group.file, f"{group.path}/{name}", _counts(layer, weights, arrays))
    return list(map(Match, weights, arrays))


def _counts(layer: str, weights: list[Parameter], arrays: list[Dataset]) -> str:
    return f"{layer!r} has {len(weights)} weights, and here are {len(arrays)}"
