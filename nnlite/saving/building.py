"""A model is made of the configuration in a file, within bounds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ..custom_objects import custom_object_scope
from ..errors import place_of
from ..layers.weights import room_for_weights
from ..models import Model
from ..models.serialization import layer_from_config
from .errors import FileRefused
from .hdf5 import Dataset, Group
from .limits import Limits

#: Whole numbers in a configuration that are no sizes.
NO_SIZES = frozenset({"seed", "salt", "shared_object_id", "vocabulary", "value", "mask_token"})


@contextlib.contextmanager
def refusing(file: str, place: str) -> Iterator[None]:
    """Let whatever goes wrong with what a file says be a refusal of the file.

    A configuration can be wrong in more ways than anybody lists, so every exception counts but a
    MemoryError: its sizes are within the limits.
    """
    try:
        yield
    except (FileRefused, MemoryError):
        raise
    except Exception as error:
        inner = place_of(error)
        where = f"{place}/{inner}" if inner else place
        reason = str(error) or "it cannot be understood"
        if isinstance(error, KeyError):
            reason = f"{reason} is missing"
        elif not isinstance(error, (ValueError, NotImplementedError)):
            reason = f"{reason} ({type(error).__name__})"
        raise FileRefused(file, where, reason) from error


def model_of(
    config: Any,
    weights: Group,
    file: str,
    place: str,
    custom_objects: Mapping[str, Any],
    limits: Limits,
) -> Model:
    """Make a model of its configuration, with new weights.

    Parameters
    ----------
    config : plain data, in the layout of Keras 3
    weights : Group
        What the file holds of arrays: the model's weights may not be larger.
    file, place : str
        Where the configuration stands.
    custom_objects : dict of str to class or function
        The reader's own.
    limits : Limits

    Raises
    ------
    FileRefused
        For whatever is wrong with it.
    """
    check_sizes(config, file, place, limits)
    if not isinstance(config, dict):
        raise FileRefused(file, place, "the configuration of a model is an object")
    with (
        refusing(file, place),
        custom_object_scope(custom_objects),
        room_for_weights(sum(map(_size, _datasets(weights)))),
    ):
        model = layer_from_config({**config, "compile_config": None})
    if not isinstance(model, Model):
        raise FileRefused(file, place, f"{model.name!r} is a layer and no model")
    if not model.built:
        raise FileRefused(file, place, f"it does not say which inputs {model.name!r} is built for")
    return model


def _datasets(group: Group) -> Iterator[Dataset]:
    for member in group.members.values():
        if isinstance(member, Group):
            yield from _datasets(member)
        else:
            yield member


def _size(dataset: Dataset) -> int:
    """How many bytes the weight may need that this becomes: it may have more digits than here."""
    count = 1
    for size in dataset.shape:
        count *= size
    return count * 8


def check_sizes(config: Any, file: str, place: str, limits: Limits) -> None:
    """Refuse a configuration with too many layers, or with a size that is too large.

    Raises
    ------
    FileRefused
    """
    calls = 0
    waiting = [("", config)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            calls += len(value) if key in ("layers", "inbound_nodes") else 0
            if key not in NO_SIZES:
                waiting += [(key, part) for part in value]
        elif isinstance(value, int) and abs(value) > limits.units and key not in NO_SIZES:
            raise FileRefused(
                file, place, f"{key!r} is {value}; more than {limits.units} is not read "
                "unless limits=Limits(units=...) allows it",
            )  # fmt: skip
    if calls > 2 * limits.layers:
        raise FileRefused(
            file, place, f"it has more than {limits.layers} layers, which is not read unless "
            "limits=Limits(layers=...) allows it",
        )  # fmt: skip
