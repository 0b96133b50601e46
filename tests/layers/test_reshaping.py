"""Layers that reshape: values, shapes, gradients, what they refuse."""

import numpy as np
import pytest

from nnlite import Input, Tensor
from nnlite.layers import Flatten, Permute, RepeatVector, Reshape


@pytest.mark.parametrize(
    ("shape", "flat"),
    [((5, 28, 28), (5, 784)), ((2, 3), (2, 3)), ((4,), (4, 1)), ((0, 2, 3), (0, 6))],
)
def test_flatten_makes_each_sample_a_row(shape, flat):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    y = Flatten()(x).numpy()
    assert y.shape == flat
    np.testing.assert_array_equal(y.ravel(), x.ravel())
    assert Flatten().compute_output_shape((None, *shape[1:])) == (None, *flat[1:])


@pytest.mark.one_table
def test_a_size_that_is_unknown_stays_unknown():
    assert Flatten().compute_output_shape((None, None, 3)) == (None, None)
    assert Flatten().compute_output_shape((7, 2, 3)) == (7, 6)


def test_the_gradient_has_the_shape_of_the_inputs():
    x = Tensor(np.ones((2, 3, 4)))
    weights = np.arange(24.0).reshape(2, 12)
    (Flatten(dtype="float64")(x) * weights).sum().backward()
    np.testing.assert_array_equal(x.grad, weights.reshape(2, 3, 4))


@pytest.mark.one_table
def test_flatten_puts_the_channels_last_on_demand():
    x = np.arange(12.0).reshape(1, 2, 2, 3)
    y = Flatten(data_format="channels_first")(x).numpy()
    np.testing.assert_array_equal(y, [[0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]])
    with pytest.raises(ValueError, match="'channels_last' or 'channels_first', got 'NCHW'"):
        Flatten("NCHW")


def test_reshape():
    x = np.arange(12.0).reshape(1, 2, 6)
    np.testing.assert_array_equal(Reshape((3, -1))(x).numpy(), x.reshape(1, 3, 4))
    np.testing.assert_array_equal(Reshape((12,))(x).numpy(), x.reshape(1, 12))
    assert Reshape(())(np.ones((2, 1))).shape == (2,)
    assert Reshape((3, -1))(np.ones((0, 6))).shape == (0, 3, 2)
    assert Reshape((-1, 2)).compute_output_shape((None, None, 3)) == (None, None, 2)
    assert Reshape((4, 2)).compute_output_shape((None, None)) == (None, 4, 2)


@pytest.mark.one_table
@pytest.mark.parametrize("target", [(-1, -1), (2.5,), (-2, 3), ("a",)])
def test_reshape_refuses_what_is_no_shape(target):
    with pytest.raises(ValueError, match="holds whole numbers, and -1 at most once"):
        Reshape(target)


@pytest.mark.one_table
@pytest.mark.parametrize("target", [(5, 2), (5, -1)])
def test_reshape_refuses_samples_of_another_size_at_once(target):
    for call in (Reshape(target), lambda x: Reshape(target)(Input(x.shape[1:]))):
        with pytest.raises(ValueError, match="holds 12 numbers, which do not fill the shape"):
            call(np.ones((2, 12)))


@pytest.mark.one_table
def test_permute():
    x = np.arange(6.0).reshape(1, 2, 3)
    np.testing.assert_array_equal(Permute((2, 1))(x).numpy(), [[[0, 3], [1, 4], [2, 5]]])
    assert Permute((3, 1, 2)).compute_output_shape((None, 4, 5, 6)) == (None, 6, 4, 5)
    with pytest.raises(ValueError, match=r"each of 1..2 once \(axis 0, the batch"):
        Permute((0, 1))
    with pytest.raises(ValueError, match="takes inputs of rank 3, got the shape"):
        Permute((2, 1))(np.ones((2, 3)))


@pytest.mark.one_table
def test_repeat_vector():
    y = RepeatVector(2)(np.array([[1.0, 2.0]])).numpy()
    np.testing.assert_array_equal(y, [[[1, 2], [1, 2]]])
    with pytest.raises(ValueError, match="n must be a whole number >= 1"):
        RepeatVector(0)
    with pytest.raises(ValueError, match="of rank 2"):
        RepeatVector(2)(np.ones((2, 3, 4)))


@pytest.mark.one_table
@pytest.mark.parametrize(
    "layer", [Flatten(), Reshape((2, 1)), RepeatVector(2), Permute((1,))], ids=lambda one: one.name
)
def test_whole_numbers_stay_whole_numbers(layer):
    assert layer(np.array([[2**40, 1]])).dtype == np.int64
    assert layer(Input((2,), dtype="int32")).dtype == "int32"
