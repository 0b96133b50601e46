"""Layers and graphs as Keras 2 writes them, and what it cannot express is refused.

The table `LAYERS` says which layers it has, with their settings; what nnlite has beyond these must
be as by default. `translations` is the way back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..layers import InputLayer, Layer
from ..models import Functional, Model, Sequential
from ..registry import is_ours
from ..signatures import parameters_of

Config = dict[str, Any]

_WEIGHT = ("initializer", "regularizer", "constraint")
_SCALED = tuple(f"{weight}_{what}" for weight in ("beta", "gamma") for what in _WEIGHT)

#: The settings of each layer that Keras 2 has, beside its name, dtype and whether it is trained.
LAYERS: dict[str, tuple[str, ...]] = {
    "Dense": ("units", "activation", "use_bias", "activity_regularizer",
              *(f"{weight}_{what}" for weight in ("kernel", "bias") for what in _WEIGHT)),
    "Activation": ("activation",),
    "ELU": ("alpha",),
    "LeakyReLU": ("negative_slope",),
    "PReLU": ("alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes"),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "Softmax": ("axis",),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale", *_SCALED,
                           "moving_mean_initializer", "moving_variance_initializer"),
    "LayerNormalization": ("axis", "epsilon", "center", "scale", *_SCALED),
    "Normalization": ("axis", "mean", "variance"),
    "Dropout": ("rate", "noise_shape", "seed"),
    "AlphaDropout": ("rate",),
    "GaussianDropout": ("rate",),
    "GaussianNoise": ("stddev",),
    "Flatten": ("data_format",),
    "Reshape": ("target_shape",),
    "Permute": ("dims",),
    "RepeatVector": ("n",),
    "Rescaling": ("scale", "offset"),
    "ActivityRegularization": ("l1", "l2"),
    "Add": (), "Subtract": (), "Multiply": (), "Average": (), "Maximum": (), "Minimum": (),
    "Concatenate": ("axis",),
}  # fmt: skip

#: Activations that Keras 2 has, by its names; its hard_sigmoid is another function than Keras 3's.
ACTIVATIONS = {
    name: name
    for name in (
        *("elu", "exponential", "gelu", "linear", "relu", "selu", "sigmoid", "softmax"),
        *("softplus", "softsign", "swish", "tanh"),
    )
} | {"silu": "swish"}


def refused(what: str, reason: str) -> ValueError:
    """Build the error of something that Keras 2 does not have."""
    return ValueError(
        f"save: layout='keras2' cannot express {what}: {reason}. Without layout=... it is written "
        "as Keras 3 has it"
    )


def model_config(model: Model) -> Config:
    """Return a model as plain data in the layout of Keras 2.

    Raises
    ------
    ValueError
        For what it cannot express.
    """
    inner = [layer for layer in model.layers if isinstance(layer, Model)]
    if inner:
        raise refused(
            f"the model {inner[0].name!r} inside {model.name!r}",
            "Keras 2 and Keras 3 number the calls of inner models differently",
        )
    if type(model) is Sequential and isinstance(model._entries, InputLayer):
        layers = [_entry(model._entries), *map(_entry, model.layers)]
        return {"class_name": "Sequential", "config": {"name": model.name, "layers": layers}}
    if type(model) is Functional:
        return {"class_name": "Functional", "config": _graph(model)}
    raise refused(f"{model.name!r}", "it is no plain Sequential or functional model of arrays")


def _graph(model: Functional) -> Config:
    """Write the calls of a graph: of each a list of the tensors it is called on."""
    config = model.get_config()
    names = {layer.name: layer for layer in model.layers}
    entries = []
    for entry in config["layers"]:
        if entry["name"] not in names:
            raise refused(f"the op {entry['name']!r}", "Keras 2 has layers alone")
        calls = [_call(entry["name"], node) for node in entry["inbound_nodes"]]
        written = _entry(names[entry["name"]])
        entries.append({**written, "name": entry["name"], "inbound_nodes": calls})
    ends = {key: _ends(config[key]) for key in ("input_layers", "output_layers")}
    return {"name": model.name, "trainable": True, "layers": entries, **ends}


def _call(name: str, node: Config) -> list[Any]:
    args, kwargs = node["args"], {k: v for k, v in node["kwargs"].items() if v is not None}
    tensors = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    if kwargs or (len(args) != 1):
        raise refused(f"a call of {name!r}", "it has more arguments than what it is called on")
    return [[*tensor["config"]["keras_history"], {}] for tensor in tensors]


def _ends(places: Any) -> Any:
    if isinstance(places, dict) or any(isinstance(part, dict) for part in places):
        raise refused("inputs or outputs in a dict", "they are a list")
    return [list(places)] if isinstance(places[0], str) else [list(place) for place in places]


def _entry(layer: Layer) -> Config:
    name = type(layer).__name__
    if isinstance(layer, InputLayer):
        config = {"batch_input_shape": list(layer.batch_shape), "dtype": layer.dtype,
                  "sparse": False, "ragged": False, "name": layer.name}  # fmt: skip
        return {"class_name": name, "config": config}
    if name not in LAYERS or not is_ours(type(layer)):
        raise refused(f"the layer {layer.name!r}", f"nnlite writes no {name} there")
    return {"class_name": name, "config": _settings(layer, LAYERS[name])}


def _settings(layer: Layer, known: tuple[str, ...]) -> Config:
    config = layer.get_config()
    defaults = parameters_of(type(layer).__init__).defaults
    found: Config = {key: config[key] for key in ("name", "trainable", "dtype")}
    for key, value in config.items():
        if key in known:
            found[key] = _value(layer, key, value)
        elif key not in found and value is not None and value != defaults.get(key):
            raise refused(
                f"{key}={value!r} of {layer.name!r}", f"its {type(layer).__name__} lacks it"
            )
    change = CHANGED.get(type(layer).__name__)
    return change(found, layer) if change else found


def _value(layer: Layer, key: str, value: Any) -> Any:
    if key == "activation":
        if not isinstance(value, str) or value not in ACTIVATIONS:
            reason = f"it has no {value}" if value != "hard_sigmoid_of_keras_2" else (
                "its hard_sigmoid is another function than Keras 3's"
            )  # fmt: skip
            raise refused(f"the activation of {layer.name!r}", reason)
        return ACTIVATIONS[value]
    return plain_object(value)


def plain_object(value: Any) -> Any:
    """Return an initializer, regularizer or the like by its class and the settings that it has."""
    if not isinstance(value, dict) or "class_name" not in value:
        return list(value) if isinstance(value, tuple) else value
    config = {k: v for k, v in value["config"].items() if k not in ("input_axes", "output_axes")}
    return {"class_name": value["class_name"], "config": config}


def _slope(config: Config, _: Layer) -> Config:
    return {("alpha" if k == "negative_slope" else k): value for k, value in config.items()}


def _axis_in_list(config: Config, layer: Layer) -> Config:
    axis = config["axis"]
    rank = len(layer._build_shape)
    return {**config, "axis": [axis + rank if axis < 0 else axis]}


#: What is called otherwise.
CHANGED: dict[str, Callable[[Config, Layer], Config]] = {
    "LeakyReLU": _slope,
    "BatchNormalization": _axis_in_list,
}
