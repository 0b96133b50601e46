"""Keras 2's configurations as Keras 3 would have written them: each difference is a row.

The rows of `LAYERS` are about the settings of layers, by class; those of `OBJECTS` about what a
model was compiled with. Beside them stands how Keras 2 wrote a graph: `[[["a", 0, 0, {}], ...]]`,
each call a list of tensors, with the calls of inner models numbered from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..models import Model
from .building import refusing
from .errors import FileRefused

Config = dict[str, Any]

ANY = "any layer"


def is_keras2(version: Any, config: Any) -> bool:
    """Whether a file was written by Keras 2 (or 1): as it says or, if not, by its inputs."""
    if isinstance(version, str) and version[:1].isdigit():
        return int(version.partition(".")[0]) < 3
    return "batch_input_shape" in str(config)


class Row(NamedTuple):
    """A difference: whose it is, and what becomes of the settings."""

    of: tuple[str, ...]
    change: Callable[[Config], Config]


def _renamed(before: str, after: str) -> Callable[[Config], Config]:
    return lambda config: {after if key == before else key: v for key, v in config.items()}


def _without(*names: str) -> Callable[[Config], Config]:
    return lambda config: {key: value for key, value in config.items() if key not in names}


# ------------------------------------------------------------------------------ layers


def _shape_of_sample(config: Config) -> Config:
    """A first layer gave the shape of a batch."""
    shape = config.get("batch_input_shape")
    rest = _without("batch_input_shape")(config)
    return rest if shape is None else {**rest, "input_shape": shape[1:]}


def _one_axis(config: Config) -> Config:
    axis = config.get("axis")
    return {**config, "axis": axis[0]} if isinstance(axis, list) and len(axis) == 1 else config


def _activation(config: Config) -> Config:
    """hard_sigmoid was another function."""
    changed = config.get("activation") == "hard_sigmoid"
    return {**config, "activation": "hard_sigmoid_of_keras_2"} if changed else config


def _dtype(config: Config) -> Config:
    policy = config.get("dtype")
    return {**config, "dtype": policy["config"]["name"]} if isinstance(policy, dict) else config


def _layers(config: Config) -> Config:
    """Layers inside."""
    found = dict(config)
    if isinstance(config.get("layers"), list):
        found["layers"] = [_layer(entry) for entry in config["layers"]]
    if isinstance(config.get("layer"), dict):
        found["layer"] = _layer(config["layer"])
    return found


LAYERS = (
    Row(("InputLayer",), _renamed("batch_input_shape", "batch_shape")),
    Row((ANY,), _shape_of_sample),
    Row((ANY,), _dtype),
    Row((ANY,), _activation),
    Row((ANY,), _layers),
    Row(("LeakyReLU",), _renamed("alpha", "negative_slope")),
    Row(("BatchNormalization",), _one_axis),
    Row(("BatchNormalization",), _without("renorm", "fused", "virtual_batch_size")),
    Row(("Embedding",), _without("input_length")),
    Row(("Lambda",), _without("module", "function_type", "output_shape_type",
                              "output_shape_module", "mask_type", "mask_module")),
)  # fmt: skip

#: Classes by their older names.
CLASSES = {"Model": "Functional"}


def model(config: Any, file: str, place: str = "/model_config") -> Any:
    """Return the configuration of a model of Keras 2 in the layout of Keras 3.

    Raises
    ------
    FileRefused
        For what is no such configuration.
    """
    with refusing(file, place):
        return _layer(config)


def _layer(entry: Config) -> Config:
    name = entry["class_name"]
    name = CLASSES.get(name, name)
    config = entry["config"]
    if isinstance(config, list):  # of a Sequential, in the first versions
        config = {"layers": config}
    for row in LAYERS:
        if name in row.of or row.of == (ANY,):
            config = row.change(config)
    if "output_layers" in config:
        config = _graph(config)
    return {**entry, "class_name": name, "config": config}


# ------------------------------------------------------------------------------ graphs


def _graph(config: Config) -> Config:
    """Write the calls of a graph as Keras 3 does."""
    first = {entry["name"]: _first(entry) for entry in config["layers"]}

    def tensor(place: Any) -> Config:
        name, node, index = place[:3]
        history = [name, node - first[name], index]
        return {"class_name": "__keras_tensor__", "config": {"keras_history": history}}

    def call(node: Any) -> Config:
        if isinstance(node, dict):  # of one layer, with all arguments by name
            raise ValueError("a call with tensors among its keywords is not read")
        tensors = [tensor(place) for place in node]
        kwargs = node[0][3] if node and len(node[0]) > 3 else {}
        return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": kwargs}

    def end(place: Any) -> Any:
        """The functional ones alone are numbered from 1 at the ends, in Keras 3."""
        if isinstance(place, dict):
            return {key: end(one) for key, one in place.items()}
        if place and isinstance(place[0], (list, dict)):
            return [end(one) for one in place]
        name, node, index = place
        return [name, node - first[name] + (name in functional), index]

    functional = {entry["name"] for entry in config["layers"] if "output_layers" in entry["config"]}
    layers = [
        {**entry, "inbound_nodes": [call(node) for node in entry.get("inbound_nodes") or []]}
        for entry in config["layers"]
    ]
    ends = {key: end(config[key]) for key in ("input_layers", "output_layers")}
    return {**config, "layers": layers, **ends}


def _first(entry: Config) -> int:
    """The number of a layer's first call: an inner model's own graph was its call 0."""
    config = entry["config"]
    inner = config.get("layers") or [{}]
    begins = inner[0].get("class_name") == "InputLayer"
    return int("output_layers" in config or begins)


# ------------------------------------------------------------------------------ training


def is_legacy(training_config: Any) -> bool:
    """Whether the optimizer was one of those that are called legacy from TensorFlow 2.11 on."""
    optimizer = training_config.get("optimizer_config") if isinstance(training_config, dict) else {}
    config = optimizer.get("config") if isinstance(optimizer, dict) else {}
    return isinstance(config, dict) and config.get("is_legacy_optimizer", True) is not False


def _decay(config: Config) -> Config:
    """The older optimizers had it: lr / (1 + decay · iterations)."""
    rest = _without("decay")(config)
    if not config.get("decay"):
        return rest
    settings = {
        "initial_learning_rate": config["learning_rate"],
        "decay_steps": 1,
        "decay_rate": config["decay"],
    }
    schedule = {"class_name": "InverseTimeDecay", "config": settings}
    return {**rest, "learning_rate": schedule}


def _schedule(config: Config) -> Config:
    """Schedules without a name have their class's in Keras 3, which refuses None."""
    rate = config.get("learning_rate")
    if not isinstance(rate, dict) or rate["config"].get("name", "") is not None:
        return config
    return {**config, "learning_rate": {**rate, "config": _without("name")(rate["config"])}}


