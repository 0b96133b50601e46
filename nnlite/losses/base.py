"""Loss: one number per sample, reduced to the scalar that training minimises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..config import float_type
from ..registry import Configurable, function_name, snake_case
from ..targets import as_samples, fitting_weights, user_targets
from ..tensor import Array, Tensor, raw


def as_tensor(y_pred: Any) -> Tensor:
    """Return y_pred as a tensor of floats, of the default type where it says nothing itself."""
    tensor = y_pred if isinstance(y_pred, Tensor) else Tensor(y_pred, requires_grad=False)
    dtype = float_type(tensor.dtype)
    return tensor if tensor.dtype == dtype else ops.cast(tensor, dtype)


def per_sample(values: Tensor, samples: int) -> Tensor:
    """Average over all axes but the batch's: (B, ...) -> (B,); a scalar counts for every sample."""
    if values.ndim == 0:
        return ops.broadcast_to(values, (samples,))
    return values if values.ndim == 1 else ops.mean(values, axis=tuple(range(1, values.ndim)))


def _rows_with_logits(y_pred: Tensor, axes: int) -> Tensor:
    """Let each entry of the first axes be a sample; a softmax still remembers its logits."""
    rows: Tensor = as_samples(y_pred, axes)
    if y_pred.logits is not None:
        rows.logits = as_samples(y_pred.logits, axes)
    return rows


class Loss(Configurable):
    """Base of all losses. A subclass gives `call(y_true, y_pred)`, one number per sample.

    Parameters
    ----------
    name : str, optional
        By default the class's name in snake case.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        """Return the loss of each sample, (B,) or (B, ...)."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, y_true, y_pred)")

    #: `targets(y, output_shape, dtype, place="y")` checks a whole array of targets against the
    #: outputs' shape, before any step is done, and brings it into form. A subclass may override it.
    targets: Callable[..., Array] = staticmethod(user_targets)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """Σ sample_weight loss / B: the scalar that training minimises.

        Of outputs (B, T, ...) there may be weights (B, T): then `call` is given the B T rows as
        samples.
        """
        y_pred = as_tensor(y_pred)
        if sample_weight is not None:
            sample_weight = np.asarray(raw(sample_weight), y_pred.dtype)
            sample_weight = fitting_weights(sample_weight, y_pred.shape, "sample_weight")
            if sample_weight.ndim > 1:
                axes, sample_weight = sample_weight.ndim, sample_weight.reshape(-1)
                y_true, y_pred = as_samples(raw(y_true), axes), _rows_with_logits(y_pred, axes)
        values = self.call(y_true, y_pred)
        if not isinstance(values, Tensor):
            raise TypeError(
                f"The loss {self.name!r} returned {type(values).__name__}, which cannot be "
                "differentiated; compute it from y_pred with tensor arithmetic and nnlite.ops, not "
                "with numpy"
            )
        if values.ndim and len(values) != len(y_pred):
            raise ValueError(
                f"The loss {self.name!r} returned the shape {values.shape} for {len(y_pred)} "
                "predictions: it must return one number per sample, or one for the batch"
            )
        values = per_sample(values, len(y_pred))
        if sample_weight is not None:
            sample_weight = sample_weight.astype(values.dtype, copy=False)
        return ops.weighted_mean(values, sample_weight)


class FunctionLoss(Loss):
    """The loss of a user's function `f(y_true, y_pred)`."""

    def __init__(self, function: Callable[[Any, Tensor], Any], name: str | None = None) -> None:
        super().__init__(name or function_name(function))
        if not callable(function):
            raise TypeError(f"A loss must be a function of y_true and y_pred, got {function!r}")
        self.function = function

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return self.function(y_true, y_pred)
