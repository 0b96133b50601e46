"""What a model is taught, checked against what it says: y against the shape of the outputs.

Two arrays never broadcast silently in a loss. Targets of shape (n,) fit outputs of shape (n, 1);
anything else that is not of the same shape is refused, with what was probably meant.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .config import float_type, floatx
from .tensor import Array, Tensor

Shape = tuple[int | None, ...]


def _numbers(y: Any, place: str) -> Array:
    array = y.data if isinstance(y, Tensor) else np.asarray(y)
    if array.ndim == 0:
        raise ValueError(f"{place} must hold one entry per sample, got the single value {array}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{place} must hold numbers, got dtype {array.dtype}")
    return array


def aligned_targets(y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y") -> Array:
    """Targets for a regression: of the outputs' shape (a last axis of size 1 may be left out).

    Parameters
    ----------
    y : (B, ...) array-like
    output_shape : the shape of the predictions; its batch axis is not compared where it is None
    dtype : the float type wanted; by default float32 and float64 stay, all else becomes `floatx()`

    Raises
    ------
    ValueError
        Where the shapes do not agree.
    """
    array = _numbers(y, place)
    expected = tuple(output_shape)
    if array.shape[1:] != expected[1:]:
        if (*array.shape, 1)[1:] == expected[1:] or (array.shape[1:] == (*expected[1:], 1)):
            array = array.reshape(array.shape[0], *expected[1:])
        else:
            raise ValueError(
                f"{place} has the shape {array.shape}, but the outputs have the shape "
                f"{_show(expected)}: {_mismatch(array, expected)}"
            )
    _check_length(array, expected, place)
    return np.ascontiguousarray(array, dtype or float_type(array.dtype))


def user_targets(y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y") -> Array:
    """Targets for a loss of which nothing is known: aligned ones, or one number per sample.

    The latter, labels for outputs (n, C), are handed over as (n, 1), as Keras does.

    Raises
    ------
    ValueError
        For any other shape.
    """
    array = _numbers(y, place)
    if len(output_shape) == 2 and array.shape[1:] in ((), (1,)):
        output_shape = (output_shape[0], 1)
    return aligned_targets(array, output_shape, dtype, place=place)


def probability_targets(
    y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y"
) -> Array:
    """Targets for a binary loss: of the outputs' shape, numbers from 0 to 1.

    Raises
    ------
    ValueError
        For any other number, naming the first one, and where the shapes do not agree.
    """
    array = aligned_targets(y, output_shape, dtype, place=place)
    wrong = np.argwhere((array < 0) | (array > 1))
    if len(wrong):
        value = array[tuple(wrong[0])]
        if np.isin(array, (-1, 1)).all():
            advice = f"for labels -1 and 1 use loss='hinge', or ({place} + 1) / 2"
        elif (array == array.round()).all() and array.min() >= 0:
            advice = (
                "for labels of several classes use loss='sparse_categorical_crossentropy' and one "
                "output for each class"
            )
        else:
            advice = "for numbers of any size use loss='mse'"
        raise ValueError(
            f"{place} holds {value} (sample {wrong[0][0]}), but a binary loss wants numbers from "
            f"0 to 1; {advice}"
        )
    return array


def class_labels(
    y: Any, output_shape: Shape, ignored: int | None = None, *, place: str = "y"
) -> Array:
    """Labels for a sparse loss: (B,) whole numbers from 0 to C - 1, or `ignored`, as int64.

    For outputs (B, ..., C) they are (B, ...): the outputs' shape without its last axis, for which
    an axis of size 1 may stand.

    Raises
    ------
    ValueError
        For one-hot rows, fractions, and labels out of range, naming the label.
    """
    array = _numbers(y, place)
    classes = output_shape[-1]
    if array.ndim == len(output_shape) and array.shape[-1] == 1:
        array = array[..., 0]
    if array.shape[1:] != output_shape[1:-1]:
        if array.ndim == 2 and array.shape[1] == classes:
            raise ValueError(
                f"{place} holds one row of {classes} numbers per sample (one-hot labels?), but a "
                "sparse loss wants one whole number per sample: use "
                "loss='categorical_crossentropy', or y.argmax(axis=1)"
            )
        wanted = _show((None, *output_shape[1:-1]))
        raise ValueError(
            f"{place} must hold one label per sample, shape {wanted}, got {array.shape}"
        )
    _check_length(array, output_shape, place)
    labels = array
    if array.dtype != np.int64:
        with np.errstate(invalid="ignore"):  # NaN becomes some number, which differs from it
            labels = array.astype(np.int64)
    # Taken for one without a sign, a negative number is larger than any class.
    outside = labels.view(np.uint64) >= (classes or 1 << 63)
    if ignored is not None:
        outside &= labels != ignored
    if labels is not array:
        outside |= labels != array
    if np.count_nonzero(outside):
        wrong = np.argwhere(outside)
        value, last = array[tuple(wrong[0])], (classes or 0) - 1
        advice = f"; are the labels numbered from 1? Use {place} - 1" if value == classes else ""
        if classes == 1:
            advice = "; a sparse loss needs one output per class: give the last layer more units"
        raise ValueError(
            f"{place} holds the label {value} (sample {wrong[0][0]}), but the model has {classes} "
            f"outputs, so labels are whole numbers from 0 to {last}{advice}"
        )
    return labels


def one_hot_targets(y: Any, output_shape: Shape, dtype: Any = None, *, place: str = "y") -> Array:
    """Targets for a categorical loss: (B, C), the probability of each class.

    Raises
    ------
    ValueError
        For whole-number labels and for any other shape.
    """
    array = _numbers(y, place)
    classes = output_shape[-1]
    if classes != 1 and (array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)):
        raise ValueError(
            f"{place} holds one number per sample (class labels?), but a categorical loss wants "
            f"rows of {classes} numbers: use loss='sparse_categorical_crossentropy', or one-hot "
            f"rows by np.eye({classes})[y]"
        )
    return aligned_targets(array, output_shape, dtype, place=place)


def _check_length(array: Array, expected: Shape, place: str) -> None:
    if expected and expected[0] is not None and len(array) != expected[0]:
        raise ValueError(
            f"{place} has {len(array)} samples, but there are {expected[0]} predictions"
        )


def _show(shape: Shape) -> str:
    sizes = ", ".join("n" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def _mismatch(array: Array, expected: Shape) -> str:
    if len(expected) == 2 and array.ndim == 1:
        found, advice = "one target", "should the last layer have 1 unit?"
    elif len(expected) == 2 and array.ndim == 2:
        found, advice = f"{array.shape[1]} targets", "do the last layer's units fit y?"
    else:
        return "they must agree in every axis"
    return f"{found} per sample, but {expected[1]} outputs; {advice}"


def combined_weights(
    targets: Array,
    sample_weight: Any,
    class_weight: dict[int, float] | None,
    place: str = "sample_weight",
    dtype: Any = None,
    output_shape: Shape = (),
) -> Array | None:
    """Weights of the samples: `sample_weight` times the weight of each sample's class.

    Parameters
    ----------
    targets : (B,) labels, or (B, C) rows whose largest number stands at the class
    sample_weight : (B,) or (B, 1) array-like, (B, T) for outputs (B, T, ...), or None
    class_weight : dict of class to weight, or None
        Classes that it leaves out weigh 1, as in Keras.
    dtype : the float type of the weights, `floatx()` by default
    output_shape : the shape of the predictions, where there may be several weights a sample

    Raises
    ------
    ValueError
        Where the number of weights is not that of the samples, or a class is no class.
    """
    weights, dtype = None, dtype or floatx()
    if sample_weight is not None:
        expected = len(targets), *output_shape[1:]
        weights = fitting_weights(_numbers(sample_weight, place).astype(dtype), expected, place)
    if class_weight is not None:
        by_class = _class_weights(targets, class_weight, dtype)
        weights = by_class if weights is None else (weights.T * by_class).T
    return weights


def fitting_weights(weights: Array, output_shape: Shape, place: str) -> Array:
    """Return weights without last axes of size 1: (B,) or, for outputs (B, T, ...), (B, T).

    Raises
    ------
    ValueError
        For any other shape; the outputs' last axis, over which a loss is a mean, has no weights.
    """
    given = weights.shape
    while weights.ndim > 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    axes = tuple(output_shape[: max(1, min(weights.ndim, len(output_shape) - 1))])
    if len(axes) != weights.ndim or any(
        one not in (None, other) for one, other in zip(axes, weights.shape, strict=True)
    ):
        more = f", or one for each of {_show(output_shape[:-1])}" if len(output_shape) > 2 else ""
        raise ValueError(
            f"{place} must hold one weight per sample, shape {_show(output_shape[:1])}{more}, "
            f"got {given}"
        )
    return np.ascontiguousarray(weights)


def as_samples(values: Any, axes: int) -> Any:
    """Let each entry of the first `axes` axes be a sample: (B, T, ...) -> (B T, ...)."""
    if not isinstance(values, Tensor):
        values = np.asarray(values)
    return values.reshape((math.prod(values.shape[:axes]), *values.shape[axes:]))


def _class_weights(targets: Array, class_weight: dict[int, float], dtype: Any) -> Array:
    if not isinstance(class_weight, dict):
        raise TypeError(
            "class_weight must be a dict from whole numbers to weights, such as "
            f"dict(enumerate([1.0, 2.0])), got {type(class_weight).__name__}"
        )
    many = targets.ndim == 2 and targets.shape[1] > 1
    if targets.ndim > 2 or (many and targets.dtype.kind in "iu"):
        raise ValueError(f"class_weight needs one class per sample, got y of shape {targets.shape}")
    labels = targets.argmax(axis=1) if many else targets.reshape(len(targets), -1)[:, 0]
    if (labels != labels.astype(np.int64)).any():
        raise ValueError("class_weight needs targets that are classes; this y holds fractions")
    for label, weight in class_weight.items():
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)):
            raise ValueError(
                f"class_weight must be a dict from whole numbers to weights, got the key {label!r}"
            )
        if not np.isfinite(weight):
            raise ValueError(f"class_weight holds {weight} for the class {label}")
    weights = np.ones(len(labels), dtype)
    for label, weight in class_weight.items():
        weights[labels == label] = weight
    return weights
