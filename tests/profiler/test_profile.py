"""A profile names everything that a training did, counts it right, and changes nothing."""

import collections
import contextlib
import itertools
import threading
import time

import numpy as np
import pytest

import nnlite as keras
from nnlite import _kernels, ops, plan, profiler, spans

X = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
LABELS = np.arange(40) % 3

#: Of the 40 samples 16, 16 and 8 make a step.
STEPS, EPOCHS = 3, 4


def network(**arguments):
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.layers.Dense(9, "relu", name="first"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dropout(0.3, name="drop"),
            keras.layers.Dense(3, "softmax", kernel_regularizer="l2", name="last"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
    return model


def fit(model, **arguments):
    return model.fit(X, LABELS, 16, EPOCHS, verbose=0, **arguments)


def profiled(model, **arguments):
    with profiler.Profile() as found:
        fit(model, **arguments)
    return found


def calls(profile):
    return {(row.what, row.how): row.calls for row in profile.rows}


# ---------------------------------------------------------------------------- what is counted


def test_every_part_has_its_line(kernels):
    found = profiled(network(), validation_data=(X, LABELS))
    places = [(row.what, row.how) for row in found.rows]
    fused = [("first (Dense)", "backward + update")] if kernels == "compiled" else []
    assert places == [
        *(("first (Dense)", "forward"), ("first (Dense)", "backward"), *fused),
        *(("norm (BatchNormalization)", "forward"), ("norm (BatchNormalization)", "backward")),
        *(("drop (Dropout)", "forward"), ("drop (Dropout)", "backward")),
        *(("last (Dense)", "forward"), ("last (Dense)", "backward")),
        *(("loss", "forward"), ("loss", "backward"), ("metrics", ""), ("optimizer", "")),
        *(("data", "batches"), ("data", "gathering"), ("callbacks", "History")),
        *(("Python", ""), ("this profile", "")),
    ]


def test_the_calls_of_replayed_steps_are_those_of_steps_on_the_tape(kernels):
    replayed, on_the_tape = (profiled(network(run_eagerly=eagerly)) for eagerly in (False, True))
    assert on_the_tape.steps == replayed.steps == STEPS * EPOCHS
    assert on_the_tape.replayed_steps == 0
    # Of each of the two sizes the first steps are on the tape, and the second ones to be recorded.
    assert replayed.replayed_steps == (STEPS * EPOCHS - 4 if kernels == "compiled" else 0)
    found, expected = calls(replayed), calls(on_the_tape)
    assert expected["first (Dense)", "forward"] == STEPS * EPOCHS
    assert expected["last (Dense)", "forward"] == 2 * STEPS * EPOCHS  # the softmax is one more
    assert expected["data", "gathering"] == 2 * STEPS * EPOCHS
    fused = found.pop(("first (Dense)", "backward + update"), 0)
    assert fused == replayed.replayed_steps
    found["first (Dense)", "backward"] += fused
    found["optimizer", ""] += fused
    found["data", "batches"] = expected["data", "batches"]  # replayed steps take several at once
    assert found == expected


@pytest.mark.parametrize("eagerly", [False, True])
def test_each_product_of_each_sample_counts(eagerly):
    found = profiled(network(run_eagerly=eagerly))
    computed = collections.Counter()
    for row in found.rows:
        computed[row.what, row.how[:8]] += row.flops
    product = 2 * 6 * 9 * len(X) * EPOCHS  # of the first layer, in all
    assert computed["first (Dense)", "forward"] == product
    assert computed["first (Dense)", "backward"] == product  # no gradient of the inputs
    assert computed["last (Dense)", "backward"] == 2 * computed["last (Dense)", "forward"]
    assert computed["norm (BatchNormalization)", "forward"] == 0


def test_the_kernels_are_those_that_run(kernels):
    """A recording, which knows nothing of profiles, sees the same calls on the tape."""
    seen = []
    with _kernels.recording(lambda kernel, arguments: seen.append(kernel)):
        fit(network(run_eagerly=True))
    found = profiled(network(run_eagerly=True))
    assert [event.name for event in found.events if event.work] == seen


def test_validation_counts_with_the_layers():
    alone, both = profiled(network()), profiled(network(), validation_data=(X, LABELS))
    forward, backward = ("first (Dense)", "forward"), ("drop (Dropout)", "backward")
    assert calls(both)[forward] == 2 * calls(alone)[forward]
    assert calls(both)[backward] == calls(alone)[backward]
    assert ("drop (Dropout)", "forward") in calls(both)


def test_evaluate_and_predict():
    model = network()
    fit(model)
    model.predict(X, 8, verbose=0)
    with profiler.Profile() as found:
        model.evaluate(X, LABELS, 8, verbose=0)
        model.predict(X, 8, verbose=0)
        model.train_on_batch(X, LABELS)
    assert found.steps == calls(found)["first (Dense)", "forward"] == 5 + 5 + 1
    assert calls(found)["drop (Dropout)", "forward"] == 2  # draws a mask, and applies it


def test_a_loop_of_ones_own_names_layers_too():
    model = network()
    model.build((None, 6))
    optimizer, loss = keras.optimizers.SGD(), keras.losses.SparseCategoricalCrossentropy()
    with profiler.Profile() as found:
        for _ in range(3):
            with keras.GradientTape() as tape:
                value = loss(LABELS, model(X, training=True)) + ops.sum(model.losses[0])
            gradients = tape.gradient(value, model.trainable_weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
    numbers = calls(found)
    assert numbers["first (Dense)", "forward"] == 3
    for what in ("first (Dense)", "norm (BatchNormalization)", "drop (Dropout)", "last (Dense)"):
        assert numbers[what, "backward"] % 3 == 0
    assert numbers["optimizer", ""] == 3 * len(model.trainable_weights)
    assert numbers["loss", "forward"] > 0
    assert numbers["loss", "backward"] > 0


def test_layers_of_one_name_are_told_apart_by_their_paths():
    inner = [keras.Sequential([keras.layers.Dense(4, name="same")], name=n) for n in ("a", "b")]
    model = keras.Sequential([keras.Input([6]), *inner])
    with profiler.Profile() as found:
        model.predict(X, verbose=0)
    layers = [row.what for row in found.rows if row.how == "forward"]
    assert layers == ["sequential/a/same (Dense)", "sequential/b/same (Dense)"]


def test_callbacks_and_traces_have_lines_of_their_own():
    class Slow(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            with profiler.Trace("nap", epoch=epoch) as trace:
                trace.set_metadata(deep=True)
                time.sleep(0.002)
            self.model.predict(X, verbose=0)

    found = profiled(network(), callbacks=[Slow()])
    rows = {(row.what, row.how): row for row in found.rows}
    assert rows["callbacks", "Slow"].calls == rows["trace", "nap"].calls == EPOCHS
    assert rows["trace", "nap"].seconds >= 0.002 * EPOCHS
    naps = [event for event in found.events if event.part == "trace"]
    assert [event.about for event in naps] == [{"epoch": e, "deep": True} for e in range(EPOCHS)]


# ------------------------------------------------------------------------------------- times


def test_the_lines_share_the_whole_time():
    """What lies inside something else counts once: the lines' sum is the time that passed."""

    class Predicts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            with profiler.Trace("outer"), profiler.Trace("inner"):
                self.model.predict(X, verbose=0)

    for eagerly in (False, True):
        model = network(run_eagerly=eagerly)
        with profiler.Profile() as found, profiler.Trace("around all"):
            fit(model, callbacks=[Predicts()])
        rows = found.rows
        (around,) = (event for event in found.events if event.name == "around all")
        counted = sum(tally.nanoseconds for tally in found.tallies.values())
        assert counted + found.own == around.ended - around.began
        assert sum(row.seconds for row in rows) == pytest.approx(found.seconds, rel=1e-9)
        assert sum(row.share for row in rows) == pytest.approx(1, rel=1e-9)
        assert all(row.seconds > 0 for row in rows)
        assert all(row.mean == row.seconds / row.calls for row in rows if row.calls)


def moments(profile):
    """Everything that was done, as pairs of beginning and end."""
    once = [(event.began, event.ended) for event in profile.events]
    replayed = [
        pair
        for replay in profile.replays
        for step in replay.readings.tolist()
        for pair in itertools.pairwise(step)
    ]
    return once + replayed


def test_what_was_done_lies_one_inside_or_behind_the_other():
    found = profiled(network(), validation_data=(X, LABELS))
    pairs = sorted(moments(found), key=lambda pair: (pair[0], -pair[1]))
    assert found.began <= pairs[0][0]
    assert max(ended for _, ended in pairs) <= found.ended
    around = []
    for began, ended in pairs:
        assert began <= ended
        while around and around[-1] <= began:
            around.pop()
        assert not around or ended <= around[-1]
        around.append(ended)


def test_what_a_trace_holds_is_bounded_and_the_table_counts_all(monkeypatch):
    monkeypatch.setattr(profiler.listening, "MOST_EVENTS", 50)
    found = profiled(network())
    assert len(found.events) <= 50
    assert calls(found)["first (Dense)", "forward"] == STEPS * EPOCHS


# -------------------------------------------------------------------------------- no influence


@pytest.mark.parametrize("eagerly", [False, True])
def test_the_same_bits_with_and_without(eagerly):
    outcomes = []
    for context in (contextlib.nullcontext(), profiler.Profile()):
        model = network(run_eagerly=eagerly)
        with context:
            history = fit(model, validation_data=(X, LABELS)).history
        predicted = model.predict(X, verbose=0).tobytes()
        outcomes.append((history, predicted, [w.tobytes() for w in model.get_weights()]))
    assert outcomes[0] == outcomes[1]


def test_nothing_is_left_behind(kernels):
    own = _kernels.dense_forward
    with profiler.Profile():
        assert _kernels.dense_forward is not own
    with pytest.raises(ZeroDivisionError), profiler.Profile():
        raise ZeroDivisionError
    assert _kernels.dense_forward is own
    assert spans.listener is None
    assert spans.span("data", "x") is spans.span("callbacks", "y")


@pytest.mark.one_table
def test_a_profile_may_end_while_another_thread_trains(monkeypatch):
    monkeypatch.setattr(plan, "_fitting", lambda steps, seconds: 10**6)  # an epoch is one stretch
    rows, goes_on = np.zeros((40_000, 6), np.float32), threading.Event()
    begins = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: goes_on.set() if epoch == 1 else None
    )
    failed = []

    def work():
        try:
            network().fit(rows, rows[:, 0], 1, 2, 0, [begins])
        except BaseException as error:
            failed.append(error)

    network().fit(rows[:4], rows[:4, 0], verbose=0)
    thread = threading.Thread(target=work)
    with profiler.Profile():
        thread.start()
        goes_on.wait(20)
        time.sleep(0.02)
    thread.join()
    assert not failed


def test_other_threads_are_not_seen():
    errors = []

    def work():
        try:
            fit(network())
        except BaseException as error:
            errors.append(error)

    with profiler.Profile() as found:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not errors
    assert [row.what for row in found.rows] == ["Python", "this profile"]


# ------------------------------------------------------------------------- beginning and end


def test_it_may_begin_and_end_inside_of_what_it_times():
    class Part(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 1:
                self.profile = profiler.Profile().start()

        def on_train_batch_end(self, batch, logs=None):
            if batch == 1 and spans.listener is not None:
                self.profile.stop()

    callback = Part()
    network().fit(X, LABELS, 16, 1, verbose=0, callbacks=[callback])
    found = callback.profile
    assert found.steps == 1
    assert calls(found)["first (Dense)", "forward"] == 1
    (hook,) = [event for event in found.events if event.part == "callbacks"]
    assert (hook.name, hook.ended) == ("Part", found.ended)
    assert sum(row.seconds for row in found.rows) == pytest.approx(found.seconds, rel=1e-9)


def test_one_at_a_time():
    with profiler.Profile() as found:
        with pytest.raises(RuntimeError, match="at work already"):
            profiler.start("logs")
        found.stop()
        with pytest.raises(RuntimeError, match="no profile is at work that this thread"):
            found.stop()
    with pytest.raises(RuntimeError, match="has ended; make a new one"):
        found.start()
    with pytest.raises(RuntimeError, match=r"no profile is at work; nnlite.profiler.start"):
        profiler.stop()
    assert spans.listener is None


def test_the_table_is_printed_at_the_end(capsys):
    with profiler.profile() as found:
        fit(network())
    printed = capsys.readouterr().out
    assert printed == f"{found}\n"
    lines = printed.splitlines()
    assert lines[0].startswith("Profile of ")
    assert f" s: {STEPS * EPOCHS} steps, {found.replayed_steps} of them replayed" in lines[0]
    assert lines[2].split() == ["calls", "total", "mean", "share", "GFLOP/s"]
    first = next(line for line in lines if line.startswith("first (Dense)"))
    assert first.split()[2:4] == ["forward", str(STEPS * EPOCHS)]
    assert len(lines) == 3 + len(found.rows)
