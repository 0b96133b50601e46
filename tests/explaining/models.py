"""Models whose steps are explained: one of each kind, with parts of one's own."""

import numpy as np

from nnlite import GradientTape, Input, Model, Sequential, layers, losses, ops, optimizers, random

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(4, 3)).astype(np.float32)
LABELS = np.array([0, 1, 1, 0])
TARGETS = RANDOM.normal(size=(4, 2)).astype(np.float32)


def sequential():
    model = Sequential(
        [
            Input((3,)),
            layers.Dense(5, activation="relu", kernel_regularizer="l2", name="hidden"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax", name="out"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, X, LABELS


def functional():
    """Two inputs, two outputs, a way around a layer."""
    wide, deep = Input((2,), name="wide"), Input((3,), name="deep")
    hidden = layers.Dense(4, activation="relu", name="h1")(deep)
    hidden = layers.add([hidden, layers.Dense(4, activation="gelu", name="h2")(hidden)])
    main = layers.Dense(1, name="main", activation="sigmoid")(layers.concatenate([wide, hidden]))
    model = Model([wide, deep], [main, layers.Dense(1, name="aux")(hidden)])
    model.compile(
        optimizers.SGD(0.1, momentum=0.9),
        ["binary_crossentropy", "mse"],
        loss_weights=[0.9, 0.1],
    )
    return model, [X[:, :2], X], [LABELS.reshape(-1, 1) * 1.0, TARGETS[:, :1]]


class Centred(layers.Layer):
    """y = x - the mean of x, and noise without a seed of its own."""

    def build(self, input_shape):
        self.inner = layers.Lambda(ops.exp)  # with an automatic name, and tried in each call

    def call(self, inputs, training=False):
        assert self.inner.compute_output_shape((None, *inputs.shape)) == (None, *inputs.shape)
        centred = inputs - ops.mean(inputs, axis=0, keepdims=True)
        return centred + random.normal(inputs.shape) * 0.1 if training else centred


class Net(Model):
    def __init__(self):
        super().__init__()
        self.centre, self.hidden, self.out = Centred(), layers.Dense(4), layers.Dense(2)

    def call(self, inputs):
        return self.out(ops.tanh(self.hidden(self.centre(inputs))))


class Cubed(losses.Loss):
    """loss = the mean of |y_pred - y_true|³."""

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_pred - y_true) ** 3, axis=-1)


class Halving(optimizers.Optimizer):
    """w ← w - g / 2, by numpy."""

    def update(self, weight, gradient, *state, learning_rate):
        weight -= gradient / 2


def subclassed():
    """Unbuilt; its layer, its loss and its optimizer are one's own."""
    model = Net()
    model.compile(Halving(), Cubed(), metrics=["mae"])
    return model, X, TARGETS


class OwnStep(Sequential):
    """Trains by hand, asks for the gradients twice, and reports what it likes."""

    def train_step(self, data):
        x, y = data
        with GradientTape(persistent=True) as tape:
            loss = ops.mean((self(x, training=True) - y) ** 2)
        weights = self.trainable_weights
        tape.gradient(loss, weights)
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"own": float(loss)}


def own_step():
    model = OwnStep([Input((3,)), layers.Dense(2, name="only")])
    model.compile("sgd", "mse")
    return model, X, TARGETS


def linear():
    """y = x w + b with the mean squared error, whose numbers can be worked by hand."""
    model = Sequential([Input((3,)), layers.Dense(2, name="only")])
    model.compile(optimizers.SGD(0.1), "mse")
    return model, X, TARGETS


ALL = [sequential, functional, subclassed, own_step, linear]
