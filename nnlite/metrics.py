"""Metrics: what is reported of a training beside the loss, as exact means over all samples seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import _kernels, initializers, losses
from .config import float_type, floatx
from .registry import Configurable, Registry, function_name, snake_case
from .tape import no_grad
from .targets import aligned_targets, class_labels
from .tensor import Array, Parameter, Tensor, raw

# ----------------------------------------------------------------------------------- functions
# One number per sample, (B,), from targets and predictions.


def _predictions(y_pred: Any) -> Array:
    array = np.asarray(y_pred.data if isinstance(y_pred, Tensor) else y_pred)
    return np.asarray(array, float_type(array.dtype), order="C")


def _mean_over_rows(right: Array, samples: int) -> Array:
    """(B T,) -> (B,): the mean of each sample's rows."""
    return right if len(right) == samples else right.reshape(samples, -1).mean(axis=1)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """1 where the largest of y_pred (B, C) stands at the label y_true (B,), else 0.

    For y_pred (B, T, C) and y_true (B, T), the mean over T.
    """
    y_pred = _predictions(y_pred)
    labels, rows = class_labels(y_true, y_pred.shape), y_pred.reshape(-1, y_pred.shape[-1])
    out = np.empty(len(rows), y_pred.dtype)
    _kernels.sparse_categorical_accuracy(labels.reshape(-1), rows, out)
    return _mean_over_rows(out, len(y_pred))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """1 where y_true (B, C) and y_pred (B, C) have their largest at the same place, else 0.

    For both (B, T, C), the mean over T.
    """
    y_pred = _predictions(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = y_pred.reshape(-1, y_pred.shape[-1])
    out = np.empty(len(rows), y_pred.dtype)
    _kernels.categorical_accuracy(y_true.reshape(rows.shape), rows, out)
    return _mean_over_rows(out, len(y_pred))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Return the share of outputs on the right side of `threshold`, for each sample."""
    y_pred = _predictions(y_pred)
    right = aligned_targets(y_true, y_pred.shape, y_pred.dtype) == (y_pred > threshold)
    return right.reshape(len(right), -1).mean(axis=1, dtype=y_pred.dtype)


def accuracy(y_true: Any, y_pred: Any) -> Array:
    """Return the accuracy that fits the shapes, as Keras chooses for `metrics=["accuracy"]`.

    One output: binary. Targets of one number, several outputs: sparse categorical. Otherwise
    categorical.
    """
    outputs, targets = np.shape(y_pred), np.shape(y_true)
    if len(outputs) == 1 or outputs[-1] == 1:
        return binary_accuracy(y_true, y_pred)
    if len(targets) < len(outputs) or targets[-1] == 1:
        return sparse_categorical_accuracy(y_true, y_pred)
    return categorical_accuracy(y_true, y_pred)


# ------------------------------------------------------------------------------------- classes


class Metric(Configurable):
    """Base of all metrics: `update_state` with each batch, `result` at any time.

    Parameters
    ----------
    dtype : str, optional
        Of the numbers made by `add_weight`; `nnlite.config.floatx()` by default.
    name : str, optional
        By default the class's name in snake case.
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = np.dtype(dtype or floatx()).name
        self._variables: dict[Parameter, Any] = {}  # with their initializers

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
    ) -> Parameter:
        """Make a number, or an array, that the metric is kept in; keep it as an attribute.

        Parameters
        ----------
        shape : int or sequence of int
        initializer : str, initializer or function
            How it begins, and what `reset_state` sets it back to.
        dtype : str, optional
        name : str, optional
            May also come first, as in Keras 2.
        """
        if isinstance(shape, str):
            shape, name = (), shape
        sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        initializer = initializers.get(initializer)
        values = np.asarray(raw(initializer(sizes, dtype=dtype or self.dtype)), dtype or self.dtype)
        weight = Parameter(values, name or "variable", trainable=False)
        weight.path = f"{self.name}/{weight.name}"
        self._variables = {**self._variables, weight: initializer}
        return weight

    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, name: str | None = None
    ) -> Parameter:
        """Do as `add_weight`, by Keras 3's name."""
        return self.add_weight(shape, initializer, dtype, name)

    @property
    def variables(self) -> list[Parameter]:
        """What `add_weight` has made, in order."""
        return list(self._variables)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take one batch into account.

        `y_true` is yours to keep. `y_pred` and `sample_weight` may lie in buffers that the next
        batch is written into: copy what you keep of them.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update_state")

    def result(self) -> Any:
        """Return the metric of all that was seen since `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} has no result")

    def reset_state(self) -> None:
        """Forget what was seen: every variable begins anew."""
        if not self._variables:
            raise NotImplementedError(
                f"{type(self).__name__} has no reset_state, nor a variable made by add_weight"
            )
        for weight, initializer in self._variables.items():
            weight.assign(initializer(weight.shape, weight.dtype))

    def reset_states(self) -> None:
        """Do as `reset_state`, by Keras 2's name."""
        self.reset_state()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update with what `update_state` takes, and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()


