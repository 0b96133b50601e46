"""Loss functions: one number per sample, then a mean over the batch.

A function, `mean_squared_error(y_true, y_pred)`, returns a tensor of shape (B,). A class,
`MeanSquaredError()(y_true, y_pred, sample_weight)`, reduces that to the scalar that training
minimises: Σ sample_weight loss / B.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .config import epsilon, float_type
from .registry import Configurable, Registry, function_name, snake_case
from .targets import Shape, aligned_targets, class_labels, one_hot_targets, user_targets
from .tensor import Array, Tensor

# ----------------------------------------------------------------------------------- functions


def _as_tensor(y_pred: Any) -> Tensor:
    """Return y_pred as a tensor of floats, of the default type where it says nothing itself."""
    tensor = y_pred if isinstance(y_pred, Tensor) else Tensor(y_pred, requires_grad=False)
    dtype = float_type(tensor.dtype)
    return tensor if tensor.dtype == dtype else ops.cast(tensor, dtype)


def _per_sample(values: Tensor, samples: int) -> Tensor:
    """Average over all axes but the batch's: (B, ...) -> (B,); a scalar counts for every sample."""
    if values.ndim == 0:
        return ops.broadcast_to(values, (samples,))
    return values if values.ndim == 1 else ops.mean(values, axis=tuple(range(1, values.ndim)))


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ (y_pred - y_true)² / O.

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = _as_tensor(y_pred)
    y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
    rows = (y_true.shape[0], int(np.prod(y_true.shape[1:])))
    return ops.mean_squared_error(y_true.reshape(rows), ops.reshape(y_pred, rows))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """loss = Σ |y_pred - y_true| / O.

    Parameters
    ----------
    y_true, y_pred : (B, ...) of one shape; y_true may leave out a last axis of size 1

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = _as_tensor(y_pred)
    error = ops.abs(y_pred - aligned_targets(y_true, y_pred.shape, y_pred.dtype))
    return _per_sample(error, y_pred.shape[0])


def _logits(y_pred: Tensor, from_logits: bool) -> Tensor:
    """Return what softmax(...) must be applied to to give the predicted probabilities.

    Where y_pred is itself a softmax, that is what it was applied to. Of other probabilities it
    is their logarithm, since softmax(ln p) = p / Σ p; they are kept off 0 as in Keras.
    """
    if from_logits:
        return y_pred
    if y_pred.logits is not None:
        return y_pred.logits
    return ops.log(ops.clip(y_pred, epsilon(), 1 - epsilon()))


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False) -> Tensor:
    """loss = -log(probability of the label).

    Parameters
    ----------
    y_true : (B,) or (B, 1) whole numbers from 0 to C - 1
    y_pred : (B, C) probabilities, or logits; for (B, T, C) and labels (B, T), the mean over T
    from_logits : bool
        Whether y_pred is still to go through a softmax. A y_pred that comes straight from a
        softmax is taken back to its logits anyway, without a loss of precision.

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = _as_tensor(y_pred)
    labels = class_labels(y_true, y_pred.shape)
    logits = _logits(y_pred, from_logits)
    if y_pred.ndim == 2:
        return ops.sparse_softmax_crossentropy(labels, logits)
    rows = ops.reshape(logits, (-1, y_pred.shape[-1]))
    loss = ops.sparse_softmax_crossentropy(labels.reshape(-1), rows)
    return _per_sample(ops.reshape(loss, labels.shape), len(labels))


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """loss = -Σ y_true log(probabilities).

    Parameters
    ----------
    y_true : (B, C) the target probability of each class, such as one-hot rows
    y_pred : (B, C) probabilities, or logits; for (B, T, C), the mean over T
    from_logits : bool
        As in `sparse_categorical_crossentropy`.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.

    Returns
    -------
    Tensor of shape (B,)
    """
    y_pred = _as_tensor(y_pred)
    targets = one_hot_targets(y_true, y_pred.shape, y_pred.dtype)
    if label_smoothing:
        targets = targets * (1 - label_smoothing) + label_smoothing / targets.shape[-1]
        targets = targets.astype(y_pred.dtype, copy=False)
    logits = _logits(y_pred, from_logits)
    if y_pred.ndim == 2:
        return ops.softmax_crossentropy(targets, logits)
    rows = (-1, y_pred.shape[-1])
    loss = ops.softmax_crossentropy(targets.reshape(rows), ops.reshape(logits, rows))
    return _per_sample(ops.reshape(loss, y_pred.shape[:-1]), len(targets))


# ------------------------------------------------------------------------------------- classes


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
        """Σ sample_weight loss / B: the scalar that training minimises."""
        y_pred = _as_tensor(y_pred)
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
        values = _per_sample(values, len(y_pred))
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight, values.dtype).reshape(-1)
        return ops.weighted_mean(values, sample_weight)


class MeanSquaredError(Loss):
    """loss = Σ (y_pred - y_true)² / O, averaged over the batch."""

    targets = staticmethod(aligned_targets)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(Loss):
    """loss = Σ |y_pred - y_true| / O, averaged over the batch."""

    targets = staticmethod(aligned_targets)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return mean_absolute_error(y_true, y_pred)


class SparseCategoricalCrossentropy(Loss):
    """loss = -log(probability of the label), averaged over the batch; labels are whole numbers.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    """

    def targets(  # labels are whole numbers, whatever the model's float type is
        self, y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y"
    ) -> Array:
        return class_labels(y, output_shape, place=place)

    def __init__(
        self, from_logits: bool = False, name: str | None = "sparse_categorical_crossentropy"
    ) -> None:
        super().__init__(name)
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return sparse_categorical_crossentropy(y_true, y_pred, self.from_logits)


class CategoricalCrossentropy(Loss):
    """loss = -Σ y_true log(probabilities), averaged over the batch; targets are one-hot rows.

    Parameters
    ----------
    from_logits : bool
        Whether the predictions are still to go through a softmax.
    label_smoothing : float in [0, 1]
        y_true becomes y_true (1 - s) + s / C.
    """

    targets = staticmethod(one_hot_targets)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(name)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"CategoricalCrossentropy: label_smoothing must lie in [0, 1], "
                f"got {label_smoothing!r}"
            )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return categorical_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing)


class FunctionLoss(Loss):
    """The loss of a user's function `f(y_true, y_pred)`."""

    def __init__(self, function: Callable[[Any, Tensor], Any], name: str | None = None) -> None:
        super().__init__(name or function_name(function))
        if not callable(function):
            raise TypeError(f"A loss must be a function of y_true and y_pred, got {function!r}")
        self.function = function

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return self.function(y_true, y_pred)


FUNCTIONS: dict[Callable[..., Tensor], type[Loss]] = {
    mean_squared_error: MeanSquaredError,
    mean_absolute_error: MeanAbsoluteError,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
}

registry: Registry[Any] = Registry(
    "loss",
    [*FUNCTIONS.values(), *FUNCTIONS],
    aliases={
        "mse": "mean_squared_error",
        "MSE": "mean_squared_error",
        "mae": "mean_absolute_error",
        "MAE": "mean_absolute_error",
    },
)


def get(identifier: Any) -> Any:
    """Return the loss function or object that a name, configuration, class or object stands for."""
    return registry.get(identifier)


def as_loss(identifier: Any) -> Loss:
    """Return the loss object of anything that `compile(loss=...)` takes."""
    found = get(identifier)
    if isinstance(found, Loss):
        return found
    return FUNCTIONS[found]() if found in FUNCTIONS else FunctionLoss(found)
