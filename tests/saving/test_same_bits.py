"""A training that goes on from a file is the training that never stopped, to the bit."""

import functools

import numpy as np
import pytest
from optimizer_table import ROWS

import nnlite
from nnlite import layers, optimizers
from nnlite.models import load_model

SUFFIXES = (".keras", ".h5")

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum and a schedule": lambda: optimizers.SGD(
        optimizers.schedules.ExponentialDecay(0.1, 5, 0.9), momentum=0.9
    ),
    # 0.003 is another number in 32 bits, where Keras keeps it
    "adam": lambda: optimizers.Adam(0.003, amsgrad=True, clipnorm=0.5),
    "rmsprop": lambda: optimizers.RMSprop(0.003, momentum=0.5, centered=True),
    "means": lambda: optimizers.Adagrad(0.05, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
    **{row.case: functools.partial(row.cls, **row.arguments) for row in ROWS},
}


@pytest.fixture
def data():
    random = np.random.default_rng(4)
    x = random.normal(size=(50, 6)).astype(np.float32)
    return x, random.integers(0, 3, 50)


def model_of(optimizer):
    """A model of weights that are trained and such that are not, an inner model, and dropout."""
    x = nnlite.Input((6,))
    inner = nnlite.Sequential([layers.Dense(7, "relu"), layers.BatchNormalization()])
    h = layers.Dropout(0.3)(inner(x))
    h = layers.GaussianNoise(0.1, seed=3)(h)
    model = nnlite.Model(x, layers.Dense(3, "softmax")(layers.Concatenate()([x, h])))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def state(model):
    """Everything that a training goes on from."""
    found = [*model.variables, *model.optimizer.variables]
    return [np.array(one.data) for one in found]


def goes_on(model, data):
    return model.fit(*data, batch_size=16, epochs=2, shuffle=False, verbose=0).history


def check_same(one, other):
    for a, b in zip(state(one), state(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_training_goes_on_from_a_file(optimizer, suffix, data, tmp_path):
    model = model_of(OPTIMIZERS[optimizer]())
    goes_on(model, data)
    model.save(tmp_path / f"m{suffix}")
    read = load_model(tmp_path / f"m{suffix}")
    check_same(model, read)
    assert goes_on(model, data) == goes_on(read, data)
    check_same(model, read)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_from_weights_alone(optimizer, data, tmp_path):
    model = model_of(OPTIMIZERS[optimizer]())
    goes_on(model, data)
    model.save_weights(tmp_path / "m.weights.h5")
    other = model_of(OPTIMIZERS[optimizer]())
    goes_on(other, data)  # it has recorded steps, which must see the new values
    other.load_weights(tmp_path / "m.weights.h5")
    check_same(model, other)
    assert goes_on(model, data) == goes_on(other, data)
    check_same(model, other)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_changed_learning_rate_is_kept_to_the_bit(suffix, data, tmp_path):
    model = model_of("sgd")
    goes_on(model, data)
    model.optimizer.learning_rate = 0.007
    model.save(tmp_path / f"m{suffix}")
    assert float(load_model(tmp_path / f"m{suffix}").optimizer.learning_rate) == 0.007


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_model_in_float64_stays_one(suffix, tmp_path):
    model = nnlite.Sequential([nnlite.Input((2,), dtype="float64")])
    model.add(layers.Dense(2, dtype="float64"))
    model.save(tmp_path / f"m{suffix}")
    read = load_model(tmp_path / f"m{suffix}")
    assert read.layers[0].kernel.dtype == np.float64
    np.testing.assert_array_equal(read.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_frozen_stays_frozen_and_saving_changes_nothing(suffix, data, tmp_path):
    model = model_of("adam")
    goes_on(model, data)
    model.layers[1].trainable = False
    model.compile(model.optimizer, "sparse_categorical_crossentropy")
    before = state(model)
    model.save(tmp_path / f"m{suffix}")
    for one, other in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(one, other)
    read = load_model(tmp_path / f"m{suffix}")
    assert [w.path for w in read.trainable_weights] == [w.path for w in model.trainable_weights]
    goes_on(model, data)
    goes_on(read, data)
    for one, other in zip(model.get_weights(), read.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_optimizer_that_has_not_begun_is_read_as_such(tmp_path, data):
    model = model_of("adam")
    for suffix in SUFFIXES:
        model.save(tmp_path / f"m{suffix}")
        assert not load_model(tmp_path / f"m{suffix}").optimizer.built
