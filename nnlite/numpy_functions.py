"""What numpy's functions do on tensors: `np.exp(t)` is `ops.exp(t)`.

One table says which op stands for which function. A function that is not in it runs on the plain
arrays where no gradient can be lost by that, and is refused elsewhere. The same holds of taking
the values out: `np.asarray(t)` or `float(t)` inside a layer's call, while it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops, tape
from .errors import did_you_mean
from .tensor import Tensor


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **named: Any) -> Tensor:
    low, high = named.pop("min", a_min), named.pop("max", a_max)
    _no_more("clip", named)
    if isinstance(low, Tensor) or isinstance(high, Tensor):  # a gradient flows to these too
        a = a if low is None else ops.maximum(a, low)
        return a if high is None else ops.minimum(a, high)
    return ops.clip(a, -np.inf if low is None else low, np.inf if high is None else high)


def _reduction(name: str) -> Callable[..., Tensor]:
    def reduce(a: Any, axis: Any = None, keepdims: bool = False, **named: Any) -> Tensor:
        _no_more(name, named)
        return getattr(ops, name)(a, axis, keepdims)

    return reduce


def _reshape(a: Any, shape: Any = -1) -> Tensor:
    return ops.reshape(a, shape)


def _joined(name: str) -> Callable[..., Tensor]:
    def join(arrays: Any, axis: int = 0) -> Tensor:
        return getattr(ops, name)(arrays, axis)

    return join


def _tile(A: Any, reps: Any) -> Tensor:  # noqa: N803
    return ops.tile(A, reps)


def _copy(a: Any) -> Tensor:
    return ops.cast(a, a.dtype)


def _no_more(name: str, named: dict[str, Any]) -> None:
    """Raise TypeError for arguments of a function of numpy that the op of a tensor lacks."""
    if named:
        raise TypeError(f"np.{name} of a Tensor takes no {', '.join(named)}; use nnlite.ops")


#: What stands for a function of numpy, called with the same arguments: an op by its name, or else
#: a function that calls one.
TABLE: dict[Any, str | Callable[..., Any]] = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.true_divide: "divide",
    np.power: "power",
    np.matmul: "matmul",
    np.negative: "negative",
    np.positive: lambda x: x,
    np.absolute: "abs",
    np.fabs: "abs",
    np.square: "square",
    np.sqrt: "sqrt",
    np.reciprocal: "reciprocal",
    np.cbrt: "cbrt",
    np.exp: "exp",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log: "log",
    np.log1p: "log1p",
    np.log2: "log2",
    np.log10: "log10",
    np.logaddexp: "logaddexp",
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.arctan: "arctan",
    np.arctan2: "arctan2",
    np.hypot: "hypot",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.tanh: "tanh",
    np.arcsinh: "arcsinh",
    np.sign: "sign",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.clip: _clip,
    np.where: "where",
    np.sum: _reduction("sum"),
    np.mean: _reduction("mean"),
    np.max: _reduction("max"),
    np.min: _reduction("min"),
    np.var: _reduction("var"),
    np.std: _reduction("std"),
    np.prod: _reduction("prod"),
    np.cumsum: "cumsum",
    np.sort: "sort",
    np.linalg.norm: "norm",
    np.dot: "dot",
    np.inner: "inner",
    np.outer: "outer",
    np.tensordot: "tensordot",
    np.einsum: "einsum",
    np.trace: "trace",
    np.diagonal: "diagonal",
    np.reshape: _reshape,
    np.ravel: _reshape,
    np.transpose: "transpose",
    np.squeeze: "squeeze",
    np.expand_dims: "expand_dims",
    np.broadcast_to: "broadcast_to",
    np.moveaxis: "moveaxis",
    np.swapaxes: "swapaxes",
    np.flip: "flip",
    np.roll: "roll",
    np.repeat: "repeat",
    np.tile: _tile,
    np.take: "take",
    np.hstack: "hstack",
    np.vstack: "vstack",
    np.concatenate: _joined("concatenate"),
    np.stack: _joined("stack"),
    np.copy: _copy,
}

#: Where an array comes first, its operators are left to the tensor behind: array * tensor.
OPERATORS = {
    np.add: ("__add__", "__radd__"),
    np.subtract: ("__sub__", "__rsub__"),
    np.multiply: ("__mul__", "__rmul__"),
    np.true_divide: ("__truediv__", "__rtruediv__"),
    np.power: ("__pow__", "__rpow__"),
    np.matmul: ("__matmul__", "__rmatmul__"),
    np.equal: ("__eq__", "__eq__"),
    np.not_equal: ("__ne__", "__ne__"),
    np.less: ("__lt__", "__gt__"),
    np.less_equal: ("__le__", "__ge__"),
    np.greater: ("__gt__", "__lt__"),
    np.greater_equal: ("__ge__", "__le__"),
}


def operator(ufunc: Any, left: Any, right: Any) -> Any:
    """Return what an operator between an array and a tensor gives, whichever comes first."""
    forward, reflected = OPERATORS[ufunc]
    if isinstance(left, Tensor):
        return getattr(left, forward)(right)
    return getattr(right, reflected)(left)


def call(function: Any, method: str, args: Any, kwargs: Any) -> Any:
    """Call a function of numpy on tensors.

    Inside a layer's call, and where a gradient could be lost, it is the op in `TABLE` that does
    the work; otherwise the function itself, on the plain arrays. None is lost under `no_grad()`,
    where no tensor requires one, and where the result is no array of floats: shapes, comparisons.

    Parameters
    ----------
    function : function or ufunc of numpy
    method : str
        "__call__", or another of a ufunc, such as "reduce".
    args, kwargs : what it was called with

    Raises
    ------
    TypeError
        Where a gradient would be lost.
    """
    wants_gradient: list[Tensor] = []
    arrays, named = _arrays(args, wants_gradient), _arrays(kwargs, wants_gradient)
    recorded = bool(wants_gradient) and tape.is_recording()
    known = function in TABLE and method == "__call__" and named.get("out") is None
    if known and (recorded or tape.running() is not None):
        op = TABLE[function]
        return (getattr(ops, op) if isinstance(op, str) else op)(*args, **kwargs)
    on_arrays = function if method == "__call__" else getattr(function, method)
    if recorded:
        if named.get("out") is None:
            result = on_arrays(*arrays, **named)
            parts = result if isinstance(result, (list, tuple)) else [result]
            floats = any(np.asarray(part).dtype.kind == "f" for part in parts)
            if not floats or function.__name__.endswith("_like"):  # does not depend on the values
                return result
        raise TypeError(_refusal(function, method))
    return on_arrays(*arrays, **named)


def _refusal(function: Any, method: str) -> str:
    name = function.__name__ if method == "__call__" else f"{function.__name__}.{method}"
    if function in TABLE:
        return (
            f"np.{name} with these arguments cannot be differentiated: it would write its result "
            "into an array, or is another method of the function; leave them out"
        )
    near = did_you_mean(name, [known.__name__ for known in TABLE])
    return (
        f"np.{name} cannot be differentiated: compute it with tensor arithmetic, nnlite.ops, or "
        f"those functions of numpy that stand for ops.{near} For the plain values, outside the "
        "gradient: nnlite.ops.stop_gradient(x).numpy()"
    )


def check_taken_out(tensor: Tensor, how: str) -> None:
    """Raise TypeError where the values of a tensor are taken out while a call is recorded."""
    layer = tape.running()
    if layer is not None and tensor.requires_grad and tape.is_recording():
        raise TypeError(
            f"{how} in the call of layer {layer.name!r} would cut the gradient: use tensor "
            "arithmetic, nnlite.ops, or numpy's functions on the tensor itself, such as np.exp(x). "
            "Where the plain values are meant: nnlite.ops.stop_gradient(x).numpy()"
        )


def _arrays(value: Any, wants_gradient: list[Tensor]) -> Any:
    """`value` with the arrays of the tensors in it; those that require a gradient are noted."""
    if isinstance(value, Tensor):
        if value.requires_grad:
            wants_gradient.append(value)
        return value.data
    if isinstance(value, (list, tuple)):
        parts = [_arrays(part, wants_gradient) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    if isinstance(value, dict):
        return {key: _arrays(part, wants_gradient) for key, part in value.items()}
    return value
