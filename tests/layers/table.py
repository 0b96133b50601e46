"""The table of layers: one row drives every test in test_table.py.

To add a layer, write a row: its name, the arguments that make it (no defaults where another value
shows more), and the shape of a sample of its inputs. That is all for a layer that turns floats into
floats as Keras does; what else may be said stands at the fields of `Row`. A layer that is exported
and has no row fails test_table.py. A second row with a `case` is for arguments that change what the
layer does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import nnlite
from nnlite import layers, ops

Shape = tuple[int, ...]


class Row(NamedTuple):
    name: str
    arguments: Mapping[str, Any] = MappingProxyType({})
    #: Of a sample; of a layer that is called on a list of tensors, several in a list.
    shape: Shape | list[Shape] = (4,)
    case: str = ""
    #: How many ids there are, where the inputs are ids and no floats.
    ids: int | None = None
    #: Whether the outputs are constants to the tape, as what is computed with numpy is.
    constant: bool = False
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
    #: Of a wrapper: makes the layer inside, of a module of layers.
    inner: Any = None


THREE = [(4,), (4,), (4,)]
CODE = "the user's own code"
NUMPY = "computed with numpy"

ROWS = [
    Row("Activation", {"activation": "tanh"}),
    Row("ActivityRegularization", {"l1": 0.03, "l2": 0.02}),
    Row("Add", shape=THREE),
    Row("Add", shape=[(3, 4), (4,)], case="ranks"),
    Row("AlphaDropout", {"rate": 0.3, "noise_shape": (None, 1), "seed": 3}),
    Row("Average", shape=THREE),
    Row("BatchNormalization", {"momentum": 0.9, "epsilon": 0.01}, (2, 4)),
    Row("BatchNormalization", {"axis": 1, "scale": False}, (2, 4), case="axis"),
    Row("BatchNormalization", {"trainable": False}, case="frozen"),
    Row("CategoryEncoding", {"num_tokens": 7}, (4,), ids=7, constant=True, on_tape=NUMPY),
    Row(
        "CategoryEncoding",
        {"num_tokens": 7, "output_mode": "count"},
        (4,),
        case="count",
        ids=7,
        constant=True,
        on_tape=NUMPY,
    ),
    Row("Concatenate", shape=THREE),
    Row("Concatenate", {"axis": 1}, [(2, 4), (3, 4)], case="axis"),
    Row("Dense", {"units": 5, "activation": "tanh"}),
    Row("Dense", {"units": 5, "use_bias": False, "activation": "softmax"}, (2, 3, 4), case="rank"),
    Row(
        "Discretization",
        {"bin_boundaries": [-1.0, 0.0, 0.5], "output_mode": "one_hot"},
        (4,),
        constant=True,
        on_tape=NUMPY,
    ),
    Row("Dot", {"axes": 1}, [(4,), (4,)]),
    Row("Dropout", {"rate": 0.3, "noise_shape": (None, 1), "seed": 3}),
    Row("ELU", {"alpha": 0.5}),
    Row("Embedding", {"input_dim": 7, "output_dim": 3}, (4,), ids=7),
    Row(
        "Embedding",
        {"input_dim": 7, "output_dim": 3, "mask_zero": True},
        (2, 2),
        case="mask",
        ids=7,
    ),
    Row("Flatten", shape=(2, 3)),
    Row(
        "Flatten",
        {"data_format": "channels_first"},
        (2, 3, 4),
        case="channels_first",
    ),
    Row("GaussianDropout", {"rate": 0.3, "seed": 3}),
    Row("GaussianNoise", {"stddev": 0.3, "seed": 3}),
    Row("GroupNormalization", {"groups": 2, "epsilon": 0.01}),
    Row("GroupNormalization", {"groups": 2, "axis": 1}, (4, 3), case="axis"),
    Row("Identity", shape=(2, 3)),
    Row(
        "IntegerLookup",
        {"vocabulary": [5, 1, 3], "output_mode": "multi_hot"},
        (4,),
        ids=7,
        constant=True,
        on_tape=NUMPY,
        keras=False,
    ),
    Row("Lambda", {"function": lambda x: x * x}, on_tape=CODE, as_json=False),
    Row(
        "Lambda",
        {"function": ops.square},
        case="op",
        keras=False,
        as_json=False,
        custom_objects={"square": ops.square},
    ),
    Row("LayerNormalization", {"epsilon": 0.01}),
    Row("LayerNormalization", {"axis": [1, 2], "center": False}, (2, 3), case="axes"),
    Row("LeakyReLU", {"negative_slope": 0.2}, (2, 3)),
    Row("Masking", {"mask_value": 0.5}, (3, 4), on_tape="the mask depends on the values"),
    Row("Maximum", shape=THREE),
    Row("Minimum", shape=THREE),
    Row("Multiply", shape=THREE),
    Row("Normalization", {"mean": [0.5, 1.0, 0.0, 2.0], "variance": [1.0, 4.0, 2.0, 3.0]}),
    Row("Normalization", {"axis": None, "invert": True}, case="weights", keras=False),
    Row("PReLU", {"alpha_initializer": "ones", "shared_axes": [1]}, (2, 3)),
    Row("Permute", {"dims": (2, 3, 1)}, (2, 3, 4)),
    Row("RMSNormalization", {"epsilon": 0.01}),
    Row("ReLU", {"max_value": 1.5, "negative_slope": 0.25, "threshold": 0.05}),
    Row("RepeatVector", {"n": 3}),
    Row("Rescaling", {"scale": 0.5, "offset": -1.0}, (3, 4)),
    Row("Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0], "offset": 0.25}, case="columns"),
    Row("Reshape", {"target_shape": (3, -1)}, (2, 6)),
    Row("Softmax", {"axis": 1}, (2, 3)),
    Row("Subtract", shape=[(4,), (4,)]),
    Row("TimeDistributed", shape=(3, 4), inner=lambda of, **more: of.Dense(2, "tanh", **more)),
    Row("UnitNormalization", {"axis": [1, 2]}, (2, 3)),
]

#: What is exported, and is no layer that is called on arrays of numbers.
NO_ROWS = {"Input", "InputLayer", "InputSpec", "Layer", "StringLookup", "Wrapper"}


def made(row: Row, of: Any = layers, **more: Any) -> Any:
    """Make the row's layer, of nnlite or of the module of layers that is given."""
    arguments = dict(row.arguments)
    if row.inner is not None:
        arguments["layer"] = row.inner(of, **more)
    return getattr(of, row.name)(**arguments, **more)


