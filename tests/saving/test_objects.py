"""Objects as plain data and back, one's own among them, by names that are looked up only."""

import json
import threading

import numpy as np
import pytest

import nnlite
from nnlite import layers, losses, saving, utils
from nnlite.saving import deserialize_keras_object, serialize_keras_object

pytestmark = pytest.mark.one_table


@pytest.fixture(autouse=True)
def nothing_registered():
    with saving.custom_object_scope({}):
        yield


def there_and_back(value):
    return deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(value))))


@pytest.mark.parametrize(
    "value", [None, 1, 2.5, "text", True, [1, [2]], {"a": [1]}, (1, (2, 3)), {"t": (1,)}]
)
def test_plain_values(value):
    found = there_and_back(value)
    assert found == value
    assert type(found) is type(value)


def test_arrays_and_tensors():
    array = np.array([[1, 2], [3, 4]], np.float32)
    found = there_and_back({"array": array, "tensor": nnlite.Tensor(array)})
    assert isinstance(found["array"], np.ndarray)
    assert isinstance(found["tensor"], nnlite.Tensor)
    for one in found.values():
        assert one.dtype == np.float32
        np.testing.assert_array_equal(np.asarray(one), array)
    with pytest.raises(ValueError, match="holds numbers or booleans, not 'object'"):
        deserialize_keras_object(
            {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}}
        )


@pytest.mark.parametrize(
    "value",
    [
        layers.Dense(3, activation="relu", name="hidden"),
        losses.SparseCategoricalCrossentropy(from_logits=True),
        nnlite.optimizers.SGD(0.1, momentum=0.5),
        nnlite.metrics.MeanSquaredError(name="error"),
        nnlite.initializers.GlorotUniform(seed=3),
        nnlite.regularizers.L2(0.5),
        nnlite.constraints.MaxNorm(3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_of_every_kind(value):
    found = there_and_back(value)
    assert type(found) is type(value)
    assert found.get_config() == value.get_config()


def test_functions_are_nnlite_s_own():
    assert there_and_back(nnlite.activations.relu) is nnlite.activations.relu
    assert serialize_keras_object(losses.mean_squared_error)["module"] == "keras.losses"
    assert there_and_back(losses.mean_squared_error) is losses.mean_squared_error


class Scaled(layers.Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


def half_mse(y_true, y_pred):
    return losses.mean_squared_error(y_true, y_pred) / 2


def test_what_is_registered_is_found_by_its_name():
    @saving.register_keras_serializable("lesson")
    class Doubled(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    @saving.register_keras_serializable(name="half")
    def halved(y_true, y_pred):
        return half_mse(y_true, y_pred)

    config = serialize_keras_object(Doubled())
    assert config["registered_name"] == "lesson>Doubled"
    assert type(there_and_back(Doubled())) is Doubled
    assert there_and_back(halved) is halved
    assert losses.get("Custom>half") is halved
    assert saving.get_registered_name(Doubled) == "lesson>Doubled"
    assert saving.get_registered_object("lesson>Doubled") is Doubled
    assert saving.get_registered_object("nobody") is None


def test_a_model_with_parts_of_one_s_own_goes_there_and_back():
    with utils.custom_object_scope({"Scaled": Scaled, "half_mse": half_mse}):
        model = nnlite.Sequential([nnlite.Input((2,)), Scaled(2.0), layers.Dense(1)])
        model.compile("sgd", half_mse)
        found = there_and_back(model)
        assert found.layers[0].factor == 2.0
        assert found.compiled
        again = nnlite.models.model_from_json(model.to_json())
    assert again.layers[0].factor == 2.0
    with pytest.raises(ValueError, match=r"Unknown layer 'Scaled'.*custom_objects=\{'Scaled'"):
        nnlite.models.model_from_json(model.to_json())
    objects = {"Scaled": Scaled, "half_mse": half_mse}
    assert nnlite.models.model_from_json(model.to_json(), objects).compiled


def test_what_is_registered_within_a_scope_stays_after_it():
    with utils.custom_object_scope({"Other": Scaled}):
        utils.register_keras_serializable("within")(half_mse)
        assert utils.get_registered_object("Other") is Scaled
    try:
        assert utils.get_registered_object("within>half_mse") is half_mse
        assert utils.get_registered_object("Other") is None
    finally:
        del utils.get_custom_objects()["within>half_mse"]


def test_a_scope_is_of_its_thread_alone():
    entered, left, seen = threading.Event(), threading.Event(), []

    def other():
        with utils.custom_object_scope({"Theirs": half_mse}):
            entered.set()
            assert left.wait(10)
            seen.append(utils.get_registered_object("Theirs"))

    thread = threading.Thread(target=other)
    with utils.custom_object_scope({"Mine": Scaled}):
        thread.start()
        assert entered.wait(10)
        assert utils.get_registered_object("Theirs") is None
    left.set()
    thread.join()
    assert seen == [half_mse]
    assert utils.get_registered_object("Mine") is None


def test_a_scope_ends_and_the_dict_stays():
    assert "Scaled" not in utils.get_custom_objects()
    with utils.CustomObjectScope({"Scaled": Scaled}):
        assert utils.get_registered_object("Scaled") is Scaled
        assert "Scaled" not in utils.get_custom_objects()  # which holds what stays, as in Keras
    assert utils.get_registered_object("Scaled") is None
    utils.get_custom_objects()["half_mse"] = half_mse
    assert losses.get("half_mse") is half_mse


def test_what_stands_for_nothing_is_refused_and_nothing_is_imported():
    for config in (
        {"class_name": "os.system", "module": "os", "config": {}},
        {"class_name": "function", "module": "os", "config": "system"},
        {"class_name": "Popen", "module": "subprocess", "registered_name": None, "config": {}},
    ):
        with pytest.raises(ValueError, match=r"Unknown (object|function)"):
            deserialize_keras_object(config)
    for name in (["system"], {"a": 1}, None):
        with pytest.raises(ValueError, match="the configuration of a function is its name"):
            deserialize_keras_object({"class_name": "function", "config": name})
    with pytest.raises(ValueError, match="a set has no configuration"):
        serialize_keras_object({1})


def test_a_class_needs_a_configuration_and_a_name_of_its_own():
    with pytest.raises(ValueError, match="Bare needs a get_config"):
        saving.register_keras_serializable()(type("Bare", (), {}))
    saving.register_keras_serializable()(Scaled)  # the last test: it stays so
    other = type("Scaled", (layers.Layer,), {"__qualname__": "other.Scaled"})
    with pytest.raises(ValueError, match="'Custom>Scaled' is registered for"):
        saving.register_keras_serializable()(other)
