"""Whatever nnlite exports, a static model with it is replayed: a table from the registries.

Metrics have a table of their own, in tests/metrics.
"""

import inspect

import numpy as np
import pytest
import replays

import nnlite as keras
from nnlite import (
    activations,
    constraints,
    layers,
    losses,
    ops,
    optimizers,
    regularizers,
)

pytestmark = pytest.mark.one_table

DATA = np.random.default_rng(7)
X = DATA.normal(size=(40, 4)).astype(np.float32)
LABELS = DATA.integers(0, 3, 40)
ONE_HOT = np.eye(3, dtype=np.float32)[LABELS]


def classes_of(registry, base):
    """The classes of a registry, each once, by name."""
    found = {entry.__name__: entry for entry in registry.entries.values()}
    return {
        name: entry
        for name, entry in sorted(found.items())
        if inspect.isclass(entry) and issubclass(entry, base)
    }


def replayed_steps(model, x, y):
    """Train on 5 batches, on the tape and by replay: same bits; return how many were replayed."""
    initial = [variable.data.copy() for variable in model.variables]  # the seeds' states too
    with replays.counted() as counts:
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    replayed = [variable.data.tobytes() for variable in model.variables]
    for variable, values in zip(model.variables, initial, strict=True):
        variable.assign(values)
    model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    model.run_eagerly = True
    model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    assert [variable.data.tobytes() for variable in model.variables] == replayed
    return sum(counts)


def chain(*inner, optimizer="sgd", loss="mse", metrics=None, y=ONE_HOT, activation="linear"):
    model = keras.Sequential([keras.Input((4,)), *inner, layers.Dense(3, activation=activation)])
    model.compile(optimizer, loss, metrics=metrics)
    return replayed_steps(model, X, y)


def cube(x):
    return ops.reshape(x, (-1, 2, 2))


#: What a graph is made of besides single layers (these are in layers/table.py): two tensors (B, 4).
GRAPHS = {
    "broadcasting merge": lambda a, b: layers.Multiply()([a, layers.Dense(1)(b)]),
    "broadcasting maximum": lambda a, b: layers.maximum([a, layers.Dense(1)(b)]),
    "normalized dot": lambda a, b: layers.Dot(axes=-1, normalize=True)([a, b]),
    "numbers": lambda a, b: (1 - a / 2 + 3) / (b * b + 1),
    "powers": lambda a, b: a**2 + (abs(b) + 1) ** 0.5 - (-a),
    "functions": lambda a, b: ops.exp(a) + ops.log(ops.sqrt(ops.abs(b) + 1)) + ops.square(a),
    "sums": lambda a, b: ops.sum(a, axis=1, keepdims=True) * b + ops.mean(b, axis=0),
    "extremes": lambda a, b: ops.max(a, axis=1, keepdims=True) + ops.min(a * b, axis=0),
    "matrices": lambda a, b: layers.Flatten()(
        layers.dot([layers.Dense(3)(cube(a)), layers.Dense(3)(cube(b))], axes=-1, normalize=True)
    ),
    "products": lambda a, b: layers.Flatten()(
        ops.matmul(cube(a), ops.transpose(cube(b), (0, 2, 1)))
    ),
    "products with one matrix": lambda a, b: layers.Flatten()(
        ops.matmul(ops.reshape(a, (-1, 1, 4)), ops.matmul(ops.transpose(b), b) / 40)
    ),
    "clip": lambda a, b: ops.clip(a, -0.5, 0.5) + b,
    "softmax along another axis": lambda a, b: layers.Softmax(axis=0)(a),
    "halves of another axis": lambda a, b: layers.Flatten()(
        activations.glu(ops.reshape(a, (-1, 2, 2)), axis=1)
    ),
    "shared alpha": lambda a, b: layers.PReLU(shared_axes=[1])(a),
    "a layer for activation": lambda a, b: layers.Dense(4, activation=layers.PReLU())(a),
    "columns": lambda a, b: a[:, :2] * b[:, 2:],
    "shared dropout": lambda a, b: (lambda drop: drop(a) - drop(b))(layers.Dropout(0.5, seed=1)),
    "dropout of rows": lambda a, b: layers.Dropout(0.3, noise_shape=(None, 1))(a),
    "frozen statistics": lambda a, b: layers.BatchNormalization(trainable=False)(a),
    "plain normalization": lambda a, b: layers.BatchNormalization(center=False, scale=False)(a),
    "normalizing ops": lambda a, b: ops.layer_normalization(a) * ops.rms_normalization(b),
    "statistics by ops": lambda a, b: ops.batch_normalization(a, *ops.moments(a, axes=[0]), axis=1),
    "adapted": lambda a, b: adapted()(a),
    "shared": lambda a, b: (lambda shared: shared(a) - shared(b))(layers.Dense(2)),
}


