"""Regularizers: penalties on large weights or outputs, which are added to the loss.

A regularizer is called with a tensor and returns a scalar tensor. A function that does so can be
given wherever a regularizer is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import _kernels, ops
from .arithmetic import off_diagonal
from .config import epsilon, float_type
from .out_of_scope import watch
from .registry import Configurable, Registry, describe
from .tape import op
from .tensor import Array, Tensor


def _flat(x: Array) -> Array:
    """View x as the kernels take it: flat, and of a float type that they know."""
    return np.asarray(x, float_type(np.asarray(x).dtype), order="C").reshape(-1)


def _penalty_vjp(dy: Array, x: Array, l1: float, l2: float) -> Array:
    values = _flat(x)
    out = np.empty_like(values)
    _kernels.l1_l2_penalty_vjp(values, _flat(dy), l1, l2, out)
    return out.reshape(x.shape)


@op(x=_penalty_vjp)
def l1_l2_penalty(x: Array, /, l1: float, l2: float) -> Array:
    """y = l1 Σ |x| + l2 Σ x², a scalar."""
    values = _flat(x)
    out = np.empty((), values.dtype)
    _kernels.l1_l2_penalty(values, l1, l2, out.reshape(1))
    return out


class Regularizer(Configurable):
    """Base of all regularizers: `regularizer(x)` returns a scalar tensor."""

    def __call__(self, x: Any) -> Tensor:
        """Return the penalty on x."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, x)")


class L1L2(Regularizer):
    """penalty = l1 Σ |x| + l2 Σ x².

    Parameters
    ----------
    l1, l2 : float >= 0
        How much the absolute values and the squares cost.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = _factor(self, "l1", l1), _factor(self, "l2", l2)

    def __call__(self, x: Any) -> Tensor:
        return l1_l2_penalty(x, l1=self.l1, l2=self.l2)


class L1(L1L2):
    """penalty = l1 Σ |x|: drives weights to 0.

    Parameters
    ----------
    l1 : float >= 0
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """penalty = l2 Σ x²: keeps weights small.

    Parameters
    ----------
    l2 : float >= 0
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


class OrthogonalRegularizer(Regularizer):
    """penalty = factor Σ |cos(a, b)| / (n (n - 1)), over all ordered pairs of n vectors, a ≠ b.

    It is 0 where the rows (or columns) of a matrix are orthogonal to each other.

    Parameters
    ----------
    factor : float >= 0
    mode : "rows" or "columns"
        Which vectors are compared.

    Raises
    ------
    ValueError
        For an unknown mode, and for what is no matrix.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor(self, "factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode must be 'rows' or 'columns', got {mode!r}"
            )
        self.mode = mode

    def __call__(self, x: Any) -> Tensor:
        if np.ndim(x) != 2:
            raise ValueError(
                f"OrthogonalRegularizer compares the {self.mode} of a matrix, got the shape "
                f"{np.shape(x)}"
            )
        vectors = x if self.mode == "rows" else ops.transpose(x)
        count = vectors.shape[0]
        # |v| of at least ε, as in Keras, and so that a vector of zeros has a gradient.
        squared = ops.sum(ops.square(vectors), axis=1, keepdims=True)
        units = vectors / ops.sqrt(ops.maximum(squared, epsilon() ** 2))
        cosines = ops.matmul(units, ops.transpose(units))
        others = off_diagonal(count, cosines.dtype)
        return ops.sum(ops.abs(cosines) * others) * (self.factor / max(count * (count - 1), 1))


def _factor(regularizer: Regularizer, name: str, value: Any) -> float:
    number = 0.0 if value is None else float(value)
    if not 0 <= number < np.inf:
        owner = type(regularizer).__name__
        raise ValueError(f"{owner}: {name} must be a number >= 0, got {value!r}")
    return number


def penalty_per_sample(regularizer: Callable[[Any], Any], outputs: Tensor) -> Tensor:
    """Return the penalty on a layer's outputs, (B, ...), divided by B as in Keras."""
    samples = max(outputs.shape[0], 1) if outputs.ndim else 1
    if isinstance(regularizer, L1L2) and type(regularizer).__call__ is L1L2.__call__:
        # The same by one kernel; a quotient computed with numpy could not be replayed.
        return l1_l2_penalty(outputs, l1=regularizer.l1 / samples, l2=regularizer.l2 / samples)
    return regularizer(outputs) / samples


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

registry: Registry[Regularizer] = Registry(
    "regularizer", [L1, L2, L1L2, OrthogonalRegularizer], aliases={"l1l2": "L1L2"}
)


def get(identifier: Any) -> Any:
    """Return the regularizer of `identifier`: a name, class, configuration, function or None."""
    return None if identifier is None else registry.get(identifier)


def serialize(regularizer: Any) -> Any:
    """Return the configuration of which `deserialize` makes the regularizer again."""
    return describe(regularizer)


def deserialize(config: Any) -> Any:
    """Make the regularizer that `config` describes, as `serialize` writes it."""
    return get(config)


watch(__name__)
