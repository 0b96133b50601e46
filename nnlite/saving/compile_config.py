"""What a model was compiled with, in a file: optimizer, losses and metrics by name and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import losses, metrics
from ..custom_objects import custom_object_scope
from ..models import Model
from .building import refusing

Config = dict[str, Any]

#: The arguments of compile that a file may hold.
ARGUMENTS = (
    *("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"),
    *("run_eagerly", "steps_per_execution", "jit_compile"),
)


def training_config(model: Model) -> Config:
    """Return what a model was compiled with, as it stands in an `.h5` file of Keras 3."""
    config = {name: model.get_compile_config()[name] for name in ARGUMENTS}
    optimizer = config.pop("optimizer")
    config["loss"] = _mapped(_full_name, config["loss"])
    return {**_mapped(_short, config), "optimizer_config": _short(optimizer)}


def _full_name(loss: Any) -> Any:
    """Name a loss in full: Keras 3 reads "mse" in no `.h5` file."""
    return losses.ALIASES.get(loss, loss) if isinstance(loss, str) else loss


def _short(value: Any) -> Any:
    """Describe an object by class and settings alone; inside these stands where it is found."""
    if not _is_object(value):
        return value
    if value["class_name"] == "function":
        return value["config"]
    return {
        "class_name": value.get("registered_name") or value["class_name"],
        "config": value["config"],
    }


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("class_name"), str)


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to the objects and names in lists and dicts."""
    if _is_object(value):
        return function(value)
    if isinstance(value, dict):
        return {key: _mapped(function, part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mapped(function, part) for part in value]
    return function(value)


def compile_as(
    model: Model, config: Any, custom_objects: Mapping[str, Any], file: str, place: str
) -> None:
    """Compile a model as a file says; everything is looked up now, not at the first step.

    Raises
    ------
    FileRefused
        For a name that is unknown, or an argument that nothing takes.
    """
    with refusing(file, place), custom_object_scope(custom_objects):
        given = {name: config[name] for name in ARGUMENTS if config.get(name) is not None}
        for kind, made in (("loss", _loss), ("metrics", _metric), ("weighted_metrics", _metric)):
            if kind in given:
                given[kind] = _mapped(made, given[kind])
        model.compile(**given)


def _loss(config: Any) -> Any:
    """Make a loss of its configuration, which could be taken for the losses of several outputs."""
    return losses.get(config) if _is_object(config) else config


def _metric(config: Any) -> Any:
    """Make a metric of its configuration; Keras writes the mean of a function by its class."""
    if not _is_object(config) or config["class_name"] != "MeanMetricWrapper":
        return metrics.get(config) if _is_object(config) else config
    settings = dict(config["config"])
    function = settings.pop("fn")
    name = function["config"] if isinstance(function, dict) else function
    found = metrics.get(name)
    if settings.get("name"):
        found.name = str(settings["name"])
    return found
