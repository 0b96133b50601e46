"""Trainings with one fault each, and healthy ones."""

import numpy as np

from nnlite import Input, Model, Sequential, layers, losses, ops, optimizers

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(400, 6)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.3)  # three classes
ONE_HOT = np.eye(3)[LABELS]
YES = (X[:, 0] + X[:, 1] > 0).astype(float)
NUMBERS = X[:, 0] - 2 * X[:, 1] + 0.3 * X[:, 2] ** 2


def network(units=3, activation="softmax", hidden=(20, 20), function="relu", **arguments):
    """A network for X, not compiled; the arguments are those of the hidden layers."""
    model = Sequential([Input((6,))])
    for place, width in enumerate(hidden, 1):
        model.add(layers.Dense(width, activation=function, name=f"hidden{place}", **arguments))
    model.add(layers.Dense(units, activation=activation, name="out"))
    return model


def compiled(model, loss="sparse_categorical_crossentropy", optimizer="adam"):
    model.compile(optimizer, loss, metrics=["accuracy"] if "sparse" in str(loss) else None)
    return model


def classifier(**arguments):
    return compiled(network(**arguments))


def regression(activation=None, **arguments):
    return compiled(network(1, activation, **arguments), "mse", optimizers.SGD(0.01))


def binary(activation="sigmoid", loss="binary_crossentropy"):
    return compiled(network(1, activation), loss)


def functional():
    wide, deep = Input((3,), name="wide"), Input((6,), name="deep")
    hidden = layers.Dense(20, activation="relu")(deep)
    main = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
    model = Model([wide, deep], {"main": main, "side": layers.Dense(3, "softmax")(hidden)})
    model.compile("adam", {"main": "mse", "side": "sparse_categorical_crossentropy"})
    return model, {"wide": X[:, :3], "deep": X}, {"main": NUMBERS, "side": LABELS}


