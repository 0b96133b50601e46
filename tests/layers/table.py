"""The table of layers: one row drives every test in test_table.py.

To add a layer, write a case in nnlite/testing/layer_cases.py. That is all for a layer that turns
floats into floats as Keras does; what else may be said stands at the fields of `Row`, and is said
in FACTS. A layer that is exported and has no row fails test_table.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import nnlite
from nnlite import layers, ops
from nnlite.testing.layer_cases import (
    CASES,
    Shape,
    built,
    called,
    inputs_of,
    made,
    shapes_of,
    with_weights,
)

__all__ = [
    "NO_ROWS",
    "ROWS",
    "Row",
    "built",
    "called",
    "inputs_of",
    "made",
    "model_with",
    "shapes_of",
    "with_weights",
]


class Row(NamedTuple):
    """A LayerCase, and what the tests have to know besides."""

    name: str
    arguments: Mapping[str, Any]
    shape: Shape | list[Shape]
    case: str
    ids: int | None
    constant: bool
    inner: Any
    #: Why steps with the layer stay on the tape.
    on_tape: str = ""
    #: Whether a row's output depends on that row alone, so that it has the same bits alone.
    by_row: bool = True
    #: Whether the layer is compared with Keras's own of this name.
    keras: bool = True
    #: Whether the configuration can be written as JSON.
    as_json: bool = True
    #: What the reader of a file with it has to give; without that, what is no JSON is not saved.
    custom_objects: Mapping[str, Any] = MappingProxyType({})


CODE = "the user's own code"
NUMPY = "computed with numpy"

#: By name and case.
FACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("CategoryEncoding", ""): {"on_tape": NUMPY},
    ("CategoryEncoding", "count"): {"on_tape": NUMPY},
    ("Discretization", ""): {"on_tape": NUMPY},
    ("IntegerLookup", ""): {"on_tape": NUMPY, "keras": False},
    ("Lambda", ""): {
        "arguments": {"function": lambda x: x * x},  # written by a user, and not in nnlite
        "on_tape": CODE,
        "as_json": False,
    },
    ("Lambda", "op"): {"keras": False, "as_json": False, "custom_objects": {"square": ops.square}},
    ("Masking", ""): {"on_tape": "the mask depends on the values"},
    ("Normalization", "weights"): {"keras": False},
}

ROWS = [Row(**case._asdict() | FACTS.get((case.name, case.case), {})) for case in CASES]

#: What is exported, and is no layer that is called on arrays of numbers.
NO_ROWS = {"Input", "InputLayer", "InputSpec", "Layer", "StringLookup", "Wrapper"}


def model_with(row: Row, layer: Any) -> tuple[Any, Any, np.ndarray]:
    """A model that has the layer in its middle, and the data that it is trained on."""
    random = np.random.default_rng(3)
    entries, tensors, arrays = [], [], []
    for shape in shapes_of(row, 40):
        x = nnlite.Input(shape[1:], dtype="float32" if row.ids is None else "int32")
        entries.append(x)
        drawn = random.normal(size=shape) if row.ids is None else random.integers(0, row.ids, shape)
        arrays.append(drawn.astype("float32" if row.ids is None else "int64"))
        if row.ids is None and not row.constant:
            x = layers.Dense(int(np.prod(shape[1:])))(layers.Flatten()(x))
            x = layers.Reshape(shape[1:])(x)
        tensors.append(x)
    y = layers.Dense(3)(layers.Flatten()(called(row, layer, tensors)))
    one = not isinstance(row.shape, list)
    model = nnlite.Model(entries[0] if one else entries, y)
    model.compile("sgd", "mse")
    targets = random.normal(size=(40, 3)).astype("float32")
    return model, arrays[0] if one else arrays, targets
