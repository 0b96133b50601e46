"""Intersection over union: of what is and what was predicted to be of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _kernels
from ..targets import aligned_targets
from ..tensor import Array, raw
from .base import StateMetric, predictions, quotient, weights_like


class IoU(StateMetric):
    """TP / (TP + FP + FN), the mean over some classes that occur.

    Parameters
    ----------
    num_classes : int
    target_class_ids : sequence of int
        The classes that count.
    ignore_class : int, optional
        Samples of this class are left out.
    sparse_y_true, sparse_y_pred : bool
        Whether targets and predictions are numbers of classes, or rows with a number for each
        class, of which the largest counts.
    axis : int
        Where these rows lie.

    Raises
    ------
    ValueError
        For a target class outside 0..num_classes - 1; in an update, where targets and predictions
        say classes of different numbers of places.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        outside = [one for one in target_class_ids if not 0 <= one < num_classes]
        if outside:
            raise ValueError(
                f"{type(self).__name__}: target class {outside[0]} is not from 0 to "
                f"{num_classes - 1} (num_classes={num_classes})"
            )
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; of classes, (B,) and (B, 1) are the same."""
        labels = self._classes(y_true, self.sparse_y_true)
        predicted = self._classes(y_pred, self.sparse_y_pred)
        if labels.shape != predicted.shape:
            raise ValueError(
                f"metric {self.name!r}: targets say the classes of {labels.shape} and predictions "
                f"those of {predicted.shape}"
            )
        like = np.empty(predicted.shape, self.dtype)
        weights = weights_like(sample_weight, like, f"metric {self.name!r}")
        state = self.state_of(self.num_classes, self.num_classes)
        flat = None if weights is None else weights.reshape(-1)
        ignored = -1 if self.ignore_class is None else self.ignore_class
        _kernels.count_pairs(labels.reshape(-1), predicted.reshape(-1), flat, ignored, state)

    def _classes(self, values: Any, sparse: bool) -> Array:
        """Return the class of each sample."""
        if not sparse:
            numbers = np.ascontiguousarray(np.moveaxis(predictions(values), self.axis, -1))
            labels = np.empty(numbers.shape[:-1], np.int64)
            _kernels.argmax_rows(numbers.reshape(-1, numbers.shape[-1]), labels.reshape(-1))
            return _without_last_one(labels)
        values = np.asarray(raw(values))
        if values.dtype == np.int64:
            return _without_last_one(np.ascontiguousarray(values))
        numbers = predictions(values)
        labels = np.empty(numbers.shape, np.int64)
        _kernels.whole_numbers(numbers.reshape(-1), labels.reshape(-1))
        return _without_last_one(labels)

    def confusion_matrix(self) -> Array:
        """Return the weights of all pairs: rows are true classes, columns predicted ones."""
        return np.zeros((self.num_classes, self.num_classes)) if self.state is None else self.state

    def result(self) -> float:
        """Return the mean over the classes that occur; 0 where none does."""
        matrix = self.confusion_matrix()
        both = matrix.diagonal()
        either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
        shares = quotient(both, either)[self.target_class_ids]
        occur = either[self.target_class_ids] > 1e-9  # as Keras
        return float(shares[occur].mean()) if occur.any() else 0.0


def _without_last_one(labels: Array) -> Array:
    """(..., 1) -> (...)."""
    one = labels.ndim > 1 and labels.shape[-1] == 1
    return labels.reshape(labels.shape[:-1]) if one else labels


class MeanIoU(IoU):
    """TP / (TP + FP + FN), the mean over all classes that occur.

    Parameters
    ----------
    num_classes : int
    ignore_class, sparse_y_true, sparse_y_pred, axis
        As of `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, range(num_classes), name, dtype,
            ignore_class, sparse_y_true, sparse_y_pred, axis,
        )  # fmt: skip


class OneHotIoU(IoU):
    """The same as `IoU`, where the targets are one-hot rows.

    Parameters
    ----------
    num_classes, target_class_ids, ignore_class, sparse_y_pred, axis
        As of `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


class OneHotMeanIoU(MeanIoU):
    """The same as `MeanIoU`, where the targets are one-hot rows.

    Parameters
    ----------
    num_classes, ignore_class, sparse_y_pred, axis
        As of `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)


class BinaryIoU(IoU):
    """The same as `IoU` for two classes: a prediction is of class 1 from `threshold` on.

    Parameters
    ----------
    target_class_ids : sequence of int
        The classes that count.
    threshold : float
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold
        self._below: dict[Any, Array] = {}  # the largest number below it, by its float type

    def arrays(self) -> list[Array]:
        return [*super().arrays(), *self._below.values()]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_pred = predictions(y_pred)
        y_true = aligned_targets(y_true, y_pred.shape, y_pred.dtype)
        weights = weights_like(sample_weight, y_pred, f"metric {self.name!r}")
        if y_pred.dtype not in self._below:
            number = y_pred.dtype.type
            below = np.nextafter(number(self.threshold), number(-np.inf))
            self._below[y_pred.dtype] = np.array([below], np.float64)
        given = (one if one is None else one.reshape(-1, 1) for one in (y_true, y_pred, weights))
        _kernels.count_between(*given, self._below[y_pred.dtype], self.state_of(1, 4))

    def confusion_matrix(self) -> Array:
        state = np.zeros((1, 4)) if self.state is None else self.state
        missed, found, left, false_alarms = state[0]
        return np.array([[left, false_alarms], [missed, found]])
