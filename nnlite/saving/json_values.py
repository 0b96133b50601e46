"""Configurations as JSON: what Python objects in them are written as."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..registry import function_description

#: The version of Keras whose layouts these are, which files say they are of.
KERAS_VERSION = "3.15.1"


def as_json(config: Any) -> str:
    """Return a configuration as JSON, functions by their names.

    Raises
    ------
    ValueError
        For what has no name, such as a Python lambda, and for numbers that are not finite.
    """
    return json.dumps(config, default=_plain, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    name = getattr(value, "__name__", "")
    if callable(value) and name.isidentifier():
        return function_description(value)
    raise ValueError(
        f"{value!r} cannot be written to a file, which holds no code: define a function by "
        "def name(...), use that, and give it as custom_objects={'name': name} when the file is "
        "read; or write a layer as a class with get_config"
    )
