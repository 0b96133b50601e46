"""Constraints: what the optimizer does to a weight after each step, so that it stays in bounds.

A constraint is called with a weight and returns what it becomes. A function that does so can be
given wherever a constraint is taken.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _kernels
from .config import epsilon
from .out_of_scope import watch
from .registry import Configurable, Registry, describe
from .tape import no_grad
from .tensor import Array, Parameter, Tensor, raw


class Constraint(Configurable):
    """Base of all constraints: `constraint(w)` returns what the weight becomes.

    A subclass gives either `__call__`, or `project`, which changes an array in place.
    """

    def __call__(self, w: Any) -> Any:
        """Return the weight nearest to w that is allowed: a tensor for a tensor."""
        projected = np.array(raw(w), order="C")
        self.project(projected)
        return Tensor(projected, requires_grad=False) if isinstance(w, Tensor) else projected

    def project(self, w: Array) -> None:
        """Change an array of weights in place so that it is allowed."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, w)")


def constrain(weight: Parameter) -> None:
    """Apply a weight's constraint to it.

    Raises
    ------
    ValueError
        Where a constraint of one's own returns another shape.
    """
    constraint = weight.constraint
    if isinstance(constraint, Constraint) and type(constraint).__call__ is Constraint.__call__:
        constraint.project(weight.data)  # in place, by kernels, so that it can be replayed
    elif constraint is not None:
        with no_grad():
            weight.assign(constraint(weight))


class NonNeg(Constraint):
    """w ← max(w, 0)."""

    def project(self, w: Array) -> None:
        _kernels.relu_forward(w.reshape(-1), w.reshape(-1))


class NormConstraint(Constraint):
    """w ← w (rate clip(n, low, high) + (1 - rate) n) / (ε + n), where n is the norm of w.

    Parameters
    ----------
    low, high, rate : float
    axis : int or sequence of int
        The axes along which n = √Σ w² is summed.
    """

    def __init__(self, low: float, high: float, rate: float, axis: Any) -> None:
        self._limits = (low, high, rate)
        self.axis = axis

    def project(self, w: Array) -> None:
        first, end = _span(self.axis, w.ndim, type(self).__name__)
        rows, columns = math.prod(w.shape[first:end]), math.prod(w.shape[end:])
        # Whatever stands before the axes are matrices whose columns have a norm each.
        for matrix in w.reshape(math.prod(w.shape[:first]), rows, columns):
            _kernels.limit_norms(matrix, *self._limits, epsilon())


class MaxNorm(NormConstraint):
    """w ← w min(n, max_value) / (ε + n), where n is the norm of the weights of one output.

    Parameters
    ----------
    max_value : float
    axis : int or sequence of int
        The axes along which n = √Σ w² is summed; 0 in a kernel of shape (I, O) is for each output.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        super().__init__(0.0, float(max_value), 1.0, axis)
        self.max_value = max_value


class UnitNorm(NormConstraint):
    """w ← w / (ε + n), where n is the norm of the weights of one output.

    Parameters
    ----------
    axis : int or sequence of int
        As in `MaxNorm`.
    """

    def __init__(self, axis: Any = 0) -> None:
        super().__init__(1.0, 1.0, 1.0, axis)


class MinMaxNorm(NormConstraint):
    """w ← w (rate clip(n, min_value, max_value) + (1 - rate) n) / (ε + n), n as in `MaxNorm`.

    Parameters
    ----------
    min_value, max_value : float
    rate : float
        How far each step goes towards the limits: 1 is all the way.
    axis : int or sequence of int
        As in `MaxNorm`.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Any = 0,
    ) -> None:
        super().__init__(float(min_value), float(max_value), float(rate), axis)
        self.min_value, self.max_value, self.rate = min_value, max_value, rate


def _span(axis: Any, ndim: int, owner: str) -> tuple[int, int]:
    """Return the first of some neighbouring axes, and the one after the last."""
    axes = sorted({int(one) % max(ndim, 1) for one in np.atleast_1d(axis)})
    out_of_range = any(not -ndim <= one < ndim for one in np.atleast_1d(axis))
    if out_of_range or axes != list(range(axes[0], axes[-1] + 1)):
        raise ValueError(
            f"{owner}: axis must name axes of the weight that lie side by side; the weight has "
            f"{ndim}, got axis={axis!r}"
        )
    return axes[0], axes[-1] + 1


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm

registry: Registry[Constraint] = Registry("constraint", [MaxNorm, NonNeg, UnitNorm, MinMaxNorm])


def get(identifier: Any) -> Any:
    """Return the constraint of `identifier`: a name, class, configuration, function or None."""
    return None if identifier is None else registry.get(identifier)


def serialize(constraint: Any) -> Any:
    """Return the configuration of which `deserialize` makes the constraint again."""
    return describe(constraint)


def deserialize(config: Any) -> Any:
    """Make the constraint that `config` describes, as `serialize` writes it."""
    return get(config)


watch(__name__)
