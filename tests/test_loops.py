"""The loops: hooks, stopping, executions of several steps, epochs without number."""

import tracemalloc

import numpy as np
import pytest

import nnlite
from nnlite.layers import Dense

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1]


def regression(**arguments):
    model = nnlite.Sequential([Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", **arguments)
    return model


class Notes(nnlite.callbacks.Callback):
    """Notes which batches it hears of, and stops after some."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.heard, self.stop_after = [], stop_after

    def note(self, what, batch):
        self.heard.append((what, batch))
        if batch == self.stop_after and what != "begin":
            setattr(self.model, f"stop_{what}", True)

    def on_train_batch_begin(self, batch, logs=None):
        self.note("begin", batch)

    def on_train_batch_end(self, batch, logs=None):
        self.note("training", batch)

    def on_test_batch_end(self, batch, logs=None):
        self.note("evaluating", batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.note("predicting", batch)


def test_evaluation_and_prediction_can_be_stopped():
    model, notes = regression(), Notes(stop_after=1)
    expected = model.evaluate(X[:16], Y[:16], 8, verbose=0)
    assert model.evaluate(X, Y, 8, callbacks=[notes], verbose=0) == expected
    assert model.predict(X, 8, callbacks=[notes], verbose=0).shape == (16, 1)
    assert notes.heard[-1] == ("predicting", 1)
    assert model.predict(X, 8, verbose=0).shape == (40, 1)  # the next one is not stopped
    assert model.evaluate(X, Y, 8, verbose=0) != expected


def test_several_steps_in_one_execution():
    one, notes = regression(steps_per_execution=2), Notes()
    other = regression()
    other.set_weights(one.get_weights())
    one.fit(X, Y, batch_size=8, shuffle=False, epochs=2, callbacks=[notes], verbose=0)
    epoch = [("begin", 0), ("training", 1), ("begin", 2), ("training", 3)]
    assert notes.heard == [*epoch, ("begin", 4), ("training", 4)] * 2
    other.fit(X, Y, batch_size=8, shuffle=False, epochs=2, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.one_table
def test_executions_on_a_generator():
    model, notes = regression(steps_per_execution=3), Notes()
    model.fit(((X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8)), callbacks=[notes], verbose=0)
    ends = [("training", 2), ("begin", 3), ("training", 4)]
    assert notes.heard == [("begin", 0), *ends]


@pytest.mark.one_table
def test_nothing_grows_with_the_number_of_epochs():
    class Watch(nnlite.callbacks.Callback):
        memory = ()

        def on_epoch_end(self, epoch, logs=None):
            self.model.history.history.clear()  # but for what was logged
            self.model.history.epochs_of.clear()
            self.model.history.epoch.clear()
            if epoch in (100, 999):
                self.memory += (tracemalloc.get_traced_memory()[0],)

    model, watch = regression(metrics=["mse"]), Watch()
    tracemalloc.start()
    model.fit(X, Y, epochs=1000, validation_data=(X, Y), callbacks=[watch], verbose=0)
    tracemalloc.stop()
    assert abs(watch.memory[1] - watch.memory[0]) < 10_000  # 11 bytes an epoch
