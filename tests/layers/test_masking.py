"""Masks: which steps count, from Masking and Embedding to the loss and the metrics."""

import os

import numpy as np
import pytest

import nnlite
from nnlite import Input, Layer, Model, Sequential, layers
from nnlite.layers import Dense, Embedding, Masking, TimeDistributed

X = np.random.default_rng(0).normal(size=(6, 4, 3)).astype(np.float32)
X[0, 2:] = X[3, 1:] = X[4, 0] = 0.0
THERE = (X != 0).any(axis=-1)
Y = np.random.default_rng(1).normal(size=(6, 4, 2)).astype(np.float32)


def mask_of(tensor):
    return None if getattr(tensor, "_keras_mask", None) is None else tensor._keras_mask.data


def model(of=layers, models=nnlite):
    return models.Sequential(
        [
            models.Input((4, 3)),
            of.Masking(),
            of.TimeDistributed(of.Dense(5, activation="tanh")),
            of.Dense(2),
        ]
    )


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


def test_masking_marks_steps_and_sets_them_to_zero():
    x = np.array([[[1.0, 2.0], [7.0, 7.0], [7.0, 3.0]]])
    y = Masking(7.0)(x)
    np.testing.assert_array_equal(mask_of(y), [[True, False, True]])
    np.testing.assert_array_equal(y.data, [[[1, 2], [0, 0], [7, 3]]])
    assert Masking(7.0).compute_mask(x).data.tolist() == [[True, False, True]]


