"""model.doctor: what it prints and returns, and that the model stays as it is."""

import numpy as np
import pytest
from explaining import models

import nnlite
from nnlite import Model, Sequential, layers
from nnlite.naming import _counts
from nnlite.random import states

from . import faults

pytestmark = pytest.mark.one_table


def state_of(model):
    """Everything of a model that could change, as bytes, and what will be drawn next."""
    optimizer = model.optimizer
    arrays = [one.data for one in (*model.variables, *optimizer.variables)]
    seen = [array for metric in model.metrics for array in metric.arrays()]
    return (
        model.built,
        [one.tobytes() for one in arrays],
        [array.tobytes() for array in seen],
        float(optimizer.learning_rate),
        id(optimizer),
        repr(states.get_state()),
        dict(_counts),
    )


@pytest.mark.parametrize("make", models.ALL)
def test_nothing_changes(make, capsys):
    model, x, y = make()
    for trained in range(2):
        before = state_of(model)
        model.doctor(x, y, validation_data=(x, y))
        assert state_of(model) == before
        if not trained:
            model.train_on_batch(x, y)


def test_a_training_after_it_is_the_same():
    fitted = []
    for asks in (False, True):
        nnlite.utils.set_random_seed(5)
        model = faults.subclassed()
        if asks:
            model.doctor(faults.X, faults.LABELS)
        fitted.append(model.fit(faults.X, faults.LABELS, epochs=2, verbose=0).history)
    assert fitted[0] == fitted[1]


def test_what_is_printed_of_a_healthy_model(capsys):
    diagnosis = faults.classifier().doctor(faults.X, faults.LABELS)
    printed = capsys.readouterr().out
    assert printed == f"{diagnosis}\n"
    head, looked_at, left_out = printed.split("\n\n")
    assert head == "'sequential' on 400 samples: no findings"
    assert "\n  dead units:      ReLUs that are 0 for all" in looked_at
    assert left_out.split("\n")[1].split() == [
        "leakage:", *["neither", "validation_data", "nor", "validation_split", "is", "given"],
    ]  # fmt: skip
    assert max(map(len, printed.splitlines())) <= 84
    assert diagnosis.healthy
    assert repr(diagnosis) == "<Diagnosis: 'sequential' on 400 samples: no findings>"


def test_causes_come_before_what_may_come_of_them_and_notes_last(capsys):
    x = 300 * faults.X
    x[:, 5] = 0
    diagnosis = faults.regression().doctor(x, faults.NUMBERS)
    found = [(finding.check, finding.severity) for finding in diagnosis.findings]
    assert found[0] == ("scale", "warning")
    assert found[-1] == ("values", "note")
    assert ("learning rate", "error") in found[1:-1]
    assert not diagnosis.healthy
    printed = capsys.readouterr().out
    assert printed.startswith("'sequential' on 400 samples: 4 findings\n\nwarning (scale): what ")
    assert "\n  → Standardise with mean and deviation" in printed


def test_data_that_fit_refuses(capsys):
    diagnosis = faults.classifier().doctor(faults.X, faults.ONE_HOT)
    (finding,) = diagnosis.findings
    with pytest.raises(ValueError) as refused:
        faults.classifier().fit(faults.X, faults.ONE_HOT)
    assert finding.advice == str(refused.value)
    assert list(diagnosis.looked_at) == ["values", "shapes", "weights"]
    assert set(diagnosis.left_out.values()) == {"fit() refuses the data"}
    assert str(diagnosis).endswith(
        "\n\nNot looked at:\n"
        "  scale, targets, order, leakage, first loss, dead units, saturation, gradients,\n"
        "  learning rate, one batch: fit() refuses the data"
    )
    with pytest.raises(ValueError, match=r"no learning-rate range test: fit\(\) refuses the data"):
        diagnosis.plot()


def test_nan_is_said_once(capsys):
    diagnosis = faults.classifier().doctor(faults.with_nan(), faults.LABELS)
    assert [finding.check for finding in diagnosis.findings] == ["values"]


def test_the_picture_is_of_the_range_test(tmp_path, capsys):
    diagnosis = faults.classifier().doctor(faults.X, faults.LABELS)
    axes = diagnosis.plot(tmp_path / "rates.png").axes[0]
    batches, smoothed, own = axes.lines
    assert list(batches.get_xdata()) == diagnosis.rate_test.rates
    assert list(smoothed.get_ydata()) == diagnosis.rate_test.smoothed
    assert own.get_xdata()[0] == pytest.approx(0.001)  # Adam's
    assert (tmp_path / "rates.png").exists()


