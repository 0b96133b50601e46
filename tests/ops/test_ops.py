"""Every op: its value against an independent formula, its gradient against central differences."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, fewer

from nnlite import Tensor, gradcheck, ops
from ops.rows import Row
from ops.table import ROWS

every_row = pytest.mark.parametrize("row", ROWS, ids=[f"{r.name}-{r.case}" for r in ROWS])


def gradients_of(row: Row, arrays: tuple[np.ndarray, ...]) -> tuple[Tensor, list[np.ndarray]]:
    """Call the row's op; its value, and the gradients when 1, 2, 3, ... flows back to it."""
    tensors = [Tensor(x) for x in arrays[row.constants :]]
    y = row.call(*arrays[: row.constants], *tensors)
    y.backward(np.arange(1, y.size + 1).reshape(y.shape))
    return y, [t.grad for t in tensors]


COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_give_booleans(name):
    a, b = Tensor([1.0, 2.0, 3.0]), np.array([[2.0], [3.0]])
    y = getattr(ops, name)(a, b)
    expected = [[COMPARISONS[name](p, q) for p in (1, 2, 3)] for q in (2, 3)]
    assert y.numpy().tolist() == expected
    assert not y.requires_grad


@every_row
@few
@given(data=st.data())
def test_the_value_is_that_of_an_independent_formula(row, data):
    arrays = data.draw(row.arrays)
    expected = np.asarray(row.witness(*arrays))
    y = row.call(*arrays)
    assert y.shape == expected.shape
    assert y.dtype == np.float64
    # Both round a few dozen times; sums of numbers up to 9 may cancel.
    np.testing.assert_allclose(y.data, expected, rtol=1e-12, atol=1e-13)


@every_row
@few
@given(data=st.data())
def test_the_gradient_is_the_slope(row, data):
    arrays = data.draw(row.arrays)
    constants = arrays[: row.constants]
    assert gradcheck(lambda *xs: row.call(*constants, *xs), *arrays[row.constants :])


@every_row
@fewer
@given(data=st.data())
def test_float32_stays_float32(row, data):
    arrays = [x.astype(np.float32) if x.dtype == np.float64 else x for x in data.draw(row.arrays)]
    y, grads = gradients_of(row, arrays)
    assert y.dtype == np.float32
    # float32 keeps 7 digits, and a few dozen roundings may add up.
    np.testing.assert_allclose(y.data, row.witness(*arrays), rtol=1e-5, atol=1e-5)
    wide = [x.astype(np.float64) if x.dtype == np.float32 else x for x in arrays]
    for x, gradient, exact in zip(
        arrays[row.constants :], grads, gradients_of(row, wide)[1], strict=True
    ):
        assert gradient.shape == x.shape
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, exact, rtol=1e-4, atol=1e-4)


@every_row
@fewer
@given(data=st.data())
def test_neither_the_order_in_memory_nor_a_write_protection_matters(row, data):
    arrays = data.draw(row.arrays)
    y, grads = gradients_of(row, arrays)
    for rearranged in (np.asfortranarray, strided):
        others = tuple(protected(rearranged(x)) for x in arrays[row.constants :])
        z, others = gradients_of(row, (*arrays[: row.constants], *others))
        # Sums may run in another order.
        np.testing.assert_allclose(z.data, y.data, rtol=1e-12, atol=1e-13)
        for a, b in zip(grads, others, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def strided(x: np.ndarray) -> np.ndarray:
    """The same values, every other element of a larger array."""
    if x.ndim == 0:
        return x
    return np.repeat(x, 2, axis=-1)[..., ::2]


def protected(x: np.ndarray) -> np.ndarray:
    view = x.view()
    view.flags.writeable = False
    return view


# ------------------------------------------------------------------------- at kinks and edges


def test_at_a_kink_equals_share_the_gradient():
    a, b = Tensor([1.0, 5.0]), Tensor([1.0, 2.0])
    ops.maximum(a, b).backward(np.array([1.0, 1.0]))
    assert a.grad.tolist() == [0.5, 1.0]
    assert b.grad.tolist() == [0.5, 0.0]
    a, b = Tensor([1.0, 5.0]), Tensor([1.0, 2.0])
    ops.minimum(a, b).backward(np.array([1.0, 1.0]))
    assert a.grad.tolist() == [0.5, 0.0]
    assert b.grad.tolist() == [0.5, 1.0]
    x = Tensor([[3.0, 3.0, 1.0, 3.0]])
    (x.max(axis=1) * 6).sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0, 0.0, 2.0]]


def test_relu_abs_and_clip_at_their_kinks():
    for function, slope in ((ops.relu, 0.0), (ops.abs, 0.0)):
        x = Tensor([0.0])
        function(x).sum().backward()
        assert x.grad.tolist() == [slope]
    x = Tensor([-1.5, -1.0, 0.0, 1.0, 1.5])
    ops.clip(x, -1.0, 1.0).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("function", [ops.relu, ops.sigmoid, ops.tanh, ops.softmax])
def test_nan_is_not_hidden(function):
    assert np.isnan(function(np.array([[np.nan, 1.0]])).data[0, 0])


