"""What arranges kernels does what numpy does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlite.arithmetic import extreme, limited, off_diagonal, permuted, sum_of_squares

SHAPES = st.lists(st.integers(0, 4), max_size=5)


def numbers(shape, dtype="float32"):
    """Few different ones, so that some are equal."""
    return np.random.default_rng(0).integers(-2, 3, shape).astype(dtype)


@given(shape=SHAPES, data=st.data())
def test_axes_in_every_order(shape, data):
    x, ndim = np.arange(np.prod(shape), dtype="float32").reshape(shape), len(shape)
    axes = data.draw(st.permutations(range(ndim)))
    axes = [axis - ndim * data.draw(st.booleans()) for axis in axes]
    np.testing.assert_array_equal(permuted(x, axes), np.transpose(x, axes), strict=True)
    np.testing.assert_array_equal(permuted(x), np.transpose(x), strict=True)


def test_axes_that_are_not_there_or_come_twice():
    for axes in ([0, 0], [0, 2], [0]):
        with pytest.raises(ValueError, match="ax"):
            permuted(np.zeros((2, 3), "float32"), axes)


@given(shape=SHAPES, data=st.data())
def test_extremes_over_every_axis(shape, data):
    x, ndim = numbers(shape), len(shape)
    axes = data.draw(
        st.none() | st.lists(st.sampled_from(range(ndim)), unique=True) if ndim else st.none()
    )
    axis, keepdims = None if axes is None else tuple(axes), data.draw(st.booleans())
    for operation, function in (("maximum", np.max), ("minimum", np.min)):
        try:
            expected = function(x, axis=axis, keepdims=keepdims)
        except ValueError:
            with pytest.raises(ValueError, match="zero-size"):
                extreme(x, operation, axis, keepdims)
        else:
            found = extreme(x, operation, axis, keepdims)
            np.testing.assert_array_equal(found, expected, strict=True)


def test_an_axis_that_is_not_there():
    with pytest.raises(ValueError, match="axis 2 is out of bounds"):
        extreme(np.zeros((2, 3), "float32"), "maximum", 2)


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_ones_beside_the_diagonal(size):
    found = off_diagonal(size, np.float64)
    np.testing.assert_array_equal(found, 1 - np.eye(size), strict=True)


def test_a_common_norm_is_limited():
    arrays = [np.array([[3.0, 0.0]], "float32"), np.array([4.0])]
    squares = sum_of_squares(arrays)
    assert squares.tolist() == [25]
    assert [limited(x, squares, 2.5).tolist() for x in arrays] == [[[1.5, 0]], [2]]
    assert [limited(x, squares, 5.0).tolist() for x in arrays] == [[[3, 0]], [4]]
