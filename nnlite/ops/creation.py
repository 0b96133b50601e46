"""New tensors: constants, which require no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import floatx
from ..tape import op
from ..tensor import Array, Tensor, raw


def _constant(values: Any) -> Tensor:
    return Tensor(values, requires_grad=False)


def _float_or(dtype: Any) -> Any:
    return floatx() if dtype is None else dtype


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of zeros; floats unless `dtype` says otherwise."""
    return _constant(np.zeros(shape, _float_or(dtype)))


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of ones; floats unless `dtype` says otherwise."""
    return _constant(np.ones(shape, _float_or(dtype)))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """A tensor that is `fill_value` everywhere; floats unless `dtype` says otherwise."""
    return _constant(np.full(shape, raw(fill_value), _float_or(dtype)))


def empty(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor to be written into; here it is of zeros, so that nothing depends on chance."""
    return zeros(shape, dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803
    """A matrix of N rows and M columns (by default N) with ones on its k-th diagonal."""
    return _constant(np.eye(N, M, k, dtype=_float_or(dtype)))


def identity(n: int, dtype: Any = None) -> Tensor:
    """The matrix of n rows and columns with ones on its diagonal."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803
    """A matrix (N, M), or (N, N), with ones at and below its k-th diagonal."""
    return _constant(np.tri(N, M, k, dtype=_float_or(dtype)))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """The numbers from `start` (0, if there is but one bound) on by `step`, below `stop`."""
    if stop is None:
        start, stop = 0, start
    given = [raw(value) for value in (start, stop, 1 if step is None else step)]
    if dtype is None and any(np.asarray(value).dtype.kind == "f" for value in given):
        dtype = floatx()
    return _constant(np.arange(*given, dtype=dtype))


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Tensor:
    """`num` numbers at equal distances from `start` to `stop`, which is one by `endpoint`."""
    found = np.linspace(raw(start), raw(stop), num, endpoint, dtype=_float_or(dtype), axis=axis)
    return _constant(found)


@op()
def zeros_like(x: Array, /, dtype: Any = None) -> Array:
    """Zeros in the shape of x."""
    return np.zeros_like(x, dtype)


@op()
def ones_like(x: Array, /, dtype: Any = None) -> Array:
    """Ones in the shape of x."""
    return np.ones_like(x, dtype)


@op()
def full_like(x: Array, /, fill_value: Any, dtype: Any = None) -> Array:
    """`fill_value` everywhere, in the shape of x."""
    return np.full_like(x, raw(fill_value), dtype)


def empty_like(x: Any, dtype: Any = None) -> Tensor:
    """A tensor in the shape of x to be written into; here it is of zeros."""
    return zeros_like(x, dtype)


@op()
def one_hot(x: Array, /, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """y[..., c] = 1 where x is c, else 0; x < 0, or ≥ `num_classes`, is all zeros."""
    rows = np.equal.outer(x, np.arange(num_classes)).astype(_float_or(dtype))
    return np.moveaxis(rows, -1, axis)


@op()
def multi_hot(x: Array, /, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """y[..., c] = 1 where c < num_classes is among the numbers of x along its last axis, else 0."""
    found = np.equal.outer(x, np.arange(num_classes)).any(axis=-2)
    return np.moveaxis(found, -1, axis).astype(_float_or(dtype))
