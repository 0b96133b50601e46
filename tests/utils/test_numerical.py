"""Labels and rows in other forms."""

import numpy as np
import pytest

from nnlite import utils
from nnlite.utils import to_categorical

pytestmark = pytest.mark.one_table


def test_rows_are_one_hot() -> None:
    rows = to_categorical([2, 0])
    np.testing.assert_array_equal(rows, [[0, 0, 1], [1, 0, 0]])
    assert rows.dtype == np.float32


def test_the_number_of_classes_can_be_given() -> None:
    assert to_categorical(np.array([1], np.uint8), num_classes=4).tolist() == [[0, 1, 0, 0]]


@pytest.mark.parametrize(
    ("shape", "expected"), [((3,), (3, 5)), ((3, 1), (3, 5)), ((2, 3), (2, 3, 5)), ((0,), (0, 5))]
)
def test_shapes(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert to_categorical(np.zeros(shape, int), 5).shape == expected


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "label 3 is not from 0 to 2"),
        ([-1], "label -1 is not from 0 to 2"),
        ([0.5], "must be integers"),
    ],
)
def test_labels_that_cannot_be(labels: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, num_classes=3)


def test_a_misspelt_argument() -> None:
    with pytest.raises(TypeError, match=r"'num_class'\. Did you mean 'num_classes'"):
        to_categorical([0], num_class=3)


def test_rows_of_length_one():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])
    assert utils.normalize(x).tolist() == [[0.6, 0.8], [0, 0], [1, 0]]
    assert utils.normalize(x, axis=0, order=1).tolist() == [[0.75, 1], [0, 0], [0.25, 0]]
    assert x[0, 0] == 3
