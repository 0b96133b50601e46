"""What files say of how their models were compiled, in the forms that need a second look."""

import json
import zipfile

import h5py
import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.optimizers import SGD

pytestmark = pytest.mark.one_table


def test_keras_2_writes_a_list_of_none_for_an_output_without_metrics(tmp_path):
    x = nnlite.Input((3,))
    outputs = [layers.Dense(1, name=name)(x) for name in ("price", "size")]
    model = nnlite.Model(x, outputs)
    model.compile(loss="mse", optimizer="sgd", metrics={"price": ["mae"]})
    path = tmp_path / "model.h5"
    model.save(path, layout="keras2")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["training_config"])
        # As tf_keras 2.21 writes it.
        settings = {"name": "price_mae", "dtype": "float32", "fn": "mean_absolute_error"}
        metric = {"class_name": "MeanMetricWrapper", "config": settings}
        file.attrs["training_config"] = json.dumps({**config, "metrics": [[metric], [None]]})
    x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")
    logs = nnlite.models.load_model(path).evaluate(x, [y, y], verbose=0, return_dict=True)
    assert logs == model.evaluate(x, [y, y], verbose=0, return_dict=True)
    assert "price_mae" in logs


def test_a_loss_with_settings_is_written_again_for_keras_2(tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)])
    model.compile(loss=nnlite.losses.Huber(delta=0.5), optimizer="sgd")
    first, second = tmp_path / "first.h5", tmp_path / "second.h5"
    model.save(first)
    nnlite.models.load_model(first).save(second, layout="keras2")
    assert nnlite.models.load_model(second)._objective.given[0].delta == 0.5


def test_what_a_short_description_brought_is_described_whole(tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)])
    schedule = nnlite.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
    metric = nnlite.metrics.MeanAbsoluteError(name="distance")
    model.compile(loss=nnlite.losses.Huber(), optimizer=SGD(schedule), metrics=[metric])
    model.save(tmp_path / "model.h5", layout="keras2")
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        config = json.loads(file.attrs["training_config"])
        config["optimizer_config"]["config"]["learning_rate"]["config"]["name"] = None  # as Keras 2
        file.attrs["training_config"] = json.dumps(config)
    found = nnlite.models.load_model(tmp_path / "model.h5").get_compile_config()
    assert found["metrics"][0][0]["module"] == "keras.metrics"
    assert found["loss"]["module"] == "keras.losses"
    assert found["optimizer"]["config"]["learning_rate"]["config"]["name"] == "ExponentialDecay"


def test_settings_that_keras_2_does_not_know_are_left_out_or_refused(tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(4, activation="softmax")])
    schedule = nnlite.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
    top = nnlite.metrics.SparseTopKCategoricalAccuracy
    loss = nnlite.losses.SparseCategoricalCrossentropy()
    model.compile(loss=loss, optimizer=SGD(schedule), metrics=[top(k=2)])
    model.save(tmp_path / "model.h5", layout="keras2")
    with h5py.File(tmp_path / "model.h5") as file:
        config = json.loads(file.attrs["training_config"])
    # tf_keras 2.21 calls the constructors with what stands here.
    assert "axis" not in config["loss"]["config"]
    assert "from_sorted_ids" not in config["metrics"][0][0]["config"]
    # Keras 3 looks there for the schedule, and Keras 2.21 writes it too.
    rate = config["optimizer_config"]["config"]["learning_rate"]
    assert rate["module"] == "keras.optimizers.schedules"
    model.compile(loss=loss, metrics=[top(k=2, from_sorted_ids=True)])
    with pytest.raises(ValueError, match="from_sorted_ids=True"):
        model.save(tmp_path / "model.h5", layout="keras2")
    model.compile(loss=loss, optimizer=nnlite.optimizers.Adagrad(schedule))
    with pytest.raises(ValueError, match="a schedule of Adagrad"):
        model.save(tmp_path / "model.h5", layout="keras2")


def test_what_the_optimizers_of_keras_2_say_of_means_is_no_obstacle(tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)])
    model.compile(loss="mse", optimizer=nnlite.optimizers.RMSprop(ema_overwrite_frequency=100))
    model.save(tmp_path / "model.h5", layout="keras2")
    model.compile(loss="mse", optimizer=nnlite.optimizers.RMSprop(use_ema=True))
    with pytest.raises(ValueError, match="cannot express use_ema=True of RMSprop"):
        model.save(tmp_path / "model.h5", layout="keras2")


def test_an_archive_may_say_nothing_of_its_optimizer(tmp_path):
    model = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    whole, without = tmp_path / "whole.keras", tmp_path / "without.keras"
    model.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(without, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                config = json.loads(content)
                del config["compile_config"]["optimizer"]  # as Keras does once there was an .h5
                content = json.dumps(config)
            target.writestr(name, content)
    with pytest.warns(UserWarning, match="does not say what its optimizer was"):
        loaded = nnlite.models.load_model(without)
    assert type(loaded.optimizer).__name__ == "RMSprop"
    assert loaded.optimizer.iterations == 0
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])
