"""A user's own layers, losses and functions in files: found by name, only where they are given."""

import json
import zipfile

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.models import load_model
from nnlite.saving import FileRefused, custom_object_scope, register_keras_serializable

pytestmark = pytest.mark.one_table

SUFFIXES = ("m.keras", "m.h5")
X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)


class Scaled(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "random_normal", name="scale")

    def call(self, inputs):
        return inputs * self.scale * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@register_keras_serializable("tests")
class Registered(Scaled):
    pass


def halved(x):
    return x / 2.0


def largest(y_true, y_pred):
    return nnlite.ops.max(abs(y_pred - y_true), axis=-1)


def saved(tmp_path, name, *inner):
    model = nnlite.Sequential([nnlite.Input((3,)), *inner])
    model.compile("sgd", largest, metrics=[largest])
    model.fit(X, X, verbose=0)
    model.save(tmp_path / name)
    return model, tmp_path / name


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("given", ["custom_objects", "scope"])
def test_they_are_found_where_they_are_given(name, given, tmp_path):
    model, path = saved(tmp_path, name, Scaled(3.0), layers.Dense(3, activation=halved))
    own = {"Scaled": Scaled, "halved": halved, "largest": largest}
    if given == "scope":
        with custom_object_scope(own):
            read = load_model(path)
    else:
        read = load_model(path, custom_objects=own)
    assert read.layers[0].factor == 3.0
    np.testing.assert_array_equal(read.predict(X, verbose=0), model.predict(X, verbose=0))
    assert read.evaluate(X, X, verbose=0) == model.evaluate(X, X, verbose=0)


@pytest.mark.parametrize("name", SUFFIXES)
def test_what_is_registered_is_found(name, tmp_path):
    model, path = saved(tmp_path, name, Registered(), layers.Dense(3))
    read = load_model(path, custom_objects={"largest": largest})
    np.testing.assert_array_equal(read.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("name", SUFFIXES)
def test_without_them_the_file_is_refused(name, tmp_path):
    _, path = saved(tmp_path, name, Scaled(), layers.Dense(3))
    with pytest.raises(FileRefused, match=r"layers\[1\].*Unknown layer 'Scaled'.*custom_objects"):
        load_model(path)
    with pytest.raises(FileRefused, match="Unknown loss 'largest'"):
        load_model(path, custom_objects={"Scaled": Scaled})
    assert not load_model(path, custom_objects={"Scaled": Scaled}, compile=False).compiled


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_lambda_layer_needs_its_function(name, tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Lambda(halved, name="half")])
    model.save(tmp_path / name)
    with pytest.raises(FileRefused, match=r"'half'.*custom_objects=\{'halved': function\}"):
        load_model(tmp_path / name)
    with pytest.raises(FileRefused, match="halved"):
        load_model(tmp_path / name, safe_mode=False)
    read = load_model(tmp_path / name, custom_objects={"halved": halved})
    np.testing.assert_array_equal(read.predict(X, verbose=0), X / 2)


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_python_lambda_is_not_written_and_what_was_there_stays(name, tmp_path):
    (tmp_path / name).write_bytes(b"before")
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Lambda(lambda x: x)])
    with pytest.raises(ValueError, match="a file, which holds no code: define a function"):
        model.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"before"


def test_code_in_a_file_is_never_run(tmp_path):
    """Keras writes the bytecode of a lambda; the reader can put a function in its place."""
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Lambda(halved, name="half")])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAA", "defaults": None}}
    config["config"]["layers"][1]["config"]["function"] = code
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        for name, content in (members | {"config.json": json.dumps(config)}).items():
            archive.writestr(name, content)
    with pytest.raises(FileRefused, match="code, which is never run"):
        load_model(tmp_path / "m.keras", safe_mode=False)
    read = load_model(tmp_path / "m.keras", custom_objects={"half": halved})
    np.testing.assert_array_equal(read.predict(X, verbose=0), X / 2)
