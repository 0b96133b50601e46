"""The same elements in another shape or order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arithmetic import broadcast, permuted
from ..tape import op
from ..tensor import Array


@op(x=lambda dy, x: dy.reshape(x.shape))
def reshape(x: Array, /, newshape: Any) -> Array:
    """y = x in another shape; one size may be -1."""
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
