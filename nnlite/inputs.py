"""What the inputs of a model are for: numbers to compute with, or ids that tables are asked for.

Ids stay whole numbers on their way through a model, in int64; everything else is cast to floats
when its batch is gathered. Which is which, the layers say that an input goes to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .layers import Embedding, Layer
from .sources import StoredRows
from .structures import leaves_by_path, show_path


class Uses(NamedTuple):
    """What the inputs of a model are for; each model remembers its own, `model._uses()`.

    Attributes
    ----------
    dtypes : list of dtype
        What each input is cast to, in order; empty where the model does not know its inputs.
    tables : dict of int to Embedding
        By the place of an input that holds ids, the smallest table that they are looked up in.
    """

    dtypes: list[Any]
    tables: dict[int, Embedding]


def uses_of(model: Any) -> Uses:
    """Find out what the inputs of a model are for."""
    inputs = model._inputs_and_users() or []
    tables = {}
    for place, (_, users) in enumerate(inputs):
        asked = [layer for layer in users if isinstance(layer, Embedding)]
        if asked:
            tables[place] = min(asked, key=lambda layer: layer.input_dim)
    return Uses([held_dtype(dtype, users, model.dtype) for dtype, users in inputs], tables)


def held_dtypes(model: Any, count: int) -> list[Any]:
    """Return what each of `count` inputs of a model is cast to, in order."""
    dtypes = model._uses().dtypes
    return dtypes if len(dtypes) == count else [model.dtype] * count


def held_dtype(declared: Any, users: list[Layer], default: Any) -> Any:
    """Return what an input is cast to.

    Parameters
    ----------
    declared : str or None
        The dtype that the input was declared with.
    users : list of Layer
        The layers that are called on it.
    default : str
        The float type of the model.
    """
    looked_up = bool(users) and all(isinstance(layer, Embedding) for layer in users)
    is_float = declared is None or declared.startswith("float")
    kept = not is_float and (not users or any(layer.keeps_integers for layer in users))
    if looked_up or kept:
        return np.dtype(np.int64)
    return np.dtype(default if declared is None or not is_float else declared)


def first_users(layer: Layer, place: int) -> list[Layer]:
    """Return the layers that an input of `layer` goes to: of a model, those inside it."""
    inside = getattr(layer, "_inputs_and_users", lambda: None)()
    return [layer] if inside is None or place >= len(inside) else inside[place][1]


def refuse_unknown_ids(model: Any, x: Any, place: str) -> None:
    """Raise ValueError where x holds ids that the tables they go to do not have.

    What is not in memory is looked at batch by batch, as it is looked up.
    """
    dtypes, tables = model._uses()
    if not tables:
        return
    arrays = list(leaves_by_path(x))
    if len(dtypes) != len(arrays):
        return
    for place_of_input, table in tables.items():
        path, rows = arrays[place_of_input]
        if not isinstance(rows, StoredRows) and not within(rows, table.input_dim):
            raise table.unknown_id(np.asarray(rows), f"{place}x{show_path(path)}")


def within(ids: np.ndarray, rows: int) -> bool:
    """Whether all ids are numbers of rows of a table; floats are truncated."""
    return not ids.size or bool(ids.min() > -1 and ids.max() < rows)
