"""Replayed steps do what the tape does, bit for bit, and nothing is replayed blindly."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlite as keras
from nnlite import _kernels, ops, plan

DATA = np.random.default_rng(5)
X = DATA.normal(size=(70, 6)).astype(np.float32)  # 4 batches of 16 and one of 6
LABELS = DATA.integers(0, 3, 70)
TARGETS = DATA.normal(size=(70, 3)).astype(np.float32)


def classifier(optimizer="sgd", loss="sparse_categorical_crossentropy", **arguments):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.layers.Dense(9, activation="relu", input_shape=[6]),
            keras.layers.Dense(5, activation="tanh"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer, loss, metrics=["accuracy"], **arguments)
    return model


def fitted(model, y=LABELS, epochs=3, **arguments):
    history = model.fit(X, y, batch_size=16, epochs=epochs, verbose=0, **arguments)
    return [w.tobytes() for w in model.get_weights()], history.history


def schedule(step):
    return 0.1 / (1 + step)


OPTIMIZERS = {
    "plain": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "schedule": lambda: keras.optimizers.SGD(schedule),
    "clipnorm": lambda: keras.optimizers.SGD(0.1, clipnorm=0.1),
}
LOSSES = {
    "sparse_categorical_crossentropy": LABELS,
    "categorical_crossentropy": np.eye(3, dtype=np.float32)[LABELS],
    "mse": TARGETS,
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_same_bits_as_on_the_tape(optimizer, loss):
    weights = DATA.uniform(0.5, 2, 70)
    outcomes = [
        fitted(
            classifier(OPTIMIZERS[optimizer](), loss, run_eagerly=eagerly),
            LOSSES[loss],
            validation_data=(X[:20], LOSSES[loss][:20]),
            sample_weight=weights,
        )
        for eagerly in (True, False)
    ]
    assert outcomes[0] == outcomes[1]


@settings(max_examples=25, deadline=None)
@given(
    widths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    activation=st.sampled_from([None, "relu", "sigmoid", "tanh", "softmax"]),
    batch_size=st.integers(1, 80),
    dtype=st.sampled_from(["float32", "float64"]),
    x_dtype=st.sampled_from(["uint8", "float32", "float64", "int64"]),
)
def test_random_chains_the_same_bits(widths, activation, batch_size, dtype, x_dtype):
    x = (20 * X).astype(x_dtype)
    outcomes = []
    for eagerly in (True, False):
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(n, activation, dtype=dtype) for n in widths]
        model = keras.Sequential([*layers, keras.layers.Dense(2, dtype=dtype)])
        model.compile("sgd", "mse", run_eagerly=eagerly)
        history = model.fit(x, TARGETS[:, :2], batch_size, 2, verbose=0)
        outcomes.append(([w.tobytes() for w in model.get_weights()], str(history.history)))
    assert outcomes[0] == outcomes[1]


def test_most_steps_are_replayed(kernels, replayed):
    fitted(classifier(), epochs=4)
    # Of 16 full and 4 short steps, the first of each kind is plain and the second is recorded.
    assert sum(replayed) == (16 if kernels == "compiled" else 0)


@pytest.mark.parametrize("kind", ["layer", "loss", "metric", "step"])
def test_code_of_the_user_s_own_is_never_replayed(kind, replayed):
    calls = []

    class Counting(keras.layers.Dense):
        def call(self, inputs):
            calls.append(len(inputs))
            return super().call(inputs)

    class Stepping(keras.Sequential):
        def train_step(self, data):
            calls.append(1)
            return super().train_step(data)

    def loss(y_true, y_pred):
        calls.append(1)
        return ops.mean(ops.square(y_pred - y_true), axis=-1)

    def metric(y_true, y_pred):
        calls.append(1)
        return np.zeros(len(y_true), np.float32)

    layer = Counting(3) if kind == "layer" else keras.layers.Dense(3)
    model = (Stepping if kind == "step" else keras.Sequential)([layer])
    chosen = [metric] if kind == "metric" else []
    model.compile("sgd", loss if kind == "loss" else "mse", metrics=chosen)
    model.build((None, 6))
    calls.clear()
    fitted(model, TARGETS)
    assert len(calls) >= 15
    assert replayed == []


def test_the_learning_rate_is_read_at_each_step():
    class Halve(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = self.model.optimizer.learning_rate.numpy() / 2

    outcomes = [
        fitted(classifier(run_eagerly=eagerly), callbacks=[Halve()]) for eagerly in (True, False)
    ]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] != fitted(classifier())


@pytest.mark.parametrize("change", ["momentum", "trainable", "weights", "recompile", "table"])
def test_a_change_is_noticed(change, kernels):
    class Change(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) != (1, 2):
                return
            if change == "momentum":
                self.model.optimizer.momentum = 0.1
            elif change == "trainable":
                self.model.layers[1].trainable = False
            elif change == "weights":
                self.model.set_weights([0.5 * w for w in self.model.get_weights()])
            elif change == "table":
                _kernels.use("numpy")

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    outcomes = []
    for eagerly in (True, False):
        _kernels.use(kernels)
        model = classifier(keras.optimizers.SGD(0.1, momentum=0.9), run_eagerly=eagerly)
        fitted(model, callbacks=[Change()])
        if change == "recompile":
            model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=eagerly)
        outcomes.append(fitted(model))
    assert outcomes[0] == outcomes[1]


def test_every_batch_hook_hears_every_batch():
    class Listen(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.losses = []

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append((batch, logs["loss"]))

    heard = []
    for eagerly in (True, False):
        listener = Listen()
        fitted(classifier(run_eagerly=eagerly), callbacks=[listener])
        heard.append(listener.losses)
    assert heard[0] == heard[1]
    assert [batch for batch, _ in heard[0]] == [0, 1, 2, 3, 4] * 3


def test_a_batch_hook_can_stop_the_training():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    model = classifier()
    fitted(model, callbacks=[Stop()])
    assert int(model.optimizer.iterations) == 4


@pytest.mark.parametrize("batch_size", [1, 7, 32, 70, 100])
def test_predict_has_the_bits_of_one_batch(batch_size, kernels):
    model = classifier()
    together = model.predict_on_batch(X)
    for _ in range(3):
        predicted = model.predict(X, batch_size=batch_size, verbose=0)
        if kernels == "compiled":
            assert predicted.tobytes() == together.tobytes()
        else:  # BLAS sums in another order for another number of rows
            np.testing.assert_allclose(predicted, together, rtol=1e-5)


def test_predict_sees_what_has_changed():
    model = classifier()
    before = model.predict(X, verbose=0)
    model.set_weights([2 * w for w in model.get_weights()])
    after = model.predict(X, verbose=0)
    assert after.tobytes() == model.predict(X, verbose=0).tobytes()
    np.testing.assert_allclose(after, model.predict_on_batch(X), rtol=1e-5)
    assert not np.allclose(before, after)
    model.layers[0].kernel.data = np.zeros((6, 9), np.float32)
    np.testing.assert_allclose(model.predict(X, verbose=0), model.predict_on_batch(X), rtol=1e-5)


def test_predictions_are_the_caller_s_own():
    model = classifier()
    first = model.predict(X[:1], verbose=0)
    kept = first.copy()
    model.predict(2 * X[:1], verbose=0)
    assert first.tobytes() == kept.tobytes()


def test_a_model_that_only_reshapes():
    model = keras.Sequential([keras.layers.Flatten(input_shape=[2, 3])])
    x = X.reshape(70, 2, 3)
    np.testing.assert_array_equal(model.predict(x, verbose=0), X)


@pytest.mark.one_table
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_stops_and_leaves_a_model_that_works():
    program = """
        import numpy as np, nnlite as keras
        x = np.random.default_rng(0).normal(size=(20000, 50)).astype("float32")
        model = keras.Sequential([keras.layers.Dense(50, "relu"), keras.layers.Dense(1)])
        model.compile("sgd", "mse")

        class Ready(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == 0:
                    print("ready", flush=True)

        try:
            model.fit(x, x[:, :1], epochs=100_000, verbose=0, callbacks=[Ready()])
        except KeyboardInterrupt:
            steps = int(model.optimizer.iterations)
            seen = int(model._objective.mean_loss.state[1])  # samples of the epoch broken off
            assert steps % 625 == seen // 32 % 625, (steps, seen)
            model.fit(x, x[:, :1], verbose=0)
            print("stopped", np.isfinite(model.predict(x[:9], verbose=0)).all(), steps >= 625)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=60)[0] == "stopped True True\n"


