"""Arithmetic, element by element, and columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy import ndarray

from ..door import door

# ----------------------------------------------------------- arithmetic, element by element (flat)


@door("a[N] b[N] -> out[N]")
def combine(a: ndarray, b: ndarray, operation: str, out: ndarray) -> None:
    """out = a + b, a - b, a b, a / b, aᵇ, max(a, b), min(a, b), or 1 where a = b, else 0.

    A NaN in either stays NaN, but 1ᵇ and a⁰ are always 1, and it is equal to nothing.
    The operation is one of "add", "subtract", "multiply", "divide", "power", "maximum", "minimum",
    "equal".
    """
    operation_of("combine", operation, OPERATIONS)(a, b, out=out)


@door("a[N] b[N] dy[N] -> out[N]")
def extreme_vjp(a: ndarray, b: ndarray, dy: ndarray, operation: str, out: ndarray) -> None:
    """out = dy where a is the "maximum" ("minimum") of a and b, dy / 2 where a = b, else 0.

    That is the gradient with respect to a.
    """
    wins = operation_of("extreme_vjp", operation, EXTREMES)(a, b)
    np.multiply(dy, np.where(a == b, 0.5, wins).astype(dy.dtype), out=out)


@door("x[N] -> out[N]")
def scale(x: ndarray, factor: float, out: ndarray) -> None:
    """out = factor x."""
    np.multiply(x, x.dtype.type(factor), out=out)


@door("-> out[N]")
def fill(value: float, out: ndarray) -> None:
    """out = value, everywhere."""
    out[:] = value


@door("x[N] -> out[N]")
def transform(x: ndarray, function: str, out: ndarray) -> None:
    """out = |x|, its sign (-1, 0 or 1), √x, eˣ or ln x; NaN stays NaN.

    The function is one of "abs", "sign", "sqrt", "exp", "log".
    """
    operation_of("transform", function, FUNCTIONS, "function")(x, out=out)


@door("x[N] -> out[N]")
def clip(x: ndarray, low: float, high: float, out: ndarray) -> None:
    """out = min(max(x, low), high); NaN stays NaN."""
    real = x.dtype.type
    np.minimum(np.maximum(x, real(low)), real(high), out=out)


@door("x[N] dy[N] -> out[N]")
def clip_vjp(x: ndarray, dy: ndarray, low: float, high: float, out: ndarray) -> None:
    """out = dy where low <= x <= high, else 0 dy."""
    real = x.dtype.type
    np.multiply(dy, (x >= real(low)) & (x <= real(high)), out=out)


@door("x[N] mask[N] -> out[N]")
def mask_fill(x: ndarray, mask: ndarray, value: float, out: ndarray) -> None:
    """out = x where the mask is above 1/2, else value."""
    out[:] = np.where(mask > 0.5, x, x.dtype.type(value))


#: What `combine` and `transform` do, and when the first of two is their extreme.
OPERATIONS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "equal": np.equal,
}
FUNCTIONS = {"abs": np.abs, "sign": np.sign, "sqrt": np.sqrt, "exp": np.exp, "log": np.log}
EXTREMES = {"maximum": np.greater, "minimum": np.less}


def operation_of(
    kernel: str, name: str, operations: Mapping[str, np.ufunc], what: str = "operation"
) -> np.ufunc:
    """Return the operation of a name, or raise ValueError with the names that there are."""
    if not isinstance(name, str) or name not in operations:
        names = ", ".join(operations)
        raise ValueError(f"{kernel}: {what} must be one of {names}, not {name!r}")
    return operations[name]


# ------------------------------------------------------------------- columns: parts of every row


@door("x[B,O] out[B,I] -> out[B,I]")
def insert_columns(x: ndarray, start: int, out: ndarray) -> None:
    """out[:, start : start + O] = x; the other columns stay."""
    _check_columns("insert_columns", start, x.shape[1], out.shape[1])
    out[:, int(start) : int(start) + x.shape[1]] = x


@door("x[B,I] -> out[B,O]")
def take_columns(x: ndarray, start: int, out: ndarray) -> None:
    """out = x[:, start : start + O]."""
    _check_columns("take_columns", start, out.shape[1], x.shape[1])
    out[...] = x[:, int(start) : int(start) + out.shape[1]]


def _check_columns(kernel: str, start: int, width: int, columns: int) -> None:
    if not 0 <= start <= columns - width:
        raise ValueError(f"{kernel}: {width} columns from {start} on are not within {columns}")
