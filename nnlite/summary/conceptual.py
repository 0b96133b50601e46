"""The layers of a model as TensorBoard's Graphs page reads them: Keras's JSON, with small repairs.

Of a model inside another, the page takes the names of the inputs for strings, and of what a layer
is called on it expects tensors and lists of them, where Keras 3 writes `["x", 0, 0]` and numbers as
well. There it fails, or loses edges; what it can read stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Config = dict[str, Any]


def conceptual_graph(model: Any) -> str:
    """Return a model's JSON, such that all of it is shown.

    Parameters
    ----------
    model : Model
        Sequential or functional.
    """
    described = json.loads(model.to_json())
    _repair(described)
    return json.dumps(described)


def _repair(model: Config) -> None:
    """Change what the page cannot read in the layers of a model, and in those of inner models."""
    for layer in model["config"].get("layers", ()):
        for node in layer.get("inbound_nodes", ()):
            if node["kwargs"] or not all(map(_can_be_read, node["args"])):
                node["args"], node["kwargs"] = [*_tensors([node["args"], node["kwargs"]])], {}
        inputs = layer["config"].get("input_layers")
        if inputs:
            several = isinstance(inputs[0], list)
            if several or "input_layers" not in model["config"]:
                layer["config"]["input_layers"] = [x[0] for x in (inputs if several else [inputs])]
        if "layers" in layer["config"]:
            _repair(layer)


def _can_be_read(argument: Any) -> bool:
    parts = argument if isinstance(argument, list) else [argument]
    return all(isinstance(part, dict) and "config" in part for part in parts)


def _tensors(value: Any) -> Iterator[Config]:
    """Yield the tensors in the arguments of a call, in order."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)