class Mean(Metric):
    """result = Σ weights values / Σ weights, in float64."""

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.state = np.zeros(2)  # Σ weights values, Σ weights

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values of any shape, with weights for each or none."""
        values = _predictions(values)
        if sample_weight is not None:
            weights = np.broadcast_to(np.asarray(sample_weight, values.dtype), values.shape)
            sample_weight = weights.reshape(-1)
        _kernels.accumulate_mean(values.reshape(-1), sample_weight, self.state)

    def result(self) -> float:
        """Return the mean so far; 0 where nothing was seen, as in Keras."""
        return float(self.state[0] / self.state[1]) if self.state[1] else 0.0

    def reset_state(self) -> None:
        self.state[:] = 0


class MeanMetricWrapper(Mean):
    """The mean over all samples of a function `fn(y_true, y_pred)`, one number per sample.

    Parameters
    ----------
    fn : function
        Returns (B,), or a number for the whole batch. It is called under `no_grad()`, where
        numpy's functions work on tensors; what it is given is overwritten by the next batch.
    """

    def __init__(self, fn: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or function_name(fn))
        if not callable(fn):
            raise TypeError(f"A metric must be a function of y_true and y_pred, got {fn!r}")
        self.fn = fn

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take one batch into account."""
        with no_grad():
            values = _predictions(self.fn(y_true, y_pred))
        samples = len(y_pred)
        if values.ndim == 0:
            values = np.full(samples, values)
        elif len(values) != samples:
            raise ValueError(
                f"metric {self.name!r} returned the shape {values.shape} for {samples} "
                "predictions: it must return one number per sample, or one for the batch"
            )
        elif values.ndim > 1:
            values = values.reshape(samples, -1).mean(axis=1)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight)
            if sample_weight.shape not in ((samples,), (samples, 1)):
                raise ValueError(
                    f"metric {self.name!r}: sample_weight must hold one weight per sample, shape "
                    f"({samples},), got {sample_weight.shape}"
                )
            sample_weight = sample_weight.reshape(-1)
        super().update_state(values, sample_weight)


def _mean_metric(fn: Callable[[Any, Any], Any], class_name: str) -> type[MeanMetricWrapper]:
    """Make the class that averages `fn` over all samples."""

    def __init__(self: MeanMetricWrapper, name: str | None = fn.__name__) -> None:  # noqa: N807
        MeanMetricWrapper.__init__(self, fn, name)

    formula = f"The mean over all samples of `{fn.__name__}`."
    return type(
        class_name,
        (MeanMetricWrapper,),
        {"__init__": __init__, "__doc__": formula, "__module__": __name__},
    )


SparseCategoricalAccuracy = _mean_metric(sparse_categorical_accuracy, "SparseCategoricalAccuracy")
CategoricalAccuracy = _mean_metric(categorical_accuracy, "CategoricalAccuracy")
BinaryAccuracy = _mean_metric(binary_accuracy, "BinaryAccuracy")
MeanSquaredError = _mean_metric(losses.mean_squared_error, "MeanSquaredError")
MeanAbsoluteError = _mean_metric(losses.mean_absolute_error, "MeanAbsoluteError")
SparseCategoricalCrossentropy = _mean_metric(
    losses.sparse_categorical_crossentropy, "SparseCategoricalCrossentropy"
)
CategoricalCrossentropy = _mean_metric(losses.categorical_crossentropy, "CategoricalCrossentropy")


class RootMeanSquaredError(MeanMetricWrapper):
    """result = √(mean over all samples of the squared error)."""

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(losses.mean_squared_error, name)

    def result(self) -> float:
        return float(np.sqrt(super().result()))


registry: Registry[Any] = Registry(
    "metric",
    [
        Mean,
        SparseCategoricalAccuracy,
        CategoricalAccuracy,
        BinaryAccuracy,
        MeanSquaredError,
        MeanAbsoluteError,
        RootMeanSquaredError,
        SparseCategoricalCrossentropy,
        CategoricalCrossentropy,
        accuracy,
    ],
    aliases={
        "acc": "accuracy",
        "Accuracy": "accuracy",
        "mse": "MeanSquaredError",
        "MSE": "MeanSquaredError",
        "mae": "MeanAbsoluteError",
        "MAE": "MeanAbsoluteError",
        "rmse": "RootMeanSquaredError",
    },
)


def results_of(named: Iterable[tuple[str, Metric]]) -> dict[str, Any]:
    """Return what metrics report, by the given names; a dict that one returns by its own keys."""
    results: dict[str, Any] = {}
    for name, metric in named:
        result = metric.result()
        for key, value in (result if isinstance(result, dict) else {name: result}).items():
            results[key] = value if getattr(value, "ndim", 0) else float(value)
    return results


def get(identifier: Any) -> Metric:
    """Return the metric object that a name, configuration, class, object or function stands for.

    A metric given by name is called by that name in the logs, as in Keras.
    """
    found = registry.get(identifier)
    if isinstance(found, losses.Loss):
        found = MeanMetricWrapper(found.call, found.name)
    elif not isinstance(found, Metric):
        found = MeanMetricWrapper(found)
    if isinstance(identifier, str):
        found.name = identifier
    return found
