"""A layer as plain data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Layer


def serialize(layer: Layer) -> dict[str, Any]:
    """Return a layer, or a model, as plain data that JSON can hold, in Keras 3's layout."""
    from ..models.serialization import layer_to_config  # the layer may be a model

    return layer_to_config(layer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """Make a layer of what `serialize` returned, nnlite's or Keras's; without its weights.

    Parameters
    ----------
    config : dict
    custom_objects : dict of str to class or function, optional
        Your own, by the names in the configuration.

    Raises
    ------
    ValueError
        For an unknown class, and for what is no configuration of a layer.
    """
    from ..models.serialization import layer_from_config

    if not isinstance(config, dict) or not {"class_name", "config"} <= config.keys():
        raise ValueError(
            "layers.deserialize takes what layers.serialize returns, a dict with 'class_name' and "
            f"'config', got {config!r}"
        )
    return layer_from_config(config, custom_objects)
