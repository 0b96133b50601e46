"""layout="keras2": what Keras 2 reads whole, in its words, and nothing that it cannot express."""

import json

import h5py
import numpy as np
import pytest

import nnlite
from nnlite import layers, losses, metrics, optimizers
from nnlite.models import load_model

pytestmark = pytest.mark.one_table


@pytest.fixture
def data():
    random = np.random.default_rng(4)
    return random.normal(size=(40, 5)).astype(np.float32), random.integers(0, 3, 40)


def functional():
    x = nnlite.Input((5,), name="x")
    shared = layers.Dense(5, "swish", name="shared", kernel_regularizer="l2")
    h = layers.BatchNormalization(name="bn")(layers.LeakyReLU(0.2, name="leaky")(shared(shared(x))))
    h = layers.Concatenate(name="cat")([x, h])
    return nnlite.Model(x, layers.Dense(3, "softmax", name="out")(h), name="net")


OPTIMIZERS = (
    optimizers.SGD,
    lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 5, 0.9), momentum=0.9),
    lambda: optimizers.Adam(0.003, amsgrad=True, clipvalue=1.0),
    lambda: optimizers.RMSprop(0.003, momentum=0.5, centered=True),
    lambda: optimizers.Adagrad(0.05),
)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_nnlite_goes_on_from_it_with_the_same_bits(optimizer, data, tmp_path):
    model = functional()
    model.compile(optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    how = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    model.fit(*data, **how)
    model.save(tmp_path / "m.h5", layout="keras2")
    read = load_model(tmp_path / "m.h5")
    assert model.fit(*data, **how).history == read.fit(*data, **how).history
    for one, other in zip(model.get_weights(), read.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_is_written_in_the_words_of_keras_2(data, tmp_path):
    """The names, their order and the settings are those that FACTS.md says tf_keras restores."""
    model = functional()
    model.compile(optimizers.Adam(0.003), losses.SparseCategoricalCrossentropy(), metrics=["acc"])
    model.fit(*data, batch_size=20, verbose=0)
    model.save(tmp_path / "m.h5", layout="keras2")
    with h5py.File(tmp_path / "m.h5") as file:
        config = json.loads(file.attrs["model_config"])["config"]
        training = json.loads(file.attrs["training_config"])
        names = list(file["optimizer_weights"].attrs["weight_names"])
        shared = list(file["model_weights/shared"].attrs["weight_names"])
    of = {entry["name"]: entry for entry in config["layers"]}
    assert of["x"]["config"]["batch_input_shape"] == [None, 5]
    assert of["shared"]["inbound_nodes"] == [[["x", 0, 0, {}]], [["shared", 0, 0, {}]]]
    assert of["cat"]["inbound_nodes"] == [[["x", 0, 0, {}], ["bn", 0, 0, {}]]]
    assert of["leaky"]["config"]["alpha"] == 0.2
    assert of["bn"]["config"]["axis"] == [1]
    regularizer = of["shared"]["config"]["kernel_regularizer"]
    assert regularizer == {"class_name": "L2", "config": {"l2": 0.01}}
    assert config["output_layers"] == [["out", 0, 0]]
    assert shared == ["shared/kernel:0", "shared/bias:0"]
    optimizer = training["optimizer_config"]
    assert optimizer["class_name"] == "Adam"
    assert not {"is_legacy_optimizer", "jit_compile", "weight_decay"} & optimizer["config"].keys()
    assert training["loss"]["class_name"] == "SparseCategoricalCrossentropy"
    (accuracy,) = training["metrics"][0]
    assert accuracy["class_name"] == "SparseCategoricalAccuracy"
    assert accuracy["config"]["name"] == "acc"
    weights = ["shared/kernel", "shared/bias", "bn/gamma", "bn/beta", "out/kernel", "out/bias"]
    slots = [f"Adam/{weight}/{slot}:0" for slot in "mv" for weight in weights]
    assert names == ["Adam/iter:0", *slots]


def sequential(*inner):
    return nnlite.Sequential([nnlite.Input((4,)), *inner, layers.Dense(3)])


def compiled(*args, **kwargs):
    model = sequential()
    model.compile(*args, **kwargs)
    return model


def with_an_op():
    x = nnlite.Input((4,))
    return nnlite.Model(x, layers.Dense(2)(x * 2.0))


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (lambda: sequential(layers.Dense(2, "hard_sigmoid")), "activation"),
        (lambda: sequential(layers.Dense(2, "hard_sigmoid_of_keras_2")), "another function"),
        (lambda: sequential(layers.Dense(2, "mish")), "mish"),
        (lambda: sequential(layers.RMSNormalization()), "RMSNormalization"),
        (lambda: sequential(nnlite.Sequential([layers.Dense(4)])), "inside"),
        (lambda: sequential(layers.GaussianNoise(0.1, seed=3)), "seed=3"),
        (with_an_op, "layers alone"),
        (lambda: compiled(optimizers.AdamW(), "mse"), "AdamW"),
        (lambda: compiled(optimizers.Adam(use_ema=True), "mse"), "use_ema=True"),
        (lambda: compiled(optimizers.SGD(weight_decay=0.1), "mse"), "weight_decay=0.1"),
        (lambda: compiled("sgd", "dice"), "Dice"),
        (lambda: compiled("sgd", lambda y, p: p[:, 0]), "loss"),
        (lambda: compiled("sgd", "mse", metrics=[metrics.R2Score()]), "R2Score"),
    ],
)
def test_what_it_cannot_express_is_refused(model, what, tmp_path):
    path = tmp_path / "m.h5"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match=f"layout='keras2' cannot express .*{what}"):
        model().save(path, layout="keras2")
    assert path.read_bytes() == b"before"


def test_it_is_for_h5_files_alone(tmp_path):
    with pytest.raises(ValueError, match=r"for an \.h5 file"):
        sequential().save(tmp_path / "m.keras", layout="keras2")
    with pytest.raises(ValueError, match="'keras1'"):
        sequential().save(tmp_path / "m.h5", layout="keras1")
