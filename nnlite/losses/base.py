"""Loss: numbers for each sample, reduced to the scalar that training minimises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _kernels, ops
from ..arithmetic import broadcast, combined
from ..config import float_type
from ..errors import did_you_mean
from ..registry import Configurable, function_name, snake_case
from ..targets import user_targets
from ..tensor import Array, Tensor, raw

#: What a loss may do with its values; each is a number, but for the last two.
REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


def as_tensor(y_pred: Any, dtype: Any = None) -> Tensor:
    """Return y_pred as a tensor of floats, of the default type where nobody says anything else."""
    tensor = y_pred if isinstance(y_pred, Tensor) else Tensor(y_pred, requires_grad=False)
    wanted = dtype or float_type(tensor.dtype)
    return tensor if tensor.dtype == wanted else ops.cast(tensor, wanted)


class Loss(Configurable):
    """Base of all losses. A subclass gives `call(y_true, y_pred)`, one number or more per sample.

    Parameters
    ----------
    name : str, optional
        By default the class's name in snake case.
    reduction : str or None
        What is made of the N numbers v that `call` returns and their weights w (1 where none are
        given):

        - "sum_over_batch_size" or "mean": Σ w v / N
        - "mean_with_sample_weight": Σ w v / Σ w
        - "sum": Σ w v
        - "none" or None: w v, as it is
    dtype : str, optional
        "float32" or "float64": what y_pred is converted to; by default it keeps its type.

    Raises
    ------
    ValueError
        For another reduction or dtype.
    """

    #: Whether `call` returns numbers for each sample, or a scalar for the batch; if so, that is
    #: checked.
    per_sample = True

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or snake_case(type(self).__name__)
        if reduction not in REDUCTIONS:
            near = did_you_mean(str(reduction), filter(None, REDUCTIONS))
            raise ValueError(
                f"{type(self).__name__}: reduction must be one of "
                f"{', '.join(map(repr, REDUCTIONS))}, got {reduction!r}.{near}"
            )
        if dtype is not None and str(np.dtype(dtype)) not in ("float32", "float64"):
            raise ValueError(
                f"{type(self).__name__}: dtype must be 'float32' or 'float64', got {dtype!r}"
            )
        self.reduction = reduction
        self.dtype = None if dtype is None else np.dtype(dtype).name

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        """Return the loss of each sample, (B,) or (B, ...)."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, y_true, y_pred)")

    def mask(self, y_true: Any, y_pred: Tensor) -> Array | None:
        """Return 1 where a number that `call` returns counts and 0 where not; None: all count."""
        return None

    #: `targets(y, output_shape, dtype, place="y")` checks a whole array of targets against the
    #: outputs' shape, before any step is done, and brings it into form. A subclass may override it.
    targets: Callable[..., Array] = staticmethod(user_targets)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """Return the loss of a batch, reduced.

        Parameters
        ----------
        y_true : the targets
        y_pred : (B, ...) predictions
        sample_weight : (B,), or of the shape of the values, (B, T); an axis may also be 1 long

        Raises
        ------
        TypeError
            Where `call` returns what cannot be differentiated, as an array of numpy.
        ValueError
            Where it returns another shape than one loss for each sample, or position.
        """
        y_pred = as_tensor(y_pred, self.dtype)
        values = self.call(y_true, y_pred)
        if not isinstance(values, Tensor):
            raise TypeError(
                f"The loss {self.name!r} returned {type(values).__name__}, which cannot be "
                "differentiated; compute it from y_pred with tensor arithmetic and nnlite.ops, not "
                "with numpy"
            )
        if self.per_sample and values.ndim and len(values) != len(y_pred):
            raise ValueError(
                f"The loss {self.name!r} returned the shape {values.shape} for {len(y_pred)} "
                "predictions: it must return one number per sample, or one for the batch"
            )
        weights = None if sample_weight is None else np.asarray(raw(sample_weight), values.dtype)
        return self._reduced(values, weights, self.mask(y_true, y_pred))

    def _reduced(self, values: Tensor, weights: Array | None, mask: Array | None) -> Tensor:
        """Reduce values of any shape as the class's docstring says; N are those not masked."""
        if values.ndim == 0:  # nothing to reduce, unless there is a weight for each sample
            if weights is None or weights.ndim == 0:
                return values if weights is None else ops.multiply(values, weights)
            values = ops.broadcast_to(values, weights.shape)
        if weights is not None:
            weights = self._fitted(weights, values.shape)
        weights, reduction = _together(weights, mask, self.reduction)
        if weights is not None:
            weights = broadcast(weights, values.shape)
        if reduction in (None, "none"):
            return values if weights is None else ops.multiply(values, weights)
        flat = values if values.ndim == 1 else ops.reshape(values, (-1,))
        mean = ops.weighted_mean(flat, None if weights is None else weights.reshape(-1))
        return mean * flat.size if reduction == "sum" else mean

    def _fitted(self, weights: Array, shape: tuple[int, ...]) -> Array:
        """Give weights as many axes as the values: those that are missing are 1 long."""
        axes = weights.shape
        if len(axes) > len(shape) and math.prod(axes[len(shape) :]) == 1:
            axes = axes[: len(shape)]
        axes = axes + (1,) * (len(shape) - len(axes))
        fits = weights.ndim == 0 or (len(axes) == len(shape) and axes[0] == shape[0])
        if not fits or any(a not in (1, size) for a, size in zip(axes[1:], shape[1:], strict=True)):
            more = f", or one for each value, shape {shape}" if len(shape) > 1 else ""
            raise ValueError(
                f"The loss {self.name!r}: sample_weight must hold one weight per sample, shape "
                f"({shape[0]},){more}, got {weights.shape}"
            )
        return weights.reshape(axes)


