"""Trainings recorded from real Keras, done again by nnlite: the same numbers, batch by batch.

How the recordings were made, what they hold and what tolerance suits stands in the README beside
them. Their float64 columns come from another program on another library, so a training in float64
has to meet them to the last digits.
"""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nnlite
from nnlite.tree import flatten

#: All recordings.
RECORDINGS = (
    "activations_sgd",
    "batchnorm_sgd",
    "binary_adam",
    "clf_categorical_momentum",
    "clf_class_weight_adam",
    "clf_sparse_sgd",
    "clip_norm_sgd",
    "clip_value_adam",
    "early_stopping_sgd",
    "logits_smoothing_sgd",
    "multi_output_adam",
    "reg_huber_adagrad",
    "reg_l2_momentum",
    "reg_mae_rmsprop",
    "reg_mse_nesterov",
    "reg_rmsprop_centered_momentum",
    "reg_sample_weight_sgd",
    "schedule_sgd",
    "validation_split_adam",
)

#: The sums run in another order: after all steps of a recording the largest difference measured is
#: 4e-15, which is 20 roundings of a value around 1.
TOLERANCE_FLOAT64 = {"rtol": 1e-13, "atol": 2e-14}


class Recording:
    """One recording: its settings, its arrays, and the same training by nnlite."""

    def __init__(self, shared_folder: Path, name: str) -> None:
        folder = shared_folder / "fixtures"
        self.name = name
        self.facts = json.loads((folder / "training_parity" / f"{name}.json").read_text())
        self.settings = self.facts["settings"]
        self.arrays = dict(np.load(folder / "training_parity" / f"{name}.npz"))
        names = self.facts["output_names"]
        self.names = names if names and len(names) > 1 else None  # of several outputs
        self.builders = load_module(folder / "models_shared.py").TRAIN

    def model(self) -> nnlite.Sequential:
        """The model with the initial weights, compiled."""
        model = self.builders[self.name]["build"](nnlite)
        for layer, values in self.weights("init").items():
            model.get_layer(layer).set_weights(values)
            regularizer = getattr(model.get_layer(layer), "kernel_regularizer", None)
            if type(regularizer) is nnlite.regularizers.L1:  # Keras keeps this one as float32
                regularizer.l1 = float(np.float32(regularizer.l1))
        settings = self.settings
        optimizer = made(nnlite.optimizers, settings["optimizer"])
        if "opt/1" in self.arrays and self.arrays["opt/1"].ndim == 0:
            optimizer.learning_rate = self.arrays["opt/1"]  # 0.1 as float32, as all of them had it
        model.compile(
            optimizer=optimizer,
            loss=self.of_each(nnlite.losses, settings["loss"]),
            loss_weights=settings.get("loss_weights"),
            metrics=self.of_each(nnlite.metrics, settings["metrics"]),
            weighted_metrics=self.of_each(nnlite.metrics, settings.get("weighted_metrics", [])),
        )
        return model

    def of_each(self, module, setting):
        """What a setting stands for: for the only output, or in a list for each of several."""
        if self.names is None and module is nnlite.losses:
            return made(module, setting)
        if self.names is None:
            return [made(module, one) for one in setting]
        return [
            [made(module, one) for one in part] if isinstance(part, list) else made(module, part)
            for part in setting
        ]

    def given(self, prefix: str, part: slice = slice(None)):
        """One array of those recorded as `prefix`, or a list of several."""
        count = sum(name.startswith(prefix) for name in self.arrays)
        arrays = [self.arrays[f"{prefix}{i}"][part] for i in range(count)]
        return arrays if count > 1 else arrays[0]

    def weights(self, prefix: str) -> dict[str, list[np.ndarray]]:
        """The recorded weights of each layer that has some."""
        return {
            layer: [self.arrays[f"{prefix}/{layer}/{i}"] for i in range(len(shapes))]
            for layer, shapes in self.facts["layer_weights"].items()
        }

    def fit(self, model: nnlite.Sequential, *callbacks: nnlite.callbacks.Callback):
        """Train as Keras was told to."""
        arrays = self.arrays
        stopping = self.settings.get("early_stopping")
        if stopping:
            callbacks = (*callbacks, nnlite.callbacks.EarlyStopping(**stopping))
        held_out = [self.given("val_x"), self.given("val_y")] if "val_x0" in arrays else []
        held_out += [arrays[name] for name in ("val_sample_weight",) if name in arrays]
        return model.fit(
            self.given("x"),
            self.given("y"),
            sample_weight=arrays.get("sample_weight"),
            class_weight=self.class_weight(),
            validation_data=tuple(held_out) or None,
            validation_split=self.settings.get("validation_split", 0.0),
            callbacks=list(callbacks),
            shuffle=False,
            verbose=0,
            **self.settings["fit"],
        )

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The training batches of all epochs, in the order in which they were recorded."""
        weights = self.arrays.get("sample_weight")
        size, samples = self.settings["fit"]["batch_size"], self.facts["n_train"]
        for _ in range(self.facts["epochs_run"]):
            for start in range(0, samples, size):
                part = slice(start, min(start + size, samples))
                own = () if weights is None else (weights[part],)
                yield self.given("x", part), self.given("y", part), *own

    def train_on_batches(self, model: nnlite.Sequential, name: str = "loss") -> list[float]:
        """The loss of every batch, each one a step."""
        options = {"class_weight": self.class_weight(), "return_dict": True}
        return [model.train_on_batch(*batch, **options)[name] for batch in self.batches()]

    def class_weight(self) -> dict[int, float] | None:
        """The weight of each class, where the recording has some."""
        weights = self.settings.get("class_weight", {})
        return {int(label): weight for label, weight in weights.items()} or None

    def tolerance(self, quantity: str) -> dict[str, float]:
        """What the README says suits: five times the rounding that Keras itself has in float32."""
        difference = self.facts["float32_keras_vs_float64"].get(quantity, 0.0)
        return {"rtol": 1e-5, "atol": max(2e-6, 5 * difference)}


def load_module(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made(module, setting):
    """What a setting stands for: a string for itself, [class name, arguments] for an object."""
    if isinstance(setting, str):
        return setting
    class_name, arguments = setting
    if isinstance(arguments.get("learning_rate"), list):
        schedules = nnlite.optimizers.schedules
        arguments = {**arguments, "learning_rate": made(schedules, arguments["learning_rate"])}
    return getattr(module, class_name)(**arguments)


class BatchLosses(nnlite.callbacks.Callback):
    """Keeps `logs["loss"]` of every training batch."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])


