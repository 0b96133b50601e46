"""Models as plain data: read from Keras's, and written as Keras writes them."""

import json

import numpy as np
import pytest

import nnlite
from nnlite import layers, metrics, ops, tree
from nnlite.models import model_from_json
from nnlite.registry import UNUSED, dtype_name

#: Models that real Keras 3 has described, of layers that are there.
WRITTEN_BY_KERAS = (
    *("k3_mse_string_sgd", "k3_nested_rmsprop", "k3_seq_clf_sgd", "k3_shared_layer_adam"),
    *("k3_two_input_momentum", "k3_two_output_nesterov", "k3_uncompiled"),
    "k3_weights_only_functional",
)


@pytest.fixture(params=WRITTEN_BY_KERAS)
def written(request, shared_folder):
    """What Keras has written of a model: its JSON, its weights, inputs and predictions."""
    place = shared_folder / "fixtures" / "keras_h5" / request.param
    described = json.loads(place.with_suffix(".json").read_text())["model_json"]
    described = json.loads(described) if isinstance(described, str) else described
    with np.load(place.with_suffix(".npz")) as arrays:
        return described, dict(arrays)


def numbered(arrays, prefix):
    count = sum(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in arrays)
    return [arrays[f"{prefix}{place}"] for place in range(count)]


@pytest.mark.one_table
@pytest.mark.filterwarnings("ignore:.*is not compiled")
def test_keras_s_models_predict_what_they_did(written):
    described, arrays = written
    model = model_from_json(json.dumps(described))
    for layer in model.layers:
        layer.set_weights(numbered(arrays, f"w/{layer.name}/"))
    inputs = numbered(arrays, "x")
    found = tree.flatten(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))
    for one, expected in zip(found, numbered(arrays, "pred"), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)  # float32


def differences(ours, theirs, path=""):
    """Yield where two configurations differ, but for what does nothing."""
    ours, theirs = dtype_name(ours), dtype_name(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours and theirs[key] in (*UNUSED.get(key, ()), {}, {"input_shape": None}):
                continue
            if key in ("compile_config", "build_config", "mask"):  # where one of both writes none
                continue
            yield from differences(ours.get(key, "-"), theirs.get(key, "-"), f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif ours != theirs:
        yield path, ours, theirs


@pytest.mark.one_table
@pytest.mark.filterwarnings("ignore:.*is not compiled")
def test_what_is_written_is_what_keras_wrote(written):
    described, _ = written
    ends = described["config"].get("output_layers", [])
    if len(ends) == 1:  # to us the list of one output is that output
        described["config"]["output_layers"] = ends[0]
    ours = json.loads(model_from_json(json.dumps(described)).to_json())
    assert list(differences(ours, described)) == []


def test_ops_are_written_as_keras_does_and_read_again():
    a, b = nnlite.Input((4,), name="a"), nnlite.Input((4,), name="b")
    x = ops.concatenate([a[:, 1:3] / 2.0, abs(b)[:, -1:]], axis=1)
    x = ops.transpose(ops.reshape(ops.clip(x, -1.0, 1.0), (-1, 1, 3)), (0, 2, 1))
    y = ops.max(ops.where(x > 0.0, x, 2 * x), axis=1, keepdims=True) - ops.softmax(b)[:, None, 0:1]
    model = nnlite.Model({"a": a, "b": b}, y)
    described = {one["name"]: one for one in model.get_config()["layers"]}
    divide, concatenate = described["true_divide"], described["concatenate"]
    assert divide["module"] == "keras.src.ops.numpy"
    assert divide["class_name"] == divide["registered_name"] == "TrueDivide"
    assert concatenate["config"] == {"name": "concatenate", "axis": 1}
    assert len(concatenate["inbound_nodes"][0]["args"][0]) == 2
    assert described["softmax"]["module"] == "keras.src.ops.nn"
    again = model_from_json(model.to_json())
    assert again.to_json() == model.to_json()
    data = dict(zip("ab", np.random.default_rng(0).normal(size=(2, 5, 4)), strict=True))
    np.testing.assert_array_equal(again.predict(data), model.predict(data))


def compiled(**arguments):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)], name="m")
    model.compile(**arguments)
    return model


def test_how_a_model_was_compiled_is_written_too():
    model = compiled(
        optimizer=nnlite.optimizers.SGD(0.5, momentum=0.9, clipnorm=1.0),
        loss=nnlite.losses.MeanSquaredError(),
        metrics=["mae", metrics.MeanAbsoluteError(name="off")],
        loss_weights=2.0,
    )
    again = model_from_json(model.to_json())
    assert again.get_compile_config() == json.loads(json.dumps(model.get_compile_config()))
    assert again.metrics_names == model.metrics_names == ["loss", "mae", "off"]
    assert float(again.optimizer.learning_rate) == 0.5
    assert again.loss["class_name"] == "MeanSquaredError"
    assert model_from_json(compiled(loss="mse").to_json()).loss == "mse"
    model = nnlite.Sequential([layers.Dense(1)])
    assert model.get_compile_config() == {}
    assert model.loss is None


def test_a_loss_that_is_not_known_here_leaves_the_model_uncompiled():
    def my_own(y_true, y_pred):
        return ops.mean(y_pred)

    with pytest.warns(UserWarning, match=r"'m' is not compiled, .*Unknown loss 'my_own'"):
        model = model_from_json(compiled(loss=my_own).to_json())
    assert not model.compiled


def test_an_op_that_is_not_there_is_named():
    text = compiled(loss="mse").to_json()
    a = nnlite.Input((4,))
    text = nnlite.Model(a, ops.exp(a)).to_json().replace("Exp", "Expo")
    with pytest.raises(ValueError, match=r"Unknown op 'Expo'\. Did you mean 'Exp'"):
        model_from_json(text)
