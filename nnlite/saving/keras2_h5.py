"""A whole model in one HDF5 file that Keras 2 reads whole, and Keras 3 but for the slots.

Its configuration is Keras 2's (`keras2_layers`), and its optimizer one of the legacy ones, which
every version 2 has: iteration, then one slot of all weights after the other.
"""

from __future__ import annotations

from typing import Any

from .. import losses, metrics, tree
from ..losses import Loss
from ..metrics import Metric, accuracy
from ..models import Model
from ..optimizers import Optimizer
from ..optimizers.schedules import LearningRateSchedule
from ..registry import describe, is_ours
from .json_values import as_json
from .keras2_layers import Config, model_config, refused
from .keras3_h5 import stamp
from .layer_groups import TOP_LEVEL, weights_of, write_arrays, write_names

#: The version that the files say they are of: the last one whose optimizers are the legacy ones.
VERSION = "2.10.0"

#: Of each optimizer its settings, and what it calls its slots.
OPTIMIZERS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "SGD": (("momentum", "nesterov"), {"momentum": "momentum"}),
    "Adam": (
        ("beta_1", "beta_2", "epsilon", "amsgrad"),
        {"momentum": "m", "velocity": "v", "velocity_hat": "vhat"},
    ),
    "RMSprop": (
        ("rho", "momentum", "epsilon", "centered"),
        {"velocity": "rms", "momentum": "momentum", "average_gradient": "mg"},
    ),
    "Adagrad": (("initial_accumulator_value", "epsilon"), {"accumulator": "accumulator"}),
}

#: Settings that every optimizer has there; a limit that is not set is left out.
LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")

