"""Training with every optimizer: what is replayed gives the bits of steps on the tape."""

from typing import Any

import numpy as np
import pytest
from optimizer_table import ROWS

from nnlite import Sequential, optimizers
from nnlite.layers import Dense
from nnlite.optimizers import schedules
from nnlite.plan import Steps
from nnlite.random import set_random_seed

every_case = pytest.mark.parametrize("row", ROWS, ids=[row.case for row in ROWS])


@every_case
@pytest.mark.parametrize("scheduled", [False, True], ids=["a number", "a schedule"])
def test_replayed_steps_give_the_bits_of_steps_on_the_tape(row, scheduled, monkeypatch):
    """Three epochs of four batches and an odd last one, with the state that they leave."""
    x, y = np.random.default_rng(0).random((35, 6)), np.arange(35) % 3

    def trained(replays: bool) -> list[bytes]:
        set_random_seed(7)
        optimizer = row.cls(**row.arguments)
        if scheduled:
            optimizer.learning_rate = schedules.InverseTimeDecay(0.1, 1, 1.0)
        model = Sequential([Dense(5, "relu", input_shape=(6,)), Dense(3, "softmax")])
        model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer)
        if not replays:
            monkeypatch.setattr(Steps, "_plan", lambda self, size: None)
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        if not scheduled:
            optimizer.learning_rate = 0.01
        model.fit(x, y, batch_size=8, verbose=0)
        monkeypatch.undo()
        assert int(optimizer.iterations) == 15
        return [v.data.tobytes() for v in (*model.weights, *optimizer.variables)]

    assert trained(True) == trained(False)


@pytest.mark.one_table
@every_case
def test_every_optimizer_is_replayed(row, replayed):
    model = Sequential([Dense(2, input_shape=(3,))])
    model.compile(loss="mse", optimizer=row.cls(**row.arguments))
    model.fit(np.ones((40, 3)), np.ones((40, 2)), batch_size=4, verbose=0)
    assert sum(replayed) == 8  # all but the first step and the one that is recorded


#: What may stand beside an optimizer's own numbers.
BESIDES: list[dict[str, Any]] = [
    {"weight_decay": 0.1},
    {"use_ema": True, "ema_momentum": 0.5},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 3, "clipnorm": 0.01, "weight_decay": 0.1},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2},
    {"loss_scale_factor": 8.0, "global_clipnorm": 0.05},
]


@pytest.mark.one_table
@pytest.mark.parametrize("besides", BESIDES, ids=lambda given: ", ".join(given))
@pytest.mark.parametrize("cls", [optimizers.SGD, optimizers.Nadam, optimizers.Lamb])
def test_what_stands_beside_is_replayed_too(cls, besides, replayed):
    x, y = np.random.default_rng(0).random((80, 6)), np.arange(80) % 3

    def trained(replays: bool) -> list[bytes]:
        set_random_seed(7)
        model = Sequential([Dense(5, "relu", input_shape=(6,)), Dense(3, "softmax")])
        model.compile(
            optimizer=cls(0.01, **besides),
            loss="sparse_categorical_crossentropy",
            run_eagerly=not replays,
        )
        model.fit(x, y, batch_size=4, epochs=2, verbose=0)
        return [v.data.tobytes() for v in (*model.weights, *model.optimizer.variables)]

    assert trained(True) == trained(False)
    assert sum(replayed) >= 40 - 2 * 6  # of each kind, of which there are at most 6, two are not
