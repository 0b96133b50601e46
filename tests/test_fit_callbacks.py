"""The hooks of fit, evaluate and predict in their order, what they are told, what is printed."""

import numpy as np
import pytest

import nnlite
from nnlite import Sequential
from nnlite.callbacks import Callback
from nnlite.layers import Dense


def model_and_data():
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    return model, np.ones((5, 2), np.float32), np.zeros((5, 1), np.float32)


class Recorder(Callback):
    """Notes every hook with its arguments."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.logs = []


def _recording(hook):
    def record(self, *args, logs=None):
        *place, given = args if args and not isinstance(args[-1], int) else (*args, logs)
        self.calls.append((hook.removeprefix("on_"), *place, *(given or ())))
        self.logs.append(dict(given or {}))

    return record


for _part in ("train", "train_batch", "epoch", "test", "test_batch", "predict", "predict_batch"):
    for _hook in (f"on_{_part}_begin", f"on_{_part}_end"):
        setattr(Recorder, _hook, _recording(_hook))

#: Recorded from Keras 3.15.1 (for the batches of 3 of 5 samples, and of 2 of 3 for validation).
ONE_EPOCH = [
    ("train_batch_begin", 0),
    ("train_batch_end", 0, "loss", "mae"),
    ("train_batch_begin", 1),
    ("train_batch_end", 1, "loss", "mae"),
    ("test_begin",),
    ("test_batch_begin", 0),
    ("test_batch_end", 0, "loss", "mae"),
    ("test_batch_begin", 1),
    ("test_batch_end", 1, "loss", "mae"),
    ("test_end", "loss", "mae"),
]
EPOCH_LOGS = ("loss", "mae", "val_loss", "val_mae")


def test_the_hooks_of_fit_come_in_keras_order():
    model, x, y = model_and_data()
    recorder = Recorder()
    options = {"validation_batch_size": 2, "callbacks": [recorder], "verbose": 0}
    model.fit(x, y, 3, epochs=2, validation_data=(x[:3], y[:3]), **options)
    assert recorder.calls == [
        ("train_begin",),
        ("epoch_begin", 0),
        *ONE_EPOCH,
        ("epoch_end", 0, *EPOCH_LOGS),
        ("epoch_begin", 1),
        *ONE_EPOCH,
        ("epoch_end", 1, *EPOCH_LOGS),
        ("train_end", *EPOCH_LOGS),
    ]
    assert {type(value) for logs in recorder.logs for value in logs.values()} == {float}


def test_the_hooks_of_evaluate_and_predict_come_in_keras_order():
    model, x, y = model_and_data()
    recorder = Recorder()
    model.evaluate(x[:3], y[:3], 2, callbacks=[recorder], verbose=0)
    assert recorder.calls == ONE_EPOCH[4:]

    recorder = Recorder()
    predicted = model.predict(x, 3, callbacks=[recorder], verbose=0)
    assert recorder.calls == [
        ("predict_begin",),
        ("predict_batch_begin", 0),
        ("predict_batch_end", 0, "outputs"),
        ("predict_batch_begin", 1),
        ("predict_batch_end", 1, "outputs"),
        ("predict_end",),
    ]
    np.testing.assert_array_equal(recorder.logs[4]["outputs"], predicted[3:])


def test_the_logs_of_a_batch_are_the_means_since_the_epochs_beginning():
    model, x, _ = model_and_data()
    model.optimizer.learning_rate = 0.0
    y = model.predict(x, verbose=0) + np.array([[1.0], [2.0], [3.0], [0.0], [0.0]])
    recorder = Recorder()
    model.fit(x, y, 2, epochs=2, shuffle=False, callbacks=[recorder], verbose=0)
    means = [logs["mae"] for logs, call in zip(recorder.logs, recorder.calls, strict=True)
             if call[0] == "train_batch_end"]  # fmt: skip
    assert means == pytest.approx([1.5, 6 / 4, 6 / 5] * 2)


def test_a_callback_knows_its_model_and_the_parameters():
    model, x, y = model_and_data()
    callback = Callback()
    model.fit(x, y, 2, epochs=3, callbacks=callback, verbose=0)
    assert callback.model is model
    assert callback.params.items() >= {"verbose": 0, "epochs": 3, "steps": 3}.items()


@pytest.mark.parametrize(
    ("hook", "batches", "epochs"), [("train_batch_end", 2, 1), ("epoch_end", 5, 1)]
)
def test_stop_training_stops_after_the_batch_or_the_epoch(hook, batches, epochs):
    model, x, y = model_and_data()
    seen = []

    class Stops(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            if hook == "train_batch_end" and batch == 1:
                self.model.stop_training = True

        def on_epoch_end(self, epoch, logs=None):
            if hook == "epoch_end":
                self.model.stop_training = True

    history = model.fit(x, y, 1, epochs=4, callbacks=[Stops()], verbose=0)
    assert len(seen) == batches
    assert history.epoch == list(range(epochs))
    assert model.stop_training
    model.fit(x, y, epochs=2, verbose=0)
    assert not model.stop_training


def test_what_a_callback_adds_to_the_logs_comes_into_the_history():
    model, x, y = model_and_data()

    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["twice"] = 2 * logs["loss"]

    history = model.fit(x, y, epochs=2, callbacks=[Adds()], verbose=0).history
    assert history["twice"] == [2 * loss for loss in history["loss"]]


def test_the_weights_can_be_read_in_a_callback():
    model, x, y = model_and_data()
    found = []

    class Reads(Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append(self.model.get_weights()[0])

    model.fit(x, y, 3, callbacks=[Reads()], verbose=0)
    assert len(found) == 2
    assert (found[0] != found[1]).any()
    np.testing.assert_array_equal(found[1], model.get_weights()[0])


# --------------------------------------------------------------------------------------- verbose


@pytest.mark.one_table
def test_verbose_0_prints_nothing(capsys):
    model, x, y = model_and_data()
    model.fit(x, y, validation_split=0.4, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.one_table
@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_where_output_is_no_terminal_there_is_a_line_an_epoch(verbose, capsys):
    model, x, y = model_and_data()
    model.fit(x, y, 2, epochs=2, validation_data=(x, y), verbose=verbose)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"Epoch {number}/2 - 3/3 - ")
        assert all(f" - {name}: " in line for name in EPOCH_LOGS)
        assert line.isprintable()


@pytest.mark.one_table
@pytest.mark.parametrize("verbose", [3, -1, "yes", None, 1.5])
def test_other_values_of_verbose_are_refused(verbose):
    model, x, y = model_and_data()
    before = model.get_weights()
    for call in (
        lambda: model.fit(x, y, verbose=verbose),
        lambda: model.evaluate(x, y, verbose=verbose),
        lambda: model.predict(x, verbose=verbose),
    ):
        with pytest.raises(ValueError, match=r"verbose must be 'auto', 0"):
            call()
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


@pytest.mark.one_table
def test_what_is_no_callback_is_refused():
    model, x, y = model_and_data()
    with pytest.raises(TypeError, match=r"callbacks\[0\]: EarlyStopping is a class; write Early"):
        model.fit(x, y, callbacks=[nnlite.callbacks.EarlyStopping], verbose=0)
    with pytest.raises(TypeError, match=r"has no argument 'patioence'\. Did you mean 'patience'"):
        nnlite.callbacks.EarlyStopping(patioence=10)
