"""Models with one fault each, by which a training turns non-finite, and what is to be found."""

from typing import Any, NamedTuple

import numpy as np

from nnlite import Input, Model, Sequential, constraints, layers, losses, ops, optimizers, random
from nnlite.saving import register_keras_serializable

RANDOM = np.random.default_rng(3)
X = RANDOM.uniform(0.1, 1, size=(64, 3)).astype(np.float32)
Y = RANDOM.normal(size=(64, 2)).astype(np.float32)


def with_row(row, value):
    """X, with one number of a row another one."""
    x = X.copy()
    x[row, 1] = value
    return x


@register_keras_serializable("faults")
class Log(layers.Layer):
    """y = log x."""

    def call(self, inputs):
        return ops.log(inputs)


@register_keras_serializable("faults")
class Noise(layers.Layer):
    """y = x log u, with u drawn anew, from no seed of its own: sometimes it is 0."""

    def call(self, inputs, training=False):
        if not training:
            return inputs
        drawn = random.uniform(inputs.shape)
        return inputs * ops.log(ops.where(ops.less(drawn, 0.02), 0.0, drawn))


@register_keras_serializable("faults")
class Length(layers.Layer):
    """y = |x|, whose slope at 0 is 0 / 0."""

    def call(self, inputs):
        return ops.sqrt(ops.sum(inputs * inputs, axis=-1, keepdims=True))


class TwoWays(layers.Layer):
    """y = x + c w + c w with c = 2e38: each way sends back 2e38, and their sum is too large."""

    def build(self, input_shape):
        self.weight = self.add_weight((1,), "zeros", name="w")

    def call(self, inputs):
        large = ops.ones_like(inputs) * 2e38
        return inputs + large * self.weight + large * self.weight


class ByHand(layers.Layer):
    """y = x log x, with a logarithm of numpy's."""

    def call(self, inputs):
        return inputs * np.log(inputs.data)


class Shrinking(constraints.Constraint):
    """w / 0."""

    def project(self, w):
        w /= 0.0


class LogLoss(losses.Loss):
    """loss = the mean of (log y_pred - y_true)²."""

    def call(self, y_true, y_pred):
        return ops.mean((ops.log(y_pred) - y_true) ** 2, axis=-1)


class Quotient(Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs):
        return self.dense(inputs / (inputs - 0.5))[:, :2]


def chain(*parts, optimizer="sgd", loss="mse"):
    model = Sequential([Input((3,)), *parts])
    model.compile(optimizer, loss)
    return model


def two_logarithms():
    """Two ways from the inputs, each through a logarithm."""
    inputs = Input((3,))
    ways = [Log(name="second")(layers.Rescaling(2.0)(inputs)), Log(name="first")(inputs)]
    model = Model(inputs, layers.Dense(2)(layers.add(ways[::-1])))
    model.compile("sgd", "mse")
    return model


def broken_weight():
    model = chain(layers.Dense(4, name="first"), layers.Dense(2, name="second"))
    model.get_layer("second").kernel.data[2, 1] = np.nan
    return model


class Fault(NamedTuple):
    """A model with a fault, and what is to be found: phase, op, layer, rows, a word of advice."""

    name: str
    make: Any
    x: Any
    phase: str
    op: str
    layer: str
    rows: tuple[int, ...]
    says: str


FAULTS = [
    Fault(
        "log of 0", lambda: chain(Log(name="own"), layers.Dense(2)), with_row(41, 0.0),
        "forward", "log", "own", (41,), "x = 0 gives -inf at [1, 1]",
    ),
    Fault(
        "exponential", lambda: chain(layers.Dense(2, "exponential", name="out")),
        with_row(30, 1e4), "forward", "exp", "out", (30,), "an exponential overflows",
    ),
    Fault(
        "quotient", lambda: compiled(Quotient()), with_row(2, 0.5),
        "forward", "divide", "quotient", (2,), "a = 0.5, b = 0 gives inf",
    ),
    Fault(
        "two logarithms", two_logarithms, with_row(20, 0.0),
        "forward", "log", "first", (20,), "x = 0 gives -inf",
    ),
    Fault(
        "logarithm in the loss",
        lambda: chain(layers.Dense(2, kernel_initializer="ones", name="d"), loss=LogLoss()),
        with_row(9, -50.0), "forward", "log", "", (9,), "of a negative number nan",
    ),
    Fault(
        "learning rate",
        lambda: chain(layers.Dense(8, name="a"), layers.Dense(2), optimizer=optimizers.SGD(1e3)),
        X, "forward", "", "", (), "the learning rate, 1000, is too large",
    ),
    Fault(
        "a weight", broken_weight, X, "weights", "dense", "second", (),
        "second/kernel holds nan at [2, 1]",
    ),
    Fault(
        "the slope of a root at 0",
        lambda: chain(layers.Dense(2, kernel_initializer="zeros"), Length(name="length"),
                      layers.Dense(2)),
        X, "backward", "sqrt", "length", tuple(range(8)), "the slope of a root at 0 is inf",
    ),
    Fault(
        "a sum of gradients",
        lambda: chain(layers.Dense(2), TwoWays(name="own"), loss=mean_output),
        X, "backward", "", "", (), "the gradients for own/w overflow when they are added up",
    ),
    Fault(
        "an update", lambda: chain(layers.Dense(2, name="d"), optimizer=optimizers.SGD(1e38)),
        X * 100, "update", "", "", (), "w ← w - learning_rate g; learning_rate = 1e38",
    ),
    Fault(
        "a constraint",
        lambda: chain(layers.Dense(2, name="d", kernel_constraint=Shrinking())),
        X, "update", "", "", (), "then its constraint is applied, Shrinking: w / 0",
    ),
    Fault(
        "a moving average", lambda: chain(layers.BatchNormalization(name="n"), layers.Dense(2)),
        X * 1e25, "state", "", "", (), "the weight n/moving_variance",
    ),
    Fault(
        "numpy", lambda: chain(ByHand(name="own"), layers.Dense(2)), with_row(12, -1.0),
        "forward", "multiply", "own", (12,), "your own code has made it with numpy",
    ),
    Fault(
        "what Adam keeps",
        lambda: chain(layers.Dense(2, name="d"), optimizer="adam", loss=large_slope),
        X, "update", "", "", (), "after it, velocity has no finite number",
    ),
]  # fmt: skip


#: Updates of numbers that are none of them large, and what made them so all the same.
SMALL_UPDATES = [
    (optimizers.Adam(0.1, epsilon=0.0), "which may be 0: give it an epsilon"),
    (
        optimizers.SGD(optimizers.schedules.PolynomialDecay(0.1, 5, end_learning_rate=np.nan)),
        "the learning rate, or another number of the optimizer, is not finite",
    ),
]


def compiled(model):
    model.compile("adam", "mse")
    return model


def large_slope(y_true, y_pred):
    return ops.mean(y_pred * 1e25, axis=-1)


def mean_output(y_true, y_pred):
    return ops.mean(y_pred, axis=-1)
