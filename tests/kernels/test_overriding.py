"""A function in the place of a kernel: every step runs it, and nothing of it stays."""

import itertools
import threading

import numpy as np
import pytest

import nnlite as keras
from nnlite import _kernels, kernels
from nnlite.random import set_random_seed


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    assert not _kernels._replaced
    kernels.restore()


def model_and_data(optimizer="sgd"):
    set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer=optimizer)
    random = np.random.default_rng(0)
    return model, random.normal(size=(48, 5)).astype("float32"), random.normal(size=(48, 1))


def trained(model, x, y, epochs=2):
    model.fit(x, y, batch_size=8, epochs=epochs, verbose=0, shuffle=False)
    return np.concatenate([weight.numpy().ravel() for weight in model.weights])


def counting(name):
    """The active kernel, and a list that grows by each call."""
    kernel, calls = _kernels.of_table(_kernels.active(), name), []

    def counted(*arguments):
        calls.append(len(arguments))
        kernel(*arguments)

    return counted, calls


def still(w, g, learning_rate):
    """An update that does nothing."""


def test_every_step_runs_it_and_has_the_same_bits():
    expected = trained(*model_and_data())
    counted, calls = counting("sgd_update")
    with kernels.override("sgd_update", counted):
        calls.clear()
        assert np.array_equal(trained(*model_and_data()), expected)
        assert len(calls) == 2 * 6 * 4  # epochs, batches, weights
    assert np.array_equal(trained(*model_and_data()), expected)
    assert len(calls) == 48


def test_steps_that_were_recorded_before_are_not_replayed():
    """A model that has trained and predicted, is trained on with another kernel, and without."""
    model, x, y = model_and_data()
    before, predicted = trained(model, x, y), model.predict(x, verbose=0)
    with kernels.override("sgd_update", still, check=False):
        assert np.array_equal(trained(model, x, y), before)

    def zero(x, w, b, activation, out):
        out[...] = 0

    with kernels.override("dense_forward", zero, check=False):
        assert not model.predict(x, verbose=0).any()
        assert model.evaluate(x, y, verbose=0) == pytest.approx(float((y**2).mean()), rel=1e-6)
    assert np.array_equal(model.predict(x, verbose=0), predicted)
    assert not np.array_equal(trained(model, x, y), before)


def test_it_may_change_in_the_middle_of_a_training():
    """From the third epoch on, weights stay where they are."""
    seen = []

    class Freeze(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.layers[0].kernel.numpy().copy())
            if epoch == 1:
                kernels.override("sgd_update", still, check=False)
            if epoch == 3:
                kernels.restore("sgd_update")

    model, x, y = model_and_data()
    model.fit(x, y, batch_size=8, epochs=5, verbose=0, callbacks=[Freeze()])
    same = [np.array_equal(a, b) for a, b in itertools.pairwise(seen)]
    assert same == [False, True, True, False]


def test_what_is_wrong_is_refused_and_nothing_changes():
    def backwards(w, g, learning_rate):
        w += w.dtype.type(learning_rate) * g

    kernel = _kernels.sgd_update
    with pytest.raises(kernels.KernelError, match="backwards is no sgd_update: ") as raised:
        kernels.override("sgd_update", backwards)
    assert not raised.value.report
    assert "the twin's" in str(raised.value)
    assert _kernels.sgd_update is kernel
    with kernels.override("sgd_update", backwards, check=False):
        assert _kernels.sgd_update is backwards


def test_of_several_the_last_in_force_counts():
    def one(w, g, learning_rate):
        w[...] = 1

    def two(w, g, learning_rate):
        w[...] = 2

    def runs():
        w = np.zeros(1)
        _kernels.sgd_update(w, w, 0.0)
        return w[0]

    first = kernels.override("sgd_update", one, check=False)
    second = kernels.override("sgd_update", two, check=False)
    other = kernels.override("relu_vjp", _kernels.relu_vjp)
    assert runs() == 2
    assert "in force" in repr(first)
    first.restore()
    assert runs() == 2
    second.restore()
    assert runs() == 0
    assert "restored" in repr(second)
    assert list(_kernels._replaced) == ["relu_vjp"]
    first = kernels.override("sgd_update", one, check=False)
    with kernels.override("sgd_update", two, check=False):
        assert runs() == 2
    assert runs() == 1
    kernels.restore("relu_vjp")
    assert list(_kernels._replaced) == ["sgd_update"]
    assert "restored" in repr(other)
    kernels.restore()
    assert runs() == 0


def test_an_error_inside_restores_too():
    with pytest.raises(RuntimeError), kernels.override("sgd_update", still, check=False):
        raise RuntimeError
    assert not _kernels._replaced


def test_it_outlasts_a_change_of_tables_and_reaches_every_thread():
    with kernels.override("sgd_update", still, check=False):
        before = _kernels.active()
        for table in _kernels.TABLES:
            _kernels.use(table)
            assert _kernels.sgd_update is still
            assert not _kernels.replayable()
        _kernels.use(before)
        seen = []
        thread = threading.Thread(target=lambda: seen.append(_kernels.sgd_update))
        thread.start()
        thread.join()
        assert seen == [still]
    assert _kernels.replayable() == (before == "compiled")


def test_those_who_listen_to_kernels_hear_of_it():
    counted, calls = counting("dense_backward_bias")
    heard, timed = [], []

    def timer(kernel, arguments, run):
        timed.append(kernel)
        run(*arguments)

    with kernels.override("dense_backward_bias", counted, check=False):
        with _kernels.recording(lambda kernel, arguments: heard.append(kernel)):
            _kernels.dense_backward_bias(np.ones((3, 2)), np.empty(2))
        with _kernels.timing(timer):
            _kernels.dense_backward_bias(np.ones((3, 2)), np.empty(2))
    assert heard == timed == ["dense_backward_bias"]
    assert calls == [2, 2]


def test_what_only_the_executor_calls_is_refused():
    kernel = _kernels.dense_sgd_update
    with pytest.raises(ValueError, match="dense_backward_kernel and sgd_update do the same"):
        kernels.override("dense_sgd_update", kernel)
    with pytest.raises(ValueError, match="Unknown kernel 'sgd'"):
        kernels.restore("sgd")
    with pytest.raises(TypeError, match="must take the arguments"):
        kernels.override("sgd_update", lambda w: None, check=False)
