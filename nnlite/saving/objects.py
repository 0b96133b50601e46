"""Any object as plain data, in Keras 3's layout, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import activations, constraints, initializers, losses, metrics, optimizers, regularizers
from ..custom_objects import custom_object_scope, found_in, get_registered_name
from ..errors import unknown_name
from ..layers import Layer
from ..models.serialization import CLASSES, layer_from_config, layer_to_config
from ..registry import Configurable, describe, is_ours
from ..tensor import Tensor

#: Whose names a configuration may hold, in the order in which they are looked through.
REGISTRIES = {
    module.__name__.rpartition(".")[2]: module.registry
    for module in (
        activations, initializers, losses, metrics, optimizers, regularizers, constraints
    )
}  # fmt: skip


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as plain data that JSON can hold.

    Parameters
    ----------
    obj : Layer, Model, another configurable object, function, array, Tensor or plain value
        Or a list, tuple or dict of them.

    Raises
    ------
    ValueError
        For what has no configuration.
    """
    if obj is None or isinstance(obj, (str, bool, int, float)):
        return obj
    if isinstance(obj, (list, dict)):
        return _mapped(serialize_keras_object, obj)
    if isinstance(obj, tuple):
        return {"class_name": "__tuple__", "config": [serialize_keras_object(one) for one in obj]}
    if isinstance(obj, Layer):
        return layer_to_config(obj)
    if isinstance(obj, Configurable):
        return describe(obj)
    if isinstance(obj, np.generic) and obj.ndim == 0:
        return obj.item()
    if isinstance(obj, (np.ndarray, Tensor)):
        name = "__tensor__" if isinstance(obj, Tensor) else "__numpy__"
        values = np.asarray(obj)
        return {
            "class_name": name,
            "config": {"value": values.tolist(), "dtype": values.dtype.name},
        }
    if callable(obj) and hasattr(obj, "__name__"):
        return _function(obj)
    raise ValueError(
        f"serialize_keras_object: a {type(obj).__name__} has no configuration; give its class a "
        "get_config(self)"
    )


def _function(function: Callable[..., Any]) -> dict[str, Any]:
    """Say what a function is called: nnlite's as Keras calls its own."""
    kinds = [kind for kind, one in REGISTRIES.items() if function in one.entries.values()]
    name = get_registered_name(function)
    ours = is_ours(function)
    return {
        "module": f"keras.{kinds[0]}" if ours and kinds else function.__module__,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Make an object again of what `serialize_keras_object` returned, or Keras.

    Names are looked up among nnlite's own, `custom_objects` and what is registered; nothing is
    imported because a configuration names it.

    Parameters
    ----------
    config : plain data
    custom_objects : dict of str to class or function, optional
        Your own.
    safe_mode : bool
        Keras's. Reading is always safe: what a configuration cannot name cannot be run.

    Raises
    ------
    ValueError
        For a name that stands for nothing.
    """
    with custom_object_scope(custom_objects or {}):
        return _made(config)


def _made(config: Any) -> Any:
    if isinstance(config, list):
        return [_made(part) for part in config]
    if not isinstance(config, dict):
        return config
    name = config.get("class_name")
    if not isinstance(name, str) or "config" not in config:
        return _mapped(_made, config)
    if name in SPECIAL:
        return SPECIAL[name](config["config"])
    found: Any = found_in(config)
    if name in CLASSES or (isinstance(found, type) and issubclass(found, Layer)):
        return layer_from_config(config)
    # A loss and a metric may have one name: the module says which is meant.
    kind = str(config.get("module")).rpartition(".")[2]
    for registry in (REGISTRIES[kind],) if kind in REGISTRIES else REGISTRIES.values():
        if name in registry.entries:
            return registry.get(config)
    if found is None:
        raise unknown_name("object", name, _known())
    return found if not isinstance(found, type) else _from_config(found, config["config"])


def _from_config(cls: Any, config: Any) -> Any:
    return cls.from_config(config)


def _named_function(name: Any) -> Any:
    if not isinstance(name, str):
        raise ValueError(f"the configuration of a function is its name, got {name!r}")
    found = found_in({"registered_name": name})
    for registry in REGISTRIES.values():
        if found is None and name in registry.entries:
            found = registry.entries[name]
    if found is None:
        raise unknown_name("function", name, _known())
    return found


def _known() -> list[str]:
    return [*CLASSES, *(name for registry in REGISTRIES.values() for name in registry.entries)]


#: What is no object with a configuration of its own.
SPECIAL: dict[str, Callable[[Any], Any]] = {
    "__tuple__": lambda parts: tuple(_made(parts)),
    "__numpy__": lambda config: np.array(config["value"], _plain_dtype(config["dtype"])),
    "__tensor__": lambda config: Tensor(
        np.array(config["value"], _plain_dtype(config["dtype"])), requires_grad=False
    ),
    "function": _named_function,
}


def _plain_dtype(name: str) -> np.dtype[Any]:
    """Return the dtype of numbers that a name stands for.

    Raises
    ------
    ValueError
        For any other dtype, such as that of objects.
    """
    dtype = np.dtype(name)
    if dtype.kind not in "biuf":
        raise ValueError(f"an array of a configuration holds numbers or booleans, not {name!r}")
    return dtype


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: function(part) for key, part in value.items()}
    return [function(part) for part in value]
