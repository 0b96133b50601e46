"""Models made of a configuration, or like another model, with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import tree
from ..graph import SymbolicTensor
from ..layers import InputLayer, Layer
from .functional import Functional
from .model import Model
from .network import filled, with_slots
from .sequential import Sequential
from .serialization import Classes, layer_from_config

CloneFunction = Callable[[Layer], Layer]
CallFunction = Callable[..., Any]


def model_from_json(json_string: str, custom_objects: Classes | None = None) -> Model:
    """Make a model of what its `to_json` returned, with new weights.

    Parameters
    ----------
    json_string : str
    custom_objects : dict of str to class, optional
        Layers and models of your own, by their names.

    Raises
    ------
    ValueError
        For an unknown layer, or what is no model's JSON.
    """
    import json  # only where it is used: it takes a millisecond

    config = json.loads(json_string)
    if not isinstance(config, dict) or not {"class_name", "config"} <= config.keys():
        raise ValueError("model_from_json: this is not what model.to_json() returned")
    model = layer_from_config(config, custom_objects)
    if not isinstance(model, Model):
        raise ValueError(f"model_from_json: {config['class_name']!r} is a layer and no model")
    return model


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: CloneFunction | None = None,
    call_function: CallFunction | None = None,
    recursive: bool = False,
) -> Model:
    """Make a model of the same layers, with weights of its own, new ones.

    Parameters
    ----------
    model : Sequential or Functional
    input_tensors : structure of SymbolicTensor, optional
        What the clone is built on; new inputs by default.
    clone_function : function of a layer, optional
        Returns the layer that takes a layer's place; by default one of the same configuration.
        Input layers are not asked about.
    call_function : function of (layer, *args, **kwargs), optional
        Calls each new layer in place of `layer(*args, **kwargs)`; for functional models.
    recursive : bool
        Whether `clone_function` is asked for the layers of inner models, not for these as wholes.

    Raises
    ------
    ValueError
        For a subclassed model, whose code only itself can clone.
    """
    clone = clone_function or _same_again

    def cloned(layer: Layer) -> Layer:
        if recursive and isinstance(layer, (Functional, Sequential)):
            return clone_model(layer, None, clone_function, call_function, recursive=True)
        return clone(layer)

    if isinstance(model, Functional):
        return _cloned_graph(model, input_tensors, cloned, call_function or _call)
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError("clone_model: a call_function is for functional models only")
        return _cloned_chain(model, input_tensors, cloned)
    raise ValueError(
        f"clone_model: {type(model).__name__} is a subclassed model, and what its call() does is "
        "not known; make another by its constructor, or copy.deepcopy it with its weights"
    )


def _same_again(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def _call(layer: Layer, *args: Any, **kwargs: Any) -> Any:
    return layer(*args, **kwargs)


def _cloned_chain(model: Sequential, input_tensors: Any, cloned: CloneFunction) -> Sequential:
    twin = Sequential(name=model.name, trainable=model.trainable)
    if input_tensors is not None:
        (tensor,) = tree.flatten(input_tensors)
        twin.add(tensor)
    elif isinstance(model._entries, InputLayer):
        twin.add(_same_again(model._entries))
    for layer in model.layers:
        twin.add(cloned(layer))
    if model._entries is not None and not twin.built:
        twin.build(model.input_shape)
    return twin


def _cloned_graph(
    model: Functional, input_tensors: Any, cloned: CloneFunction, call: CallFunction
) -> Functional:
    network = model._network
    if input_tensors is None:
        inputs = [_same_again(entry).output for entry in network.entries]
    else:
        inputs = tree.flatten(input_tensors)
        if len(inputs) != len(network.entries):
            raise ValueError(
                f"clone_model: {model.name!r} has {len(network.entries)} inputs, got {len(inputs)} "
                "input_tensors"
            )
    values: dict[int, SymbolicTensor] = {
        id(entry.output): tensor for entry, tensor in zip(network.entries, inputs, strict=True)
    }

    def place(tensor: SymbolicTensor) -> int:
        return id(network.source(tensor))

    twins: dict[Layer, Layer] = {}
    for node in network.nodes:
        if node.is_input:
            continue
        if node.operation not in twins:
            twins[node.operation] = cloned(node.operation)
        args, kwargs = filled(with_slots((node.args, node.kwargs), place), values)
        outputs = call(twins[node.operation], *args, **kwargs)
        values |= zip(map(id, node.output_tensors), tree.leaves(outputs), strict=True)
    structure = tree.pack(model.input, inputs)
    outputs = filled(with_slots(model.output, place), values)
    return Functional(structure, outputs, name=model.name, trainable=model.trainable)