def _reduction(config: Config) -> Config:
    auto = config.get("reduction") == "auto"
    return {**config, "reduction": "sum_over_batch_size"} if auto else config


OBJECTS = {
    "optimizer": (
        Row((ANY,), _renamed("lr", "learning_rate")),
        Row((ANY,), _decay),
        Row((ANY,), _schedule),
        Row((ANY,), _without("is_legacy_optimizer", "jit_compile")),
    ),
    "loss": (Row((ANY,), _reduction), Row((ANY,), _without("fn"))),
    "metrics": (),
    "weighted_metrics": (),
}


def training(config: Any, model: Model, file: str, place: str) -> Config:
    """Return the arguments of compile, as plain data, of what Keras 2 wrote of them.

    Raises
    ------
    FileRefused
        For what is no such configuration.
    """
    if not isinstance(config, dict):
        raise FileRefused(file, place, "an object is expected here")
    with refusing(file, place):
        found = {key: value for key, value in config.items() if key in TAKEN}
        optimizer = config.get("optimizer_config") or config["optimizer"]
        found["optimizer"] = _objects("optimizer", optimizer)
        for kind in ("loss", "metrics", "weighted_metrics"):
            found[kind] = _objects(kind, config.get(kind))
        for kind in ("metrics", "weighted_metrics"):
            found[kind] = _by_output(found[kind], model._output_names or [])
        return found


TAKEN = ("loss_weights",)


def _objects(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_objects(kind, part) for part in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: _objects(kind, part) for key, part in value.items()}
    config = value["config"]
    for row in OBJECTS[kind]:
        config = row.change(config)
    return {**value, "class_name": value["class_name"].removeprefix("Custom>"), "config": config}


def _by_output(metrics: Any, outputs: list[str]) -> Any:
    """Return metrics of several outputs, each with its own, named without it: it is put before.

    A list of single ones held for each output. None, or a list of it, stands for none.
    """
    if len(outputs) < 2 or not isinstance(metrics, list):
        return metrics
    if not any(isinstance(one, (list, type(None))) for one in metrics):
        metrics = [metrics for _ in outputs]
    metrics = [own if isinstance(own, (list, type(None))) else [own] for own in metrics]
    return [
        [_named_without(f"{output}_", one) for one in own or () if one is not None] or None
        for output, own in zip(outputs, metrics, strict=True)
    ]


def _named_without(prefix: str, metric: Any) -> Any:
    if not isinstance(metric, dict) or not isinstance(metric["config"].get("name"), str):
        return metric
    name = metric["config"]["name"].removeprefix(prefix)
    return {**metric, "config": {**metric["config"], "name": name}}
