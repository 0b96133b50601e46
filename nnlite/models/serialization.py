"""Models as plain data, in Keras 3's layout, and back."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import layers, tree
from ..custom_objects import custom_object_scope, found_in
from ..errors import at_place, unknown_name
from ..graph import Node, SymbolicTensor
from ..layers import Layer
from ..layers.operation import OF_KERAS, OPS, Operation, keras_class
from ..registry import UNUSED, class_description
from .functional import Functional
from .model import Model
from .network import Network
from .sequential import Sequential

Config = dict[str, Any]
Classes = dict[str, type[Layer]]

#: What a class name in a configuration stands for, besides what the reader brings along.
CLASSES: Classes = {
    cls.__name__: cls
    for cls in (*vars(layers).values(), Operation, Functional, Model, Sequential)
    if isinstance(cls, type) and issubclass(cls, Layer)
}


def layer_to_config(layer: Layer) -> Config:
    """Return `{"module": ..., "class_name": ..., "config": ..., "registered_name": ...}`.

    And what a layer was built for, and how a model was compiled.
    """
    config = {**class_description(type(layer)), "config": layer.get_config()}
    if layer._build_shape is not None:
        config["build_config"] = {"input_shape": layer._build_shape}
    if isinstance(layer, Model) and layer.compiled:
        config["compile_config"] = layer.get_compile_config()
    return config


def layer_from_config(config: Config, custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """Make a layer, or a model, of what `layer_to_config` returned, or Keras.

    Raises
    ------
    ValueError
        For an unknown class.
    """
    with custom_object_scope(custom_objects or {}):
        cls: Any = found_in(config) or CLASSES.get(config["class_name"])
        if cls is None:
            name = config["class_name"]
            error = unknown_name("layer", name, CLASSES)
            raise ValueError(
                f"{error} Classes of your own are given as custom_objects={{{name!r}: {name}}}, or "
                "registered by @register_keras_serializable()"
            )
        if not issubclass(cls, Model):
            return cls.from_config(config["config"])
        model = cls.from_config(config["config"], custom_objects=custom_objects)
        if config.get("compile_config"):
            _compile(model, config["compile_config"])
        return model


def _compile(model: Model, config: Config) -> None:
    """Compile a model, where all that it was compiled with is known here."""
    try:
        model.compile_from_config(config)
    except (ValueError, TypeError) as error:
        warnings.warn(
            f"{model.name!r} is not compiled, since not all of its compile(...) can be read: "
            f"{error}",
            stacklevel=4,
        )


# ------------------------------------------------------------------------------ functional models


def graph_to_config(network: Network, inputs: Any, outputs: Any) -> Config:
    """Return the layers of a graph, their calls, and which tensors enter and leave."""
    calls: dict[Layer, list[Node]] = {operation: [] for operation in network.operations}
    for node in sorted(network.nodes, key=network.numbers.__getitem__):
        calls[node.operation].append(node)

    def place(tensor: SymbolicTensor) -> list[Any]:
        source = network.source(tensor)
        operation, _, index = source._keras_history
        return [operation.name, network.numbers[source.node], index]

    def end(tensor: SymbolicTensor) -> list[Any]:
        name, number, index = place(tensor)
        return [name, number + _first(network.source(tensor)._keras_history.operation), index]

    def called(node: Node) -> Config:
        return {"args": plain(list(node.args), place), "kwargs": plain(node.kwargs, place)}

    def described(operation: Layer, nodes: list[Node]) -> Config:
        if isinstance(operation, Operation):
            return operation_to_config(operation, called(nodes[0]))
        inbound = [called(node) for node in nodes if not node.is_input]
        config = layer_to_config(operation)
        return {**config, "name": operation.name, "inbound_nodes": inbound}

    return {
        "layers": [described(operation, nodes) for operation, nodes in calls.items()],
        "input_layers": tree.map_structure(end, inputs),
        "output_layers": tree.map_structure(end, outputs),
    }


def graph_from_config(config: Config, custom_objects: Classes | None) -> tuple[Any, Any]:
    """Make a graph of what `graph_to_config` returned; return its inputs and outputs."""
    made: dict[tuple[str, int], list[SymbolicTensor]] = {}
    first: dict[str, int] = {}  # the number of each layer's first call, at the ends of the graph
    calls: deque[Call] = deque()
    layer: Layer
    for number, entry in enumerate(config["layers"]):
        with at_place(f"layers[{number}]"):
            if str(entry.get("module")).startswith("keras.src.ops"):
                layer, entry = operation_from_config(entry)
            else:
                layer = layer_from_config(entry, custom_objects)
            first[layer.name] = _first(layer)
            nodes = entry.get("inbound_nodes") or []
            if not nodes and layer._inbound_nodes:
                made[layer.name, 0] = layer._inbound_nodes[0].output_tensors
            calls += [(layer, place, node) for place, node in enumerate(nodes)]
    _do(calls, made, config.get("name"))

    def end(where: Any) -> SymbolicTensor:
        name, node, index = where
        return made[name, int(node) - first[name]][int(index)]

    with at_place("ends"):
        return tuple(
            tree.map_structure(end, config[key], _is_place)
            for key in ("input_layers", "output_layers")
        )


Call = tuple[Layer, int, Config]  # what is called, which of its calls this is, and on what


class _NotMadeYet(Exception):  # noqa: N818 - it is no error but says what to wait for
    """A call needs what another call makes, which is still to come."""


def _do(calls: deque[Call], made: dict[tuple[str, int], list[SymbolicTensor]], model: Any) -> None:
    """Call layers on what others make, each as soon as that is there."""

    def tensor(where: Any) -> SymbolicTensor:
        name, node, index = where
        if (name, int(node)) not in made:
            raise _NotMadeYet(name, int(node))
        return made[name, int(node)][int(index)]

    waiting: dict[tuple[str, int], list[Call]] = {}
    while calls:
        layer, place, node = calls.popleft()
        with at_place(layer.name):
            try:
                args, kwargs = live(node["args"], tensor), live(node["kwargs"], tensor)
            except _NotMadeYet as missing:
                waiting.setdefault(missing.args, []).append((layer, place, node))
                continue
            if kwargs.get("mask") is None or "mask" not in layer._call_keywords:
                kwargs.pop("mask", None)  # a mask goes with its tensor
            made[layer.name, place] = tree.flatten(layer(*args, **kwargs))
        calls += waiting.pop((layer.name, place), [])
    if waiting:
        names = {layer.name for stuck in waiting.values() for layer, _, _ in stuck}
        raise ValueError(
            f"the configuration of {model!r} is broken: the calls of {', '.join(sorted(names))} "
            "need tensors that no layer makes"
        )


def operation_to_config(operation: Operation, call: Config) -> Config:
    """Return an op and its only call as Keras does: the keywords of the call are in its config."""
    module, name = keras_class(operation.op)
    args, settings = call["args"], {key: _as_list(value) for key, value in call["kwargs"].items()}
    if name == "Concatenate":  # which takes a list
        args = [args]
    elif name == "GetItem":
        key = settings["key"]
        args, settings = [*args, key if key is not call["kwargs"]["key"] else [key]], {}
    return {
        "module": module,
        "class_name": name,
        "config": {"name": operation.name, **settings},
        "registered_name": name,
        "name": operation.name,
        "inbound_nodes": [{"args": args, "kwargs": {}}],
    }


def operation_from_config(entry: Config) -> tuple[Operation, Config]:
    """Make an op of what `operation_to_config` returned, or Keras; and say how it is called."""
    name = entry["class_name"]
    if name not in OF_KERAS:
        raise unknown_name("op", name, OF_KERAS)
    op = OPS[OF_KERAS[name]]
    (call,) = entry["inbound_nodes"]
    settings = {
        key: value
        for key, value in (entry["config"] | call["kwargs"]).items()
        if key != "name"
        and (op.takes_many or key in op.attributes or value not in UNUSED.get(key, (None,)))
    }
    args = call["args"]
    if name == "Concatenate":
        (args,) = args
    elif name == "GetItem":
        parts = args[1] if isinstance(args[1], list) else [args[1]]
        args, settings = args[:1], {"key": {"class_name": "__tuple__", "config": parts}}
    call = {"args": args, "kwargs": settings}
    operation = Operation(op, name=entry["config"].get("name"))
    return operation, {**entry, "inbound_nodes": [call]}


def _as_list(value: Any) -> Any:
    """Write a tuple as a list, as Keras does among what belongs to an op."""
    is_tuple = isinstance(value, dict) and value.get("class_name") == "__tuple__"
    return list(value["config"]) if is_tuple else value


def _first(operation: Layer) -> int:
    """The number of a layer's first call, at the ends of a graph; inside all are numbered from 0.

    A functional model's own graph is its call 0 there, as in Keras.
    """
    return 1 if isinstance(operation, Functional) else 0


def _is_place(value: Any) -> bool:
    """Whether `value` says [layer, number of the call, number of the output]."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 3
        and isinstance(value[0], str)
        and not any(isinstance(part, (str, list, tuple, dict)) for part in value[1:])
    )


