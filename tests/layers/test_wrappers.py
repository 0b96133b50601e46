"""Wrapper and TimeDistributed."""

import numpy as np
import pytest

from nnlite import Input, Layer, Model, Sequential, layers, models
from nnlite.layers import Dense, TimeDistributed, Wrapper

X = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)


def test_each_step_goes_through_the_same_layer():
    inner = Dense(2, activation="tanh")
    y = TimeDistributed(inner)(X)
    for step in range(4):
        np.testing.assert_array_equal(y.data[:, step], inner(X[:, step]).data)
    np.testing.assert_array_equal(inner(X).data, y.data)


@pytest.mark.one_table
def test_steps_of_any_shape_and_any_number():
    layer = TimeDistributed(layers.Flatten())
    assert layer(np.ones((2, 3, 4, 5))).shape == (2, 3, 20)
    assert layer.compute_output_shape((None, None, 4, 5)) == (None, None, 20)
    assert TimeDistributed(Dense(2))(Input((None, 3))).shape == (None, None, 2)
    with pytest.raises(ValueError, match="takes inputs of rank 3 or more, got the shape"):
        layer(np.ones((2, 3)))


@pytest.mark.one_table
def test_the_inner_layer_s_weights_and_losses_are_the_wrapper_s():
    layer = TimeDistributed(Dense(2, kernel_regularizer="l2"))
    layer.build((None, 4, 3))
    assert [weight.path for weight in layer.weights] == [
        "time_distributed/dense/kernel",
        "time_distributed/dense/bias",
    ]
    assert len(layer.losses) == 1
    layer.trainable = False
    assert layer.trainable_weights == []


@pytest.mark.one_table
def test_a_model_or_a_layer_of_one_s_own_inside():
    class Twice(Layer):
        def call(self, inputs):
            return inputs * 2

        def compute_output_shape(self, input_shape):
            return input_shape

    for inner, custom in (
        (Sequential([Input((3,)), Dense(2)]), None),
        (Twice(), {"Twice": Twice}),
        (TimeDistributed(Dense(2)), None),
    ):
        x = Input((2, 4, 3) if isinstance(inner, TimeDistributed) else (4, 3))
        model = Model(x, TimeDistributed(inner)(x))
        twin = models.model_from_json(model.to_json(), custom)
        twin.set_weights(model.get_weights())
        data = np.ones((2, *x.shape[1:]), np.float32)
        np.testing.assert_array_equal(twin.predict(data, verbose=0), model.predict(data, verbose=0))


@pytest.mark.one_table
def test_a_wrapper_of_one_s_own():
    class Residual(Wrapper):
        def call(self, inputs):
            return inputs + self.layer(inputs)

        def compute_output_shape(self, input_shape):
            return input_shape

    layer = Residual(Dense(3))
    y = layer(X)
    np.testing.assert_allclose(y.data, X + layer.layer(X).data)
    twin = Residual.from_config(layer.get_config())
    assert twin.layer.units == 3
    with pytest.raises(TypeError, match="Residual 'residual_1' takes a layer, got <class"):
        Residual(Dense)
