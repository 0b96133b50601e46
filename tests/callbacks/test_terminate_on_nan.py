"""Stopping when the loss is no number any more."""

import numpy as np
import pytest

import nnlite
from nnlite import plan
from nnlite.callbacks import LambdaCallback, TerminateOnNaN

X, Y = np.full((40, 1), 10, np.float32), np.zeros((40, 1), np.float32)


def fit(learning_rate, callback):
    """Train with a learning rate under which each step makes the weight 10 times as large."""
    model = nnlite.Sequential([nnlite.layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.compile(nnlite.optimizers.SGD(learning_rate), "mse")
    heard = []
    hooks = {
        "on_train_batch_end": lambda batch, logs: heard.append((batch, logs["loss"])),
        "on_train_end": lambda logs: heard.append("end"),
    }
    watch = LambdaCallback(**hooks)
    with np.errstate(over="ignore", invalid="ignore"):
        model.fit(X, Y, 1, epochs=3, callbacks=[callback, watch], verbose=0)
    return heard


def test_stops_at_the_very_batch(capsys) -> None:
    *batches, end = fit(1e6, TerminateOnNaN())
    assert end == "end"
    last, loss = batches[-1]
    assert not np.isfinite(loss)
    assert all(np.isfinite(before) for _, before in batches[:-1])
    assert 0 < last < 39
    assert capsys.readouterr().out == f"Batch {last}: Invalid loss, terminating training\n"


def test_lets_numbers_pass(capsys) -> None:
    assert len(fit(1e-3, TerminateOnNaN())) == 3 * 40 + 1
    assert capsys.readouterr().out == ""


@pytest.mark.one_table
def test_raises_if_that_is_wanted() -> None:
    with pytest.raises(RuntimeError, match=r"NaN or Inf loss encountered at batch \d+\. Loss"):
        fit(1e6, TerminateOnNaN(raise_error=True))


def trained(callback, eager=False, **arguments):
    """Train a weight that each step multiplies by -1.1, through some hundred steps of one epoch."""
    model = nnlite.Sequential([nnlite.layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.build((None, 1))
    model.compile(nnlite.optimizers.SGD(1.05), "mse", run_eagerly=eager, **arguments)
    x, y = np.ones((1200, 1), np.float32), np.zeros((1200, 1), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        model.fit(x, y, 1, epochs=2, shuffle=False, callbacks=[callback], verbose=0)
    return int(model.optimizer.iterations.numpy()), model.get_weights()[0].tobytes()


@pytest.fixture
def stretches(monkeypatch):
    """How many steps each replay was asked for, and how many it has done; at most 64 at once."""
    found, run = [], plan.Steps._replay

    def replay(self, recorded, rows, steps):
        done = run(self, recorded, rows, steps)
        found.append((steps, done))
        return done

    monkeypatch.setattr(plan.Steps, "_replay", replay)
    monkeypatch.setattr(plan, "_fitting", lambda steps, seconds: 64)  # however fast this machine is
    return found


@pytest.mark.one_table
@pytest.mark.parametrize("together", [1, 7])
def test_a_replayed_stretch_ends_with_the_step_that_loses_the_loss(together, stretches, capsys):
    steps, weight = trained(TerminateOnNaN(), eager=True)
    assert 400 < steps < 1200
    told = capsys.readouterr().out
    assert told == f"Batch {steps - 1}: Invalid loss, terminating training\n"
    assert not stretches
    assert trained(TerminateOnNaN(), steps_per_execution=together) == (steps, weight)
    assert capsys.readouterr().out == told
    assert len(stretches) < steps / 10
    assert all(done == asked for asked, done in stretches[:-1])
    assert stretches[-1][1] < stretches[-1][0]


@pytest.mark.one_table
def test_whoever_does_not_stop_hears_of_every_step_from_then_on(stretches, monkeypatch):
    heard = []
    monkeypatch.setattr(
        TerminateOnNaN, "on_train_batch_end", lambda self, batch, logs: heard.append(batch)
    )
    steps, _ = trained(TerminateOnNaN())
    assert steps == 2400  # none was left out
    first = next(place for place, (asked, done) in enumerate(stretches) if done < asked)
    lost = sum(done for _, done in stretches[: first + 1]) + 2  # two were on the tape
    assert heard[heard.index(lost - 1) : heard.index(1199) + 1] == list(range(lost - 1, 1200))


@pytest.mark.one_table
def test_a_subclass_hears_of_every_batch(stretches):
    class Mine(TerminateOnNaN):
        def on_train_batch_end(self, batch, logs=None):
            heard.append(batch)
            super().on_train_batch_end(batch, logs)

    heard = []
    steps, _ = trained(Mine())
    assert heard == list(range(steps))