def adapted():
    """A layer that has seen other data."""
    layer = layers.Normalization()
    layer.adapt(2 * X + 1)
    return layer


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(name):
    first, second = keras.Input((4,)), keras.Input((4,))
    merged = GRAPHS[name](layers.Dense(4)(first), layers.Dense(4)(second))
    model = keras.Model([first, second], layers.Dense(3)(merged))
    model.compile("sgd", "mse")
    assert replayed_steps(model, [X, X[::-1].copy()], ONE_HOT) == 8


@pytest.mark.parametrize("columns", [4, 1])
@pytest.mark.parametrize("dtype", ["float32", "bool"])
def test_a_mask_for_a_softmax_is_that_of_each_batch(dtype, columns):
    x, keep = keras.Input((4,)), keras.Input((columns,), dtype=dtype)
    y = layers.Softmax()(layers.Dense(4)(x), mask=keep)
    model = keras.Model([x, keep], layers.Dense(3)(y))
    model.compile("sgd", "mse")
    kept = DATA.uniform(size=(40, columns)).round().astype(dtype)
    assert replayed_steps(model, [X, kept], ONE_HOT) == 8
    shares = keras.Model([x, keep], y).predict([X, kept], batch_size=8, verbose=0)
    assert ((shares == 0) == (np.broadcast_to(kept, shares.shape) < 0.5)).all()


#: Activations that make something else of what a Dense layer gives them.
ARGUMENTS = {"threshold": {"threshold": 0.1, "default_value": -0.5}}


@pytest.mark.parametrize(
    "name",
    [name for name, one in activations.registry.entries.items() if not inspect.isclass(one)],
)
def test_activations(name):
    first = keras.Input((4,))
    arguments = ARGUMENTS.get(name, {})
    hidden = getattr(activations, name)(layers.Dense(6)(first), **arguments)
    model = keras.Model(first, layers.Dense(3)(hidden))
    model.compile("sgd", "mse")
    assert replayed_steps(model, X, ONE_HOT) == 8


@pytest.mark.parametrize("name", classes_of(losses.registry, losses.Loss))
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_losses(name, activation):
    y = LABELS if name.startswith("Sparse") else ONE_HOT
    assert chain(loss=name, y=y, activation=activation) == 8


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_with_sample_weight"])
def test_reductions(reduction):
    loss = losses.SparseCategoricalCrossentropy(ignore_class=1, reduction=reduction)
    assert chain(loss=loss, y=LABELS, activation="softmax") == 8
    assert chain(loss=losses.Hinge(reduction)) == 8


@pytest.mark.parametrize(
    "loss",
    [
        losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        losses.BinaryFocalCrossentropy(apply_class_balancing=True, from_logits=True),
        losses.CategoricalFocalCrossentropy(from_logits=True, alpha=[0.1, 0.2, 0.3]),
        losses.Dice(axis=-1),
        losses.Tversky(axis=0),
    ],
)
def test_arguments_of_losses(loss):
    assert chain(loss=loss) == 8


def test_smoothed_labels():
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1)
    assert chain(loss=loss, activation="softmax") == 8


@pytest.mark.parametrize("name", classes_of(optimizers.registry, optimizers.Optimizer))
@pytest.mark.parametrize(
    "arguments", [{}, {"clipvalue": 0.01}, {"clipnorm": 0.1}, {"global_clipnorm": 0.3}]
)
def test_optimizers(name, arguments):
    assert chain(optimizer=getattr(optimizers, name)(**arguments)) == 8


PENALISED = [
    (name, what)
    for name in classes_of(regularizers.registry, regularizers.Regularizer)
    for what in ("kernel", "bias", "activity")
    if (name, what) != ("OrthogonalRegularizer", "bias")  # which is no matrix
]


@pytest.mark.parametrize(("name", "what"), PENALISED)
def test_regularizers(name, what):
    assert chain(layers.Dense(5, **{f"{what}_regularizer": name})) == 8


@pytest.mark.parametrize("name", classes_of(constraints.registry, constraints.Constraint))
def test_constraints(name):
    assert chain(layers.Dense(5, kernel_constraint=name, bias_constraint=name)) == 8
