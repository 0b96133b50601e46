"""clone_model and model_from_json: models like another, with weights of their own."""

import json

import numpy as np
import pytest

from nnlite import Input, Model, Sequential, ops
from nnlite.layers import Dense, Layer, concatenate
from nnlite.models import Functional, clone_model, model_from_json

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def nested():
    inner = Sequential([Dense(3, input_shape=(4,), name="d1"), Dense(4, name="d2")], name="inner")
    x = Input((4,), name="x")
    y = inner(inner(x)) * 2 + x[:, ::-1]
    y = ops.concatenate([y, np.ones((1, 4), "float32") * y, ops.exp(y[..., :1])])
    return Model(x, {"main": Dense(1, name="out")(y), "tail": y[:, -1]}, name="outer")


def same_outputs(one, other):
    other.set_weights(one.get_weights())
    first, second = one(X), other(X)
    assert list(first) == list(second)
    for key in first:
        np.testing.assert_array_equal(first[key].numpy(), second[key].numpy())


def test_json_and_back():
    model = nested()
    text = model.to_json()
    again = model_from_json(text)
    assert isinstance(again, Functional)
    assert again.to_json() == text
    same_outputs(model, again)
    assert "\n  " in model.to_json(indent=2)


def test_the_layout_of_a_configuration_is_keras_s():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    shared = Dense(4, name="shared")
    model = Model([a, b], [shared(a), shared(a)], name="m")
    config = json.loads(model.to_json())
    assert config["class_name"] == "Functional"
    assert config["config"].keys() == {
        *("name", "trainable", "layers", "input_layers", "output_layers")
    }
    assert config["config"]["input_layers"] == [["a", 0, 0], ["b", 0, 0]]
    assert config["config"]["output_layers"] == [["shared", 0, 0], ["shared", 1, 0]]
    layer = next(one for one in config["config"]["layers"] if one["name"] == "shared")
    assert layer.keys() == {
        *("module", "class_name", "config", "registered_name", "build_config"),
        *("name", "inbound_nodes"),
    }
    tensor = {"shape": [None, 3], "dtype": "float32", "keras_history": ["a", 0, 0]}
    call = {"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}
    assert layer["inbound_nodes"] == [call, call]


def test_a_functional_model_s_first_call_as_a_layer_is_number_1_as_in_keras():
    x, y = Input((3,), name="x"), Input((3,), name="y")
    inner = Model(x, Dense(2)(x), name="inner")
    config = Model(y, inner(y)).get_config()
    assert config["output_layers"] == ["inner", 1, 0]
    assert Model.from_config(config).output_shape == (None, 2)


class Scale(Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


def test_layers_of_one_s_own_are_given_as_custom_objects():
    x = Input((4,))
    model = Model(x, Scale(3.0)(x))
    with pytest.raises(ValueError, match=r"Unknown layer 'Scale'.*custom_objects={'Scale': Scale}"):
        model_from_json(model.to_json())
    again = model_from_json(model.to_json(), custom_objects={"Scale": Scale})
    np.testing.assert_array_equal(again(X).numpy(), 3 * X)
    around = Sequential([model, Dense(1)])
    model_from_json(around.to_json(), {"Scale": Scale})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not what model.to_json"),
        (json.dumps({"class_name": "Dense", "config": {"units": 2}}), "is a layer and no model"),
        (json.dumps({"class_name": "Dens", "config": {}}), "Did you mean 'Dense'"),
    ],
)
def test_what_is_no_model_s_json(text, message):
    with pytest.raises(ValueError, match=message):
        model_from_json(text)


def test_a_graph_that_is_broken_is_named():
    config = nested().get_config()
    config["layers"] = [layer for layer in config["layers"] if layer["name"] != "inner"]
    with pytest.raises(ValueError, match=r"'outer' is broken: the calls of .*multiply"):
        Model.from_config(config)


# ------------------------------------------------------------------------------------- clones


def test_a_clone_has_weights_of_its_own():
    model = nested()
    twin = clone_model(model)
    assert twin.name == model.name
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert not {*map(id, twin.weights)} & {*map(id, model.weights)}
    assert (twin.get_weights()[0] != model.get_weights()[0]).any()  # drawn anew
    same_outputs(model, twin)


@pytest.mark.parametrize("recursive", [False, True])
def test_a_clone_function_is_asked_for_each_layer(recursive):
    asked = []

    def clone(layer):
        asked.append(layer.name)
        return type(layer).from_config(layer.get_config())

    twin = clone_model(nested(), clone_function=clone, recursive=recursive)
    assert ("inner" in asked) != recursive
    assert ("d1" in asked) == recursive
    assert asked.count("out") == 1
    assert twin.count_params() == nested().count_params()


def test_a_clone_function_may_exchange_layers():
    model = Sequential([Dense(3, input_shape=(4,)), Dense(2)])

    def wider(layer):
        return Dense(2 * layer.units, name=layer.name)

    assert clone_model(model, clone_function=wider).output_shape == (None, 4)


def test_a_call_function_may_call_otherwise():
    x = Input((4,))
    model = Model(x, Dense(3, name="d")(x))
    twin = clone_model(
        model, call_function=lambda layer, *args, **kwargs: layer(*args, **kwargs) * 2
    )
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin(X).numpy(), 2 * model(X).numpy())
    with pytest.raises(ValueError, match="call_function is for functional models only"):
        clone_model(Sequential([Dense(1)]), call_function=lambda layer, x: layer(x))


def test_a_clone_on_tensors_of_another_model():
    x = Input((4,), name="x")
    model = Model(x, Dense(3)(x))
    y = Input((9,), name="y")
    hidden = Dense(4)(y)
    twin = clone_model(model, input_tensors=hidden)
    assert Model(y, twin.output).input_names == ["y"]
    with pytest.raises(ValueError, match="has 1 inputs, got 2 input_tensors"):
        clone_model(model, input_tensors=[hidden, y])


@pytest.mark.parametrize("built", [True, False])
def test_a_sequential_clone(built):
    model = Sequential([Dense(3), Dense(2)], name="chain")
    if built:
        model.build((None, 4))
    twin = clone_model(model)
    assert (twin.name, twin.built) == ("chain", built)
    assert twin(X).shape == (5, 2)


def test_a_subclassed_model_cannot_be_cloned():
    class Own(Model):
        def call(self, inputs):
            return concatenate([inputs])

    with pytest.raises(ValueError, match=r"Own is a subclassed model.*copy.deepcopy"):
        clone_model(Own())
