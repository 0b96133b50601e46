"""What older versions of Keras 2 wrote, of which there are no files, is translated too."""

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.models.serialization import layer_from_config
from nnlite.saving import FileRefused, translations
from nnlite.saving.compile_config import compile_as

pytestmark = pytest.mark.one_table

INPUT = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "name": "x"}}


def dense(name="d", **settings):
    return {"class_name": "Dense", "config": {"name": name, "units": 2, **settings}}


def made(config):
    return layer_from_config(translations.model(config, "m.h5"))


def test_a_sequential_was_a_list_of_layers():
    first = dense(batch_input_shape=[None, 3], dtype={"class_name": "Policy",
                                                      "config": {"name": "float64"}})  # fmt: skip
    model = made({"class_name": "Sequential", "config": [first]})
    assert model.output_shape == (None, 2)
    assert model.layers[0].kernel.shape == (3, 2)
    assert model.layers[0].dtype == "float64"


def graph(*entries, end):
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[end, 0, 0]]}
    x = {**INPUT, "name": "x", "inbound_nodes": []}
    return {"class_name": "Model", "config": {"name": "m", "layers": [x, *entries], **ends}}


def test_a_functional_model_was_a_model():
    entry = {**dense(), "name": "d", "inbound_nodes": [[["x", 0, 0, {}]]]}
    model = made(graph(entry, end="d"))
    assert isinstance(model, nnlite.models.Functional)
    assert [layer.name for layer in model.layers] == ["x", "d"]


@pytest.mark.parametrize("is_functional", [True, False])
def test_the_calls_of_inner_models_were_numbered_from_1(is_functional):
    """In the middle of the graph and at its end; here the second call is what the model returns."""
    square = {**dense("square"), "config": {"name": "square", "units": 3}}
    if is_functional:
        inner = graph(
            {**square, "name": "square", "inbound_nodes": [[["x", 0, 0, {}]]]}, end="square"
        )
    else:
        inner = {"class_name": "Sequential", "config": {"name": "m", "layers": [INPUT, square]}}
    calls = [[["x", 0, 0, {}]], [["m", 1, 0, {}]]]
    outer = graph({**inner, "name": "m", "inbound_nodes": calls}, end="m")
    outer["config"]["output_layers"] = [["m", 2, 0]]
    model = made(outer)
    kernel = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], np.float32)
    model.set_weights([kernel, np.zeros(3)])
    x = np.array([[1.0, 2.0, 3.0]], np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x @ kernel @ kernel)


def test_tensors_among_the_keywords_of_a_call_are_refused():
    entry = {**dense(), "name": "d", "inbound_nodes": [{"inputs": ["x", 0, 0]}]}
    with pytest.raises(FileRefused, match="among its keywords"):
        made(graph(entry, end="d"))


def test_hard_sigmoid_was_another_function():
    model = made({"class_name": "Sequential", "config": [INPUT, dense(activation="hard_sigmoid")]})
    model.layers[0].set_weights([np.eye(3, 2), np.zeros(2)])
    y = model.predict(np.array([[1.0, -3.0, 0.0], [0.0, 2.0, 0.0]], np.float32), verbose=0)
    np.testing.assert_allclose(y, [[0.7, 0.0], [0.5, 0.9]], rtol=1e-6)


def training(optimizer, **others):
    config = {"optimizer_config": optimizer, "loss": "mse", **others}
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)])
    found = translations.training(config, model, "m.h5", "/training_config")
    compile_as(model, found, {}, "m.h5", "/training_config")
    return model


def test_decay_is_a_schedule():
    settings = {"lr": 0.1, "decay": 0.5, "momentum": 0.9, "nesterov": False}
    optimizer = training({"class_name": "SGD", "config": settings}).optimizer
    x = np.ones((1, 3), np.float32)
    for steps in range(3):
        assert float(optimizer.learning_rate) == pytest.approx(0.1 / (1 + 0.5 * steps))
        optimizer.apply([x[0, :, np.newaxis]], [nnlite.Parameter(np.ones((3, 1), np.float32))])


def test_the_wrapper_of_a_metric_s_function_is_the_metric_by_its_name():
    metric = {
        "class_name": "MeanMetricWrapper",
        "config": {"name": "m", "fn": "mean_squared_error"},
    }
    optimizer = {"class_name": "Custom>Adam", "config": {"is_legacy_optimizer": False}}
    model = training(optimizer, metrics=[[metric]])
    assert isinstance(model.optimizer, nnlite.optimizers.Adam)
    assert model.metrics_names == ["loss", "m"]


@pytest.mark.parametrize(
    ("version", "config", "expected"),
    [
        ("2.4.0", {}, True),
        ("3.15.1", {"batch_input_shape": 1}, False),
        (None, {"layers": [{"batch_input_shape": [None, 3]}]}, True),
        (None, {"layers": [{"batch_shape": [None, 3]}]}, False),
        (7, {}, False),
    ],
)
def test_which_generation_wrote_it(version, config, expected):
    assert translations.is_keras2(version, config) is expected
