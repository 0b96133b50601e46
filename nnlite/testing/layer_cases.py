"""The layers of the library, and what each is called on: what there is to be checked.

To add a layer, write a case: its name, the arguments that make it (no defaults where another value
shows more), and the shape of a sample of its inputs. A second one with a `case` is for arguments
that change what the layer does. The tests of layers go through the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .. import layers, ops
from ..tensor import Array

Shape = tuple[int, ...]


class LayerCase(NamedTuple):
    """How a layer is made, and what it is called on.

    Attributes
    ----------
    name : str
        Its class's.
    arguments : dict
    shape : tuple of int, or list of them
        Of a sample; of a layer that is called on a list of tensors, several in a list.
    case : str
        What is special about the arguments.
    ids : int or None
        How many ids there are, where the inputs are ids and no floats.
    constant : bool
        Whether the outputs are constants to the tape, as what is computed with numpy is.
    inner : function of a module of layers, and arguments
        Of a wrapper: makes the layer inside.
    """

    name: str
    arguments: Mapping[str, Any] = MappingProxyType({})
    shape: Shape | list[Shape] = (4,)
    case: str = ""
    ids: int | None = None
    constant: bool = False
    inner: Any = None


THREE: list[Shape] = [(4,), (4,), (4,)]

CASES = [
    LayerCase("Activation", {"activation": "tanh"}),
    LayerCase("ActivityRegularization", {"l1": 0.03, "l2": 0.02}),
    LayerCase("Add", shape=THREE),
    LayerCase("Add", shape=[(3, 4), (4,)], case="ranks"),
    LayerCase("AlphaDropout", {"rate": 0.3, "noise_shape": (None, 1), "seed": 3}),
    LayerCase("Average", shape=THREE),
    LayerCase("BatchNormalization", {"momentum": 0.9, "epsilon": 0.01}, (2, 4)),
    LayerCase("BatchNormalization", {"axis": 1, "scale": False}, (2, 4), case="axis"),
    LayerCase("BatchNormalization", {"trainable": False}, case="frozen"),
    LayerCase("CategoryEncoding", {"num_tokens": 7}, (4,), ids=7, constant=True),
    LayerCase(
        "CategoryEncoding",
        {"num_tokens": 7, "output_mode": "count"},
        (4,),
        case="count",
        ids=7,
        constant=True,
    ),
    LayerCase("Concatenate", shape=THREE),
    LayerCase("Concatenate", {"axis": 1}, [(2, 4), (3, 4)], case="axis"),
    LayerCase("Dense", {"units": 5, "activation": "tanh"}),
    LayerCase(
        "Dense", {"units": 5, "use_bias": False, "activation": "softmax"}, (2, 3, 4), case="rank"
    ),
    LayerCase(
        "Discretization",
        {"bin_boundaries": [-1.0, 0.0, 0.5], "output_mode": "one_hot"},
        (4,),
        constant=True,
    ),
    LayerCase("Dot", {"axes": 1}, [(4,), (4,)]),
    LayerCase("Dropout", {"rate": 0.3, "noise_shape": (None, 1), "seed": 3}),
    LayerCase("ELU", {"alpha": 0.5}),
    LayerCase("Embedding", {"input_dim": 7, "output_dim": 3}, (4,), ids=7),
    LayerCase(
        "Embedding",
        {"input_dim": 7, "output_dim": 3, "mask_zero": True},
        (2, 2),
        case="mask",
        ids=7,
    ),
    LayerCase("Flatten", shape=(2, 3)),
    LayerCase("Flatten", {"data_format": "channels_first"}, (2, 3, 4), case="channels_first"),
    LayerCase("GaussianDropout", {"rate": 0.3, "seed": 3}),
    LayerCase("GaussianNoise", {"stddev": 0.3, "seed": 3}),
    LayerCase("GroupNormalization", {"groups": 2, "epsilon": 0.01}),
    LayerCase("GroupNormalization", {"groups": 2, "axis": 1}, (4, 3), case="axis"),
    LayerCase("Identity", shape=(2, 3)),
    LayerCase(
        "IntegerLookup",
        {"vocabulary": [5, 1, 3], "output_mode": "multi_hot"},
        (4,),
        ids=7,
        constant=True,
    ),
    LayerCase("Lambda", {"function": lambda x: x * x}),
    LayerCase("Lambda", {"function": ops.square}, case="op"),
    LayerCase("LayerNormalization", {"epsilon": 0.01}),
    LayerCase("LayerNormalization", {"axis": [1, 2], "center": False}, (2, 3), case="axes"),
    LayerCase("LeakyReLU", {"negative_slope": 0.2}, (2, 3)),
    LayerCase("Masking", {"mask_value": 0.5}, (3, 4)),
    LayerCase("Maximum", shape=THREE),
    LayerCase("Minimum", shape=THREE),
    LayerCase("Multiply", shape=THREE),
    LayerCase("Normalization", {"mean": [0.5, 1.0, 0.0, 2.0], "variance": [1.0, 4.0, 2.0, 3.0]}),
    LayerCase("Normalization", {"axis": None, "invert": True}, case="weights"),
    LayerCase("PReLU", {"alpha_initializer": "ones", "shared_axes": [1]}, (2, 3)),
    LayerCase("Permute", {"dims": (2, 3, 1)}, (2, 3, 4)),
    LayerCase("RMSNormalization", {"epsilon": 0.01}),
    LayerCase("ReLU", {"max_value": 1.5, "negative_slope": 0.25, "threshold": 0.05}),
    LayerCase("RepeatVector", {"n": 3}),
    LayerCase("Rescaling", {"scale": 0.5, "offset": -1.0}, (3, 4)),
    LayerCase("Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0], "offset": 0.25}, case="columns"),
    LayerCase("Reshape", {"target_shape": (3, -1)}, (2, 6)),
    LayerCase("Softmax", {"axis": 1}, (2, 3)),
    LayerCase("Subtract", shape=[(4,), (4,)]),
    LayerCase(
        "TimeDistributed", shape=(3, 4), inner=lambda of, **more: of.Dense(2, "tanh", **more)
    ),
    LayerCase("UnitNormalization", {"axis": [1, 2]}, (2, 3)),
]


def made(case: LayerCase, of: Any = layers, **more: Any) -> Any:
    """Make the case's layer, of nnlite or of the module of layers that is given."""
    arguments = dict(case.arguments)
    if case.inner is not None:
        arguments["layer"] = case.inner(of, **more)
    return getattr(of, case.name)(**arguments, **more)


