"""Parts of tensors, and tensors put together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import as_columns, floating, picked_columns
from ..config import float_type
from ..tape import op
from ..tensor import Array, Tensor, raw
from .arithmetic import subtract
from .shapes import expand_dims, ndim, reshape, shape


def _getitem_vjp(dy: Array, x: Array, key: Any) -> Array:
    dx = np.zeros_like(x, order="C")
    columns = picked_columns(x, key)
    if columns is None:
        np.add.at(dx, key, dy)  # an element may be picked several times
    else:
        _kernels.insert_columns(floating(dy), columns[0], dx)
    return dx


@op(x=_getitem_vjp)
def _getitem(x: Array, /, key: Any) -> Array:
    columns = picked_columns(x, key)
    if columns is None:
        return x[key]
    start, stop = columns
    y = np.empty((len(x), stop - start), x.dtype)
    _kernels.take_columns(floating(x), start, y)
    return y


def getitem(x: Any, key: Any) -> Tensor:
    """y = x[key], for every key that numpy takes; tensors in the key count as arrays."""
    parts = key if isinstance(key, tuple) else (key,)
    return _getitem(x, tuple(map(_plain, parts)))


def _plain(part: Any) -> Any:
    """Return a part of a key without tensors: as an array, or a slice between whole numbers."""
    if isinstance(part, slice):
        return slice(*(raw(bound) for bound in (part.start, part.stop, part.step)))
    return part.data if isinstance(part, Tensor) else part


def _concatenate_vjp(
    wants: tuple[bool, ...], dy: Array, inputs: list[Array], axis: int
) -> tuple[Array | None, ...]:
    axis %= dy.ndim
    dy, start = floating(dy), 0
    found: list[Array | None] = []
    for x, wanted in zip(inputs, wants, strict=True):
        dx = np.empty(x.shape, dy.dtype) if wanted else None
        if dx is not None:
            _kernels.take_columns(as_columns(dy, axis), start, as_columns(dx, axis))
        found.append(dx)
        start += math.prod(x.shape[axis:])
    return tuple(found)


@op(_concatenate_vjp)
def _concatenate(*xs: Array, axis: int) -> Array:
    if any(x.dtype != float_type(x.dtype) or x.dtype != xs[0].dtype for x in xs):
        return np.concatenate(xs, axis=axis)
    shapes = [list(x.shape) for x in xs]
    shape = [*shapes[0]]
    if not -len(shape) <= axis < len(shape):
        return np.concatenate(xs, axis=axis)  # which says what is wrong
    axis %= len(shape)
    if any(one[:axis] + one[axis + 1 :] != shape[:axis] + shape[axis + 1 :] for one in shapes):
        return np.concatenate(xs, axis=axis)  # as above
    shape[axis] = np.sum([one[axis] for one in shapes])
    y, start = np.empty(shape, xs[0].dtype), 0
    for x in xs:
        _kernels.insert_columns(as_columns(floating(x), axis), start, as_columns(y, axis))
        start += math.prod(x.shape[axis:])
    return y


def concatenate(xs: Sequence[Any], axis: int = -1) -> Tensor:
    """y = the tensors `xs` one after the other along `axis`."""
    return _concatenate(*xs, axis=axis)


def _take_rows_vjp(dy: Array, w: Array, ids: Array) -> Array:
    dw = np.empty(w.shape, w.dtype)
    dy = floating(dy).reshape(-1, w.shape[1])
    _kernels.take_rows_vjp(dy, ids.reshape(-1), dw)
    return dw


@op(w=_take_rows_vjp)
def take_rows(w: Array, ids: Array, /) -> Array:
    """y = w[ids], the rows of a table; the gradients of a row that occurs again are added in order.

    Parameters
    ----------
    w : (N, O) float tensor
    ids : (...) int64 array of numbers within 0..N-1
    """
    y = np.empty((*ids.shape, w.shape[1]), w.dtype)
    _kernels.take_rows(floating(w), ids.reshape(-1), y.reshape(-1, w.shape[1]))
    return y


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """y = the tensors `xs` along a new axis at `axis`."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def hstack(xs: Sequence[Any]) -> Tensor:
    """y = the tensors side by side: along the second axis, or the only one."""
    return concatenate(xs, 0 if ndim(xs[0]) == 1 else 1)


def vstack(xs: Sequence[Any]) -> Tensor:
    """y = the tensors one below the other: along the first axis, where rows are matrices of one."""
    return concatenate([expand_dims(x, 0) if ndim(x) == 1 else x for x in xs], 0)


def append(x1: Any, x2: Any, axis: int | None = None) -> Tensor:
    """y = x2 behind x1 along `axis`; by default both as one row."""
    if axis is None:
        return concatenate([reshape(x1, (-1,)), reshape(x2, (-1,))], 0)
    return concatenate([x1, x2], axis)


