"""Metric: updated with each batch, asked for its result at any time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import initializers
from ..arithmetic import broadcast
from ..config import float_type, floatx
from ..registry import Configurable, snake_case
from ..tensor import Array, Parameter, Tensor, raw


def predictions(y_pred: Any) -> Array:
    """Return y_pred as an array of floats that kernels take."""
    array = np.asarray(y_pred.data if isinstance(y_pred, Tensor) else y_pred)
    return np.asarray(array, float_type(array.dtype), order="C")


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

    def seen(self) -> list[Array]:
        """Return the arrays in which it is kept what was seen since `reset_state`."""
        return [variable.data for variable in self.variables]

    def arrays(self) -> list[Array]:
        """Return the arrays that `update_state` reads and changes, besides what it is given."""
        return self.seen()

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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update with what `update_state` takes, and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()


class StateMetric(Metric):
    """Base of the metrics whose kernels add to one float64 array, `state`, made on first use.

    A subclass gives `shape_of_state(y_pred)` and adds in `update_state`.
    """

    state: Array | None = None

    def seen(self) -> list[Array]:
        return [*super().seen(), *([] if self.state is None else [self.state])]

    def reset_state(self) -> None:
        if self.state is not None:
            self.state[...] = 0

    def state_of(self, *shape: int) -> Array:
        """Return the state, made of zeros where there is none yet.

        Raises
        ------
        ValueError
            Where it is there, but of another shape.
        """
        if self.state is None:
            self.state = np.zeros(shape)
        elif self.state.shape != shape:
            raise ValueError(
                f"metric {self.name!r} keeps its counts in the shape {self.state.shape}, and these "
                f"predictions ask for {shape}: their number of columns must stay the same"
            )
        return self.state


def weights_like(sample_weight: Any, y_pred: Array, place: str) -> Array | None:
    """Return sample weights, one a sample or of the predictions' shape, as one a prediction.

    Weights without the last axes hold for all predictions of a sample, and last axes of size 1
    that the predictions lack are left out.

    Raises
    ------
    ValueError
        Where the shapes do not fit.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(raw(sample_weight), y_pred.dtype)
    while weights.ndim > y_pred.ndim and weights.shape[-1] == 1:
        weights = weights.reshape(weights.shape[:-1])
    weights = weights.reshape(weights.shape + (1,) * (y_pred.ndim - weights.ndim))
    sizes: zip[tuple[int, int]] = zip(weights.shape, y_pred.shape, strict=False)
    if weights.ndim > y_pred.ndim or any(size not in (1, whole) for size, whole in sizes):
        raise ValueError(
            f"{place}: sample_weight of the shape {np.shape(sample_weight)} does not fit "
            f"predictions of the shape {y_pred.shape}: give one weight a sample, or a prediction"
        )
    return broadcast(weights, y_pred.shape)


def quotient(a: Any, b: Any) -> Any:
    """Return a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.shape(a)), where=np.asarray(b) != 0)


def results_of(named: Iterable[tuple[str, Metric]]) -> dict[str, Any]:
    """Return what metrics report, by the given names; a dict that one returns by its own keys.

    Raises
    ------
    ValueError
        Where two of them report by one name.
    """
    results: dict[str, Any] = {}
    for name, metric in named:
        result = metric.result()
        for key, value in (result if isinstance(result, dict) else {name: result}).items():
            if key in results:
                raise ValueError(
                    f"two metrics of the model, or of its layers, report by the name {key!r}, and "
                    "one would hide the other: give them names, as in "
                    f"{type(metric).__name__}(name='{key}_2')"
                )
            results[key] = value if getattr(value, "ndim", 0) else float(value)
    return results
