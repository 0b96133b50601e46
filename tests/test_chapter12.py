"""What chapter 12 of the book builds of one's own, with only the import changed."""

import numpy as np
import pytest

import nnlite as keras
from nnlite import ops

pytestmark = pytest.mark.one_table  # the kernels below have tests of their own


def data(rows=96):
    random = np.random.default_rng(1)
    x = random.normal(size=(rows, 4)).astype("float32")
    return x, np.sin(x[:, :1]) + 0.5 * x[:, 1:2]


def learns(model, x, y, **options):
    """Train for some epochs; whether the loss has become a good deal smaller."""
    history = model.fit(x, y, epochs=12, batch_size=8, verbose=0, **options).history["loss"]
    return history[-1] < 0.7 * history[0]


# --------------------------------------------------------------- functions and small classes


def my_softplus(z):
    return np.log(1.0 + np.exp(z))


def my_glorot_initializer(shape, dtype="float32"):
    deviation = np.sqrt(2.0 / (shape[0] + shape[1]))
    return np.random.default_rng(0).normal(0, deviation, shape).astype(dtype)


def my_l1_regularizer(weights):
    return ops.sum(ops.abs(0.001 * weights))


def my_positive_weights(weights):
    return ops.where(weights < 0.0, np.zeros_like(weights), weights)


class MyL1Regularizer(keras.regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, weights):
        return ops.sum(ops.abs(self.factor * weights))

    def get_config(self):
        return {"factor": self.factor}


def huber_fn(y_true, y_pred):
    error = y_true - y_pred
    is_small_error = ops.abs(error) < 1
    return ops.where(is_small_error, ops.square(error) / 2, ops.abs(error) - 0.5)


class HuberLoss(keras.losses.Loss):
    def __init__(self, threshold=1.0, **kwargs):
        self.threshold = threshold
        super().__init__(**kwargs)

    def call(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        linear = self.threshold * error - self.threshold**2 / 2
        return ops.where(error < self.threshold, ops.square(error) / 2, linear)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class HuberMetric(keras.metrics.Metric):
    def __init__(self, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight("count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(huber_fn(y_true, y_pred)))
        self.count.assign_add(np.size(y_true))

    def result(self):
        return self.total / self.count


@pytest.mark.parametrize("regularizer", [my_l1_regularizer, MyL1Regularizer(0.001)])
def test_parts_of_ones_own(regularizer):
    x, y = data()
    model = keras.models.Sequential(
        [
            keras.layers.Dense(16, activation="relu", input_shape=x.shape[1:]),
            keras.layers.Dense(
                1,
                activation=my_softplus,
                kernel_initializer=my_glorot_initializer,
                kernel_regularizer=regularizer,
                kernel_constraint=my_positive_weights,
            ),
        ]
    )
    optimizer = keras.optimizers.Adam(0.02)
    model.compile(loss=HuberLoss(0.8), optimizer=optimizer, metrics=[HuberMetric()])
    assert learns(model, x, abs(y))
    assert model.layers[1].kernel.numpy().min() >= 0
    logs = model.evaluate(x, abs(y), verbose=0, return_dict=True)
    assert logs["huber_metric"] == pytest.approx(
        huber_fn(abs(y), keras.Tensor(model.predict(x, verbose=0))).numpy().mean(), rel=1e-5
    )


def test_a_loss_and_a_metric_may_be_functions():
    x, y = data()
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[4])])
    model.compile("sgd", huber_fn, metrics=[huber_fn])
    assert learns(model, x, y)
    loss, metric = model.evaluate(x, y, verbose=0)
    assert loss == pytest.approx(metric, rel=1e-6)


# ------------------------------------------------------------------------------------------ layers


class MyDense(keras.layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, batch_input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=[batch_input_shape[-1], self.units], initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=[self.units], initializer="zeros")
        super().build(batch_input_shape)  # must be at the end

    def call(self, X):  # noqa: N803, as the book writes it
        return self.activation(X @ self.kernel + self.bias)

    def compute_output_shape(self, batch_input_shape):
        return (*batch_input_shape[:-1], self.units)

    def get_config(self):
        base_config = super().get_config()
        return {**base_config, "units": self.units, "activation": self.activation.__name__}


