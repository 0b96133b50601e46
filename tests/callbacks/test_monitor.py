"""Watching one metric."""

import math

import numpy as np
import pytest

import nnlite
from nnlite.callbacks import Callback, EarlyStopping, LambdaCallback, LearningRateScheduler
from nnlite.callbacks.directions import direction_of
from nnlite.callbacks.monitor import MonitorCallback

pytestmark = pytest.mark.one_table

X, Y = np.ones((8, 2), np.float32), np.zeros((8, 1), np.float32)


def compiled(*metrics, kind=nnlite.Sequential):
    model = kind([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=list(metrics))
    return model


def fit(model, *callbacks, **arguments):
    return model.fit(X, Y, epochs=2, callbacks=list(callbacks), verbose=0, **arguments)


# ----------------------------------------------------------------------------------- which way


@pytest.mark.parametrize(
    "metric",
    [
        *("accuracy", "val_acc", "val_sparse_categorical_accuracy", "auc", "auc_1", "fmeasure"),
        *("val_recall", "mean_io_u", "f1_score", "output_1_precision", "accuracy_of_my_own"),
    ],
)
def test_auto_means_more_is_better_for_scores(metric: str) -> None:
    callback = MonitorCallback(metric)
    assert callback.is_improvement(2.0, 1.0)
    assert not callback.is_improvement(1.0, 2.0)


@pytest.mark.parametrize("metric", ["loss", "val_loss", "mae", "val_output_loss", "hinge"])
def test_auto_means_less_is_better_for_losses_and_errors(metric: str) -> None:
    callback = MonitorCallback(metric)
    assert callback.is_improvement(1.0, 2.0)
    assert not callback.is_improvement(2.0, 1.0)


def test_auto_agrees_with_keras_on_all_metrics_of_both() -> None:
    keras = pytest.importorskip("keras")
    arguments = ((), (0.5,), (2,), (2, [0]))
    compared = 0
    for name in dir(nnlite.metrics):
        theirs = getattr(keras.metrics, name, None)
        if not isinstance(theirs, type):
            continue
        for given in arguments:
            try:
                ours, theirs = getattr(nnlite.metrics, name)(*given), theirs(*given)
                break
            except (TypeError, ValueError):
                continue
        else:
            continue
        direction = {"up": 1, "down": -1}.get(getattr(theirs, "_direction", None))
        if direction is not None:
            compared += 1
            assert direction_of(theirs.name) == direction, name
            assert direction_of("a name of my own", ours) == direction, name
    assert compared > 30


def test_a_metric_with_another_name_is_known_by_what_it_measures() -> None:
    model = compiled(nnlite.metrics.CosineSimilarity(name="likeness"))
    callback = EarlyStopping("likeness", patience=5)
    fit(model, callback)
    assert callback.is_improvement(2.0, 1.0)


def test_auto_refuses_to_guess() -> None:
    def closeness(y_true, y_pred):
        return y_true - y_pred

    model = compiled(closeness)
    weights = len(model.weights)
    with pytest.raises(ValueError, match=r"more or less of 'closeness' better\?.* say mode='max'"):
        fit(model, EarlyStopping("closeness"))
    assert len(model.weights) == weights == 0  # nothing was built either
    fit(model, EarlyStopping("closeness", mode="min"))


def test_mode_overrules_the_name() -> None:
    assert MonitorCallback("loss", mode="max").is_improvement(2.0, 1.0)
    assert MonitorCallback("accuracy", mode="min").is_improvement(1.0, 2.0)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mode of MonitorCallback 'mini'.*Did you mean 'min'"):
        MonitorCallback(mode="mini")


# -------------------------------------------------------------------------------- improvements


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_change_must_exceed_min_delta(mode: str) -> None:
    sign = 1 if mode == "max" else -1
    for delta in (0.5, -0.5):
        callback = MonitorCallback("metric", mode=mode, min_delta=delta)
        assert not callback.is_improvement(sign * 0.5, 0.0)
        assert callback.is_improvement(sign * 0.75, 0.0)


def test_any_number_is_better_than_none_but_nan_is_never() -> None:
    for mode in ("min", "max"):
        callback = MonitorCallback("metric", mode=mode)
        assert callback.is_improvement(math.inf, None)
        assert callback.is_improvement(-math.inf, None)
        assert not callback.is_improvement(math.nan, None)
        assert not callback.is_improvement(math.nan, 1.0)


# ------------------------------------------------------------------------- what does not exist


def test_a_metric_that_does_not_exist_is_refused_before_anything_changes() -> None:
    model, seen = compiled("mae"), []
    watch = LambdaCallback(on_train_begin=lambda logs: seen.append("begin"))
    message = r"Stopping: .* no 'val_maee' .*mean 'val_mae'\?.*: loss, mae, val_loss, val_mae\."
    with pytest.raises(ValueError, match=message):
        fit(model, watch, EarlyStopping("val_maee"), validation_data=(X, Y))
    assert seen == []
    assert not model.built


def test_a_validation_that_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match=r"no 'val_loss' .* Give fit\(\) validation_data"):
        fit(compiled(), EarlyStopping())
    fit(compiled(), EarlyStopping(), validation_split=0.5)