def shapes_of(case: LayerCase, rows: int) -> list[Shape]:
    """The shapes of the inputs of a batch."""
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    return [(rows, *shape) for shape in shapes]


def inputs_of(case: LayerCase, rows: int = 5, dtype: Any = "float64", seed: int = 0) -> list[Array]:
    """The inputs of a batch: numbers around 1, none near 0, or ids."""
    random = np.random.default_rng(seed)
    shapes = shapes_of(case, rows)
    if case.ids is not None:
        return [random.integers(0, case.ids, shape) for shape in shapes]
    values = [random.choice([-1, 1], shape) * random.uniform(0.1, 2, shape) for shape in shapes]
    return [value.astype(dtype) for value in values]


def called(case: LayerCase, layer: Any, inputs: list[Any]) -> Any:
    """Call a layer on one tensor, or on a list of them."""
    return layer(inputs if isinstance(case.shape, list) else inputs[0])


def with_weights(layer: Any, shapes: Any) -> Any:
    """Build a layer and give it weights that are no zeros or ones."""
    if not layer.built:
        layer.build(shapes)
    random = np.random.default_rng(1)
    layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    return layer


def built(case: LayerCase, dtype: str = "float64") -> Any:
    """Make the case's layer, built and with weights."""
    shapes = [(None, *shape[1:]) for shape in shapes_of(case, 1)]
    return with_weights(
        made(case, dtype=dtype), shapes if isinstance(case.shape, list) else shapes[0]
    )
