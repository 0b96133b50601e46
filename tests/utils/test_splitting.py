import numpy as np
import pytest

from nnlite.utils import split_dataset

pytestmark = pytest.mark.one_table

X, Y = np.arange(20).reshape(10, 2), np.arange(10)


@pytest.mark.parametrize(
    ("sizes", "left", "right"),
    [
        ({"left_size": 0.8}, 8, 2),
        ({"right_size": 3}, 7, 3),
        ({"left_size": 2, "right_size": 0.5}, 2, 5),
        ({"left_size": 10}, 10, 0),
    ],
)
def test_the_first_and_the_last_samples(sizes, left, right):
    (x_left, y_left), (x_right, y_right) = split_dataset((X, Y), **sizes)
    assert y_left.tolist() == list(range(left))
    assert y_right.tolist() == list(range(10 - right, 10))
    np.testing.assert_array_equal(x_left[:, 0], 2 * y_left)
    np.testing.assert_array_equal(x_right[:, 0], 2 * y_right)


@pytest.mark.parametrize("samples", [3, 5, 7])
def test_two_halves_hold_every_sample_once(samples):
    left, right = split_dataset(np.arange(samples), left_size=0.5, right_size=0.5)
    assert [*left, *right] == list(range(samples))


def test_shuffled_parts_hold_every_sample_once():
    left, right = split_dataset({"x": X, "y": Y}, left_size=4, shuffle=True, seed=3)
    assert sorted([*left["y"], *right["y"]]) == list(range(10))
    assert left["y"].tolist() != [0, 1, 2, 3]
    np.testing.assert_array_equal(left["x"][:, 0], 2 * left["y"])
    again, _ = split_dataset({"x": X, "y": Y}, left_size=4, shuffle=True, seed=3)
    assert again["y"].tolist() == left["y"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give left_size or right_size"),
        ({"left_size": 11}, "from 0 to 10 samples.*got 11"),
        ({"left_size": 1.5}, "got 1.5"),
        ({"left_size": 6, "right_size": 6}, "6 and 6 samples are more than 10"),
    ],
)
def test_sizes_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        split_dataset(X, **arguments)
    with pytest.raises(ValueError, match=r"different lengths, \[9, 10\]"):
        split_dataset((X, Y[:9]), left_size=2)
