"""Whatever stands in a table is trained inside a model, saved, restored, and trained on.

The optimizers have this in test_same_bits.py.
"""

import inspect

import numpy as np
import pytest
from layers.table import ROWS as LAYERS
from layers.table import made, model_with
from losses.table import ROWS as LOSSES
from metrics.table import CASES as METRICS
from test_everything_replays import ARGUMENTS, LABELS, ONE_HOT, X, classes_of
from test_initializers import ROWS as INITIALIZERS

import nnlite
from nnlite import activations, constraints, layers, metrics, regularizers
from nnlite.models import load_model
from nnlite.saving import FileRefused

pytestmark = pytest.mark.one_table


def dense(loss="mse", y=ONE_HOT, output="linear", **arguments):
    """A model with a Dense layer that has these arguments, and the data that it is trained on."""
    inner = layers.Dense(6, **arguments)
    model = nnlite.Sequential([nnlite.Input((4,)), inner, layers.Dense(3, activation=output)])
    model.compile("sgd", loss)
    return model, X, y


def with_loss(row):
    y = LABELS if row.cls.__name__.startswith("Sparse") else ONE_HOT
    return dense(row.cls(**row.arguments), y, output="softmax")


def with_metric(case):
    """A model that hands on the predictions which the metric is to see, and has no weights."""
    y, x = case.draw(np.random.default_rng(2))
    model = nnlite.Sequential([nnlite.Input(x.shape[1:]), layers.Identity()])
    model.compile(loss="mae" if x.shape == y.shape else None, metrics=[case.make(metrics)])
    return model, x, y


#: Activations that Dense cannot take by name, with arguments: steps of a graph instead.
STEPS = {"glu": {}, "threshold": ARGUMENTS["threshold"]}


def with_activation(name):
    if name not in STEPS:
        return dense(activation=name)
    x = nnlite.Input((4,))
    hidden = getattr(activations, name)(layers.Dense(6)(x), **STEPS[name])
    model = nnlite.Model(x, layers.Dense(3)(hidden))
    model.compile("sgd", "mse")
    return model, X, ONE_HOT


def parts():
    """Yield what a part is called, and how a model with it is made, with its data."""
    for row in LAYERS:
        if row.as_json:
            yield f"{row.name}-{row.case}", lambda row=row: model_with(row, made(row))
    for row in LOSSES:
        yield f"{row.cls.__name__}-{row.case}", lambda row=row: with_loss(row)
    for case in METRICS:
        yield case.id, lambda case=case: with_metric(case)
    for row in INITIALIZERS:
        name = ",".join([row.cls.__name__, *row.arguments])
        yield name, lambda row=row: dense(kernel_initializer=row.cls(**row.arguments))
    for name, one in activations.registry.entries.items():
        if not inspect.isclass(one):
            yield name, lambda name=name: with_activation(name)
    for name in classes_of(regularizers.registry, regularizers.Regularizer):
        yield name, lambda name=name: dense(kernel_regularizer=name, activity_regularizer=name)
    for name in classes_of(constraints.registry, constraints.Constraint):
        yield name, lambda name=name: dense(kernel_constraint=name, bias_constraint=name)


def state(model):
    return [variable.data.tobytes() for variable in (*model.variables, *model.optimizer.variables)]


def trained(model, x, y):
    if model.trainable_weights:
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    return state(model)


def reported(model, x, y):
    """What the model says about data, to the bit: its predictions, loss and metrics."""
    told = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    return [
        model.predict(x, verbose=0).tobytes(),
        *((name, np.asarray(value).tobytes()) for name, value in told.items()),
    ]


def check(model, x, y, folder, custom_objects=None):
    """Train, save and read a model: what is read has the same bits, and goes on with the same."""
    then = trained(model, x, y)
    said = reported(model, x, y)
    model.save(folder / "m.keras")
    model.save_weights(folder / "m.weights.h5")
    read = load_model(folder / "m.keras", custom_objects)
    assert type(read.layers[-1]) is type(model.layers[-1])
    assert read.get_config() == model.get_config()
    assert read.get_compile_config() == model.get_compile_config()
    assert state(read) == then
    assert reported(read, x, y) == said
    assert trained(read, x, y) == trained(model, x, y)
    if model.trainable_weights:
        assert state(read) != then
    read.load_weights(folder / "m.weights.h5")
    assert state(read) == then
    assert reported(read, x, y) == said


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in parts()])
def test_a_model_with_it_goes_on_from_a_file(make, tmp_path):
    check(*make(), tmp_path)


@pytest.mark.parametrize("row", [row for row in LAYERS if not row.as_json], ids=lambda r: r.case)
def test_what_holds_code_is_refused_or_takes_what_the_reader_gives(row, tmp_path):
    model, x, y = model_with(row, made(row))
    if row.custom_objects:
        check(model, x, y, tmp_path, row.custom_objects)
        with pytest.raises(FileRefused, match="give the function itself as custom_objects"):
            load_model(tmp_path / "m.keras")
        return
    with pytest.raises(ValueError, match="a file, which holds no code: define a function"):
        model.save(tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())
    before, said = trained(model, x, y), reported(model, x, y)
    model.save_weights(tmp_path / "m.weights.h5")
    trained(model, x, y)
    model.load_weights(tmp_path / "m.weights.h5")
    assert state(model) == before
    assert reported(model, x, y) == said
