"""Dense, Activation and InputLayer against formulas written out in numpy, and their gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlite
from nnlite import Tensor, _kernels, gradcheck
from nnlite.layers import Activation, Dense, InputLayer

FORMULAS = {
    None: lambda z: z,
    "linear": lambda z: z,
    "relu": lambda z: np.where(z > 0, z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}

#: Two ways to the same sum of up to 10 products differ by some roundings of float32 (6e-8).
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


@pytest.mark.parametrize("activation", FORMULAS)
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (2, 3, 4), (0, 3)])
def test_dense_is_its_formula(activation, use_bias, shape):
    layer = Dense(6, activation=activation, use_bias=use_bias)
    layer.build((None, *shape[1:]))
    weights = [random(*weight.shape) for weight in layer.weights]
    layer.set_weights(weights)
    x = random(*shape)
    expected = FORMULAS[activation](x @ weights[0] + (weights[1] if use_bias else 0))
    y = layer(x)
    assert y.dtype == np.float32
    assert y.shape == (*shape[:-1], 6)
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 6)
    np.testing.assert_allclose(y.numpy(), expected, **CLOSE)


def test_dense_by_hand():
    layer = Dense(2, activation="relu")
    layer.build((None, 2))
    layer.set_weights([[[1.0, -1.0], [2.0, 1.0]], [0.5, -1.0]])
    y = layer([[1.0, 2.0], [-1.0, 3.0]])
    np.testing.assert_array_equal(y.numpy(), [[5.5, 0.0], [5.5, 3.0]])


@pytest.mark.one_table
@given(
    table=st.sampled_from(_kernels.TABLES),
    activation=st.sampled_from(["linear", "sigmoid", "tanh", "softmax"]),
    use_bias=st.booleans(),
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
)
@settings(max_examples=40, deadline=None)
def test_dense_and_its_gradients_to_everything(table, activation, use_bias, sizes):
    batch, inputs, units = sizes
    before = _kernels.active()
    _kernels.use(table)
    try:
        layer = Dense(units, activation=activation, use_bias=use_bias, dtype="float64")
        layer.build((None, inputs))

        def f(x, kernel, bias):
            layer.kernel, layer.bias = kernel, bias if use_bias else None
            return layer(x)

        assert gradcheck(f, random(batch, inputs), random(inputs, units), random(units))
    finally:
        _kernels.use(before)


def test_the_gradient_of_relu_in_dense_away_from_its_kink():
    layer = Dense(3, activation="relu", dtype="float64")
    layer.build((None, 2))
    kernel, x = random(2, 3), random(4, 2)
    assert (np.abs(x @ kernel) > 1e-3).all()

    def f(x, kernel):
        layer.kernel = kernel
        return layer(x)

    assert gradcheck(f, x, kernel)


def test_a_function_as_activation():
    layer = Dense(2, activation=lambda z: z * 3.0, kernel_initializer="ones")
    np.testing.assert_array_equal(layer([[1.0, 2.0]]).numpy(), [[9.0, 9.0]])
    np.testing.assert_array_equal(Activation(nnlite.ops.square)([[3.0]]).numpy(), [[9.0]])


@pytest.mark.parametrize("activation", FORMULAS)
def test_activation_is_its_formula(activation):
    layer, x = Activation(activation), random(3, 4)
    np.testing.assert_allclose(layer(x).numpy(), FORMULAS[activation](x), **CLOSE)
    assert layer.weights == []
    assert layer.compute_output_shape((None, 4)) == (None, 4)


def test_a_softmax_remembers_its_logits_for_the_cross_entropy():
    z = Tensor([[1.0, 2.0]])
    assert Activation("softmax")(z).logits is z
    assert Dense(2, activation="softmax")(z).logits is not None


def test_default_initializers_are_glorot_uniform_and_zeros():
    layer = Dense(300)
    layer.build((None, 784))
    limit = np.sqrt(6 / (784 + 300))
    kernel = layer.kernel.data
    assert np.abs(kernel).max() <= limit
    # of 235,200 uniform draws the largest is this close to the limit but once in e^235
    assert np.abs(kernel).max() > 0.999 * limit
    # the standard error of the variance of so many uniform draws is 0.2 %
    np.testing.assert_allclose(kernel.var(), limit**2 / 3, rtol=0.02)
    assert not layer.bias.data.any()
    assert layer.count_params() == 235_500


@pytest.mark.one_table
@pytest.mark.parametrize("units", [0, -1, 2.0, "3", True, None])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(ValueError, match=r"Dense 'dense': units must be a positive whole number"):
        Dense(units)


@pytest.mark.one_table
def test_dense_names_itself_where_the_inputs_are_wrong():
    layer = Dense(2, name="out")
    with pytest.raises(ValueError, match=r"Dense 'out' takes inputs of rank 2.*reshape\(-1, 1\)"):
        layer(np.ones(3))
    assert not layer.built
    with pytest.raises(ValueError, match="'out': the last axis of its inputs must be known"):
        layer.build((None, None))
    assert not layer.built
    layer(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"'out' was built for inputs with 3 features.*got 4"):
        layer(np.ones((1, 4)))


@pytest.mark.one_table
@pytest.mark.parametrize("make", [lambda name: Dense(2, activation=name), Activation])
def test_an_unknown_activation_gets_a_did_you_mean(make):
    with pytest.raises(ValueError, match=r"Unknown activation 'rellu'\. Did you mean 'relu'"):
        make("rellu")


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("shape", "got", "advice"),
    [
        ((28, 28), (28, 28), r"one sample: add the batch axis with x\[np.newaxis\]"),
        ((28, 28), (5, 28, 28, 1), r"drop the last axis with x\[\.\.\., 0\]"),
        ((3,), (3, 10), "transposed: x.T"),
        ((3,), (10, 4), ""),
        ((None, 3), (10, 7, 4), ""),
    ],
)
def test_input_layer_refuses_other_shapes_with_advice(shape, got, advice):
    layer = InputLayer(shape, name="pixels")
    with pytest.raises(ValueError, match=r"The input 'pixels' takes arrays of the shape") as error:
        layer(np.zeros(got))
    assert str((None, *shape)) in str(error.value)
    assert f"got {got}" in str(error.value)
    assert error.match(advice)
    if not advice:
        assert ";" not in str(error.value)


@pytest.mark.one_table
def test_input_layer_by_the_old_name_of_its_shape_and_without_one():
    assert InputLayer(input_shape=[28, 28]).batch_shape == (None, 28, 28)
    with pytest.raises(ValueError, match="'input_layer_1' needs the shape of a sample"):
        InputLayer()


@pytest.mark.one_table
def test_input_layer_lets_through_what_fits():
    layer = InputLayer((None, 3))
    x = random(2, 7, 3).astype(np.float32)
    np.testing.assert_array_equal(layer(x).numpy(), x)
    assert layer.batch_shape == (None, None, 3)
    assert layer.built
    assert layer.compute_output_shape((None, 5, 3)) == (None, 5, 3)


def test_a_dense_layer_takes_all_that_keras_takes_and_gives_it_back():
    layer = Dense(
        3, "relu", True, "ones", "zeros", "l1", "l2", nnlite.regularizers.L1L2(0.1, 0.2),
        "max_norm", "non_neg", name="all",
    )  # fmt: skip
    layer.build((None, 2))
    assert isinstance(layer.kernel.regularizer, nnlite.regularizers.L1)
    assert isinstance(layer.bias.regularizer, nnlite.regularizers.L2)
    assert isinstance(layer.kernel.constraint, nnlite.constraints.MaxNorm)
    assert isinstance(layer.bias.constraint, nnlite.constraints.NonNeg)
    config = layer.get_config()
    assert Dense.from_config(config).get_config() == config
    assert config["activity_regularizer"]["config"] == {"l1": 0.1, "l2": 0.2}
    assert config["kernel_constraint"]["class_name"] == "MaxNorm"
    plain = Dense(3).get_config()
    assert plain["kernel_regularizer"] is None
    assert "activity_regularizer" not in plain