def test_what_callbacks_add_may_be_monitored() -> None:
    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["extra_loss"] = 1.0

    fit(compiled(), Adds(), EarlyStopping("extra_loss"))
    schedule = LearningRateScheduler(lambda epoch: 0.1)
    fit(compiled(), schedule, EarlyStopping("learning_rate", mode="min"))
    with pytest.raises(ValueError, match="no 'extra_loss'"):  # added too late to be seen
        fit(compiled(), EarlyStopping("extra_loss"), Adds())


def test_where_a_callback_might_add_it_the_end_of_the_first_epoch_tells() -> None:
    epochs = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    with pytest.raises(ValueError, match=r"no 'val_loss' .* Give fit\(\) .* There are: loss\."):
        fit(compiled(), watch, EarlyStopping())
    assert epochs == [0]
    with pytest.raises(ValueError, match=r"of 'los' better\?.* Did you mean 'loss'"):
        fit(compiled(), watch, EarlyStopping("los"))
    assert epochs == [0]


def test_what_a_train_step_of_ones_own_returns_may_be_monitored() -> None:
    class Own(nnlite.Sequential):
        def train_step(self, data):
            return {**super().train_step(data), "own_loss": 1.0}

    fit(compiled(kind=Own), EarlyStopping("own_loss", patience=3))
    with pytest.raises(ValueError, match=r"no 'own_los' .*mean 'own_loss'"):
        fit(compiled(kind=Own), EarlyStopping("own_los", mode="min"))


def test_what_a_metric_of_ones_own_returns_may_be_monitored() -> None:
    class Two(nnlite.metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred)

        def result(self):
            return {"first_error": 1.0, "second_error": 2.0}

    fit(compiled(Two()), EarlyStopping("second_error", patience=3))


def test_metrics_of_layers_and_of_several_outputs_may_be_monitored() -> None:
    x = nnlite.Input((2,))
    a, b = (nnlite.layers.Dense(1, name=name)(x) for name in "ab")
    model = nnlite.Model(x, [a, b])
    model.compile("sgd", "mse", metrics=[["mae"], []])
    model.extra = nnlite.metrics.Mean("extra_loss")
    names = ("a_loss", "val_b_loss", "a_mae", "val_extra_loss")
    for name in names:
        model.fit(
            X, [Y, Y], validation_data=(X, [Y, Y]), callbacks=[EarlyStopping(name)], verbose=0
        )
    with pytest.raises(ValueError, match="no 'b_mae'"):
        model.fit(X, [Y, Y], callbacks=[EarlyStopping("b_mae")], verbose=0)


def test_what_is_there_is_listed_from_the_logs_of_a_loop_of_ones_own() -> None:
    with pytest.raises(ValueError, match=r"no 'accurcy'.*mean 'accuracy'.*loss, accuracy\."):
        MonitorCallback("accurcy", "max").monitored_value({"loss": 1.0, "accuracy": 0.5})
    with pytest.raises(ValueError, match="There are: none"):
        MonitorCallback("loss").monitored_value(None)


def test_an_array_is_refused() -> None:
    with pytest.raises(ValueError, match="'f1_score' is an array"):
        MonitorCallback("f1_score").monitored_value({"f1_score": np.zeros(3)})


def test_an_epoch_without_validation_is_passed_over_where_not_all_are_validated() -> None:
    callback = MonitorCallback("val_loss")
    callback.set_params({"validation_freq": 2})
    assert callback.monitored_value({"loss": 1.0}) is None
    assert callback.monitored_value({"loss": 1.0, "val_loss": 2.0}) == 2.0
    with pytest.raises(ValueError, match="no 'val_los'"):
        MonitorCallback("val_los", "min").monitored_value({"loss": 1.0})
