"""Stopping when the loss is no number any more."""

import numpy as np
import pytest

import nnlite
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
