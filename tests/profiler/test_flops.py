"""What a kernel computes, as its specification says."""

import numpy as np
import pytest

from nnlite import _kernels
from nnlite._kernels import door, reference
from nnlite.profiler.flops import PRODUCTS, flops

pytestmark = pytest.mark.one_table

LENGTHS = {"B": 2, "I": 3, "O": 5}


def axes(kernel):
    """The letters of each array's axes."""
    reads = getattr(reference, kernel).specification.split("->")[0]
    return [argument.axes for argument in door.parse(reads)]


def test_products_are_the_kernels_that_have_three_axes_and_are_dense():
    dense = [kernel for kernel in _kernels.KERNELS if kernel.startswith("dense_")]
    assert set(PRODUCTS) == {k for k in dense if set(LENGTHS) <= set().union(*axes(k))}


@pytest.mark.parametrize("kernel", PRODUCTS)
def test_each_sum_of_a_product_takes_a_multiplication_and_an_addition(kernel):
    arrays = tuple(np.zeros([LENGTHS[axis] for axis in one]) for one in axes(kernel))
    assert flops(kernel, arrays) == 2 * 2 * 3 * 5


def test_other_kernels_count_nothing():
    assert flops("relu_forward", (np.zeros(7), np.zeros(7))) == 0
