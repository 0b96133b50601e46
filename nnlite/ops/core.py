"""Tensors to and from arrays, and choices and loops written as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..config import float_type
from ..tensor import Array, Tensor, raw
from .arithmetic import cast, clip, where
from .comparisons import greater
from .indexing import stack
from .shapes import product, shape


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None) -> Tensor:
    """Return x as a tensor; a tensor of the same dtype is returned itself.

    Parameters
    ----------
    x : array-like, Tensor or symbolic tensor
    dtype : str, optional
        By default that of x; Python's floats become `nnlite.config.floatx()`.
    sparse : None or False
        Keras's; there are no sparse tensors.
    """
    is_one = isinstance(x, Tensor) or hasattr(x, "_keras_history")
    tensor = x if is_one else Tensor(x, requires_grad=False)
    return tensor if dtype is None or tensor.dtype == np.dtype(dtype) else cast(tensor, dtype)


def array(x: Any, dtype: Any = None) -> Tensor:
    """Return x as a tensor: `convert_to_tensor` by numpy's name."""
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> Array:
    """Return the values of x as an array."""
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor."""
    return isinstance(x, Tensor)


def size(x: Any) -> int | None:
    """Return how many elements x has; None where that depends on the batch."""
    return product(shape(x))


def dtype(x: Any) -> str:
    """Return the name of x's dtype, as Keras does."""
    return str(np.dtype(x.dtype)) if hasattr(x, "dtype") else str(float_type(np.asarray(x).dtype))


def copy(x: Any) -> Tensor:
    """y = x in memory of its own."""
    return (
        cast(x, x.dtype)
        if isinstance(x, Tensor)
        else Tensor(convert_to_tensor(x).data.copy(), False)
    )


def saturate_cast(x: Any, dtype: Any) -> Tensor:
    """y = x converted to `dtype`; what lies beyond its numbers becomes the nearest of them."""
    kind, x = np.dtype(dtype), convert_to_tensor(x)
    if kind.kind == "f":
        limits = np.finfo(kind)
        return cast(clip(x, float(limits.min), float(limits.max)), dtype)
    bounds = np.iinfo(kind)
    low, high = bounds.min, bounds.max
    if x.dtype.kind != "f":
        return cast(clip(x, low, high), dtype)
    # The largest whole number of many types is no float; the next float above is beyond them.
    last = x.dtype.type(high)
    if int(last) > high:
        last = np.nextafter(last, x.dtype.type(0))
    inside = cast(clip(x, float(low), float(last)), dtype)
    return where(greater(x, float(last)), np.array(high, kind), inside)


# -------------------------------------------------------------------------- choices and loops


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return true_fn() where `pred` is true, else false_fn()."""
    return true_fn() if bool(raw(pred)) else false_fn()


def switch(index: Any, branches: Any, *operands: Any) -> Any:
    """Return branches[index](*operands); an index beyond them takes the nearest."""
    place = int(np.clip(raw(index), 0, len(branches) - 1))
    return branches[place](*operands)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Return what loop_vars become when `body` is applied while `cond` of them is true.

    At most `maximum_iterations` times, if there is such a number.
    """
    several = isinstance(loop_vars, (list, tuple))
    values = tuple(loop_vars) if several else (loop_vars,)
    done = 0
    while (maximum_iterations is None or done < maximum_iterations) and bool(raw(cond(*values))):
        found = body(*values)
        values = tuple(found) if isinstance(found, (list, tuple)) else (found,)
        done += 1
    return type(loop_vars)(values) if several else values[0]


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """Return what init_val becomes when body_fun(i, value) is applied for lower ≤ i < upper."""
    value = init_val
    for place in range(int(lower), int(upper)):
        value = body_fun(place, value)
    return value


def map(f: Callable[[Any], Tensor], xs: Any) -> Tensor:
    """y = f of each slice of xs along its first axis."""
    return stack([f(xs[place]) for place in range(len(xs))])


def vectorized_map(function: Callable[[Any], Tensor], elements: Any) -> Tensor:
    """y = the function of each slice of `elements`: `map`, by another of Keras's names."""
    return map(function, elements)
