"""ReduceLROnPlateau and LearningRateScheduler in a training."""

import math

import numpy as np
import pytest

import nnlite
from nnlite import ops
from nnlite.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau

X = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
Y = X[:, :1]


def model(learning_rate=0.1):
    made = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,), kernel_initializer="ones")])
    made.compile(nnlite.optimizers.SGD(learning_rate), "mse")
    return made


def test_each_epoch_is_trained_with_the_rate_of_the_schedule() -> None:
    rates = [0.1, 0.0, 0.05]
    scheduled, by_hand = model(), model()
    schedule = LearningRateScheduler(lambda epoch, rate: rates[epoch])
    history = scheduled.fit(X, Y, epochs=3, shuffle=False, callbacks=[schedule], verbose=0)
    assert history.history["learning_rate"] == rates
    for rate in rates:
        by_hand.optimizer.learning_rate = rate
        by_hand.fit(X, Y, shuffle=False, verbose=0)
    np.testing.assert_array_equal(scheduled.get_weights()[0], by_hand.get_weights()[0])


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (lambda epoch, rate: rate * 0.5, [0.05, 0.025]),
        (lambda epoch: 0.25 / (epoch + 1), [0.25, 0.125]),
        (lambda epoch, rate: np.float32(0.5), [0.5, 0.5]),
        (lambda epoch, rate: rate * ops.exp(ops.convert_to_tensor(-1.0)), None),
        (nnlite.optimizers.schedules.InverseTimeDecay(0.5, 1, 1.0), [0.5, 0.25]),
    ],
)
def test_what_a_schedule_may_be(schedule, expected) -> None:
    callback = LearningRateScheduler(schedule)
    rates = model().fit(X, Y, epochs=2, callbacks=[callback], verbose=0).history["learning_rate"]
    expected = expected or [0.1 * math.exp(-1), 0.1 * math.exp(-2)]
    assert rates == pytest.approx(expected, rel=1e-6)  # exp of a float32


@pytest.mark.one_table
@pytest.mark.parametrize("said", [1, None, "0.1", [0.1], True])
def test_what_is_no_float_is_refused(said) -> None:
    with pytest.raises(ValueError, match=r"output of the `schedule` function should be a float"):
        model().fit(X, Y, callbacks=[LearningRateScheduler(lambda epoch: said)], verbose=0)


@pytest.mark.one_table
def test_an_error_inside_a_schedule_is_not_swallowed() -> None:
    def schedule(epoch, rate):
        return rate + "1"

    with pytest.raises(TypeError, match="unsupported operand"):
        model().fit(X, Y, callbacks=[LearningRateScheduler(schedule)], verbose=0)
    with pytest.raises(TypeError, match="schedule must be a function"):
        LearningRateScheduler(0.1)


class Plateau(Callback):
    """Lets the training seem to stand still."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = 1.0


def test_a_plateau_reduces_the_rate_of_the_next_epochs() -> None:
    reduced, by_hand = model(), model()
    callbacks = [Plateau(), ReduceLROnPlateau(factor=0.5, patience=1)]
    history = reduced.fit(X, Y, epochs=3, shuffle=False, callbacks=callbacks, verbose=0)
    assert history.history["learning_rate"] == [0.1, 0.1, 0.05]
    for rate in history.history["learning_rate"]:
        by_hand.optimizer.learning_rate = rate
        by_hand.fit(X, Y, shuffle=False, verbose=0)
    np.testing.assert_array_equal(reduced.get_weights()[0], by_hand.get_weights()[0])


@pytest.mark.one_table
def test_a_nan_is_never_the_best() -> None:
    callback = ReduceLROnPlateau(factor=0.5, patience=2)
    callback.set_model(model())
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate([math.nan, 3.0, 2.0, math.nan, math.nan]):
        callback.on_epoch_end(epoch, {"val_loss": value})
        rates.append(float(callback.model.optimizer.learning_rate))
    assert rates == [0.1, 0.1, 0.1, 0.1, 0.05]
    assert callback.best == 2.0


@pytest.mark.one_table
def test_both_tell_what_they_do(capsys) -> None:
    callbacks = [
        LearningRateScheduler(lambda epoch, rate: rate, verbose=1),
        Plateau(),
        ReduceLROnPlateau(factor=0.5, patience=1, verbose=1),
    ]
    model().fit(X, Y, epochs=2, callbacks=callbacks, verbose=0)
    assert capsys.readouterr().out == (
        "\nEpoch 1: LearningRateScheduler setting learning rate to 0.1.\n"
        "\nEpoch 2: LearningRateScheduler setting learning rate to 0.1.\n"
        "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.05.\n"
    )


@pytest.mark.one_table
@pytest.mark.parametrize("factor", [1.0, 2, -0.5])
def test_a_factor_that_reduces_nothing_is_refused(factor) -> None:
    with pytest.raises(ValueError, match="factor must be"):
        ReduceLROnPlateau(factor=factor)


@pytest.mark.one_table
def test_misspelt_arguments() -> None:
    with pytest.raises(TypeError, match=r"'patient'\. Did you mean 'patience'"):
        ReduceLROnPlateau(patient=3)
    with pytest.raises(TypeError, match=r"'verbos'\. Did you mean 'verbose'"):
        LearningRateScheduler(lambda epoch: 0.1, verbos=1)