def test_extreme_inputs_neither_overflow_nor_warn():
    x = Tensor([[-1e4, 0.0, 1e4]])
    assert ops.sigmoid(x).data.tolist() == [[0.0, 0.5, 1.0]]
    assert ops.tanh(x).data.tolist() == [[-1.0, 0.0, 1.0]]
    assert ops.softmax(x).data.tolist() == [[0.0, 0.0, 1.0]]
    loss = ops.sparse_softmax_crossentropy(np.array([0]), x)
    assert loss.data.tolist() == [2e4]
    loss.backward()
    assert x.grad.tolist() == [[-1.0, 0.0, 1.0]]
    assert ops.softmax_crossentropy(np.array([[0, 1, 0]], np.float32), x).item() == 1e4


def test_a_power_of_zero_has_a_gradient():
    x = Tensor([0.0, 2.0])
    (x**2 + x**0).sum().backward()
    assert x.grad.tolist() == [0.0, 4.0]
    x = Tensor([0.0, 3.0])
    (x ** np.array([0.0, 2.0])).sum().backward()
    assert x.grad.tolist() == [0.0, 6.0]


def test_the_gradient_of_an_exponent_counts_where_the_base_is_positive():
    b = Tensor([2.0, 2.0, 2.0])
    (np.array([0.0, -1.0, 2.0]) ** b).sum().backward()
    np.testing.assert_allclose(b.grad, [0, 0, 4 * math.log(2)], rtol=1e-6)  # float32


def test_stop_gradient_is_a_constant():
    x = Tensor([2.0, 3.0])
    y = ops.stop_gradient(x * x)
    assert y.data.tolist() == [4.0, 9.0]
    (x * y).sum().backward()
    assert x.grad.tolist() == [4.0, 9.0]


def test_a_gradient_does_not_pass_through_whole_numbers():
    x = Tensor([1.7, 2.2])
    assert not x.astype("int64").requires_grad
    y = x * x.astype("int64").astype("float32")  # its slope is the whole part of x alone
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_a_cast_gives_the_gradient_its_old_type():
    x = Tensor(np.array([1.0, 2.0], np.float32))
    y = x.astype("float64")
    assert y.dtype == np.float64
    (y * y).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("other", [np.float64, np.int64])
def test_matmul_of_two_types(other):
    a = Tensor(np.array([[1, 2], [3, 4]], np.float32))
    b = Tensor(np.array([[1, 0], [2, 5]], other), requires_grad=other is np.float64)
    y = a @ b
    assert y.data.tolist() == [[5, 10], [11, 20]]
    y.sum().backward()
    assert a.grad.tolist() == [[1, 7], [1, 7]]
    assert a.grad.dtype == np.float32


@pytest.mark.parametrize("function", [ops.relu, ops.sigmoid, ops.tanh, ops.softmax])
def test_activations_of_whole_numbers_are_of_the_default_float_type(function):
    y = function(np.array([[-1, 0, 2]]))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, function(np.array([[-1.0, 0.0, 2.0]])).data, rtol=1e-6)


def test_gradients_of_empty_arrays_are_empty():
    x, w, b = Tensor(np.zeros((0, 3))), Tensor(np.ones((3, 2))), Tensor(np.ones(2))
    ops.dense(x, w, b, activation="relu").sum().backward()
    assert x.grad.shape == (0, 3)
    assert not w.grad.any()
    assert not b.grad.any()
    x = Tensor(np.zeros((0, 3)))
    (ops.softmax(x) @ w).sum().backward()
    assert x.grad.shape == (0, 3)


def test_where_with_numbers_for_both_is_of_the_default_type():
    condition = np.array([True, False])
    assert ops.where(condition, 1.0, 0.0).dtype == np.float32
    assert ops.where(condition, Tensor([1.0, 2.0]), 0.0).dtype == np.float32
    assert ops.where(condition, 0.0, np.zeros(2)).dtype == np.float64


# -------------------------------------------------------------------------------- as arguments


def test_an_unknown_argument_is_refused_with_the_nearest_one():
    with pytest.raises(TypeError, match=r"ops.sum has no argument 'keepdim'. Did you mean 'keepd"):
        ops.sum(Tensor([1.0]), keepdim=True)
    with pytest.raises(TypeError, match=r"^ops.add takes"):
        ops.add(Tensor([1.0]))
    with pytest.raises(TypeError, match=r"^ops.relu takes"):
        ops.relu(Tensor([1.0]), 2)


def test_inputs_may_be_named():
    assert ops.subtract(a=Tensor([3.0]), b=1.0).data.tolist() == [2.0]
    assert ops.weighted_mean(values=Tensor([3.0]), weights=np.ones(1, "f4")).item() == 3.0
    with pytest.raises(TypeError, match="given twice"):
        ops.sum(Tensor([1.0]), 0, axis=0)
    with pytest.raises(TypeError, match="given twice"):
        ops.relu(Tensor([1.0]), x=Tensor([1.0]))


def test_an_unknown_activation_of_dense_is_refused():
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        ops.dense(np.ones((1, 1)), np.ones((1, 1)), activation="rellu")