@pytest.mark.one_table
@pytest.mark.parametrize(
    "layer",
    [
        Dense(5),
        TimeDistributed(Dense(2)),
        layers.Activation("relu"),
        layers.Identity(),
        layers.Rescaling(2.0),
        layers.ActivityRegularization(0.1),
        Sequential([Dense(3), Dense(2)]),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_mask_goes_on_through_layers_that_keep_the_steps(layer):
    np.testing.assert_array_equal(mask_of(layer(Masking()(X))), THERE)
    x = Input((4, 3))
    np.testing.assert_array_equal(mask_of(Model(x, layer(Masking()(x)))(X)), THERE)


@pytest.mark.one_table
@pytest.mark.parametrize(
    "layer",
    [layers.Flatten(), layers.Permute((2, 1)), layers.Reshape((4, 3, 1)), layers.Lambda(abs)],
    ids=lambda layer: type(layer).__name__,
)
def test_a_mask_ends_where_the_steps_do(layer):
    assert mask_of(layer(Masking()(X))) is None


OTHER = np.roll(THERE, 1, axis=0)


@pytest.mark.one_table
@pytest.mark.parametrize("masks", [(THERE, OTHER), (THERE, None), (None, None)])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((name, {}) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
        *(("Concatenate", {"axis": axis}) for axis in (-1, 1, 0)),
        ("Dot", {"axes": 2}),
    ],
)
def test_a_mask_goes_through_layers_of_several_tensors_as_in_keras(name, arguments, masks, keras):
    layer, real = (getattr(one, name)(**arguments) for one in (layers, keras.layers))
    tensors, theirs = [nnlite.Tensor(X) for _ in masks], [keras.ops.array(X) for _ in masks]
    for mask, tensor, other in zip(masks, tensors, theirs, strict=True):
        if mask is not None:
            tensor._keras_mask = nnlite.Tensor(mask)
            keras.src.backend.set_keras_mask(other, keras.ops.array(mask))
    mask, expected = mask_of(layer(tensors)), keras.src.backend.get_keras_mask(real(theirs))
    assert (mask is None) == (expected is None)
    if expected is not None:
        np.testing.assert_array_equal(mask, expected)
    inputs = [Input((4, 3)) for _ in masks]
    found = mask_of(Model(inputs, layer(inputs))(tensors))
    assert mask is None if found is None else (found == mask).all()


@pytest.mark.one_table
def test_operators_have_no_mask_as_in_keras(keras):
    x, masked = keras.Input((4, 3)), Masking()(X)
    assert mask_of(masked + masked) is None
    y = keras.layers.Masking()(x)
    assert getattr(keras.Model(x, y + y)(X), "_keras_mask", None) is None


@pytest.mark.one_table
def test_batch_normalization_is_of_the_steps_that_are_there():
    x = np.where(THERE[..., None], X, 0.0)
    layer = layers.BatchNormalization(momentum=0.0)
    y = layer(Masking()(X), training=True)
    np.testing.assert_array_equal(mask_of(y), THERE)
    np.testing.assert_allclose(layer.moving_mean.data, x[THERE].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(y.data[THERE].mean(axis=0), 0, atol=1e-6)


@pytest.mark.one_table
def test_a_mask_speaks_of_axes_before_the_features():
    """Steps of one feature, flattened, are features, though their shape is the mask's."""
    assert mask_of(layers.Flatten()(Masking()(X[..., :1]))) is None


@pytest.mark.one_table
def test_a_layer_of_one_s_own_is_given_the_mask_and_may_change_it():
    class MeanOfThere(Layer):
        def call(self, inputs, mask=None):
            weights = np.ones(inputs.shape[:2]) if mask is None else mask.data
            weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
            return (inputs * weights[..., None]).sum(axis=1)

        def compute_mask(self, inputs, mask=None):
            return None

    class Opposite(Layer):
        def call(self, inputs):
            return inputs

        def compute_mask(self, inputs, mask=None):
            return nnlite.ops.logical_not(mask)

    masked = Masking()(X + 0)
    y = MeanOfThere()(masked)
    np.testing.assert_allclose(y.data[3], X[3, 0], rtol=1e-6)
    assert mask_of(y) is None
    np.testing.assert_array_equal(mask_of(Opposite()(masked)), ~THERE)
    np.testing.assert_allclose(MeanOfThere()(X).data, X.mean(axis=1), rtol=1e-5, atol=1e-7)


@pytest.mark.one_table
def test_a_lambda_has_its_own_mask():
    layer = layers.Lambda(lambda x: x, mask=lambda inputs, mask: mask)
    np.testing.assert_array_equal(mask_of(layer(Masking()(X))), THERE)
    seen = []
    layers.Lambda(lambda x, mask: (seen.append(mask), x)[1])(Masking()(X))
    np.testing.assert_array_equal(seen[0].data, THERE)


@pytest.mark.one_table
def test_ids_that_are_zero():
    ids = np.array([[1, 0], [0, 3]])
    y = Dense(2)(Embedding(4, 3, mask_zero=True)(ids))
    np.testing.assert_array_equal(mask_of(y), ids != 0)


@pytest.mark.parametrize("weights", [None, (6,), (6, 4)])
def test_the_loss_and_the_metrics_leave_out_what_is_masked(weights, keras):
    """Keras's loss and metrics for the same outputs, with their mask."""
    ours = model()
    ours.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
    if weights is not None:
        weights = np.random.default_rng(2).uniform(0.5, 2, weights).astype(np.float32)
    found = ours.evaluate(X, Y, batch_size=6, sample_weight=weights, return_dict=True, verbose=0)
    if weights is not None:  # Keras wants as many axes as the mask has
        weights = np.broadcast_to(weights.reshape(6, -1), (6, 4))
    outputs = keras.ops.convert_to_tensor(ours(X).data)
    keras.src.backend.set_keras_mask(outputs, THERE)
    loss = keras.losses.MeanSquaredError()(Y, outputs, weights)
    mae, mse = keras.metrics.MeanAbsoluteError(), keras.metrics.MeanSquaredError()
    mae.update_state(Y, outputs)
    mse.update_state(Y, outputs, weights)
    expected = {"loss": loss, "mae": mae.result(), "mse": mse.result()}
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=2e-6), name  # float32 sums


def test_what_is_masked_does_not_train():
    results = []
    for filling in (0.0, 1e6):
        nnlite.utils.set_random_seed(3)
        one = model()
        one.compile("sgd", "mse")
        y = np.where(THERE[..., None], Y, filling).astype(np.float32)
        one.fit(X, y, epochs=2, batch_size=3, shuffle=False, verbose=0)
        results.append(one.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.one_table
def test_a_batch_of_which_nothing_is_there_costs_nothing():
    one = model()
    one.compile("sgd", "mse", metrics=["mae"])
    assert one.evaluate(X * 0, Y, verbose=0) == [0, 0]
