"""Symbolic tensors: what a call on them notes, and which shapes it gives."""

import operator

import numpy as np
import pytest

import nnlite
from nnlite import Input, Model, ops
from nnlite.graph import SymbolicTensor
from nnlite.layers import Dense, Flatten, Layer

pytestmark = pytest.mark.one_table


class Shapes(Layer):
    """A layer of one's own, whose shapes are found by trial calls."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


# ------------------------------------------------------------------------------------ history


def test_a_symbolic_tensor_knows_the_call_that_made_it():
    x = Input((3,))
    layer = Dense(2, name="two")
    first, second = layer(x), layer(x)
    assert isinstance(second, SymbolicTensor)
    assert (second.shape, second.dtype, second.name) == ((None, 2), "float32", "two")
    assert second._keras_history == (layer, 1, 0)
    assert second.node.input_tensors == [x]
    assert layer.output is first
    assert layer.input is x
    assert (layer.input_shape, layer.output_shape) == ((None, 3), (None, 2))


def test_the_weights_are_made_by_the_call():
    layer = Dense(2)
    layer(Input((3,)))
    assert layer.built
    assert layer.kernel.shape == (3, 2)


def test_a_layer_that_refuses_is_left_unbuilt_and_out_of_the_graph():
    layer = Dense(2)
    with pytest.raises(ValueError, match="last axis of its inputs must be known"):
        layer(Input((None,)))
    assert not layer.built
    with pytest.raises(AttributeError, match="'dense' has no output: it was never called"):
        layer.output  # noqa: B018


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x, x), lambda x: {"a": [x]}])
def test_structures_of_symbolic_tensors_are_noted_too(wrap):
    x = Input((3,))
    layer = Shapes(lambda inputs: inputs)
    outputs = layer(wrap(x))
    assert type(outputs) is type(wrap(x))
    assert layer.input == wrap(x)
    for output in nnlite.tree.flatten(outputs):
        assert output is not x
        assert output.shape == (None, 3)


# ------------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    ("function", "given", "shape"),
    [
        (lambda x: x * 2, (None, 3), (None, None, 3)),
        (lambda x: x[:, 0], (None, 3), (None, 3)),
        (lambda x: ops.sum(x, axis=-1), (None, 3), (None, None)),
        (lambda x: x.reshape(-1, 4), (6,), (None, 4)),  # 2 and 3 rows do not go into 4
        (lambda x: x + np.ones((1, 8)), (None,), (None, 8)),  # nor do they broadcast to 8
        (lambda x: x[:2], (3,), (2, 3)),
        (lambda x: x.sum(), (3,), ()),
        (ops.transpose, (None, 3), (3, None, None)),
    ],
)
def test_unknown_sizes_stay_unknown(function, given, shape):
    assert Shapes(function)(Input(given)).shape == shape
    assert function(Input(given)).shape == shape


def test_a_known_batch_stays_known():
    assert Dense(2)(Input((3,), batch_size=5)).shape == (5, 2)
    assert Shapes(lambda x: x * 2)(Input(batch_shape=(5, 3))).shape == (5, 3)
    assert Flatten()(Input((None, 3))).shape == (None, None)


def test_trial_calls_see_zeros_and_no_warning_is_heard():
    assert ops.log(Input((3,))).shape == (None, 3)
    assert (1 / Input((3,))).shape == (None, 3)


def test_a_layer_that_cannot_take_its_inputs_says_so_at_once():
    with pytest.raises(ValueError, match="matmul"):
        Shapes(lambda x: x @ np.ones((4, 2)))(Input((3,)))


# ---------------------------------------------------------------------------------- operators


def test_operators_slices_and_ops_compute_what_they_do_on_tensors():
    def everything(x, exp):
        y = (2 - x) * x / 3 + (-x) ** 2 @ np.eye(4, dtype="float32") - 1
        y = np.ones(4, "float32") * y + abs(x)
        return ops.concatenate([exp(y[:, 1:3]), ops.where(y > 0.5, y, 0)[..., :1]])

    x = Input((4,))
    y = everything(x, np.exp)
    assert y.shape == (None, 3)
    data = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    expected = everything(nnlite.Tensor(data), ops.exp)
    np.testing.assert_array_equal(Model(x, y)(data).numpy(), expected.numpy())


def test_methods_of_tensors_are_methods_of_symbolic_ones():
    x = Input((2, 6))
    assert x.reshape(-1, 12).shape == (None, 12)
    assert x.transpose(0, 2, 1).shape == (None, 6, 2)
    assert x.T.shape == (6, 2, None)
    assert x.mean(axis=1).shape == x.max(axis=1).shape == x.min(axis=1).shape == (None, 6)
    assert x.astype("float64").dtype == "float64"
    assert x.ndim == 3


def test_an_op_is_named_as_in_keras():
    x = Input((4,))
    names = [(x * 2).name, x[:, 1:].name, (x * x).name, ops.concatenate([x, x]).name]
    assert names == ["multiply", "get_item", "multiply_1", "concatenate"]


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons(compare):
    x = Input((3,))
    y = compare(x, 1.0)
    assert (y.shape, y.dtype) == ((None, 3), "bool")
    data = np.array([[0, 1, 2]], "float32")
    np.testing.assert_array_equal(Model(x, y)(data).numpy(), compare(data, 1))


def test_it_is_equal_to_itself_alone():
    x, y = Input((3,)), Input((3,))
    assert x == x
    assert x != y
    assert len({x, y}) == 2


@pytest.mark.parametrize("name", ["linear", "relu", "sigmoid", "tanh", "softmax"])
def test_activations(name):
    x = Input((3,))
    y = getattr(nnlite.activations, name)(x)
    data = np.array([[0, 1, -2]], "float32")
    expected = getattr(nnlite.activations, name)(data)
    np.testing.assert_array_equal(Model(x, y)(data).numpy(), expected.numpy())


@pytest.mark.parametrize(
    "use", [float, int, bool, list, np.asarray, np.linalg.det, np.sum], ids=lambda use: use.__name__
)
def test_it_has_no_values(use):
    with pytest.raises(TypeError, match=r"name=x, .*has no values yet.*nnlite.ops"):
        use(Input((4,), name="x"))


def test_the_graph_may_be_deeper_than_python_s_stack():
    x = y = Input((2,))
    for _ in range(1500):
        y = Dense(2, use_bias=False, kernel_initializer="ones")(y)
    model = Model(x, y * 0)
    assert len(model.layers) == 1501
    with np.errstate(over="ignore", invalid="ignore"):
        assert model(np.zeros((1, 2))).numpy().tolist() == [[0, 0]]
