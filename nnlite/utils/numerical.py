"""Labels and rows in other forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..config import floatx
from ..errors import checks_keywords

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@checks_keywords
def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[Any]:
    """Turn labels into one-hot rows: out[i, x[i]] = 1, all else 0.

    Parameters
    ----------
    x : array of int of shape (...,) or (..., 1)
        Labels from 0.
    num_classes : int, optional
        The length of a row; by default the largest label + 1.

    Returns
    -------
    array of shape (..., num_classes)
        Of the default float type.

    Raises
    ------
    ValueError
        Where a label is no integer, negative, or not less than `num_classes`.

    Examples
    --------
    >>> nnlite.utils.to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    """
    given = np.asarray(x)
    labels = given.astype(np.int64)
    if not np.array_equal(labels, given):
        raise ValueError("to_categorical: labels must be integers; x has fractions or NaN in it")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        num_classes = int(labels.max(initial=-1)) + 1
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if outside.size:
        raise ValueError(
            f"to_categorical: label {outside[0]} is not from 0 to {num_classes - 1} "
            f"(num_classes={num_classes})"
        )
    return np.eye(num_classes, dtype=floatx())[labels]


@checks_keywords
def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> NDArray[Any]:
    """x / norm x along an axis; where the norm is 0, x stays.

    Parameters
    ----------
    x : array
    axis : int
    order : int
        Which norm, as in `numpy.linalg.norm`; 2 by default.
    """
    values = np.asarray(x)
    norm = np.linalg.norm(values, order, axis, keepdims=True)
    return values / np.where(norm == 0, 1, norm)