@pytest.mark.parametrize("limit", ["clipnorm", "global_clipnorm"])
def test_a_limit_that_is_reached_only_later(limit):
    outcomes = []
    for eagerly in (True, False):
        x = X.copy()

        class Louder(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None, x=x):
                x[...] = X * (50 if epoch == 2 else 1)

        model = classifier(keras.optimizers.SGD(0.1, **{limit: 3.0}), run_eagerly=eagerly)
        model.fit(x, LABELS, batch_size=16, epochs=4, verbose=0, callbacks=[Louder()])
        outcomes.append([w.tobytes() for w in model.get_weights()])
    assert outcomes[0] == outcomes[1]


def doubled(layer):
    return lambda x: ops.tanh(2 * ops.dense(x, layer.kernel, layer.bias))


CHANGES = {
    "activation": lambda m: setattr(m.layers[0], "activation", keras.activations.sigmoid),
    "call": lambda m: setattr(m.layers[1], "call", doubled(m.layers[1])),
    "requires_grad": lambda m: setattr(m.layers[0].kernel, "requires_grad", False),
    "kernel": lambda m: setattr(
        m.layers[0], "kernel", keras.Parameter(np.ones((6, 9), np.float32), "kernel")
    ),
    "optimizer": lambda m: setattr(m, "optimizer", keras.optimizers.SGD(0.01)),
    "momentum": lambda m: setattr(m.optimizer, "momentum", np.float32(0.25)),
    "update": lambda m: setattr(m.optimizer, "update", lambda w, *rest, **named: None),
    "loss_weight": lambda m: setattr(m._objective.outputs[0], "loss_weight", 0.5),
    "from_logits": lambda m: setattr(m._objective.outputs[0].loss_function, "from_logits", True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_from_a_callback_is_noticed(change):
    class Change(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                CHANGES[change](self.model)

    outcomes = []
    for eagerly in (True, False):
        model = classifier(keras.optimizers.SGD(0.1, momentum=0.9), run_eagerly=eagerly)
        outcomes.append(fitted(model, epochs=4, callbacks=[Change()]))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] != fitted(classifier(keras.optimizers.SGD(0.1, momentum=0.9)), epochs=4)


@pytest.mark.parametrize("change", ["activation", "call", "kernel"])
def test_predict_notices_a_change(change):
    model = classifier()
    before = model.predict(X, verbose=0)
    CHANGES[change](model)
    after = model.predict(X, verbose=0)
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, model.predict_on_batch(X), rtol=1e-5)


def test_parameters_made_one_after_the_other_are_never_taken_for_each_other():
    model = classifier()
    for value in range(30):
        model.layers[0].kernel = keras.Parameter(np.full((6, 9), value / 30, np.float32), "kernel")
        np.testing.assert_allclose(
            model.predict(X, verbose=0), model.predict_on_batch(X), rtol=1e-5
        )


def test_labels_that_a_callback_spoils_are_not_read():
    y = LABELS.copy()

    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            y[:] = 10**9

    assert fitted(classifier(), y, callbacks=[Spoil()]) == fitted(classifier())


def test_two_threads_may_predict_with_one_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(64, "relu", input_shape=[6]) for _ in range(1)])
    model.add(keras.layers.Dense(64, "relu"))
    inputs = [np.full((500, 6), value, np.float32) for value in (0.5, 2.0)]
    expected = [model.predict(x, verbose=0) for x in inputs]
    wrong = []

    def predict(x, y):
        wrong.extend(i for i in range(30) if not np.allclose(model.predict(x, verbose=0), y))

    threads = [
        threading.Thread(target=predict, args=pair) for pair in zip(inputs, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_model_that_has_predicted_can_be_copied():
    model = classifier()
    expected = model.predict(X, verbose=0)
    pickled = pickle.dumps(model)
    for twin in (copy.deepcopy(model), pickle.loads(pickled)):  # noqa: S301  our own, just made
        np.testing.assert_allclose(twin.predict(X, verbose=0), expected, rtol=1e-5)


def test_few_plans_are_kept():
    model = classifier()
    for size in range(1, 20):
        model.predict(X, batch_size=size, verbose=0)
    assert len(model._predictor.plans) <= plan.MOST_PLANS