@pytest.fixture(params=RECORDINGS)
def recording(request: pytest.FixtureRequest, shared_folder: Path) -> Recording:
    return Recording(shared_folder, request.param)


@pytest.fixture
def in_float64() -> Iterator[None]:
    nnlite.config.set_floatx("float64")
    yield
    nnlite.config.set_floatx("float32")


@pytest.mark.one_table
def test_every_recording_is_reproduced(shared_folder):
    found = {path.stem for path in (shared_folder / "fixtures/training_parity").glob("*.npz")}
    assert found == set(RECORDINGS)


def test_fit_does_what_keras_did(recording):
    model, batch_losses = recording.model(), BatchLosses()
    history = recording.fit(model, batch_losses)

    recorded = recording.arrays["batch_running_loss"]
    np.testing.assert_allclose(batch_losses.values, recorded, **recording.tolerance("batch_loss"))
    assert sorted(history.history) == recording.facts["history_keys"]
    assert history.epoch == list(range(recording.facts["epochs_run"]))
    for name, values in history.history.items():
        tolerance = recording.tolerance(name if "loss" in name else "loss")
        if name.endswith("_output_loss"):
            continue  # Keras 3's are plain means over batches: see the test below
        np.testing.assert_allclose(
            values, recording.arrays[f"hist/{name}"], **tolerance, err_msg=name
        )
    for layer, expected in recording.weights("final").items():
        for values, wanted in zip(model.get_layer(layer).get_weights(), expected, strict=True):
            np.testing.assert_allclose(values, wanted, **recording.tolerance("final_weights"))
        # Keras's predictions are those of its own weights, which have the rounding just allowed.
        model.get_layer(layer).set_weights(expected)
    predicted, wanted = model.predict(recording.given("x"), verbose=0), recording.given("pred")
    for one, expected in zip(flatten(predicted), flatten(wanted), strict=True):
        np.testing.assert_allclose(one, expected, **recording.tolerance("predictions"))


