"""Normalizing layers: formulas, gradients, real Keras, what they keep, and what they refuse."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnlite as keras
from nnlite import Tensor, gradcheck, layers
from nnlite.layers import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    Normalization,
    RMSNormalization,
    UnitNormalization,
)

from .keras_witness import CALLS, CASES, arrays, keywords

DATA = np.random.default_rng(3)
X = 2 * DATA.normal(size=(20, 6)) + 1


@pytest.fixture(scope="session")
def real_keras(tmp_path_factory):
    """What real Keras computes for `CASES`."""
    results = tmp_path_factory.mktemp("keras") / "results.npz"
    script = Path(__file__).with_name("keras_witness.py")
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, script, results], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return np.load(results)


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: CASES[place][0])
def test_numbers_gradients_and_averages_are_keras_s(place, real_keras):
    name, arguments, shape, training = CASES[place]
    layer = getattr(layers, name)(**arguments)
    layer.build((None, *shape[1:]))
    x, slopes, weights = arrays(place, [weight.shape for weight in layer.weights])
    layer.set_weights(weights)
    for call in range(CALLS):
        inputs = Tensor(x + call)
        y = layer(inputs, **keywords(shape, training))
        (y * slopes).sum().backward()
        found = [y.data, inputs.grad, *(weight.grad for weight in layer.trainable_weights)]
        found += [weight.data for weight in layer.non_trainable_weights]
        for i, ours in enumerate(found):
            # Sums of up to 33 numbers of float32 below 10, in another order.
            np.testing.assert_allclose(
                ours, real_keras[f"{place}/{call}/{i}"], rtol=1e-5, atol=1e-5, err_msg=str(i)
            )
        for weight in layer.trainable_weights:
            weight.grad = None


# ------------------------------------------------------------------------------------- gradients


@pytest.mark.parametrize(
    ("layer", "shape", "training"),
    [
        (BatchNormalization(dtype="float64"), (5, 3), True),
        (BatchNormalization(dtype="float64"), (5, 3), False),
        (BatchNormalization(axis=1, dtype="float64"), (4, 3, 2), True),
        (BatchNormalization(center=False, scale=False, dtype="float64"), (5, 3), True),
        (LayerNormalization(dtype="float64"), (3, 9), None),
        (LayerNormalization(axis=[1, 2], dtype="float64"), (2, 3, 4), None),
        (LayerNormalization(axis=1, center=False, dtype="float64"), (2, 3, 4), None),
        (RMSNormalization(dtype="float64"), (3, 9), None),
        (UnitNormalization(dtype="float64"), (3, 4), None),
        (GroupNormalization(2, dtype="float64"), (3, 4), None),
        (GroupNormalization(2, dtype="float64"), (2, 3, 4), None),
        (Normalization(mean=1.0, variance=2.0, dtype="float64"), (3, 4), None),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_gradient_is_the_slope(layer, shape, training):
    layer = type(layer).from_config(layer.get_config())
    layer.build((None, *shape[1:]))
    names = [weight.name for weight in layer.trainable_weights]
    weights = [DATA.uniform(0.5, 2, weight.shape) for weight in layer.trainable_weights]
    factors = DATA.normal(size=shape)  # that of plain sums would be 0

    def f(x, *weights):
        for name, weight in zip(names, weights, strict=True):
            setattr(layer, name, weight)
        return layer(x, training=training) * factors

    assert gradcheck(f, DATA.normal(size=shape), *weights)


# ---------------------------------------------------------------------------- BatchNormalization


def test_batch_normalization_by_hand():
    layer = BatchNormalization(epsilon=0.0, momentum=0.75)
    y = layer([[1.0, 5.0], [3.0, 9.0]], training=True)
    np.testing.assert_array_equal(y.numpy(), [[-1, -1], [1, 1]])
    np.testing.assert_array_equal(layer.moving_mean.data, [0.5, 1.75])  # a quarter of 2 and 7
    np.testing.assert_array_equal(layer.moving_variance.data, [1.0, 1.75])  # 3/4 + 1/4 and 4/4
    again = layer([[1.5, 1.75]], training=False)
    np.testing.assert_allclose(again.numpy(), [[1.0, 0.0]], rtol=1e-6)
    np.testing.assert_array_equal(layer.moving_mean.data, [0.5, 1.75])


def test_a_frozen_layer_works_as_in_inference():
    layer = BatchNormalization()
    layer(X, training=True)
    before = layer.get_weights()
    layer.trainable = False
    assert layer.trainable_weights == []
    np.testing.assert_array_equal(layer(X, training=True).data, layer(X).data)
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_freezing_in_between_is_heeded_by_the_replay():
    model = keras.Sequential([keras.Input((6,)), BatchNormalization(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], batch_size=4, verbose=0)
    normalization = model.layers[0]
    mean = normalization.moving_mean.data.copy()
    normalization.trainable = False
    model.fit(X, X[:, :1], batch_size=4, verbose=0)
    np.testing.assert_array_equal(normalization.moving_mean.data, mean)
    normalization.trainable = True
    model.fit(X, X[:, :1], batch_size=4, verbose=0)
    assert (normalization.moving_mean.data != mean).all()


def test_evaluate_predict_and_graphs_leave_the_averages_alone():
    inputs = keras.Input((6,))
    shared = BatchNormalization()
    model = keras.Model(inputs, layers.Dense(1)(shared(inputs, training=True)))
    assert (shared.moving_mean.data == 0).all()  # the call above was on a symbolic tensor
    plain = keras.Sequential([keras.Input((6,)), BatchNormalization(), layers.Dense(1)])
    plain.compile("sgd", "mse")
    plain.evaluate(X, X[:, :1], verbose=0)
    plain.predict(X, verbose=0)
    plain(X)
    assert (plain.layers[0].moving_mean.data == 0).all()
    model.predict(X, verbose=0)  # but there training=True was asked for
    assert (shared.moving_mean.data != 0).all()


class Twice(keras.layers.Layer):
    """Calls a layer twice, the second time on twice the inputs."""

    def __init__(self):
        super().__init__()
        self.inner = BatchNormalization(momentum=0.5)

    def call(self, inputs):
        return self.inner(inputs) + self.inner(2 * inputs)


def test_averages_move_in_the_order_of_calls_and_in_training_only():
    layer = Twice()
    outputs = layer(keras.Input((6,)), training=True)  # tried on zeros
    assert outputs.shape == (None, 6)
    assert (layer.inner.moving_variance.data == 1).all()
    layer(X)
    assert (layer.inner.moving_mean.data == 0).all()
    layer(X, training=True)
    mean = X.astype(np.float32).mean(axis=0)
    np.testing.assert_allclose(layer.inner.moving_mean.data, 1.25 * mean, rtol=1e-5)


def test_all_samples_alike_are_0_and_one_sample_too():
    for x in (np.full((4, 2), 7.0), np.ones((1, 2))):
        np.testing.assert_array_equal(BatchNormalization()(x, training=True).numpy(), 0 * x)
    assert BatchNormalization()(np.ones((0, 3))).shape == (0, 3)


def test_weights_have_what_they_were_given():
    layer = BatchNormalization(
        gamma_initializer="zeros", beta_initializer="ones", moving_mean_initializer="ones",
        moving_variance_initializer="zeros", gamma_regularizer="l2", beta_constraint="non_neg",
    )  # fmt: skip
    layer.build((None, 2))
    assert [weight.name for weight in layer.weights] == [
        *("gamma", "beta", "moving_mean", "moving_variance")
    ]
    assert [weight.data[0] for weight in layer.weights] == [0, 1, 1, 0]
    assert isinstance(layer.gamma.regularizer, keras.regularizers.L2)
    assert isinstance(layer.beta.constraint, keras.constraints.NonNeg)
    assert layer.count_params() == 8
    assert len(layer.non_trainable_weights) == 2


# ----------------------------------------------------------------------------------- other layers


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_layer_normalization_is_its_formula_and_float32_is_enough(scale):
    x = (scale * X + 100 * scale).astype(np.float32)
    y = LayerNormalization(epsilon=0.0)(x).numpy()
    exact = x.astype(np.float64)
    centred = exact - exact.mean(axis=1, keepdims=True)
    expected = centred / centred.std(axis=1, keepdims=True)
    # x - mean has lost 2 of 7 digits
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_unit_normalization_gives_length_1_and_leaves_0():
    y = UnitNormalization()([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(y.numpy(), [[0.6, 0.8], [0, 0]], rtol=1e-6)
    x = Tensor(np.zeros((1, 2), np.float32))
    UnitNormalization()(x).sum().backward()
    assert np.isfinite(x.grad).all()


def test_rms_normalization_takes_any_axis():
    x = X.reshape(4, 5, 6).astype(np.float32)
    expected = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(RMSNormalization(axis=1)(x).numpy(), expected, rtol=1e-5)


# ---------------------------------------------------------------------------------- Normalization


def generated():
    yield from (X[:7], X[7:8], X[8:])


class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[5 * index : 5 * index + 5], np.zeros(5)


@pytest.mark.parametrize(
    "data",
    [
        lambda: X,
        lambda: Tensor(X),
        lambda: [X[:13], X[13:]],
        generated,
        lambda: [(X, np.zeros(20))],
        Rows,
    ],
)
def test_adapt_finds_mean_and_variance_of_whatever_holds_rows(data):
    layer = Normalization(dtype="float64")
    layer.adapt(data())
    np.testing.assert_allclose(layer.mean.data, X.mean(axis=0, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(layer.variance.data, X.var(axis=0, keepdims=True), rtol=1e-12)
    expected = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(layer(X).numpy(), expected, rtol=1e-9, atol=1e-12)
    inverse = Normalization(invert=True, dtype="float64")
    inverse.adapt(data())
    np.testing.assert_allclose(inverse(layer(X)).numpy(), X, rtol=1e-9)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (1, 2), (0, -1)])
def test_adapt_over_any_axes(axis):
    x = X.reshape(4, 5, 6)
    layer = Normalization(axis=axis, dtype="float64")
    layer.adapt(x)
    kept = () if axis is None else np.atleast_1d(axis) % 3
    over = tuple(place for place in range(3) if place not in kept)
    np.testing.assert_allclose(layer.mean.data, x.mean(axis=over, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(layer.variance.data, x.var(axis=over, keepdims=True), rtol=1e-11)


def test_rows_far_from_0_and_many_of_them_lose_nothing():
    x = 1e6 + DATA.normal(size=(10_000, 1))  # more than are looked at at once
    layer = Normalization(dtype="float64")
    layer.adapt(x)
    np.testing.assert_allclose(layer.variance.data[0], x.var(axis=0), rtol=1e-8)


@pytest.mark.one_table
def test_what_was_adapted_to_is_saved_as_weights_and_copied():
    layer = Normalization()
    layer.adapt(X)
    assert [weight.name for weight in layer.weights] == ["mean", "variance", "count"]
    assert layer.trainable_weights == []
    other = Normalization.from_config(layer.get_config())
    other.build((None, 6))
    other.set_weights(layer.get_weights())
    pickled = pickle.loads(pickle.dumps(layer))  # noqa: S301, its own bytes
    for one in (other, copy.deepcopy(layer), pickled):
        np.testing.assert_array_equal(one(X).data, layer(X).data)


def test_a_model_with_it_is_trained_and_adapting_again_is_heeded():
    layer = Normalization()
    layer.adapt(X)
    model = keras.Sequential([keras.Input((6,)), layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], batch_size=4, verbose=0)
    first = model.predict(X, verbose=0)
    layer.adapt(10 * X)
    assert np.abs(model.predict(X, verbose=0) - first).max() > 0.1


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([[1.0, 2.0]], TypeError, r"got list for a batch; is np.asarray\(data\) meant"),
        (3.0, TypeError, "data must be an array"),
        ([], ValueError, "no numbers"),
        (np.zeros((0, 6)), ValueError, "no numbers"),
        (np.full((2, 6), np.nan), ValueError, "NaN or infinite numbers in the data of 'norm'"),
        ([np.ones((2, 6)), np.ones((2, 5))], ValueError, r"built for \[6\] on its axis \(-1,\)"),
        (np.array([["a"]]), TypeError, "must hold numbers"),
    ],
)
def test_adapt_refuses_what_it_cannot_learn_from(data, error, message):
    layer = Normalization(name="norm")
    layer.build((None, 6))
    with pytest.raises(error, match=message):
        layer.adapt(data)
    assert (layer.adapt_variance.data == 1).all()


# ------------------------------------------------------------------------------ errors and configs


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNormalization(renorm=True), "renorm=True is not there"),
        (lambda: BatchNormalization(synchronized=True), "synchronized=True is not there"),
        (lambda: BatchNormalization(axis=2)(X), r"there is no axis 2 in the shape \(None, 6\)"),
        (lambda: BatchNormalization(axis=0)(X), "size of axis 0 must be known"),
        (lambda: BatchNormalization()(X, training=True, mask=X), "the mask must have the sh"),
        (lambda: LayerNormalization(rms_scaling=True), "take RMSNormalization"),
        (lambda: GroupNormalization(4)(X), "with a multiple of 4 features"),
        (lambda: GroupNormalization(0), "groups must be a positive whole number"),
        (lambda: Normalization(mean=1.0), "give both mean and variance"),
        (lambda: Normalization(mean=[1.0], variance=1.0), "must have one shape"),
        (lambda: Normalization(mean=[1.0, 2], variance=[1.0, 2])(X), "does not fit inputs with"),
        (lambda: Normalization(mean=1.0, variance=1.0).adapt(X), "given its mean and variance"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.one_table
def test_an_axis_is_a_whole_number():
    with pytest.raises(TypeError, match="axis must be a whole number, or a list"):
        LayerNormalization(axis="last")


@pytest.mark.one_table
def test_other_inputs_than_it_was_built_for():
    layer = BatchNormalization(name="bn")
    layer(X)
    with pytest.raises(ValueError, match=r"'bn' was built for \[6\] on its axis -1, got \[5\]"):
        layer(X[:, :5])


@pytest.mark.one_table
@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: CASES[place][0])
def test_configs_come_back(place):
    name, arguments, _, _ = CASES[place]
    layer = getattr(layers, name)(**arguments)
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config
    assert arguments.items() <= ({**config, "axis": arguments.get("axis")}).items()
