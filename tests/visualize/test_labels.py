"""Classes, out of labels and probabilities."""

import numpy as np
import pytest

from nnlite.visualize.labels import labels_of, names_of_labels

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        ([2, 0, 1], [2, 0, 1]),
        ([[2], [0]], [2, 0]),
        ([2.0, 0.0], [2, 0]),
        ([True, False], [1, 0]),
        ([[0.2, 0.8, 0.0], [0.5, 0.1, 0.4]], [1, 0]),
        ([[0.9], [0.2], [0.5]], [1, 0, 0]),  # what a sigmoid gives
        (np.array([0.51, 0.49], np.float32), [1, 0]),
    ],
)
def test_labels(y, labels):
    assert labels_of(y, "y").tolist() == labels


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([-0.5, 1.5], "y has numbers from -0.5 to 1.5, which are neither"),
        ([0.5, np.nan], "y holds NaN"),
        ([[0.5, np.nan]], "y holds NaN"),
        ([0.0, np.inf], "y holds NaN or infinity"),
        (["cat", "dog"], r"y holds <U3, no numbers: .*np\.unique\(y, return_inverse=True\)"),
        (np.zeros((2, 2, 2)), r"got the shape \(2, 2, 2\)"),
    ],
)
def test_what_is_no_class(y, message):
    with pytest.raises(ValueError, match=message):
        labels_of(y, "y")


def test_a_label_without_a_name():
    assert names_of_labels(np.array([1, 0]), ["a", "b"], "y") == ["b", "a"]
    assert names_of_labels(np.array([7]), None, "y") == ["7"]
    with pytest.raises(ValueError, match="y has labels from 0 to 2, but there are 2 class_names"):
        names_of_labels(np.array([0, 2]), ["a", "b"], "y")