# ------------------------------------------------------------------------ what a layer is called on


def plain(value: Any, place: Callable[[SymbolicTensor], list[Any]]) -> Any:
    """Turn a call's arguments into data that JSON can hold; `place` finds a tensor's origin."""
    if isinstance(value, SymbolicTensor):
        config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": place(value)}
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(value, slice):
        parts = {"start": value.start, "stop": value.stop, "step": value.step}
        return {"class_name": "__slice__", "config": {k: plain(v, place) for k, v in parts.items()}}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, tuple):
        return {"class_name": "__tuple__", "config": [plain(part, place) for part in value]}
    if isinstance(value, list):
        return [plain(part, place) for part in value]
    if isinstance(value, dict):
        return {key: plain(part, place) for key, part in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        config = {"value": value.tolist(), "dtype": str(value.dtype)}
        return {"class_name": "__numpy__", "config": config}
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return str(np.dtype(value))
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"get_config: a layer of the model was called with {value!r}, which cannot be written down"
    )


def live(value: Any, tensor: Callable[[Any], SymbolicTensor]) -> Any:
    """Turn what `plain` returned into arguments again; `tensor` finds the one of an origin."""
    if isinstance(value, (list, tuple)):
        return [live(part, tensor) for part in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if kind == "__keras_tensor__":
        return tensor(value["config"]["keras_history"])
    if kind == "__slice__":
        return slice(*(live(value["config"][name], tensor) for name in ("start", "stop", "step")))
    if kind == "__ellipsis__":
        return Ellipsis
    if kind == "__tuple__":
        return tuple(live(part, tensor) for part in value["config"])
    if kind == "__numpy__":
        return np.array(value["config"]["value"], value["config"]["dtype"])
    return {key: live(part, tensor) for key, part in value.items()}
