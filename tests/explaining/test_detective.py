"""The NaN detective names what each model with a fault of its own was made to do wrong."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

import nnlite
from nnlite import Input, Sequential, layers, ops, optimizers
from nnlite.callbacks import LambdaCallback, TerminateOnNaN
from nnlite.explaining import reproduce
from nnlite.explaining.witness import StepBefore, Witness
from nnlite.models import load_model
from nnlite.random import states
from nnlite.saving import FileRefused
from nnlite.saving.states import read_state, write_state

from .faults import (
    FAULTS,
    SMALL_UPDATES,
    ByHand,
    Fault,
    Log,
    LogLoss,
    Noise,
    Shrinking,
    TwoWays,
    X,
    Y,
    chain,
    large_slope,
    mean_output,
)


def run(fault, folder, **arguments):
    """Fit a model in order, and return it with the callback."""
    model, callback = fault.make(), TerminateOnNaN(explain=True, folder=folder)
    settings = {"batch_size": 8, "shuffle": False, "epochs": 4, "verbose": 0, **arguments}
    with np.errstate(all="ignore"):
        model.fit(fault.x, Y, callbacks=[callback], **settings)
    return model, callback


def by_name(name):
    return next(fault for fault in FAULTS if fault.name == name)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_names_where_it_began(fault, tmp_path, capsys):
    model, callback = run(fault, tmp_path)
    found = callback.finding
    assert found.phase == fault.phase
    assert found.op == (fault.op or found.op)
    assert found.layer == (fault.layer if fault.op else found.layer)
    assert found.rows == (fault.rows or found.rows)
    assert [row % 8 for row in found.rows] == list(found.samples)
    told = capsys.readouterr().out
    assert str(found) in told
    assert fault.says in str(found)
    assert "terminating training" in told
    # And the same comes out of the files.
    given = [LogLoss, TwoWays, ByHand, Shrinking, large_slope, mean_output]
    subclassed = model if fault.name == "quotient" else None
    again = reproduce(tmp_path, {one.__name__: one for one in given}, subclassed)
    assert again == found._replace(rows=())


@pytest.mark.one_table
def test_it_names_the_very_batch_also_where_several_are_done_at_once(tmp_path, capsys):
    fault = by_name("log of 0")

    def make():
        model = fault.make()
        model.compile("sgd", "mse", steps_per_execution=4)
        return model

    _, callback = run(fault._replace(make=make), tmp_path, epochs=2)
    assert callback.finding.rows == (41,)
    assert "epoch 0, batch 5 (both counted from 0)" in capsys.readouterr().out


@pytest.mark.one_table
def test_a_witness_sees_single_steps_also_where_no_callback_does():
    fault, seen = by_name("log of 0"), []
    model = fault.make()

    def look(logs):
        seen.append(Witness(model._fitting_now))

    begin = LambdaCallback(on_train_begin=look)
    model.fit(fault.x, Y, 8, epochs=3, shuffle=False, verbose=0, callbacks=[begin])
    assert seen[0].broken
    assert seen[0].data_rows((1,)) == (41,)


@pytest.mark.one_table
def test_shuffled_rows_are_those_of_the_data(tmp_path):
    _, callback = run(by_name("log of 0"), tmp_path, shuffle=True)
    assert callback.finding.rows == (41,)


@pytest.mark.one_table
def test_batches_of_a_stream_have_samples_alone(tmp_path):
    fault = by_name("log of 0")

    def batches():
        for start in range(0, 64, 8):
            yield fault.x[start : start + 8], Y[start : start + 8]

    model, callback = fault.make(), TerminateOnNaN(explain=True, folder=tmp_path)
    model.compile("sgd", "mse", steps_per_execution=8)  # the batch is gone when it is told of it
    model.fit(batches(), verbose=0, callbacks=[callback])
    assert (callback.finding.samples, callback.finding.rows) == ((1,), ())
    assert reproduce(tmp_path) == callback.finding


@pytest.mark.one_table
@pytest.mark.parametrize("part", ["x", "y", "sample_weight"])
def test_what_came_in_with_the_batch_is_not_the_model_s_fault(part):
    batch = {"x": X[:4].copy(), "y": Y[:4].copy(), "sample_weight": np.ones(4, np.float32)}
    batch[part][2, ...] = np.nan
    model = chain(layers.Dense(2))
    found = StepBefore(model, states.get_state(), tuple(batch.values()), []).replay()
    assert found.phase == "data"
    assert found.samples == (2,)
    assert f"{part} holds nan" in str(found)


@pytest.mark.parametrize("own_seed", [True, False])
def test_what_was_drawn_is_drawn_again(own_seed, tmp_path):
    """Dropout makes zeros now and then, of which the logarithm is -inf; so does the noise."""

    def make():
        nnlite.utils.set_random_seed(5)
        parts = [layers.Dropout(0.01), Log(name="own")] if own_seed else [Noise(name="own")]
        return chain(*parts, layers.Dense(2))

    _, callback = run(Fault("", make, X, "", "", "", (), ""), tmp_path)
    assert callback.finding.layer == "own"
    assert 0 < len(callback.finding.samples) < 8
    assert reproduce(tmp_path) == callback.finding._replace(rows=())


def test_a_training_that_goes_well_ends_with_the_same_bits(tmp_path):
    weights = []
    for debug in (False, True):
        nnlite.utils.set_random_seed(1)
        model = chain(
            layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(2), optimizer="adam"
        )
        callbacks = [TerminateOnNaN(explain=debug, folder=tmp_path)]
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=callbacks)
        weights.append([one.data.tobytes() for one in model.variables])
    assert weights[0] == weights[1]
    assert not [*tmp_path.iterdir()]


@pytest.mark.one_table
def test_after_an_error_no_copy_of_the_model_is_kept():
    detective, witnesses = TerminateOnNaN(explain=True), []

    def stop(batch, logs):
        witnesses.append(weakref.ref(detective._witness))
        raise KeyboardInterrupt

    calls = [detective, LambdaCallback(on_train_batch_end=stop)]
    with pytest.raises(KeyboardInterrupt):
        chain(layers.Dense(2)).fit(X, Y, verbose=0, callbacks=calls)
    gc.collect()
    assert witnesses[0]() is None


@pytest.mark.one_table
def test_debug_nans_of_fit_does_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fault = by_name("log of 0")
    history = fault.make().fit(
        fault.x, Y, batch_size=8, shuffle=False, epochs=4, verbose=0, debug_nans=True
    )
    assert len(history.history["loss"]) == 1
    told = capsys.readouterr().out
    assert "op 1, log, in own (Log)" in told
    assert "reproduce('nan_step') does it again" in told
    assert sorted(path.name for path in (tmp_path / "nan_step").iterdir()) == [
        "model.keras", "reproduce.py", "step.h5",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="debug_nans must be True or False"):
        fault.make().fit(X, Y, debug_nans="yes")


@pytest.mark.one_table
def test_two_detectives_find_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fault = by_name("log of 0")
    both = [TerminateOnNaN(explain=True, folder=name) for name in "ab"]
    fault.make().fit(fault.x, Y, batch_size=8, shuffle=False, verbose=0, callbacks=both)
    first, second = (one.finding for one in both)
    assert first.op == "log"
    assert first == second == reproduce("a")._replace(rows=first.rows)


@pytest.mark.one_table
def test_the_script_in_the_folder_shows_it_too(tmp_path):
    _, callback = run(by_name("exponential"), tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "reproduce.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{callback.finding._replace(rows=())}\n"


@pytest.mark.one_table
def test_the_model_in_the_folder_is_the_one_before_the_step(tmp_path):
    model, _ = run(by_name("an update"), tmp_path)
    assert not all(np.isfinite(one.data).all() for one in model.weights)
    kept = load_model(tmp_path / "model.keras")
    assert all(np.isfinite(one.data).all() for one in kept.weights)


@pytest.mark.one_table
def test_raising_says_it_too(tmp_path):
    model = by_name("learning rate").make()
    callback = TerminateOnNaN(raise_error=True, explain=True, folder=tmp_path)
    with pytest.raises(RuntimeError, match=r"(?s)NaN or Inf loss .* learning rate, 1000, is too"):
        model.fit(X, Y, batch_size=8, epochs=9, verbose=0, callbacks=[callback])


class TwoLosses(Sequential):
    """Its first step makes the weights what the second cannot live with."""

    def train_step(self, data):
        self.optimizer.learning_rate = 1e39
        super().train_step(data)
        return super().train_step(data)


@pytest.mark.one_table
def test_of_two_steps_in_one_the_first_is_to_blame(tmp_path):
    def make():
        model = TwoLosses([Input((3,)), layers.Dense(2, name="d")])
        model.compile("sgd", "mse")
        return model

    _, callback = run(Fault("", make, X, "", "", "", (), ""), tmp_path)
    assert callback.finding.phase == "update"
    assert callback.finding.where == "the weight d/kernel"


class TwoOptimizers(Sequential):
    """Its second optimizer adds up, until the weight overflows."""

    def __init__(self, parts):
        super().__init__(parts)
        self.second = optimizers.SGD(1.0, momentum=0.9)

    def train_step(self, data):
        logs = super().train_step(data)
        weight = self.trainable_weights[0]
        self.second.apply([np.full_like(weight.data, 4e36)], [weight])
        return logs


@pytest.mark.one_table
def test_what_a_second_optimizer_keeps_is_kept_too(tmp_path):
    def make():
        model = TwoOptimizers([Input((3,)), layers.Dense(2, name="d")])
        model.compile(optimizers.SGD(0.0), lambda y, p: ops.mean(p, axis=-1))
        return model

    _, callback = run(Fault("", make, X * 1e-6, "", "", "", (), ""), tmp_path, epochs=9)
    assert callback.finding.phase == "update"
    assert "the weight d/kernel" in str(callback.finding)
    assert reproduce(tmp_path, model=make()) == callback.finding


@pytest.mark.one_table
@pytest.mark.parametrize(("optimizer", "says"), SMALL_UPDATES, ids=["epsilon", "rate"])
def test_an_update_of_small_numbers_has_not_overflowed(optimizer, says, tmp_path):
    fault = Fault("", lambda: chain(layers.Dense(2), optimizer=optimizer), 0 * X, *5 * [""])
    _, callback = run(fault, tmp_path)
    assert callback.finding.phase == "update"
    (advice,) = callback.finding.advice
    assert says in advice


@pytest.mark.one_table
def test_a_model_that_no_file_can_hold_is_asked_for(tmp_path):
    model, callback = run(by_name("quotient"), tmp_path)
    with pytest.raises(FileNotFoundError, match="since no file can hold such a model; make it"):
        reproduce(tmp_path)
    assert reproduce(tmp_path, model=model).where == callback.finding.where


@pytest.mark.one_table
def test_where_nothing_can_be_written_it_is_still_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    _, callback = run(by_name("exponential"), tmp_path / "file")
    assert callback.finding.op == "exp"
    assert "The step could not be kept: " in capsys.readouterr().out


@pytest.mark.one_table
def test_a_fault_that_does_not_come_again_is_not_blamed_on_anything(tmp_path):
    armed = []

    class Once(layers.Layer):
        def call(self, inputs):
            tried = not inputs.data.any()  # on zeros, for its shape
            return inputs * (np.inf if armed and not tried and armed.pop() else 1.0)

    model = chain(Once(), layers.Dense(2))
    armed.append(True)
    _, callback = run(Fault("", lambda: model, X, "", "", "", (), ""), tmp_path)
    assert callback.finding.phase == "nowhere"
    assert "an attribute that your own code changes" in str(callback.finding)


@pytest.mark.one_table
@pytest.mark.parametrize(
    "broken",
    [("random", "python", [3, 0, None]), ("random", "streams", {"x": 1}), ("largest", ["much"])],
    ids=["twister", "stream", "largest"],
)
def test_files_that_hold_something_else_are_refused(broken, tmp_path):
    run(by_name("exponential"), tmp_path)
    *way, name, value = broken
    state = read_state(tmp_path / "step.h5")
    (state[way[0]] if way else state)[name] = value
    write_state(tmp_path / "step.h5", state)
    before = repr(states.get_state())
    with pytest.raises(FileRefused, match="it does not fit the model"):
        reproduce(tmp_path)
    assert repr(states.get_state()) == before


@pytest.mark.one_table
def test_files_of_another_model_are_refused(tmp_path):
    run(by_name("exponential"), tmp_path)
    with pytest.raises(FileRefused, match="it does not fit the model"):
        reproduce(tmp_path, model=chain(layers.Dense(3)))
    (tmp_path / "step.h5").write_bytes(b"nonsense")
    with pytest.raises(FileRefused):
        reproduce(tmp_path)
