"""Layers that give their inputs another shape; whole numbers stay whole numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from ..arguments import whole
from ..tensor import Tensor
from .base import Layer, Shape
from .input_spec import InputSpec


class Flatten(Layer):
    """(B, ...) -> (B, product of the rest): each sample becomes one row.

    Parameters
    ----------
    data_format : "channels_last" or "channels_first", optional
        Where the channels of an image stand. With "channels_first" they are put last before the
        sample is flattened, as in Keras. "channels_last" by default.

    Raises
    ------
    TypeError
        For a `data_format` that is no string, as where inputs were given.
    ValueError
        For an unknown one.
    """

    keeps_integers = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format is not None and not isinstance(data_format, str):
            raise TypeError(
                f"Flatten: data_format is a word, got {type(data_format).__name__}; was "
                "Flatten()(inputs) meant?"
            )
        self.data_format = data_format or "channels_last"
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                f"Flatten {self.name!r}: data_format must be 'channels_last' or 'channels_first', "
                f"got {data_format!r}"
            )
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = ops.transpose(inputs, (0, *range(2, inputs.ndim), 1))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], _product(input_shape[1:]))


class Reshape(Layer):
    """(B, ...) -> (B, *target_shape): the numbers of a sample in the same order.

    Parameters
    ----------
    target_shape : sequence of int
        The shape of a sample, without the batch axis; one size may be -1, which is what is left.

    Raises
    ------
    ValueError
        For a shape with other numbers or with several -1, and for samples of another size.
    """

    keeps_integers, supports_masking = True, False

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        sizes = [size for size in self.target_shape if size != -1]
        whole_numbers = all(isinstance(size, (int, np.integer)) and size >= 0 for size in sizes)
        if not whole_numbers or len(self.target_shape) - len(sizes) > 1:
            raise ValueError(
                f"Reshape {self.name!r}: target_shape holds whole numbers, and -1 at most once; "
                f"got {target_shape!r}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, self.compute_output_shape(inputs.shape))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        there = _product(input_shape[1:])
        known = math.prod(size for size in self.target_shape if size != -1)
        if there is None:
            left = None
        elif -1 in self.target_shape:
            left = there // known if known else 0
        else:
            left = 1
        if there is not None and left is not None and left * known != there:
            raise ValueError(
                f"Reshape {self.name!r}: a sample of the shape {tuple(input_shape[1:])} holds "
                f"{there} numbers, which do not fill the shape {self.target_shape}"
            )
        return (input_shape[0], *(left if size == -1 else size for size in self.target_shape))

    def check_input_shape(self, shape: Shape) -> None:
        self.compute_output_shape(shape)


class Permute(Layer):
    """The axes of each sample in another order: y's axis k is x's axis dims[k - 1].

    Parameters
    ----------
    dims : sequence of int
        The axes in their new order, counted from 1: the batch axis stays first. `Permute((2, 1))`
        turns (B, T, F) into (B, F, T).

    Raises
    ------
    ValueError
        For dims that do not hold each axis once.
    """

    keeps_integers, supports_masking = True, False

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute {self.name!r}: dims must hold each of 1..{len(self.dims)} once (axis 0, "
                f"the batch, stays where it is); got {dims!r}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape[axis] for axis in (0, *self.dims))


class RepeatVector(Layer):
    """(B, F) -> (B, n, F): each sample n times.

    Parameters
    ----------
    n : int
    """

    keeps_integers, supports_masking = True, False

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = whole(n, f"RepeatVector {self.name!r}: n", 1)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Tensor) -> Tensor:
        rows, features = inputs.shape
        return ops.broadcast_to(ops.reshape(inputs, (rows, 1, features)), (rows, self.n, features))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.n, input_shape[1])


def _product(sizes: Shape) -> int | None:
    """Multiply some sizes; what one of them is unknown is unknown."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None
