"""Where data enters a model: InputLayer, and Input, which makes the symbolic tensor of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import floatx
from ..errors import checks_keywords, unknown_name
from ..graph import Node, SymbolicTensor
from ..tensor import Tensor
from .base import Layer, Shape, sample_shape

#: What a model may be given: numbers for its layers to compute with, or to look up.
DTYPES = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")


class InputLayer(Layer):
    """The place where data enters; it says of which shape and dtype a sample is.

    Parameters
    ----------
    shape : sequence of int
        The shape of one sample; None for any size. `input_shape` is its old name.
    batch_size : int, optional
        The number of samples, where it is always the same.
    dtype : str, optional
        `nnlite.config.floatx()` by default.
    batch_shape : sequence of int, optional
        In place of `shape` and `batch_size`: the shape with the batch axis.

    Raises
    ------
    ValueError
        Where no shape is given, or two are; for arrays of another shape.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        batch_shape: Any = None,
        *,
        input_shape: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        shape = input_shape if shape is None else shape
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                raise ValueError(
                    f"InputLayer {self.name!r}: batch_shape already says all; leave out shape and "
                    "batch_size"
                )
            batch_size, *shape = batch_shape
        if shape is None:
            raise ValueError(
                f"InputLayer {self.name!r} needs the shape of a sample, as shape or batch_shape: "
                "InputLayer([28, 28])"
            )
        self.shape = sample_shape(self.name, shape)
        self.batch_size = (
            batch_size if batch_size is None else sample_shape(self.name, batch_size)[0]
        )
        self.dtype = _dtype_name(dtype, self.name)
        self.built = True
        self._enter()

    def _enter(self) -> None:
        """Make the symbolic tensor that the graphs of models begin with."""
        Node(self, (), {}, SymbolicTensor(self.batch_shape, self.dtype, self.name))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._enter()

    @property
    def batch_shape(self) -> Shape:
        """The shape of a batch: its size, or None, and the shape of a sample."""
        return (self.batch_size, *self.shape)

    @property
    def input(self) -> Any:
        """The symbolic tensor that enters: `output`, too."""
        return self.output

    def check_input_shape(self, shape: Shape) -> None:
        if shape and shape[1:] == self.shape:
            return  # the usual case, which a small call cannot wait for
        expected = self.batch_shape
        fits = len(shape) == len(expected) and all(
            wanted is None or size == wanted
            for wanted, size in zip(expected[1:], shape[1:], strict=True)
        )
        if not fits:
            raise ValueError(
                f"The input {self.name!r} takes arrays of the shape {expected} (None is the number "
                f"of samples), got {tuple(shape)}{_advice(expected, tuple(shape))}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again."""
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "name": self.name}


@checks_keywords
def Input(  # noqa: N802
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
) -> SymbolicTensor:
    """Declare a model's input: a symbolic tensor for layers to be called on.

    Parameters
    ----------
    shape : sequence of int
        The shape of one sample, without the batch axis; None for any size.
    batch_size : int, optional
        The number of samples, where it is always the same.
    dtype : str, optional
        `nnlite.config.floatx()` by default.
    batch_shape : sequence of int, optional
        In place of `shape` and `batch_size`: the shape with the batch axis.
    name : str, optional
        By it data given as a dict is matched.
    """
    layer = InputLayer(shape, batch_size, dtype, batch_shape, name=name)
    tensor: SymbolicTensor = layer.output
    return tensor


def _dtype_name(dtype: Any, layer: str) -> str:
    try:
        name = np.dtype(dtype or floatx()).name
    except TypeError:
        name = str(dtype)
    if name.startswith(("str", "object", "<U", "bytes")):
        raise ValueError(
            f"Input {layer!r}: models take numbers, not strings; turn strings into ids first, with "
            "StringLookup, and give the model these"
        )
    if name not in DTYPES:
        raise unknown_name(f"dtype of input {layer!r}", name, DTYPES)
    return name


def _advice(expected: Shape, got: Shape) -> str:
    """Say what was probably meant."""
    if got == expected[1:]:
        return "; this looks like one sample: add the batch axis with x[np.newaxis]"
    if len(got) == len(expected) + 1 and got[1:-1] == expected[1:] and got[-1] == 1:
        return "; drop the last axis with x[..., 0]"
    if len(expected) == len(got) == 2 and got[0] == expected[1]:
        return "; this looks transposed: x.T has one sample in a row"
    return ""
