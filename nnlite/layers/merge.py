"""Layers that make one tensor of several, and their lower-case functions for functional models."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..tensor import Tensor, raw
from .base import Layer, Shape


class TakesSeveral(Layer):
    """Base of the layers that are called on a list of tensors."""

    def _to_tensor(self, inputs: Any) -> Any:
        """Cast each input; a list of arrays is a list of inputs, whatever their shapes."""
        if isinstance(inputs, (list, tuple)):
            return [super(TakesSeveral, self)._to_tensor(value) for value in inputs]
        return super()._to_tensor(inputs)

    _fitting: Any = None  # the shapes that were looked at last

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError where `shape` is no list of shapes that go together."""
        if shape != self._fitting:
            self.compute_output_shape(shape)
            self._fitting = shape


class Merge(TakesSeveral):
    """Base of the layers that merge a list of tensors into one, element by element.

    Shapes broadcast as in numpy. Where the ranks differ, a tensor of lower rank gets axes of size
    1 behind its batch axis, as in Keras.
    """

    #: How two are made one.
    combine: Callable[[Any, Any], Tensor]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return self.merged_shape(_several(self, input_shape))

    def call(self, inputs: Any) -> Tensor:
        inputs = _of_one_rank(list(inputs))
        return functools.reduce(self.combine, inputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where any input is there; None unless all of them have masks."""
        masks = _masks(inputs, mask)
        return (
            None if any(one is None for one in masks) else functools.reduce(ops.logical_or, masks)
        )

    def merged_shape(self, shapes: list[Shape]) -> Shape:
        """Return what some shapes broadcast to.

        Raises
        ------
        ValueError
            Where they do not.
        """
        rank = max(map(len, shapes))
        aligned = [(*shape[:1], *(1,) * (rank - len(shape)), *shape[1:]) for shape in shapes]
        return tuple(self._size(sizes, shapes) for sizes in zip(*aligned, strict=True))

    def _size(self, sizes: tuple[int | None, ...], shapes: list[Shape]) -> int | None:
        """Return the size that an axis of these sizes gets."""
        known = {size for size in sizes if size not in (None, 1)}
        if len(known) > 1:
            raise ValueError(
                f"{_title(self)}: the shapes {_listed(shapes)} do not go together: the sizes of an "
                "axis must be equal, or 1"
            )
        return known.pop() if known else None if None in sizes else 1


class Add(Merge):
    """y = x₁ + x₂ + ..."""

    combine = staticmethod(ops.add)


class Subtract(Merge):
    """y = x₁ - x₂."""

    combine = staticmethod(ops.subtract)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return self.merged_shape(_two(self, input_shape))


class Multiply(Merge):
    """y = x₁ x₂ ..., element by element."""

    combine = staticmethod(ops.multiply)


class Average(Merge):
    """y = (x₁ + x₂ + ... + xₙ) / n."""

    combine = staticmethod(ops.add)

    def call(self, inputs: Any) -> Tensor:
        return super().call(inputs) * (1 / len(inputs))


class Maximum(Merge):
    """y = the largest of x₁, x₂, ..., element by element."""

    combine = staticmethod(ops.maximum)


class Minimum(Merge):
    """y = the smallest of x₁, x₂, ..., element by element."""

    combine = staticmethod(ops.minimum)


class Concatenate(TakesSeveral):
    """y = x₁, x₂, ... one after the other along an axis; the other sizes are equal.

    Parameters
    ----------
    axis : int
        The last by default; 0 is the batch.

    Raises
    ------
    TypeError
        For an axis that is no whole number.
    ValueError
        For inputs of different ranks, or of different sizes beside that axis.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise TypeError(f"Concatenate {self.name!r}: axis must be a whole number, got {axis!r}")
        self.axis = int(axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        if any(len(shape) != rank for shape in shapes) or not -rank <= self.axis < rank:
            raise ValueError(
                f"{_title(self)} along axis {self.axis} takes tensors of one rank that have this "
                f"axis, got the shapes {_listed(shapes)}"
            )
        axis = self.axis % rank
        columns = list(zip(*shapes, strict=True))
        for place, sizes in enumerate(columns):
            if place not in (axis, 0) and len(set(sizes) - {None}) > 1:
                raise ValueError(
                    f"{_title(self)} along axis {self.axis} takes tensors whose other sizes are "
                    f"equal, got the shapes {_listed(shapes)}, which differ on axis {place}"
                )
        joined = None if None in columns[axis] else sum(columns[axis])
        return tuple(
            joined if place == axis else next((size for size in sizes if size is not None), None)
            for place, sizes in enumerate(columns)
        )

    def call(self, inputs: Any) -> Tensor:
        return ops.concatenate(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where any feature is there, as all of an input without a mask; or None."""
        masks = _masks(inputs, mask)
        if all(one is None for one in masks):
            return None
        there = [
            np.ones(x.shape, bool) if one is None else _spread(np.asarray(raw(one)), x.shape)
            for x, one in zip(inputs, masks, strict=True)
        ]
        return Tensor(np.concatenate(there, axis=self.axis).any(axis=-1))


class Dot(TakesSeveral):
    """y = the scalar products of x₁ and x₂ along an axis of each, sample by sample.

    y[b, ..i.., ..j..] = Σ_k x₁[b, ..i.., k] x₂[b, ..j.., k], with the axes in the places where k
    stands here; where no other axes are left, y has the shape (B, 1).

    Parameters
    ----------
    axes : int or (int, int)
        Of x₁ and x₂; the batch axis 0 is none of them.
    normalize : bool
        Whether to divide both by their lengths along the axis first: the cosine similarity.

    Raises
    ------
    ValueError
        For axes that are none behind the batch axis, or not equally long.
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, (int, np.integer)) else tuple(axes)
        whole = all(isinstance(axis, (int, np.integer)) for axis in pair)
        if len(pair) != 2 or not whole or 0 in pair:
            raise ValueError(
                f"Dot {self.name!r}: axes must be one axis for both, or one for each, behind the "
                f"batch axis 0; got {axes!r}"
            )
        self.axes = axes
        self.normalize = bool(normalize)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        first, second = _two(self, input_shape)
        one, other = self._places(first, second)
        if None not in (first[one], second[other]) and first[one] != second[other]:
            raise ValueError(
                f"{_title(self)}: axis {one} of {first} and axis {other} of {second} must be "
                "equally long"
            )
        rest = [*_without(first, one)[1:], *_without(second, other)[1:]]
        return (first[0], *(rest or [1]))

    def call(self, inputs: Any) -> Tensor:
        first, second = inputs
        one, other = self._places(first.shape, second.shape)
        if self.normalize:
            first, second = _normalized(first, one), _normalized(second, other)
        if first.ndim == second.ndim == 2:
            return ops.sum(first * second, axis=1, keepdims=True)
        rows, left = _as_matrices(first, one)
        columns, right = _as_matrices(second, other)
        y = ops.matmul(rows, ops.transpose(columns, (0, 2, 1)))
        return ops.reshape(y, (first.shape[0], *left, *right))

    def _places(self, first: Any, second: Any) -> tuple[int, int]:
        """Return the axes, counted from the front."""
        pair = (self.axes, self.axes) if isinstance(self.axes, (int, np.integer)) else self.axes
        for axis, shape in zip(pair, (first, second), strict=True):
            if not -len(shape) < axis < len(shape):
                raise ValueError(f"{_title(self)}: there is no axis {axis} in the shape {shape}")
        return int(pair[0]) % len(first), int(pair[1]) % len(second)


def _masks(inputs: Any, mask: Any) -> list[Any]:
    """Return the mask of each input, or None: those that are given, or that the inputs have."""
    if mask is None:
        return [getattr(x, "_keras_mask", None) for x in inputs]
    if not isinstance(mask, (list, tuple)) or len(mask) != len(inputs):
        raise ValueError(
            f"compute_mask: there must be a list with a mask, or None, for each of {len(inputs)} "
            f"inputs, got {mask!r}"
        )
    return list(mask)


def _spread(mask: np.ndarray, shape: Any) -> np.ndarray:
    """Return a mask of the first axes as one of all elements."""
    return np.broadcast_to(mask.reshape(mask.shape + (1,) * (len(shape) - mask.ndim)), shape)


def _without(sizes: Any, axis: int) -> list[Any]:
    return [size for place, size in enumerate(sizes) if place != axis]


def _as_matrices(x: Tensor, axis: int) -> tuple[Tensor, list[int]]:
    """Return x as (B, rest, size of axis), and the sizes of the rest."""
    rest = _without(x.shape, axis)[1:]
    last = ops.transpose(x, (*_without(range(x.ndim), axis), axis))
    return ops.reshape(last, (x.shape[0], -1, x.shape[axis])), rest


def _normalized(x: Tensor, axis: int) -> Tensor:
    """x / √(Σ x²), with the sum not below 1e-12, so that zeros stay zeros."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x / ops.sqrt(ops.maximum(squares, 1e-12))


def _of_one_rank(inputs: list[Any]) -> list[Any]:
    """Give tensors of lower rank axes of size 1 behind the batch axis."""
    rank = max(x.ndim for x in inputs)
    return [
        x if x.ndim == rank else ops.reshape(x, (x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]))
        for x in inputs
    ]


def _several(layer: Layer, shape: Any) -> list[Shape]:
    """Return the shapes of a list of tensors."""
    if not isinstance(shape, (list, tuple)) or not all(isinstance(s, (list, tuple)) for s in shape):
        raise ValueError(f"{_title(layer)} takes a list of tensors, got one of the shape {shape}")
    if not shape:
        raise ValueError(f"{_title(layer)} takes a list of tensors, got an empty one")
    return [tuple(one) for one in shape]


def _two(layer: Layer, shape: Any) -> list[Shape]:
    shapes = _several(layer, shape)
    if len(shapes) != 2:
        raise ValueError(f"{_title(layer)} takes two tensors, got {len(shapes)}: {_listed(shapes)}")
    return shapes


def _title(layer: Layer) -> str:
    return f"{type(layer).__name__} {layer.name!r}"


def _listed(shapes: Sequence[Shape]) -> str:
    return ", ".join(map(str, shapes))


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """`Dot(axes, normalize, **kwargs)(inputs)`."""
    return Dot(axes, normalize, **kwargs)(inputs)
