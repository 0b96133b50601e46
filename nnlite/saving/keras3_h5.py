"""A whole model in one HDF5 file, as Keras 3 lays it out.

The root has the attributes `model_config` and, of a compiled model, `training_config`, both JSON;
the groups `model_weights` (`layer_groups`) and `optimizer_weights` (`optimizer_state`). What random
layers draw from stands in `seed_generators`, which Keras does not have and passes by.
"""

from __future__ import annotations

from typing import Any

from ..models import Model
from ..models.serialization import layer_to_config
from ..random import SeedGenerator
from ..tensor import Parameter
from .compile_config import training_config
from .hdf5 import Group
from .json_values import KERAS_VERSION, as_json
from .layer_groups import write_arrays, write_layers
from .object_tree import saved_objects
from .optimizer_state import state_of
from .weights import Match, dataset_at, group_at

SEEDS = "seed_generators"


def write(file: Any, model: Model, include_optimizer: bool) -> None:
    """Write a model into a file of h5py's.

    Raises
    ------
    ValueError
        For what no file can hold, such as a Python lambda.
    """
    stamp(file)
    file.attrs["model_config"] = as_json(layered(layer_to_config(model))).encode()
    write_weights(file.create_group("model_weights"), model)
    if model.compiled and include_optimizer:
        file.attrs["training_config"] = as_json(training_config(model)).encode()
        assert model.optimizer is not None
        write_arrays(file.create_group("optimizer_weights"), state_of(model.optimizer, model))
    states = seed_states(model)
    if states:
        group = file.create_group(SEEDS)
        for place, state in enumerate(states):
            group[str(place)] = state.data


def write_weights(group: Any, model: Model) -> None:
    """Write the weights of a model, by layers, into a group of h5py's."""
    stamp(group)
    write_layers(group, model)


def stamp(group: Any, keras_version: str = KERAS_VERSION) -> None:
    """Say which version of Keras has this layout."""
    group.attrs["keras_version"] = keras_version
    group.attrs["backend"] = "nnlite"


def layered(entry: Any) -> Any:
    """Return a model's configuration as it stands in an `.h5` file: classes by name alone."""
    if str(entry.get("module")).startswith("keras.src.ops"):
        return entry
    config = dict(entry["config"])
    for key in ("layers", "layer"):
        if isinstance(config.get(key), list):
            config[key] = [layered(one) for one in config[key]]
        elif isinstance(config.get(key), dict):
            config[key] = layered(config[key])
    outside = {key: entry[key] for key in ("name", "inbound_nodes") if key in entry}
    class_name = entry.get("registered_name") or entry["class_name"]
    return {"class_name": class_name, "config": config, **outside}


def seed_states(model: Model) -> list[Parameter]:
    """Return what the random layers of a model draw from, in order."""
    return [
        state
        for _, thing, variables, _ in saved_objects(model)
        if isinstance(thing, SeedGenerator)
        for state in variables
    ]


def seed_matches(root: Group, model: Model) -> list[Match]:
    """Match what the random layers draw from, where the file says."""
    if SEEDS not in root.members:
        return []
    group = group_at(root, SEEDS)
    states = seed_states(model)
    return [Match(state, dataset_at(group, str(place))) for place, state in enumerate(states)]
