"""Counts of right and wrong predictions, and who is first in a row."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door


@door("y_true[B,L] y_pred[B,L] weights[B,L]? thresholds[T] state[L,U] -> state[L,U]")
def count_between(
    y_true: ndarray, y_pred: ndarray, weights: ndarray | None, thresholds: ndarray, state: ndarray
) -> None:
    """state[l, j] += Σ w y_true and state[l, T+1+j] += Σ w (1 - y_true): between thresholds.

    The sums go over the predictions of column l that are larger than just j of the thresholds.
    These ascend, and U is 2 T + 2; NaN is larger than none. How many lie above or below each
    threshold, true or false positives or negatives, are sums over j.
    """
    _check_counts(len(thresholds), state.shape[1])
    places = (y_pred[:, :, None] > thresholds.astype(y_pred.dtype)).sum(axis=2)
    labels = np.broadcast_to(np.arange(y_pred.shape[1]), y_pred.shape)
    weight = np.float64(1) if weights is None else weights.astype(np.float64)
    truth = y_true.astype(np.float64)
    np.add.at(state, (labels, places), weight * truth)
    np.add.at(state, (labels, places + len(thresholds) + 1), weight * (1 - truth))


def _check_counts(thresholds: int, columns: int) -> None:
    if columns != 2 * thresholds + 2:
        raise ValueError(
            f"count_between: for {thresholds} thresholds state has {2 * thresholds + 2} columns, "
            f"got {columns}"
        )


@door("labels[B] indices[B] weights[B]? state[C,C] -> state[C,C]")
def count_pairs(
    labels: ndarray, indices: ndarray, weights: ndarray | None, ignored: int, state: ndarray
) -> None:
    """state[label, index] += weight: the confusion matrix of true and predicted classes.

    Pairs whose label is `ignored`, or with a number outside 0..C-1, do not count.
    """
    inside = (labels >= 0) & (labels < len(state)) & (labels != int(ignored))
    inside &= (indices >= 0) & (indices < len(state))
    weight = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    np.add.at(state, (labels[inside], indices[inside]), weight[inside])


@door("labels[B] y_pred[B,C] -> out[B]")
def in_top_k(labels: ndarray, y_pred: ndarray, k: int, out: ndarray) -> None:
    """out = 1 where fewer than k of a row's numbers are larger than the one at the label, else 0.

    A label outside 0..C-1, or a NaN there, is never among the first.
    """
    inside = (labels >= 0) & (labels < y_pred.shape[1])
    at_label = np.full(len(labels), np.nan, y_pred.dtype)
    at_label[inside] = y_pred[inside, labels[inside]]
    larger = (y_pred > at_label[:, None]).sum(axis=1)
    out[:] = (larger < int(k)) & (at_label == at_label)


@door("x[B,C] -> labels[B]")
def argmax_rows(x: ndarray, labels: ndarray) -> None:
    """labels = the place of the largest of each row, the first of equals; NaN counts as largest."""
    labels[:] = x.argmax(axis=1)


@door("x[B,C] -> out[B,C]")
def keep_top_k(x: ndarray, k: int, out: ndarray) -> None:
    """out = x where it is among the k largest of its row (of equals the first), else -inf."""
    order = np.argsort(-x, axis=1, kind="stable")
    out[...] = -np.inf
    first = order[:, : int(k)]
    np.put_along_axis(out, first, np.take_along_axis(x, first, axis=1), axis=1)


@door("x[B,C] -> out[B,C]")
def mark_largest(x: ndarray, tiny: float, out: ndarray) -> None:
    """out = 1 where x is the largest of its row (equals too) and |x| > tiny, else 0."""
    largest = x.max(axis=1, keepdims=True, initial=-np.inf)
    out[...] = (x >= largest) & (np.abs(x) > x.dtype.type(tiny))


@door("x[N] -> labels[N]")
def whole_numbers(x: ndarray, labels: ndarray) -> None:
    """labels = x without what stands after the point; -1 where |x| >= 2³¹, or NaN."""
    fits = np.abs(x) < 2.0**31
    labels[:] = np.where(fits, x, -1)
