"""Stopping in time."""

import math
from collections.abc import Sequence

import pytest

from nnlite.callbacks import EarlyStopping

pytestmark = pytest.mark.one_table


class Model:
    """Has one weight: the number of the epoch that it went through last."""

    def __init__(self) -> None:
        self.stop_training = False
        self.weights = [-1]

    def get_weights(self) -> list[int]:
        return list(self.weights)

    def set_weights(self, weights: list[int]) -> None:
        self.weights = list(weights)


def train(callback: EarlyStopping, values: Sequence[float]) -> Model:
    """Go through epochs whose metric is `values`, until the callback stops it."""
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {"loss": 0.0, callback.monitor: value})
        if model.stop_training:
            break
    callback.on_train_end()
    return model


@pytest.mark.parametrize(
    ("arguments", "values", "stopped"),
    [
        ({}, [3, 2, 1], 0),
        ({}, [3, 2, 2, 1], 2),  # equal is not better
        ({"patience": 1}, [3, 2, 2, 1], 2),
        ({"patience": 2}, [3, 2, 2, 1, 1, 1, 0], 5),
        ({"patience": 2}, [1, 2, 3, 0], 2),
        ({"min_delta": 0.5, "patience": 1}, [3, 2.6, 2.4], 1),
        ({"min_delta": 0.5, "patience": 2}, [3, 2.6, 2.4, 2.3], 0),  # 2.4 beats 3 by enough
        ({"mode": "max"}, [1, 2, 1], 2),
        ({"monitor": "val_accuracy"}, [0.1, 0.2, 0.1], 2),
        ({"baseline": 1.0, "patience": 2}, [3, 2.5, 2, 1.5], 0),  # better than before, so no stop
        ({"baseline": 1.0, "patience": 2}, [3, 2.5, 2.6, 0.5], 2),
        ({"start_from_epoch": 3}, [1, 2, 3, 4, 5], 4),
        ({}, [math.nan, 2, 1], 0),  # the first epoch never stops
        ({"patience": 1}, [2, math.nan, 1], 1),
        ({"patience": 2}, [2, math.nan, math.nan, 1], 2),
    ],
)
def test_when_it_stops(arguments: dict, values: list[float], stopped: int) -> None:
    callback = EarlyStopping(**arguments)
    model = train(callback, values)
    assert callback.stopped_epoch == stopped
    assert model.stop_training is bool(stopped)


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([3, 1, 2, 2, 0], 1),  # stopped early
        ([3, 1, 2], 1),  # ran to its end
        ([math.nan, 2, 3], 1),
        ([2, math.nan], 0),
        ([3, 2, 1], 2),
    ],
)
def test_restores_the_best_weights(values: list[float], best: int) -> None:
    callback = EarlyStopping(patience=2, restore_best_weights=True)
    assert train(callback, values).weights == [best]
    assert callback.best_epoch == best


def test_keeps_the_last_weights_otherwise() -> None:
    assert train(EarlyStopping(patience=2), [3, 1, 2, 2, 0]).weights == [3]


def test_nan_alone_is_never_the_best() -> None:
    callback = EarlyStopping(patience=5, restore_best_weights=True)
    assert train(callback, [math.nan, math.nan]).weights == [1]
    assert callback.best_weights is None


def test_restores_the_best_also_where_none_beats_the_baseline() -> None:
    callback = EarlyStopping(baseline=0.5, patience=2, restore_best_weights=True)
    assert train(callback, [3, 1, 2]).weights == [1]


def test_can_be_used_again() -> None:
    callback = EarlyStopping(restore_best_weights=True)
    train(callback, [1, 2])
    assert train(callback, [5, 4, 3]).weights == [2]
    assert callback.stopped_epoch == 0


def test_tells_what_it_did(capsys) -> None:
    train(EarlyStopping(verbose=1, restore_best_weights=True), [1, 2])
    assert capsys.readouterr().out == (
        "Epoch 2: early stopping\nRestoring model weights from the end of the best epoch: 1.\n"
    )
    train(EarlyStopping(restore_best_weights=True), [1, 2])
    assert capsys.readouterr().out == ""


def test_epochs_without_validation_are_passed_over() -> None:
    callback = EarlyStopping()
    callback.set_params({"validation_freq": 2})
    callback.set_model(Model())
    callback.on_train_begin()
    for epoch, logs in enumerate([{}, {"val_loss": 1.0}, {}, {"val_loss": 2.0}]):
        assert not callback.model.stop_training
        callback.on_epoch_end(epoch, {"loss": 1.0, **logs})
    assert callback.stopped_epoch == 3


def test_a_misspelt_argument() -> None:
    with pytest.raises(TypeError, match=r"'patioence'\. Did you mean 'patience'"):
        EarlyStopping(patioence=10)


def test_a_metric_that_is_not_there() -> None:
    callback = EarlyStopping(monitor="val_los")
    callback.set_model(Model())
    with pytest.raises(ValueError, match="EarlyStopping: there is no 'val_los'"):
        callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