def _together(
    weights: Array | None, mask: Array | None, reduction: str | None
) -> tuple[Array | None, str | None]:
    """Return weights and mask in one, and the reduction that is left to do with them.

    A mean that divides by anything but the number of values is a sum weighted with shares.
    """
    if reduction == "mean_with_sample_weight":
        both = _product(weights, mask)
        return (None, "mean") if both is None else (_shares(both), "sum")
    if mask is None or reduction in ("sum", "none", None):
        return _product(weights, mask), reduction
    return _product(weights, _shares(mask)), "sum"


def _product(a: Array | None, b: Array | None) -> Array | None:
    """Return a b; what is None counts as 1."""
    if a is None or b is None:
        return b if a is None else a
    return combined(a, b, "multiply")


def _shares(weights: Array) -> Array:
    """Return weights / Σ weights."""
    weights = np.ascontiguousarray(weights)
    out = np.empty_like(weights)
    _kernels.normalized_weights(weights.reshape(-1), out.reshape(-1))
    return out


class FunctionLoss(Loss):
    """The loss of a user's function `f(y_true, y_pred)`."""

    def __init__(
        self,
        function: Callable[[Any, Tensor], Any],
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(name or function_name(function), reduction, dtype)
        if not callable(function):
            raise TypeError(f"A loss must be a function of y_true and y_pred, got {function!r}")
        self.function = function

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return self.function(y_true, y_pred)


def loss_class(
    function: Callable[[Any, Any], Tensor], name: str, targets: Callable[..., Array]
) -> type[Loss]:
    """Make the class of a loss function that takes y_true and y_pred alone."""

    def __init__(  # noqa: N807
        self: Loss,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = function.__name__,
        dtype: Any = None,
    ) -> None:
        Loss.__init__(self, name, reduction, dtype)

    def call(self: Loss, y_true: Any, y_pred: Tensor) -> Tensor:
        """Return the loss of each sample, by the function."""
        return function(y_true, y_pred)

    head = (function.__doc__ or "").partition("\n")[0]
    members = {
        "__init__": __init__,
        "call": call,
        "targets": staticmethod(targets),
        "__doc__": f"{head}\n\nThe class of `{function.__name__}`, with the arguments of `Loss`.",
        "__module__": function.__module__,
        "__qualname__": name,
    }
    return type(name, (Loss,), members)
