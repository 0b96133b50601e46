"""Means over all samples, of values or of a function of targets and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _kernels
from ..arithmetic import averaged
from ..registry import describe, function_name
from ..tape import no_grad
from ..targets import as_samples, fitting_weights
from ..tensor import Array, raw
from .base import StateMetric, predictions, weights_like


class Mean(StateMetric):
    """result = Σ weights values / Σ weights, in float64."""

    state: Array

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.state = np.zeros(2)  # Σ weights values, Σ weights

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values of any shape, with one weight for all, one a sample, or one a value."""
        values = predictions(values)
        weights = weights_like(sample_weight, values, f"metric {self.name!r}")
        flat = None if weights is None else weights.reshape(-1)
        _kernels.accumulate_mean(values.reshape(-1), flat, self.state)

    def result(self) -> float:
        """Return the mean so far; 0 where nothing was seen, as in Keras."""
        return float(self.state[0] / self.state[1]) if self.state[1] else 0.0


class Sum(Mean):
    """result = Σ weights values, in float64."""

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def result(self) -> float:
        """Return the sum so far."""
        return float(self.state[0])


class MeanMetricWrapper(Mean):
    """The mean over all samples of a function `fn(y_true, y_pred)`, one number per sample.

    Parameters
    ----------
    fn : function
        Returns (B,), or a number for the whole batch. It is called under `no_grad()`, where
        numpy's functions work on tensors; what it is given is overwritten by the next batch.
    name, dtype
        As of every metric.
    **arguments
        What `fn` is given besides.

    Raises
    ------
    TypeError
        For what is no function.
    ValueError
        In an update, where the function returns another shape than one value for each sample.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: Any = None,
        **arguments: Any,
    ) -> None:
        super().__init__(name or function_name(fn), dtype)
        if not callable(fn):
            raise TypeError(f"A metric must be a function of y_true and y_pred, got {fn!r}")
        self.fn, self.arguments = fn, arguments

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take one batch into account; of outputs (B, T, ...) there may be weights (B, T)."""
        if sample_weight is not None:
            sample_weight = fitting_weights(
                np.asarray(raw(sample_weight)),
                np.shape(y_pred),
                f"metric {self.name!r}: sample_weight",
            )
            if sample_weight.ndim > 1:
                axes, sample_weight = sample_weight.ndim, sample_weight.reshape(-1)
                y_true, y_pred = (as_samples(raw(one), axes) for one in (y_true, y_pred))
        with no_grad():
            values = predictions(self.fn(y_true, y_pred, **self.arguments))
        samples = len(y_pred)
        if values.ndim == 0:
            values = np.full(samples, values)
        elif len(values) != samples:
            raise ValueError(
                f"metric {self.name!r} returned the shape {values.shape} for {samples} "
                "predictions: it must return one number per sample, or one for the batch"
            )
        elif values.ndim > 1:
            values = averaged(values.reshape(samples, -1), 1)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | describe(self.arguments)


class MeanOf(MeanMetricWrapper):
    """Base of the classes that average one function: their configuration leaves it out."""

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "fn"}


def mean_metric(
    fn: Callable[..., Any], class_name: str, default_name: str | None = None
) -> type[MeanOf]:
    """Make the class that averages `fn(y_true, y_pred)` over all samples.

    Parameters
    ----------
    fn : function
    class_name : str
    default_name : str, optional
        Of an instance that is given none; otherwise it is the function's.
    """

    def __init__(  # noqa: N807
        self: MeanOf, name: str | None = default_name or fn.__name__, dtype: Any = None
    ) -> None:
        MeanOf.__init__(self, fn, name, dtype)

    formula = f"The mean over all samples of `{fn.__name__}`."
    members = {"__init__": __init__, "__doc__": formula, "__module__": __package__}
    return type(class_name, (MeanOf,), members)
