"""Parts of tensors, and tensors put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import as_columns, floating, picked_columns
from ..config import float_type
from ..tape import op
from ..tensor import Array, Tensor
from .shapes import expand_dims


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
    plain = tuple(part.data if isinstance(part, Tensor) else part for part in parts)
    return _getitem(x, plain)


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
    shape[axis] = np.sum([one[axis] for one in shapes])
    axis %= len(shape)
    if any(one[:axis] + one[axis + 1 :] != shape[:axis] + shape[axis + 1 :] for one in shapes):
        return np.concatenate(xs, axis=axis)  # which says what is wrong
    y, start = np.empty(shape, xs[0].dtype), 0
    for x in xs:
        _kernels.insert_columns(as_columns(floating(x), axis), start, as_columns(y, axis))
        start += math.prod(x.shape[axis:])
    return y


def concatenate(xs: Sequence[Any], axis: int = -1) -> Tensor:
    """y = the tensors `xs` one after the other along `axis`."""
    return _concatenate(*xs, axis=axis)


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """y = the tensors `xs` along a new axis at `axis`."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)