class Pair(Model):
    """A model that is never called itself."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(1)

    def train_step(self, data):
        x, y = data
        with nnlite.GradientTape() as tape:
            loss = nnlite.ops.mean((self.inner(x) - y) ** 2)
        self.optimizer.apply(tape.gradient(loss, self.inner.weights), self.inner.weights)
        return {"loss": loss}


def test_a_model_that_is_never_called_is_looked_at_as_far_as_that_goes(capsys):
    model = Pair()
    model.compile("sgd", "mse")
    diagnosis = model.doctor(faults.X, faults.NUMBERS.reshape(-1, 1))
    assert diagnosis.left_out["first loss"].startswith("the model is never called itself")
    assert diagnosis.looked_at.keys() >= {"values", "scale", "order", "gradients", "dead units"}
    assert diagnosis.healthy


def test_what_cannot_be_looked_at():
    with pytest.raises(ValueError, match="model is not compiled"):
        faults.network().doctor(faults.X, faults.LABELS)
    with pytest.raises(ValueError, match="doctor: x comes batch by batch"):
        faults.classifier().doctor(iter([(faults.X, faults.LABELS)]))
    with pytest.raises(TypeError, match=r"Did you mean 'batch_size'"):
        faults.classifier().doctor(faults.X, faults.LABELS, batchsize=3)


def test_weights_of_samples_and_classes(capsys):
    weights = {"class_weight": {0: 1.0, 1: 2.0, 2: 3.0}, "sample_weight": np.linspace(0, 1, 400)}
    diagnosis = faults.classifier().doctor(faults.X, faults.LABELS, **weights)
    assert diagnosis.healthy
    diagnosis = faults.classifier().doctor(faults.X, faults.LABELS, class_weight={0.5: 1.0})
    assert "got the key 0.5" in diagnosis.findings[0].advice


def test_what_is_not_in_memory(tmp_path, capsys):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = faults.X
        diagnosis = faults.classifier().doctor(file["x"], faults.LABELS, validation_split=0.2)
    assert diagnosis.left_out == {"leakage": "the inputs are not in memory"}
    assert diagnosis.healthy


@pytest.mark.usefixtures("fashion_mnist_data")
def test_the_books_classifier_is_healthy(fashion_mnist_data, capsys):
    (x, y), _ = fashion_mnist_data
    x = x[:12000] / 255.0
    model = Sequential(
        [
            layers.Flatten(input_shape=[28, 28]),
            layers.Dense(300, activation="relu"),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    held_out = x[:2000], y[:2000]
    diagnosis = model.doctor(x[2000:], y[2000:12000], validation_data=held_out)
    assert diagnosis.healthy, str(diagnosis)
    assert not diagnosis.left_out
    (finding, *_) = model.doctor(255 * x[2000:], y[2000:12000]).findings
    assert (finding.check, finding.advice[:9]) == ("scale", "These loo")


@pytest.fixture
def houses(monkeypatch, shared_folder):
    """California housing, as the examples split and scale it."""
    import sys
    from pathlib import Path

    monkeypatch.setenv("NNLITE_DATASETS", str(shared_folder / "datasets"))
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "examples")
    import housing

    yield housing.load()
    sys.modules.pop("housing", None)


def test_the_books_regressions_are_healthy(houses, capsys):
    (x, x_valid, _), (y, y_valid, _) = houses
    chain = Sequential([layers.Dense(30, activation="relu", input_shape=[8]), layers.Dense(1)])
    chain.compile(nnlite.optimizers.SGD(1e-3), "mse")
    diagnosis = chain.doctor(x, y, validation_data=(x_valid, y_valid))
    assert diagnosis.healthy, str(diagnosis)

    wide, deep = nnlite.Input([5], name="wide_input"), nnlite.Input([6], name="deep_input")
    hidden = layers.Dense(30, activation="relu")(layers.Dense(30, activation="relu")(deep))
    main = layers.Dense(1, name="main_output")(layers.concatenate([wide, hidden]))
    both = Model([wide, deep], [main, layers.Dense(1, name="aux_output")(hidden)])
    both.compile(nnlite.optimizers.SGD(1e-3), ["mse", "mse"], loss_weights=[0.9, 0.1])
    held_out = [x_valid[:, :5], x_valid[:, 2:]], [y_valid, y_valid]
    diagnosis = both.doctor([x[:, :5], x[:, 2:]], [y, y], validation_data=held_out)
    assert diagnosis.healthy, str(diagnosis)
    assert np.isclose(diagnosis.rate_test.own, 1e-3)