class AddGaussianNoise(keras.layers.Layer):
    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev
        self.random = np.random.default_rng(0)

    def call(self, X, training=None):  # noqa: N803
        if not training:
            return X
        return X + self.random.normal(0, self.stddev, X.shape).astype("float32")


class MyMultiLayer(keras.layers.Layer):
    def call(self, X):  # noqa: N803
        X1, X2 = X  # noqa: N806
        return X1 + X2, X1 * X2, X1 / X2


def test_layers_of_ones_own():
    x, y = data()
    model = keras.Sequential(
        [AddGaussianNoise(0.1, input_shape=[4]), MyDense(12, "relu"), MyDense(1, name="out")]
    )
    model.compile("sgd", "mse")
    assert learns(model, x, y, validation_data=(x, y))
    noisy, plain = model(x, training=True).numpy(), model(x).numpy()
    assert abs(noisy - plain).max() > 0.01
    np.testing.assert_allclose(plain, model.predict(x, verbose=0), rtol=1e-5)
    twin = MyDense.from_config(model.layers[1].get_config())
    assert (twin.units, twin.activation) == (12, keras.activations.relu)
    a, b = keras.Tensor(x), keras.Tensor(x + 3.0)
    total, product, quotient = MyMultiLayer()([a, b])
    np.testing.assert_array_equal(total.numpy(), x + (x + 3))
    assert product.shape == quotient.shape == x.shape


# ------------------------------------------------------------------------------------------ models


class ResidualBlock(keras.layers.Layer):
    def __init__(self, n_layers, n_neurons, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [keras.layers.Dense(n_neurons, activation="tanh") for _ in range(n_layers)]

    def call(self, inputs):
        Z = inputs  # noqa: N806
        for layer in self.hidden:
            Z = layer(Z)  # noqa: N806
        return inputs + Z


class ResidualRegressor(keras.Model):
    def __init__(self, output_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden1 = keras.layers.Dense(10, activation="tanh")
        self.block1 = ResidualBlock(2, 10)
        self.block2 = ResidualBlock(2, 10)
        self.out = keras.layers.Dense(output_dim)

    def call(self, inputs):
        Z = self.hidden1(inputs)  # noqa: N806
        for _ in range(1 + 2):
            Z = self.block1(Z)  # noqa: N806
        return self.out(self.block2(Z))


class ReconstructingRegressor(keras.Model):
    def __init__(self, output_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [keras.layers.Dense(8, activation="tanh") for _ in range(2)]
        self.out = keras.layers.Dense(output_dim)
        self.reconstruction_mean = keras.metrics.Mean(name="reconstruction_error")

    def build(self, batch_input_shape):
        n_inputs = batch_input_shape[-1]
        self.reconstruct = keras.layers.Dense(n_inputs)
        super().build(batch_input_shape)

    def call(self, inputs, training=None):
        Z = inputs  # noqa: N806
        for layer in self.hidden:
            Z = layer(Z)  # noqa: N806
        reconstruction = self.reconstruct(Z)
        recon_loss = ops.mean(ops.square(reconstruction - inputs))
        self.add_loss(0.05 * recon_loss)
        if training:
            self.reconstruction_mean(recon_loss)
        return self.out(Z)


@pytest.mark.parametrize("make", [ResidualRegressor, ReconstructingRegressor])
def test_models_of_ones_own(make):
    x, y = data()
    model = make(1)
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.05))
    assert learns(model, x, y)
    assert model.predict(x, verbose=0).shape == (96, 1)


def test_a_loss_added_in_call_is_part_of_the_total():
    x, y = data(8)
    model = ReconstructingRegressor(1)
    model.compile(loss="mse", optimizer="sgd")
    total, reported = model.evaluate(x, y, verbose=0)
    outputs = model(x, training=True)
    (added,) = model.losses
    assert model.metrics_names == ["loss", model.reconstruction_mean.name]
    assert reported == 0  # its call takes note in training only
    assert total == pytest.approx(np.mean((outputs.numpy() - y) ** 2) + added.item(), rel=1e-5)
    assert 0.05 * model.reconstruction_mean.result() == pytest.approx(added.item(), rel=1e-6)
    made = ReconstructingRegressor(1)
    made.build((None, 4))
    assert len(made.weights) == 8
