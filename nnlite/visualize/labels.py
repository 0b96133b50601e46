"""Classes, out of whatever says which: labels, or a probability for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def labels_of(y: ArrayLike, place: str) -> NDArray[np.int64]:
    """Return the number of each sample's class.

    Parameters
    ----------
    y : array of shape (count,) or (count, 1), or of float of shape (count, classes)
        Whole numbers are labels. Of fractions, one a sample is the probability of the class 1, and
        of several the likeliest counts.
    place : str
        What y is, for messages.

    Raises
    ------
    ValueError
        For another shape, for what is not finite, and for what are no labels and no probabilities.
    """
    array = np.asarray(y)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{place} holds {array.dtype}, no numbers: make labels of names with "
            "names, y = np.unique(y, return_inverse=True), and give class_names=names"
        )
    if array.ndim == 2 and array.shape[1] > 1:
        _refuse_non_finite(array, place)
        return array.argmax(axis=1)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{place} must have one label for each sample, or one number for each class; got the "
            f"shape {array.shape}"
        )
    array = array.ravel()
    _refuse_non_finite(array, place)
    if array.dtype.kind != "f" or (array == array.round()).all():
        return array.astype(np.int64)
    if array.min() < 0 or array.max() > 1:
        raise ValueError(
            f"{place} has numbers from {array.min():.3g} to {array.max():.3g}, which are neither "
            "labels nor probabilities; of logits give (logits > 0)"
        )
    return (array > 0.5).astype(np.int64)


def names_of_labels(
    labels: NDArray[np.int64], class_names: Sequence[str] | None, place: str
) -> list[str]:
    """Return the name of each label; where there are no names, the label itself.

    Raises
    ------
    ValueError
        Where a label has no name.
    """
    if class_names is None:
        return [str(label) for label in labels]
    if len(labels) and (labels.min() < 0 or labels.max() >= len(class_names)):
        raise ValueError(
            f"{place} has labels from {labels.min()} to {labels.max()}, but there are "
            f"{len(class_names)} class_names"
        )
    return [class_names[label] for label in labels]


def _refuse_non_finite(array: NDArray[np.generic], place: str) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{place} holds NaN or infinity, which is no class")