#: Losses that Keras 2 has too, by the names of their functions, and metrics by their classes.
LOSSES = frozenset(
    {"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"}
    | {"mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"}
    | {"mean_squared_logarithmic_error", "kl_divergence", "poisson", "huber", "log_cosh"}
    | {"hinge", "squared_hinge", "categorical_hinge", "cosine_similarity"}
)
METRICS = frozenset(
    {"BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "Accuracy"}
    | {"TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "Precision", "Recall", "AUC"}
    | {"RootMeanSquaredError", "MeanSquaredError", "MeanAbsoluteError", "CosineSimilarity"}
    | {"MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "BinaryCrossentropy"}
    | {"CategoricalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence", "Poisson"}
    | {"Hinge", "SquaredHinge", "CategoricalHinge", "LogCoshError"}
    | {"TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"}
)

#: Settings that only Keras 3 has, and what they are where they do nothing.
ONLY_KERAS_3: dict[type, Config] = {
    losses.SparseCategoricalCrossentropy: {"axis": -1},
    metrics.SparseTopKCategoricalAccuracy: {"from_sorted_ids": False},
}


def write(file: Any, model: Model, include_optimizer: bool) -> None:
    """Write a model into a file of h5py's.

    Raises
    ------
    ValueError
        For what Keras 2 cannot express.
    """
    stamp(file, VERSION)
    file.attrs["model_config"] = as_json(model_config(model)).encode()
    weights = file.create_group("model_weights")
    stamp(weights, VERSION)
    write_names(weights, "layer_names", [layer.name for layer in model.layers])
    for layer in sorted(model.layers, key=lambda one: one.name):
        names = [f"{layer.name}/{weight.name}:0" for weight in weights_of(layer)]
        write_arrays(weights.create_group(layer.name), weights_of(layer), names)
    write_arrays(weights.create_group(TOP_LEVEL), [])
    if model.compiled and include_optimizer:
        assert model.optimizer is not None
        file.attrs["training_config"] = as_json(_training_config(model)).encode()
        _write_state(file.create_group("optimizer_weights"), model.optimizer, model)


def _training_config(model: Model) -> Config:
    objective = model._compiled
    loss, loss_weights, *_ = objective.given
    found: Config = {"loss": _each(_loss, loss), "loss_weights": describe(loss_weights)}
    shapes = tree.flatten(model.output_shape, tree.is_shape)
    prefixes = [f"{name}_" for name in model._output_names or []] if len(shapes) > 1 else [""]
    for kind in ("metrics", "weighted_metrics"):
        by_output = [
            [
                _metric(metric, prefix, output.loss_function, shape)
                for metric in getattr(output, kind)
            ]
            for output, prefix, shape in zip(objective.outputs, prefixes, shapes, strict=True)
        ]
        found[kind] = by_output if any(by_output) else None
    assert model.optimizer is not None
    return {**found, "optimizer_config": _optimizer(model.optimizer)}


def _each(function: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _each(function, part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(function, part) for part in value]
    return function(value)


def _loss(loss: Any) -> Any:
    """Name a loss; one that was given as an object is described by its class and settings."""
    if loss is None:
        return None
    found = losses.as_loss(loss)
    name = type(found).__name__
    function = next((f.__name__ for f, cls in losses.FUNCTIONS.items() if cls is type(found)), name)
    if function not in LOSSES:
        raise refused(f"the loss {found.name!r}", f"nnlite writes no {name} there")
    if not isinstance(loss, Loss):
        return function
    return {"class_name": name, "config": _settings(found)}


def _settings(part: Loss | Metric) -> Config:
    """Return the settings of a loss or metric, without those that Keras 2 does not know."""
    given = {key: value for key, value in part.get_config().items() if value is not None}
    unknown = ONLY_KERAS_3.get(type(part), {})
    for key, usual in unknown.items():
        if given[key] != usual:
            raise refused(f"{key}={given[key]!r} of {part.name!r}", "it does not know that")
    return {key: value for key, value in given.items() if key not in unknown}


def _metric(metric: Metric, prefix: str, loss: Loss | None, shape: Any) -> Config:
    """Describe a metric by its class; Keras 2 reads it with the output's name before its own."""
    name, config = type(metric).__name__, _settings(metric)
    if getattr(metric, "fn", None) is accuracy:
        name, config = _accuracy(loss, shape), {"dtype": metric.dtype}
    if name not in METRICS or not is_ours(type(metric)):
        raise refused(f"the metric {metric.name!r}", f"nnlite writes no {name} there")
    return {"class_name": name, "config": {**config, "name": f"{prefix}{metric.name}"}}


def _accuracy(loss: Loss | None, shape: Any) -> str:
    """Say which accuracy is meant: Keras 2 looks at the outputs alone when it reads the file."""
    if type(loss).__name__.startswith("Sparse"):
        return "SparseCategoricalAccuracy"
    return "BinaryAccuracy" if shape[-1] == 1 else "CategoricalAccuracy"


def _optimizer(optimizer: Optimizer) -> Config:
    name = type(optimizer).__name__
    if name not in OPTIMIZERS or not is_ours(type(optimizer)):
        raise refused(f"the optimizer {name}", f"it has {', '.join(OPTIMIZERS)}")
    config, known = optimizer.get_config(), OPTIMIZERS[name][0]
    usual = type(optimizer)().get_config()
    for key, value in config.items():  # what is said of means does nothing without use_ema
        is_there = key in (*known, *LIMITS, "learning_rate", "name") or key.startswith("ema_")
        if not is_there and value != usual[key]:
            raise refused(f"{key}={value!r} of {name}", "its optimizers do not have it")
    rate = config["learning_rate"]
    if callable(rate) and not isinstance(rate, LearningRateSchedule):
        raise refused("a function as learning rate", "it takes numbers and schedules")
    if isinstance(rate, dict) and name == "Adagrad":
        raise refused("a schedule of Adagrad", "its own Adagrad cannot be read back with one")
    settings = {key: config[key] for key in known}
    limits = {key: config[key] for key in LIMITS if config[key] is not None}
    return {
        "class_name": name,
        "config": {"name": name, "learning_rate": rate, **settings, **limits},
    }


def _write_state(group: Any, optimizer: Optimizer, model: Model) -> None:
    """Write iteration and slots; the learning rate stands in the configuration."""
    weights = model.trainable_weights if optimizer.built else []
    head = len(optimizer.variables_of([]))
    slots = optimizer.variables_of(weights, by_slot=True)[head:]
    name = type(optimizer).__name__
    words = OPTIMIZERS[name][1]
    owners = {id(w): layer.name for layer in model.layers for w in layer.trainable_weights}
    names = [f"{name}/iter:0"]
    for place, slot in enumerate(slots):
        weight = weights[place % len(weights)]
        kind = slot.name.removeprefix(f"{weight.path.replace('/', '_')}_")
        names.append(f"{name}/{owners[id(weight)]}/{weight.name}/{words[kind]}:0")
    write_arrays(group, [optimizer.variables_of([])[0], *slots], names)