def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """y = each element along `axis` without the one before it; n times over."""
    before = (slice(None),) * (axis % ndim(a))
    for _ in range(n):
        a = subtract(getitem(a, (*before, slice(1, None))), getitem(a, (*before, slice(None, -1))))
    return a


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Return the parts of x along `axis`.

    `indices_or_sections` is how many of one size, or a list of the places between them.

    Raises
    ------
    ValueError
        Where the axis cannot be divided into so many equal parts.
    """
    size = shape(x)[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        sections = int(indices_or_sections)
        if size is None or sections < 1 or size % sections:
            raise ValueError(
                f"ops.split: axis {axis} of the shape {shape(x)} cannot be divided into "
                f"{sections} equal parts"
            )
        edges: list[Any] = [size // sections * place for place in range(sections + 1)]
    else:
        edges = [0, *np.asarray(raw(indices_or_sections)).tolist(), size]
    before = (slice(None),) * (axis % ndim(x))
    return [getitem(x, (*before, slice(a, b))) for a, b in itertools.pairwise(edges)]


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """Return the slices of x along `axis`, without this axis; `num` says how many, if unknown.

    Raises
    ------
    ValueError
        Where nothing says how many there are.
    """
    count = num or shape(x)[axis]
    if count is None:
        raise ValueError(f"ops.unstack: give num, since axis {axis} of {shape(x)} has any size")
    before = (slice(None),) * (axis % ndim(x))
    return [getitem(x, (*before, place)) for place in range(count)]


def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """y = the elements of x at `indices` along `axis` (of x as one row by default)."""
    if axis is None:
        return getitem(reshape(x, (-1,)), indices)
    return getitem(x, (*(slice(None),) * (axis % ndim(x)), indices))


def _along(indices: Array, x: Array, axis: int) -> tuple[Array, ...]:
    """Return the key that picks one element along `axis` for each index."""
    if indices.ndim != x.ndim:
        raise ValueError(
            f"ops.take_along_axis: the indices must have as many axes as x, {x.ndim}, got the "
            f"shape {indices.shape}"
        )
    grid = list(np.ogrid[tuple(map(slice, indices.shape))])
    grid[axis] = indices
    return tuple(
        place if size > 1 or at == axis % x.ndim else np.minimum(place, 0)
        for at, (place, size) in enumerate(zip(grid, x.shape, strict=True))
    )


def _along_vjp(dy: Array, x: Array, indices: Array, axis: int) -> Array:
    dx = np.zeros_like(x, order="C")
    np.add.at(dx, _along(indices, x, axis), dy)
    return dx


@op(x=_along_vjp)
def _take_along_axis(x: Array, indices: Array, /, axis: int) -> Array:
    return x[_along(indices, x, axis)]


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """y = x at an index of its own for each place: y[i, j] = x[indices[i, j], j] for axis 0."""
    if axis is None:
        return _take_along_axis(reshape(x, (-1,)), reshape(indices, (-1,)), 0)
    return _take_along_axis(x, indices, axis)


def slice_(inputs: Any, start_indices: Any, shape: Any) -> Tensor:
    """y = the part of a tensor that begins at `start_indices` and has a `shape`."""
    pairs = zip(np.asarray(raw(start_indices)).tolist(), shape, strict=True)
    return getitem(inputs, tuple(slice(start, start + size) for start, size in pairs))


def _scatter_vjp(dy: Array, places: tuple[Array, ...]) -> Array:
    return dy[places]


@op(values=_scatter_vjp)
def _scatter(values: Array, /, places: tuple[Array, ...], shape: Any) -> Array:
    y = np.zeros(shape, values.dtype)
    np.add.at(y, places, values)
    return y


def scatter(indices: Any, values: Any, shape: Any) -> Tensor:
    """y = zeros, with each value added at its place: a row of `indices` says where.

    Parameters
    ----------
    indices : (N, K) whole numbers: places on the first K axes
    values : (N, ...)
    shape : of y
    """
    return _scatter(values, tuple(np.asarray(raw(indices)).T), tuple(shape))


@op(
    x=lambda dy, places: _replaced(dy, places, 0),
    updates=lambda dy, places: dy[places],
)
def _update(x: Array, updates: Array, /, places: Any) -> Array:
    return _replaced(x, places, updates)


def _replaced(x: Array, places: Any, values: Any) -> Array:
    y = x.copy()
    y[places] = values
    return y


def scatter_update(inputs: Any, indices: Any, updates: Any) -> Tensor:
    """y = the inputs with `updates` at some places: a row of `indices` (N, K) says where."""
    return _update(inputs, updates, tuple(np.asarray(raw(indices)).T))


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """y = the inputs with `updates` in their place from `start_indices` on."""
    pairs = zip(np.asarray(raw(start_indices)).tolist(), np.shape(updates), strict=True)
    return _update(inputs, updates, tuple(slice(start, start + size) for start, size in pairs))


def _segment_sum_vjp(dy: Array, ids: Array) -> Array:
    dx = np.zeros((len(ids), *dy.shape[1:]), dy.dtype)
    counts = (ids >= 0) & (ids < len(dy))
    dx[counts] = dy[ids[counts]]
    return dx


@op(data=_segment_sum_vjp)
def _segment_sum(data: Array, /, ids: Array, count: int) -> Array:
    y = np.zeros((count, *data.shape[1:]), data.dtype)
    counts = (ids >= 0) & (ids < count)
    np.add.at(y, ids[counts], data[counts])
    return y


def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """y[s] = Σ of the rows of `data` (N, ...) whose `segment_ids` (N,) is s; `sorted` is Keras's.

    There are `num_segments`, by default up to the largest id. A row of a segment that is not
    there (-1, say) does not count.
    """
    ids = np.asarray(raw(segment_ids))
    return _segment_sum(
        data, ids, int(ids.max(initial=-1)) + 1 if num_segments is None else num_segments
    )
