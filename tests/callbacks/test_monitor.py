"""Watching one metric."""

import math

import pytest

from nnlite.callbacks.monitor import MonitorCallback

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize(
    "metric",
    ["accuracy", "val_acc", "val_sparse_categorical_accuracy", "auc", "fmeasure", "val_recall"],
)
def test_auto_means_more_is_better_for_scores(metric: str) -> None:
    callback = MonitorCallback(metric)
    assert callback.worst == -math.inf
    assert callback.is_improvement(2.0, 1.0)
    assert not callback.is_improvement(1.0, 2.0)


@pytest.mark.parametrize("metric", ["loss", "val_loss", "mae", "val_output_loss", "whatever"])
def test_auto_means_less_is_better_for_all_else(metric: str) -> None:
    callback = MonitorCallback(metric)
    assert callback.worst == math.inf
    assert callback.is_improvement(1.0, 2.0)
    assert not callback.is_improvement(2.0, 1.0)


def test_mode_overrules_the_name() -> None:
    assert MonitorCallback("loss", mode="max").is_improvement(2.0, 1.0)
    assert MonitorCallback("accuracy", mode="min").is_improvement(1.0, 2.0)


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_change_must_exceed_min_delta(mode: str) -> None:
    sign = 1 if mode == "max" else -1
    for delta in (0.5, -0.5):
        callback = MonitorCallback("metric", mode=mode, min_delta=delta)
        assert not callback.is_improvement(sign * 0.5, 0.0)
        assert callback.is_improvement(sign * 0.75, 0.0)


def test_nan_is_no_improvement() -> None:
    for mode in ("min", "max"):
        callback = MonitorCallback("metric", mode=mode)
        assert not callback.is_improvement(math.nan, callback.worst)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mode of MonitorCallback 'mini'.*Did you mean 'min'"):
        MonitorCallback(mode="mini")


def test_a_metric_that_does_not_exist_is_an_error_that_lists_what_does() -> None:
    with pytest.raises(ValueError, match=r"no 'accurcy'.*mean 'accuracy'.*loss, accuracy\."):
        MonitorCallback("accurcy").monitored_value({"loss": 1.0, "accuracy": 0.5})
    with pytest.raises(ValueError, match="There are: none"):
        MonitorCallback("loss").monitored_value(None)


def test_a_missing_validation_is_told() -> None:
    callback = MonitorCallback("val_loss")
    with pytest.raises(ValueError, match=r"no 'val_loss' .* Give fit\(\) validation_data"):
        callback.monitored_value({"loss": 1.0})


def test_an_epoch_without_validation_is_passed_over_where_not_all_are_validated() -> None:
    callback = MonitorCallback("val_loss")
    callback.set_params({"validation_freq": 2})
    assert callback.monitored_value({"loss": 1.0}) is None
    assert callback.monitored_value({"loss": 1.0, "val_loss": 2.0}) == 2.0
    with pytest.raises(ValueError, match="no 'val_los'"):
        MonitorCallback("val_los").monitored_value({"loss": 1.0})
