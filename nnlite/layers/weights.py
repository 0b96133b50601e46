"""How a layer's weights are made and found, and numbers that may become their values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..tensor import Array, Parameter, raw

#: What an attribute often is, and holds no layers or weights.
_PLAIN = frozenset({bool, int, float, str, type(None)})


def gather(values: Iterable[Any], kind: type | tuple[type, ...], found: dict[int, Any]) -> None:
    """Enter what is of `kind` among some values, and in their lists, tuples and dicts, by its id.

    Each step of a training looks through all layers in this way.
    """
    for value in values:
        if type(value) in _PLAIN:
            continue
        if isinstance(value, kind):
            found[id(value)] = value
        elif isinstance(value, dict):
            gather(value.values(), kind, found)
        elif isinstance(value, (list, tuple)):
            gather(value, kind, found)


def new_weight(
    path: str,
    shape: Any,
    initializer: Any,
    dtype: Any,
    name: str,
    *,
    trainable: bool,
    frozen: bool,
    regularizer: Any,
    constraint: Any,
) -> Parameter:
    """Make the weight `name` of the layer at `path`; the arguments are those of `add_weight`."""
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(size is None or size < 0 for size in sizes):
        raise ValueError(
            f"add_weight: the weight {name!r} of {path!r} needs a shape of known sizes, got "
            f"{shape!r}"
        )
    learns = np.dtype(dtype).kind == "f"
    if trainable and not learns:
        raise ValueError(
            f"add_weight: the weight {name!r} of {path!r} has the dtype {dtype}, and only floats "
            "can be trained: pass trainable=False"
        )
    initializer = initializers.get(initializer or ("glorot_uniform" if learns else "zeros"))
    weight = Parameter(np.asarray(raw(initializer(sizes, dtype=dtype)), dtype), name, trainable)
    if weight.shape != sizes:
        raise ValueError(
            f"add_weight: the initializer of {name!r} of {path!r} returned the shape "
            f"{weight.shape} instead of {sizes}"
        )
    weight.path = f"{path}/{name}"
    weight.trainable = trainable and not frozen
    weight.regularizer = regularizers.get(regularizer)
    weight.constraint = constraints.get(constraint)
    return weight


def as_numbers(values: Any, place: str) -> Array:
    """Convert array-like `values` to an array of numbers.

    Raises
    ------
    TypeError
        For strings, objects and ragged lists; `place` says what `values` are.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "biuf":
        ragged = array.dtype.kind == "O"
        got = "rows of different lengths or objects" if ragged else f"dtype {array.dtype}"
        raise TypeError(
            f"{place} must hold numbers, got {got}; convert it first, for example with "
            "np.asarray(x, dtype='float32')"
        )
    return array