class Net(Model):
    """A subclassed model, with a penalty and a dropout."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(30, activation="tanh", kernel_regularizer="l2")
        self.drop, self.out = layers.Dropout(0.3), layers.Dense(3)

    def call(self, inputs, training=False):
        return self.out(self.drop(self.hidden(inputs), training=training))


def subclassed():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(Net(), loss, optimizers.RMSprop(0.003))


def normalized():
    """Inputs that are far from 1, and a layer that brings them there; a schedule."""
    scaling = layers.Normalization()
    scaling.adapt(1000 * X)
    model = Sequential([Input((6,)), scaling, layers.Dense(10, activation="elu"), layers.Dense(1)])
    rate = optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    return compiled(model, "mae", optimizers.Adam(rate))


HEALTHY = {
    "classifier": lambda: (classifier(), X, LABELS),
    "one-hot": lambda: (compiled(network(), "categorical_crossentropy"), X, ONE_HOT),
    "regression": lambda: (regression(), X, NUMBERS),
    "yes or no": lambda: (binary(), X, YES),
    "functional": functional,
    "subclassed": lambda: (subclassed(), X, LABELS),
    "normalized": lambda: (normalized(), 1000 * X, NUMBERS),
    "tanh": lambda: (classifier(function="tanh", hidden=[20] * 4), X, LABELS),
    "linear": lambda: (compiled(network(hidden=[])), X, LABELS),
}


def with_nan():
    x = X.copy()
    x[[7, 9], 2] = np.nan, np.inf
    return x


def with_constant():
    x = X.copy()
    x[:, [1, 4]] = 2.0
    return x


def with_outlier():
    x = X.copy()
    x[11, 5] = 500.0
    return x


def dead():
    model = classifier()
    model.layers[1].bias.assign(np.where(np.arange(20) < 15, -100, 0))
    return model


def frozen():
    model = network()
    model.trainable = False
    return compiled(model)


def stopped():
    """A gradient that does not reach the first layer."""
    model = Sequential([Input((6,)), layers.Dense(20, activation="relu", name="hidden1")])
    model.add(layers.Lambda(ops.stop_gradient))
    model.add(layers.Dense(3, activation="softmax"))
    return compiled(model)


def broken():
    """A model whose weights no step brings back."""
    model = classifier()
    model.layers[1].bias.assign(np.full(20, np.inf))
    return model


SORTED = np.argsort(LABELS)

#: For each fault the check that is to find it, how severe it is, what is said, and the training.
FAULTS = {
    "nan": (
        "values",
        "error",
        r"x holds 2 numbers .* 2 of 400 rows, the first of them row 7, and "
        "in column 2",
        lambda: (classifier(), with_nan(), LABELS, {}),
    ),
    "constant": (
        "values",
        "note",
        r"columns \[1, 4\] of x .* the same number in all 400 rows",
        lambda: (classifier(), with_constant(), LABELS, {}),
    ),
    "outlier": (
        "values",
        "warning",
        r"1 of 400 rows of x have .* in column 5",
        lambda: (classifier(), with_outlier(), LABELS, {}),
    ),
    "not scaled": (
        "scale",
        "warning",
        "what 'hidden1' reads has numbers from",
        lambda: (regression(), 300 * X, NUMBERS, {}),
    ),
    "one column": (
        "scale",
        "warning",
        "column 3 of what 'hidden1' reads",
        lambda: (regression(), X * [1, 1, 1, 900, 1, 1], NUMBERS, {}),
    ),
    "too small": (
        "scale",
        "warning",
        r"what 'hidden1' reads has numbers from -0\.0\d+ to 0\.0",
        lambda: (classifier(), X / 1000, LABELS, {}),
    ),
    "one-hot, sparse loss": (
        "shapes",
        "error",
        "one-hot labels",
        lambda: (classifier(), X, ONE_HOT, {}),
    ),
    "labels, dense loss": (
        "shapes",
        "error",
        "sparse_categorical_crossentropy",
        lambda: (compiled(network(), "categorical_crossentropy"), X, LABELS, {}),
    ),
    "too few units": (
        "shapes",
        "error",
        "the model has 2 outputs",
        lambda: (classifier(units=2), X, LABELS, {}),
    ),
    "broken": (
        "weights",
        "error",
        "^'hidden2/bias' is NaN or infinite already",
        lambda: (broken(), X, LABELS, {}),
    ),
    "no activation": (
        "targets",
        "error",
        "takes them for probabilities",
        lambda: (classifier(activation=None), X, LABELS, {}),
    ),
    "sigmoids": (
        "targets",
        "warning",
        "a sigmoid for each class",
        lambda: (classifier(activation="sigmoid"), X, LABELS, {}),
    ),
    "softmax twice": (
        "targets",
        "error",
        "has been through a softmax, and",
        lambda: (compiled(network(), losses.SparseCategoricalCrossentropy(True)), X, LABELS, {}),
    ),
    "sigmoid twice": (
        "targets",
        "error",
        "has been through a sigmoid, and",
        lambda: (binary(loss=losses.BinaryCrossentropy(from_logits=True)), X, YES, {}),
    ),
    "no sigmoid": (
        "targets",
        "error",
        "BinaryCrossentropy takes them for probabilities",
        lambda: (binary(activation=None), X, YES, {}),
    ),
    "softmax, binary loss": (
        "targets",
        "warning",
        "is a softmax, and the loss is BinaryCross",
        lambda: (compiled(network(), "binary_crossentropy"), X, ONE_HOT, {}),
    ),
    "sigmoids, one of three": (
        "targets",
        "note",
        "every row of y has exactly one 1",
        lambda: (compiled(network(3, "sigmoid"), "binary_crossentropy"), X, ONE_HOT, {}),
    ),
    "softmax of one": (
        "targets",
        "error",
        "is a softmax of 1 unit",
        lambda: (binary("softmax"), X, YES, {}),
    ),
    "several of three": (
        "targets",
        "error",
        "rows of y that sum to 2",
        lambda: (
            compiled(network(), "categorical_crossentropy"),
            X,
            np.maximum(ONE_HOT, [1, 0, 0]),
            {},
        ),
    ),
    "an idle unit": (
        "targets",
        "note",
        "has 4 units, but no label is 0",
        lambda: (classifier(units=4), X, LABELS + 1, {}),
    ),
    "relu of numbers": (
        "targets",
        "error",
        r"% of the targets of the output lie outside of 0 to inf",
        lambda: (regression("relu"), X, NUMBERS, {}),
    ),
    "classes by mse": (
        "targets",
        "warning",
        "taught 0 and 1 by MeanSquaredError",
        lambda: (binary(loss="mse"), X, YES, {}),
    ),
    "dollars": (
        "targets",
        "warning",
        "targets of the output are typically",
        lambda: (regression(), X, 1e5 * NUMBERS, {}),
    ),
    "one far target": (
        "targets",
        "warning",
        "1 of 400 targets .* the farthest, of row 7, is 50,000",
        lambda: (regression(), X, np.where(np.arange(400) == 7, 5e4, NUMBERS), {}),
    ),
    "one target": (
        "targets",
        "error",
        "all 400 targets of the output are 2",
        lambda: (regression(), X, np.full(400, 2.0), {}),
    ),
    "sorted": (
        "order",
        "error",
        "the last 80 rows hold only 1 of the 3 classes",
        lambda: (classifier(), X[SORTED], LABELS[SORTED], {"validation_split": 0.2}),
    ),
    "sorted numbers": (
        "order",
        "error",
        "the last 80 rows hold targets from",
        lambda: (regression(), X[np.argsort(NUMBERS)], np.sort(NUMBERS), {"validation_split": 0.2}),
    ),
    "sorted, to be known": (
        "order",
        "note",
        "the last 80 rows",
        lambda: (classifier(), X[SORTED], LABELS[SORTED], {}),
    ),
    "unshuffled": (
        "order",
        "error",
        "and shuffle=False",
        lambda: (classifier(), X[SORTED], LABELS[SORTED], {"shuffle": False}),
    ),
    "leakage": (
        "leakage",
        "error",
        r"30 of 50 rows for validation \(60.0%\)",
        lambda: (classifier(), X[:380], LABELS[:380], {"validation_data": (X[350:], LABELS[350:])}),
    ),
    "leakage by split": (
        "leakage",
        "error",
        r"100 of 100 rows for validation \(100.0%\)",
        lambda: (
            classifier(),
            np.vstack([X[:300], X[:100]]),
            np.concatenate([LABELS[:300], LABELS[:100]]),
            {"validation_split": 0.25},
        ),
    ),
    "large weights": (
        "first loss",
        "warning",
        r"ln 3 = 1\.1",
        lambda: (classifier(kernel_initializer="random_normal", hidden=[20]), 800 * X, LABELS, {}),
    ),
    "dead": (
        "dead units",
        "warning",
        r"15 of the 20 ReLUs of 'hidden2' \(75%\)",
        lambda: (dead(), X, LABELS, {}),
    ),
    "saturated": (
        "saturation",
        "warning",
        r"\d+% of the outputs of 'hidden1' lie at the flat ends",
        lambda: (classifier(function="tanh"), 100 * X, LABELS, {}),
    ),
    "sure and wrong": (
        "saturation",
        "warning",
        "% of the samples the softmax",
        lambda: (classifier(), 1000 * X, LABELS, {}),
    ),
    "vanishing": (
        "gradients",
        "warning",
        "gradient vanishes: .*'hidden1' is .* times smaller",
        lambda: (classifier(function="sigmoid", hidden=[20] * 7), X, LABELS, {}),
    ),
    "exploding": (
        "gradients",
        "warning",
        "gradient explodes: .*'hidden1' is .* times larger",
        lambda: (classifier(hidden=[20] * 7, kernel_initializer="ones"), X, LABELS, {}),
    ),
    "nothing trained": (
        "gradients",
        "error",
        "no weights that are trained",
        lambda: (frozen(), X, LABELS, {}),
    ),
    "no gradient": (
        "gradients",
        "warning",
        "gradient is 0 for 'hidden1/kernel', 'hidden1/bias'",
        lambda: (stopped(), X, LABELS, {}),
    ),
    "rate too high": (
        "learning rate",
        "error",
        "the learning rate is too high",
        lambda: (compiled(network(), optimizer=optimizers.Adam(5.0)), X, LABELS, {}),
    ),
    "rate far too high": (
        "learning rate",
        "error",
        "to inf at the model's 10",
        lambda: (compiled(network(1, None), "mse", optimizers.SGD(10.0)), X, NUMBERS, {}),
    ),
    "rate too low": (
        "learning rate",
        "warning",
        "the learning rate is too low",
        lambda: (compiled(network(), optimizer=optimizers.SGD(1e-6)), X, LABELS, {}),
    ),
    "cannot learn": (
        "one batch",
        "error",
        "16 samples alone cannot be learned by heart",
        lambda: (classifier(), np.ones_like(X), LABELS, {}),
    ),
}
