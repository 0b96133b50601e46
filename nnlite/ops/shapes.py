"""The same elements in another shape or order."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..arithmetic import broadcast, permuted, summed
from ..tape import op
from ..tensor import Array, Tensor, raw


def shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of x; of a symbolic tensor None stands for any size."""
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(raw(x))


def ndim(x: Any) -> int:
    """Return how many axes x has."""
    return len(shape(x))


def product(sizes: Collection[int | None]) -> int | None:
    """Return how many elements these sizes make; None where one of them is None."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def known(*sizes: int | None) -> list[int]:
    """Return sizes with -1 for the one that depends on the batch."""
    return [-1 if size is None else size for size in sizes]


@op(x=lambda dy, x: dy.reshape(x.shape))
def reshape(x: Array, /, newshape: Any) -> Array:
    """y = x in the shape `newshape`; one size may be -1."""
    return np.reshape(x, newshape)


def _inverse(axes: Sequence[int] | None, ndim: int) -> list[int] | None:
    """Return the permutation that undoes `axes`, which may count from the end."""
    return None if axes is None else np.argsort(np.mod(axes, ndim)).tolist()


@op(x=lambda dy, axes: permuted(dy, _inverse(axes, dy.ndim)))
def transpose(x: Array, /, axes: Sequence[int] | None = None) -> Array:
    """y = x with its axes permuted (reversed by default)."""
    return permuted(x, axes)


@op(x=lambda dy, x: dy.reshape(x.shape))
def expand_dims(x: Array, /, axis: Any) -> Array:
    """y = x with an axis of size 1 put in at `axis`."""
    return np.expand_dims(x, axis)


@op(x=lambda dy, x: dy.reshape(x.shape))
def squeeze(x: Array, /, axis: Any = None) -> Array:
    """y = x without its axes of size 1 (or without those of `axis`)."""
    return np.squeeze(x, axis)


@op(x=lambda dy: dy)
def broadcast_to(x: Array, /, shape: Any) -> Array:
    """y = x repeated to `shape`."""
    return broadcast(x, tuple(np.atleast_1d(shape).tolist()))


def ravel(x: Any) -> Tensor:
    """y = x as one row."""
    return reshape(x, (-1,))


def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """y = x with the axes `source` moved to the places `destination`."""
    axes = ndim(x)
    from_, to = ([int(axis) % axes for axis in np.atleast_1d(a)] for a in (source, destination))
    order = [axis for axis in range(axes) if axis not in from_]
    for place, axis in sorted(zip(to, from_, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """y = x with `axis1` and `axis2` in each other's place."""
    order = list(range(ndim(x)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


@op(x=lambda dy, axis: np.flip(dy, axis))
def flip(x: Array, /, axis: Any = None) -> Array:
    """y = x from back to front along `axis` (along all by default)."""
    return np.flip(x, axis)


@op(x=lambda dy, x, shift, axis: np.roll(dy, -np.asarray(shift), axis).reshape(x.shape))
def roll(x: Array, /, shift: Any, axis: Any = None) -> Array:
    """y = x moved on by `shift` along `axis`; what leaves at the end comes in at the front."""
    return np.roll(x, shift, axis)


def _repeat_vjp(dy: Array, x: Array, repeats: Any, axis: int | None) -> Array:
    places = np.repeat(np.arange(x.size if axis is None else x.shape[axis]), repeats)
    dx = np.zeros_like(x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0), order="C")
    np.add.at(dx, places, dy if axis is None else np.moveaxis(dy, axis, 0))
    return dx.reshape(x.shape) if axis is None else np.moveaxis(dx, 0, axis)


@op(x=_repeat_vjp)
def repeat(x: Array, /, repeats: Any, axis: int | None = None) -> Array:
    """y = x with each element along `axis` (of x as one row by default) `repeats` times."""
    return np.repeat(x, repeats, axis)


def _pairs(x: Array, repeats: Any) -> list[tuple[int, int]]:
    """How many times each axis stands, and its size; axes of size 1 are put in front."""
    counts, sizes = np.atleast_1d(repeats).tolist(), list(x.shape)
    counts = [1] * (len(sizes) - len(counts)) + counts
    return list(zip(counts, [1] * (len(counts) - len(sizes)) + sizes, strict=True))


def _tile_vjp(dy: Array, x: Array, repeats: Any) -> Array:
    pairs = _pairs(x, repeats)
    apart = dy.reshape([length for pair in pairs for length in pair])
    return summed(apart, tuple(range(0, 2 * len(pairs), 2))).reshape(x.shape)


@op(x=_tile_vjp)
def tile(x: Array, /, repeats: Any) -> Array:
    """y = x so many times (`repeats`) along each axis."""
    pairs = _pairs(x, repeats)
    apart = x.reshape([length for _, size in pairs for length in (1, size)])
    whole = broadcast(apart, tuple(length for pair in pairs for length in pair))
    return whole.reshape([count * size for count, size in pairs])


def _inside(pad_width: Any, ndim: int) -> tuple[slice, ...]:
    widths = np.broadcast_to(np.asarray(pad_width), (ndim, 2)).tolist()
    return tuple(slice(before, -after or None) for before, after in widths)


@op(x=lambda dy, pad_width: dy[_inside(pad_width, dy.ndim)])
def _pad(x: Array, /, pad_width: Any, constant_values: Any = 0) -> Array:
    return np.pad(x, pad_width, constant_values=constant_values)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """y = x with a border of `constant_values` (0 by default), `pad_width` wide.

    Raises
    ------
    ValueError
        For another `mode` than "constant", which nothing in multilayer perceptrons needs.
    """
    if mode != "constant":
        raise ValueError(f"ops.pad: the only mode is 'constant', got {mode!r}")
    return _pad(x, pad_width, 0 if constant_values is None else constant_values)


@op(x=lambda dy, k: np.tril(dy, k))
def tril(x: Array, /, k: int = 0) -> Array:
    """y = x at and below its k-th diagonal, else 0."""
    return np.tril(x, k)


@op(x=lambda dy, k: np.triu(dy, k))
def triu(x: Array, /, k: int = 0) -> Array:
    """y = x at and above its k-th diagonal, else 0."""
    return np.triu(x, k)


def _diagonal_vjp(dy: Array, x: Array, offset: int, axis1: int, axis2: int) -> Array:
    dx = np.zeros_like(x, order="C")
    part = np.moveaxis(dx, (axis1, axis2), (-2, -1))
    places = np.arange(dy.shape[-1])
    part[..., places + np.maximum(-offset, 0), places + np.maximum(offset, 0)] = dy
    return dx


@op(x=_diagonal_vjp)
def diagonal(x: Array, /, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """y = the diagonal, `offset` above the main one, of x's matrices of `axis1` and `axis2`."""
    return np.diagonal(x, offset, axis1, axis2).copy()


@op(x=lambda dy, k: np.diagonal(dy, k).copy())
def _matrix_of(x: Array, /, k: int = 0) -> Array:
    return np.diag(x, k)


def diag(x: Any, k: int = 0) -> Tensor:
    """y = the k-th diagonal of a matrix, or of a row the matrix with it on this diagonal."""
    return diagonal(x, k) if ndim(x) == 2 else _matrix_of(x, k)


def with_last(x: Any, axes: Sequence[int]) -> Any:
    """Return x with some axes moved to the end, as it is where they are there already."""
    order = _order_to_last(ndim(x), axes)
    return x if order == [*range(ndim(x))] else transpose(x, axes=order)


def with_back(x: Any, axes: Sequence[int]) -> Any:
    """Undo `with_last`."""
    order = _order_to_last(ndim(x), axes)
    return x if order == [*range(ndim(x))] else transpose(x, axes=_inverse(order, ndim(x)))


def _order_to_last(ndim: int, axes: Sequence[int]) -> list[int]:
    last = [axis % ndim for axis in axes]
    return [axis for axis in range(ndim) if axis not in last] + last
