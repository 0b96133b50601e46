"""How weights begin. An initializer is called with a shape and a dtype and returns an array.

Those that draw take a `seed`: a whole number, which gives the same array at every call, a
`SeedGenerator`, or None for the process's own stream. Those that scale by the number of inputs and
outputs take them from the axes of the shape, the last two, or `input_axes` and `output_axes`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import floatx
from ..out_of_scope import watch
from ..registry import Registry, describe
from ..tensor import Tensor, raw
from .base import Initializer, RandomInitializer
from .constant import Constant, Identity, Ones, Zeros
from .drawn import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from .scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal

registry: Registry[Initializer] = Registry(
    "initializer",
    [
        *(Constant, Identity, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal),
        *(GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform),
        *(VarianceScaling, Zeros),
    ],
    aliases={
        "IdentityInitializer": "Identity",
        "OrthogonalInitializer": "Orthogonal",
        "normal": "RandomNormal",
        "one": "Ones",
        "uniform": "RandomUniform",
        "zero": "Zeros",
    },
)

# Keras has all classes by their names in snake case too, such as `glorot_uniform`.
globals().update({name: cls for name, cls in registry.entries.items() if name.islower()})
for _alias in ("normal", "one", "uniform", "zero"):
    del globals()[_alias]


def get(identifier: Any) -> Any:
    """Return the initializer that `identifier` is: a name, class, configuration, array, function.

    None stands for None, and an array for itself, where a weight has its shape.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (np.ndarray, np.generic, Tensor)):
        return _given(np.asarray(raw(identifier)))
    return registry.get(identifier)


def _given(values: np.ndarray) -> Any:
    def given(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """Return the array that was given for an initializer."""
        if tuple(shape) != values.shape:
            raise ValueError(
                f"an array of the shape {values.shape} was given to initialize a weight of the "
                f"shape {tuple(shape)}"
            )
        return values.astype(dtype or floatx())

    return given


#: Keras's names for what writes such an object down, and for what reads it.
serialize, deserialize = describe, get

watch(__name__)
