"""Activations: element by element, and softmax and its kin along an axis."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import as_columns, as_rows, floating, permuted
from ..signatures import parameters_of
from ..tape import Op, op
from ..tensor import Array, Tensor
from .arithmetic import multiply
from .indexing import getitem
from .shapes import reshape


def _activation(name: str, formula: str) -> Op:
    """Make the op of an activation that works element by element and whose vjp needs only y."""

    def vjp(dy: Array, y: Array) -> Array:
        dx = np.empty_like(y)
        kernel = getattr(_kernels, f"{name}_vjp")
        kernel(y.reshape(-1), floating(dy).reshape(-1), dx.reshape(-1))
        return dx

    def forward(x: Array, /) -> Array:
        x = floating(x)
        y = np.empty_like(x)
        getattr(_kernels, f"{name}_forward")(x.reshape(-1), y.reshape(-1))
        return y

    forward.__name__, forward.__doc__ = name, formula
    return op(x=vjp)(forward)


relu = _activation("relu", "y = max(x, 0).")
sigmoid = _activation("sigmoid", "y = 1 / (1 + e⁻ˣ).")
tanh = _activation("tanh", "y = tanh x.")


# ------------------------------------------------------------ element by element, from the table


def _curve(row: Callable[..., tuple[Any, ...]]) -> Op:
    """Make the op of a row in the kernels' table of curves.

    `row` takes what the op takes, and returns the name of the row and the numbers that it reads.
    """

    def numbers(attributes: dict[str, Any]) -> tuple[Any, ...]:
        name, *given = row(None, **attributes)
        return name, *(float(number) for number in (*given, 0, 0, 0)[:3])

    @functools.wraps(row)
    def forward(x: Array, /, **attributes: Any) -> Array:
        x = floating(x)
        y = np.empty_like(x)
        _kernels.activate(x.reshape(-1), *numbers(attributes), y.reshape(-1))
        return y

    def vjp(wants: tuple[bool, ...], dy: Array, x: Array, **attributes: Any) -> tuple[Array]:
        x = floating(x)
        dx = np.empty_like(x)
        _kernels.activate_vjp(
            x.reshape(-1), np.asarray(dy, x.dtype).reshape(-1), *numbers(attributes), dx.reshape(-1)
        )
        return (dx,)

    return Op(forward, vjp, parameters_of(row).names, ("y",))


@_curve
def celu(x: Array, /, alpha: float = 1.0) -> Any:
    """y = x for x > 0, else α (e^(x/α) - 1), without a bend at 0; α is `alpha`.

    Barron, "Continuously differentiable exponential linear units", 2017.
    """
    return "elu", alpha, 1, alpha


@_curve
def elu(x: Array, /, alpha: float = 1.0) -> Any:
    """y = x for x > 0, else α (eˣ - 1); α is `alpha`.

    Clevert et al., "Fast and accurate deep network learning by exponential linear units", 2016.
    """
    return "elu", alpha, 1, 1


@_curve
def gelu(x: Array, /, approximate: bool = True) -> Any:
    """y = x (1 + erf(x / √2)) / 2, or about that, x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    The second with `approximate`. Hendrycks and Gimpel, "Gaussian error linear units", 2016.
    """
    return ("gelu_tanh" if approximate else "gelu",)


@_curve
def hard_shrink(x: Array, /, threshold: float = 0.5) -> Any:
    """y = x where |x| > threshold, else 0."""
    return "hard_shrink", threshold


@_curve
def hard_sigmoid(x: Array, /) -> Any:
    """y = (x + 3) / 6, but at least 0 and at most 1."""
    return ("hard_sigmoid",)


@_curve
def hard_silu(x: Array, /) -> Any:
    """y = x hard_sigmoid(x).

    Howard et al., "Searching for MobileNetV3", 2019.
    """
    return ("hard_silu",)


@_curve
def hard_tanh(x: Array, /) -> Any:
    """y = x, but at least -1 and at most 1."""
    return ("hard_tanh",)


@_curve
def leaky_relu(x: Array, /, negative_slope: float = 0.2) -> Any:
    """y = x for x >= 0, else negative_slope x."""
    return "leaky_relu", negative_slope


@_curve
def log_sigmoid(x: Array, /) -> Any:
    """y = ln(1 / (1 + e⁻ˣ))."""
    return ("log_sigmoid",)


@_curve
def _mish(x: Array, /) -> Any:
    """y = x tanh(ln(1 + eˣ))."""
    return ("mish",)


@_curve
def _rectified(
    x: Array, /, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """y = x above the threshold, at most max_value; below it negative_slope (x - threshold)."""
    return "relu", negative_slope, math.inf if max_value is None else max_value, threshold


@_curve
def relu6(x: Array, /) -> Any:
    """y = x, but at least 0 and at most 6."""
    return ("relu6",)


@_curve
def selu(x: Array, /) -> Any:
    """y = s x for x > 0, else s α (eˣ - 1): mean 0 and variance 1 come out as they went in.

    Klambauer et al., "Self-normalizing neural networks", 2017.
    """
    return "elu", 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1


@_curve
def silu(x: Array, /) -> Any:
    """y = x / (1 + e⁻ˣ), called swish too.

    Ramachandran et al., "Searching for activation functions", 2017.
    """
    return ("silu",)


@_curve
def soft_shrink(x: Array, /, threshold: float = 0.5) -> Any:
    """y = x brought nearer to 0 by the threshold, 0 where |x| is no larger."""
    return "soft_shrink", threshold


@_curve
def softplus(x: Array, /) -> Any:
    """y = ln(1 + eˣ)."""
    return ("softplus",)


@_curve
def softsign(x: Array, /) -> Any:
    """y = x / (1 + |x|)."""
    return ("softsign",)


@_curve
def sparse_plus(x: Array, /) -> Any:
    """y = 0 for x <= -1, x for x >= 1, and (x + 1)² / 4 in between."""
    return ("sparse_plus",)


@_curve
def sparse_sigmoid(x: Array, /) -> Any:
    """y = (x + 1) / 2, but at least 0 and at most 1.

    Blondel, Martins and Niculae, "Learning classifiers with Fenchel-Young losses", 2019.
    """
    return ("sparse_sigmoid",)


@_curve
def squareplus(x: Array, /, b: float = 4) -> Any:
    """y = (x + √(x² + b)) / 2.

    Barron, "Squareplus: a softplus-like algebraic rectifier", 2021.
    """
    return "squareplus", b


@_curve
def tanh_shrink(x: Array, /) -> Any:
    """y = x - tanh x."""
    return ("tanh_shrink",)


@_curve
def threshold(x: Array, /, threshold: float, default_value: float) -> Any:
    """y = x where x > threshold, else default_value."""
    return "threshold", threshold, default_value


def glu(x: Any, axis: int = -1) -> Tensor:
    """y = a sigmoid(b), where a and b are the halves of x along an axis.

    Dauphin et al., "Language modeling with gated convolutional networks", 2017.

    Raises
    ------
    ValueError
        Where there is no such axis, or it has no halves.
    """
    shape = tuple(x.shape if hasattr(x, "shape") else np.shape(x))
    if not -len(shape) <= axis < len(shape) or not shape[axis] or shape[axis] % 2:
        raise ValueError(f"glu: axis {axis} of the shape {shape} cannot be split into two halves")
    axis %= len(shape)
    before = [-1 if size is None else size for size in shape[:axis]]
    half, after = shape[axis] // 2, shape[axis + 1 :]
    middle = half * math.prod(after)
    rows = reshape(x, (-1 if -1 in before else math.prod(before), 2 * middle))
    a, b = (getitem(rows, (slice(None), part)) for part in (slice(middle), slice(middle, None)))
    return reshape(multiply(a, sigmoid(b)), (*before, half, *after))


# ------------------------------------------------------------------------- rows along an axis


def _by_rows(kernel: str, axis: Any, *arrays: Array) -> Array:
    """Run a kernel on arrays of one shape, whose rows run along an axis, or several as one."""
    ndim = arrays[0].ndim
    # The usual case, which a small step cannot wait for.
    if ndim == 2 and isinstance(axis, int) and axis == -1:
        y = np.empty_like(arrays[0])
        getattr(_kernels, kernel)(*arrays, y)
        return y
    axes = _places(kernel, axis, arrays[0].shape)
    if axes == [ndim - 1]:
        y = np.empty_like(arrays[0])
        getattr(_kernels, kernel)(*map(as_rows, arrays), as_rows(y))
        return y
    order = [one for one in range(ndim) if one not in axes] + axes
    moved = [permuted(x, order) for x in arrays]
    shape = moved[0].shape
    rows, y = [as_columns(x, ndim - len(axes)) for x in moved], np.empty(shape, arrays[0].dtype)
    getattr(_kernels, kernel)(*rows, as_columns(y, ndim - len(axes)))
    return permuted(y, np.argsort(order).tolist())


def _places(kernel: str, axis: Any, shape: tuple[int, ...]) -> list[int]:
    """Return the places of the axes that `axis` names, in ascending order."""
    axes = [int(one) for one in np.atleast_1d(axis)]
    places = {one % len(shape) for one in axes if -len(shape) <= one < len(shape)}
    if not axes or len(places) != len(axes):
        name = kernel.removesuffix("_forward")
        raise ValueError(
            f"{name}: axis must name one axis, or several, of the shape {shape}; got {axis!r}"
        )
    return sorted(places)


def _along_axis(name: str, formula: str) -> Op:
    """Make the op of an activation that works along an axis and whose vjp needs only y."""

    def vjp(dy: Array, y: Array, axis: Any) -> Array:
        return _by_rows(f"{name}_vjp", axis, floating(y), floating(dy))

    def forward(x: Array, /, axis: Any = -1) -> Array:
        return _by_rows(f"{name}_forward", axis, floating(x))

    forward.__name__, forward.__doc__ = name, formula
    return op(x=vjp)(forward)


softmax = _along_axis("softmax", "y_c = e^x_c / Σ e^x_k along an axis, or several as one.")
log_softmax = _along_axis("log_softmax", "y_c = x_c - ln Σ e^x_k along an axis, or several as one.")
sparsemax = _along_axis(
    "sparsemax",
    """y = max(x - τ, 0) along an axis, with the τ that makes Σ y = 1.

    Martins and Astudillo, "From softmax to sparsemax", 2016.
    """,
)

swish, hard_swish = silu, hard_silu
