"""Flatten: values, shapes, gradient."""

import numpy as np
import pytest

from nnlite import Tensor
from nnlite.layers import Flatten


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