def shapes_of(row: Row, rows: int) -> list[Shape]:
    """The shapes of the inputs of a batch."""
    shapes = row.shape if isinstance(row.shape, list) else [row.shape]
    return [(rows, *shape) for shape in shapes]


def inputs_of(row: Row, rows: int = 5, dtype: Any = "float64", seed: int = 0) -> list[np.ndarray]:
    """The inputs of a batch: numbers around 1, none near 0, or ids."""
    random = np.random.default_rng(seed)
    shapes = shapes_of(row, rows)
    if row.ids is not None:
        return [random.integers(0, row.ids, shape) for shape in shapes]
    values = [random.choice([-1, 1], shape) * random.uniform(0.1, 2, shape) for shape in shapes]
    return [value.astype(dtype) for value in values]


def called(row: Row, layer: Any, inputs: list[Any]) -> Any:
    """Call a layer on one tensor, or on a list of them."""
    return layer(inputs if isinstance(row.shape, list) else inputs[0])


def with_weights(layer: Any, shapes: Any) -> Any:
    """Build a layer and give it weights that are no zeros or ones."""
    if not layer.built:
        layer.build(shapes)
    random = np.random.default_rng(1)
    layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    return layer


def built(row: Row, dtype: str = "float64") -> Any:
    """Make the row's layer, built and with weights."""
    shapes = [(None, *shape[1:]) for shape in shapes_of(row, 1)]
    return with_weights(
        made(row, dtype=dtype), shapes if isinstance(row.shape, list) else shapes[0]
    )


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
