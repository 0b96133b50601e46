"""Tensor and Parameter: what they hold, and how they behave among numbers and arrays."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats, pairs, shapes

import nnlite
from nnlite import Parameter, Tensor, no_grad, ops
from nnlite.config import set_floatx

pytestmark = pytest.mark.one_table  # no kernel is at work here


# ------------------------------------------------------------------------------ what it holds


def test_python_numbers_become_the_default_float_and_arrays_keep_theirs():
    assert Tensor(1.5).dtype == np.float32
    assert Tensor([[1.5, 2.0]]).dtype == np.float32
    assert Tensor(np.zeros(2)).dtype == np.float64
    assert Tensor(np.float64(2)).dtype == np.float64
    assert Tensor([1, 2]).dtype == np.int64
    assert Tensor([True]).dtype == np.bool_
    set_floatx("float64")
    try:
        assert Tensor(1.5).dtype == np.float64
    finally:
        set_floatx("float32")


def test_an_array_is_not_copied_and_a_parameter_owns_its_values():
    array = np.ones((2, 3))
    assert Tensor(array).data is array
    assert Tensor(Tensor(array)).data is array
    parameter = Parameter(array)
    parameter.assign(np.zeros((2, 3)))
    assert array.all()


def test_only_floats_require_a_gradient_by_default():
    assert Tensor([1.0]).requires_grad
    assert not Tensor([1]).requires_grad
    assert not Tensor([1.0], requires_grad=False).requires_grad


def test_it_looks_like_an_array():
    x = Tensor([[1.0, 2.0, 3.0]])
    assert (x.shape, x.ndim, x.size, len(x)) == ((1, 3), 2, 3, 1)
    assert np.asarray(x) is x.data
    assert np.asarray(x, np.float64).dtype == np.float64
    assert np.array(x) is not x.data
    assert x.numpy() is x.data
    assert [row.shape for row in x] == [(3,)]
    assert repr(x) == "Tensor([[1., 2., 3.]], shape=(1, 3), dtype=float32)"


def test_a_single_value_is_a_number():
    x = Tensor(2.5)
    assert (x.item(), float(x), int(x), f"{x:.2f}") == (2.5, 2.5, 2, "2.50")
    assert f"{x}" == repr(x)
    assert bool(Tensor(1.0))
    assert not bool(Tensor(0))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="size 1"):
        float(Tensor([1.0, 2.0]))


# ------------------------------------------------------------------------------- arithmetic

OPERATORS = [
    ("+", lambda a, b: a + b),
    ("-", lambda a, b: a - b),
    ("*", lambda a, b: a * b),
    ("/", lambda a, b: a / b),
    ("**", lambda a, b: a**b),
    ("<", lambda a, b: a < b),
    ("<=", lambda a, b: a <= b),
    (">", lambda a, b: a > b),
    (">=", lambda a, b: a >= b),
    ("==", lambda a, b: a == b),
    ("!=", lambda a, b: a != b),
]
every_operator = pytest.mark.parametrize("operate", [f for _, f in OPERATORS], ids=dict(OPERATORS))


@every_operator
@few
@given(arrays=pairs(first={"low": 0.5}, second={"low": 0.5}))
def test_operators_are_those_of_numpy_whichever_side_is_a_tensor(operate, arrays):
    a, b = arrays
    expected = operate(a, b)
    # numpy has a pow of its own; the C library's, which the kernel calls, may round the other way.
    ulps = 1 if operate is dict(OPERATORS)["**"] else 0
    for left, right in ((Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b))):
        y = operate(left, right)
        assert isinstance(y, Tensor)
        assert y.dtype == expected.dtype
        if expected.dtype.kind == "f":
            np.testing.assert_array_max_ulp(y.data, expected, ulps)
        else:
            np.testing.assert_array_equal(y.data, expected)


@every_operator
@pytest.mark.parametrize("number", [2, 2.5, np.float32(2.5), True])
def test_numbers_keep_float32_on_both_sides(operate, number):
    x = Tensor(np.array([1, 2, 4], np.float32))
    for y, expected in (
        (operate(x, number), operate(x.data, number)),
        (operate(number, x), operate(number, x.data)),
    ):
        assert isinstance(y, Tensor)
        assert y.dtype == expected.dtype
        assert y.dtype in (np.float32, np.bool_)
        np.testing.assert_array_equal(y.data, expected)


def test_matrix_products_with_arrays_on_either_side():
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    for y in (Tensor(a) @ b, a @ Tensor(b), Tensor(a) @ Tensor(b)):
        assert isinstance(y, Tensor)
        assert y.data.tolist() == [[11.0]]


def test_signs():
    x = Tensor([-1.0, 2.0])
    assert (-x).data.tolist() == [1.0, -2.0]
    assert abs(x).data.tolist() == [1.0, 2.0]


def test_gradients_through_every_reflected_operator():
    for operate, slope in (
        (lambda x: 6 + x, 1.0),
        (lambda x: 6 - x, -1.0),
        (lambda x: 6 * x, 6.0),
        (lambda x: 6 / x, -1.5),
        (lambda x: x**3, 12.0),
        (lambda x: 1**x, 0.0),
        (lambda x: -x, -1.0),
        (lambda x: np.full(1, 6.0) * x, 6.0),
    ):
        x = Tensor(2.0)
        operate(x).backward()
        assert x.grad.item() == slope


def test_whole_numbers_stay_whole():
    x = Tensor([1, 2, 3])
    assert (x * 2 + 1).dtype == np.int64
    assert (x / 2).dtype == np.float32  # as in Keras: the default float type
    assert x.sum().item() == 6
    assert not (x * 2).requires_grad


def test_a_comparison_is_no_part_of_the_tape_and_a_hash_is_the_object_s():
    a, b = Tensor([1.0]), Tensor([1.0])
    assert not (a == b).requires_grad
    assert hash(a) != hash(b)
    assert {a: 1, b: 2}[a] == 1
    assert a in {a}


# -------------------------------------------------------------------------- shapes and sums


def test_methods_are_the_ops_of_their_names():
    array = np.arange(24.0).reshape(2, 3, 4)
    x = Tensor(array)
    for y, expected in (
        (x.T, array.T),
        (x.transpose(1, 0, 2), array.transpose(1, 0, 2)),
        (x.transpose(), array.T),
        (x.transpose((1, 0, 2)), array.transpose(1, 0, 2)),
        (x.reshape(6, 4), array.reshape(6, 4)),
        (x.reshape((4, 6)), array.reshape(4, 6)),
        (x.reshape(-1), array.reshape(-1)),
        (x.sum(), array.sum()),
        (x.sum(axis=1, keepdims=True), array.sum(axis=1, keepdims=True)),
        (x.mean(axis=(0, 2)), array.mean(axis=(0, 2))),
        (x.max(axis=0), array.max(axis=0)),
        (x.min(axis=-1, keepdims=True), array.min(axis=-1, keepdims=True)),
        (x.astype("float32"), array.astype("float32")),
        (x[1, :, ::2], array[1, :, ::2]),
        (x[Tensor([1, 0]), 0], array[[1, 0], 0]),
    ):
        assert y.dtype == expected.dtype
        np.testing.assert_array_equal(y.data, expected)


@few
@given(shape=shapes(), data=st.data())
def test_the_gradient_has_the_tensor_s_shape_and_type_and_is_an_array(shape, data):
    for dtype in (np.float32, np.float64):
        x = Tensor(data.draw(floats(shape)).astype(dtype))
        for _ in range(2):  # the second time it is added up
            (x * np.float64(2.0)).sum().backward()
            assert isinstance(x.grad, np.ndarray)
            assert x.grad.shape == shape
            assert x.grad.dtype == dtype
        assert (x.grad == 4).all()


# ------------------------------------------------------------------------------- parameters


def test_assign_writes_in_place_and_casts():
    weight = Parameter(np.zeros((2, 2), np.float32), "kernel")
    data = weight.data
    weight.assign(np.eye(2))
    assert weight.data is data
    assert weight.value is data
    assert data.tolist() == [[1, 0], [0, 1]]
    assert data.dtype == np.float32
    weight.assign(Tensor([[2.0, 2.0], [2.0, 2.0]]))
    assert data[0, 0] == 2


@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 2, 2), ()])
def test_assign_refuses_another_shape_even_if_it_would_broadcast(shape):
    weight = Parameter(np.zeros((2, 2)), "kernel")
    weight.path = "dense/kernel"
    with pytest.raises(ValueError, match=r"dense/kernel: expected .*\(2, 2\), got"):
        weight.assign(np.ones(shape))
    assert not weight.data.any()


def test_a_parameter_that_is_not_trainable_gets_no_gradient():
    w, frozen = Parameter(np.ones(2)), Parameter(np.ones(2), trainable=False)
    (w * frozen).sum().backward()
    assert w.grad.tolist() == [1, 1]
    assert frozen.grad is None
    frozen.trainable = True
    (w * frozen).sum().backward()
    assert frozen.grad.tolist() == [1, 1]


def test_a_parameter_is_contiguous_and_says_what_it_is():
    weight = Parameter(np.asfortranarray(np.ones((2, 3))), "kernel")
    assert weight.data.flags.c_contiguous
    assert repr(weight) == "<Parameter kernel shape=(2, 3) dtype=float64>"
    assert isinstance(weight * 2, nnlite.Tensor)
    assert not isinstance(ops.add(weight, 1), Parameter)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize("left", [np.array([1.0, 2.0], np.float32), np.float32(2)])
def test_an_array_before_an_operator_leaves_it_to_the_tensor(symbol, left):
    x = Tensor([2.0, 3.0])
    calculate = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
        "**": operator.pow, "<": operator.lt, "<=": operator.le, ">": operator.gt,
        ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    }[symbol]  # fmt: skip
    for one, other in ((left, x), (x, left)):
        found = calculate(one, other)
        assert isinstance(found, Tensor)
        expected = calculate(np.asarray(one), np.asarray(other))
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)  # roundings of float32
        assert found.requires_grad == (expected.dtype.kind == "f")


def test_an_array_before_a_matrix_product_leaves_it_to_the_tensor():
    x = Tensor([[2.0], [3.0]])
    y = np.array([[1.0, 2.0]], np.float32) @ x
    y.backward()
    assert y.item() == 8
    assert x.grad.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (np.sinc, "np.sinc cannot be differentiated.*nnlite.ops.stop_gradient"),
        (lambda x: np.add.reduce(x), "np.add"),
        (lambda x: np.add(np.zeros(2), x, out=np.zeros(2)), "np.add"),
        (lambda x: np.split(x, 2), "np.split"),
    ],
)
def test_numpy_refuses_where_a_gradient_would_be_lost_and_works_elsewhere(function, name):
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=name):
        function(x)
    expected = function(x.numpy())
    np.testing.assert_array_equal(function(Tensor(x, requires_grad=False)), expected)
    with no_grad():
        found = function(x)
    np.testing.assert_array_equal(found, expected)
    assert not isinstance(found, Tensor)


def test_what_has_no_gradient_numpy_may_compute():
    x = Tensor([1.0, 2.0])
    assert np.shape(x) == (2,)
    assert np.argmax(x) == 1
    assert np.allclose(x, [1, 2])
    assert np.isfinite(x).all()
    assert np.zeros_like(x).tolist() == [0, 0]
    assert np.asarray(x).tolist() == np.array(x).tolist() == [1, 2]