def test_train_on_batch_does_what_keras_did(recording):
    model = recording.model()
    losses = recording.train_on_batches(model)
    np.testing.assert_allclose(
        losses, recording.arrays["batch_loss"], **recording.tolerance("batch_loss")
    )
    if "early_stopping" in recording.settings:
        return  # there fit() ends with the weights of the best epoch, not with the last ones
    for layer, expected in recording.weights("final").items():
        for values, wanted in zip(model.get_layer(layer).get_weights(), expected, strict=True):
            np.testing.assert_allclose(values, wanted, **recording.tolerance("final_weights"))


@pytest.mark.usefixtures("in_float64")
def test_in_float64_fit_meets_the_arbiter(recording):
    model = recording.model()
    assert {weight.dtype for weight in model.weights} == {np.dtype("float64")}
    history = recording.fit(model)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(
            history.history[name], recording.arrays[f"hist64/{name}"], **TOLERANCE_FLOAT64
        )
    for layer, expected in recording.weights("final64").items():
        for values, wanted in zip(model.get_layer(layer).get_weights(), expected, strict=True):
            np.testing.assert_allclose(values, wanted, **TOLERANCE_FLOAT64)


@pytest.mark.usefixtures("in_float64")
def test_in_float64_every_batch_meets_the_arbiter(recording):
    model = recording.model()
    losses = recording.train_on_batches(model)
    np.testing.assert_allclose(losses, recording.arrays["batch_loss64"], **TOLERANCE_FLOAT64)


@pytest.mark.one_table
def test_early_stopping_stops_and_restores_where_keras_did(shared_folder):
    recording = Recording(shared_folder, "early_stopping_sgd")
    expected = recording.facts["early_stopping"]
    model, stopping = (
        recording.model(),
        nnlite.callbacks.EarlyStopping(**recording.settings["early_stopping"]),
    )
    recording.settings.pop("early_stopping")
    recording.fit(model, stopping)
    assert stopping.stopped_epoch == expected["stopped_epoch"]
    assert stopping.best_epoch == expected["best_epoch"]
    np.testing.assert_allclose(stopping.best, expected["best"], **recording.tolerance("val_loss"))


#: The recordings of models with several outputs.
SEVERAL = [name for name in RECORDINGS if name.startswith("multi_output")]


@pytest.mark.parametrize("output", ["main_output", "aux_output"])
@pytest.mark.parametrize("name", SEVERAL)
def test_the_loss_of_each_output_is_keras_s(name, output, shared_folder):
    recording = Recording(shared_folder, name)
    losses = recording.train_on_batches(recording.model(), f"{output}_loss")
    batches = np.array(losses).reshape(recording.facts["epochs_run"], -1)
    # Keras's epoch is the plain mean over batches; nnlite's weighs them by their samples, so that
    # the total is the weighted sum of the outputs' losses.
    recorded = recording.arrays[f"hist/{output}_loss"]
    np.testing.assert_allclose(batches.mean(axis=1), recorded, **recording.tolerance("loss"))
    logs = recording.fit(recording.model()).history
    total = sum(
        weight * np.array(logs[f"{one}_loss"])
        for one, weight in zip(recording.names, recording.settings["loss_weights"], strict=True)
    )
    np.testing.assert_allclose(total, logs["loss"], rtol=1e-6)  # sums of float32
