"""The data of `fit`, `evaluate` and `predict`, checked whole before anything is changed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .data import refuse_non_finite
from .layers.base import as_numbers
from .targets import combined_weights
from .tensor import Array


class Samples(NamedTuple):
    """Checked arrays that go together: inputs, targets and weights, a row a sample."""

    x: Array
    y: Array
    weights: Array | None

    def part(self, rows: slice) -> Samples:
        """Return some of the samples, as views."""
        weights = None if self.weights is None else self.weights[rows]
        return Samples(self.x[rows], self.y[rows], weights)


def checked_inputs(model: Any, x: Any, place: str = "") -> Array:
    """Check x by itself and against the model, which is built from it where it is not built yet."""
    return _fitting(model, _rows(x, place), place)


def _rows(x: Any, place: str) -> Array:
    """Check x; the model is not built from it yet."""
    if x is None:
        raise ValueError(f"{place}x is missing: give the inputs as an array, one row a sample")
    array = as_numbers(x, f"{place}x")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{place}x holds no samples: its shape is {array.shape}")
    return array


def _fitting(model: Any, x: Array, place: str) -> Array:
    """Check x against the model, building the model from it where it is not built yet."""
    try:
        if model.built:
            model.check_input_shape(x.shape)
        else:
            model.build((None, *x.shape[1:]))
    except ValueError as error:
        raise ValueError(f"{place}x does not fit the model {model.name!r}. {error}") from error
    return x


def checked_samples(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    place: str = "",
) -> Samples:
    """Check inputs, targets and weights against each other, the model and the loss."""
    objective = model._compiled
    x = _rows(x, place)
    if y is None:
        raise ValueError(f"{place}y is missing: give the targets, one for each sample of x")
    y = as_numbers(y, f"{place}y")
    if len(np.atleast_1d(y)) != len(x):
        raise ValueError(
            f"{place}x has {len(x)} samples, but {place}y has {len(np.atleast_1d(y))}: "
            "each needs one target"
        )
    refuse_non_finite(x, f"{place}x", model.dtype)
    refuse_non_finite(y, f"{place}y", model.dtype)
    with model.unbuilt_if_refused():
        _fitting(model, x, place)
        output_shape = model.compute_output_shape((None, *x.shape[1:]))
        y = objective.prepare_targets(y, output_shape, model.dtype, f"{place}y")
        weights = combined_weights(
            y, sample_weight, class_weight, f"{place}sample_weight", model.dtype
        )
    if weights is not None:
        refuse_non_finite(weights, f"{place}sample_weight", model.dtype)
    return Samples(x, y, weights)


def split_samples(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: dict[int, float] | None,
    validation_split: float,
    validation_data: Any,
) -> tuple[Samples, Samples | None]:
    """Check the training samples and, if any, those for validation."""
    samples = checked_samples(model, x, y, sample_weight, class_weight)
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError("validation_data must be (x, y) or (x, y, sample_weight)")
        val_x, val_y, val_weights = (*validation_data, None)[:3]
        return samples, checked_samples(model, val_x, val_y, val_weights, place="validation ")
    if validation_split == 0:
        return samples, None
    count = len(samples.x)
    is_number = isinstance(validation_split, (int, float, np.number))
    kept = int(count * (1 - validation_split)) if is_number and 0 < validation_split < 1 else 0
    if not 0 < kept < count:
        raise ValueError(
            "validation_split must lie between 0 and 1 and leave samples on both sides; "
            f"{validation_split!r} of {count} samples does not"
        )
    return samples.part(slice(0, kept)), samples.part(slice(kept, None))
