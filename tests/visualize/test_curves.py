"""Learning curves."""

import math

import pytest
from matplotlib.colors import to_hex

from nnlite.callbacks import History
from nnlite.visualize import learning_curves

pytestmark = pytest.mark.one_table

VALUES = {
    "loss": [3.0, 2.0, 1.0],
    "accuracy": [0.1, 0.2, 0.3],
    "val_loss": [4.0, 3.0, 2.0],
    "val_accuracy": [0.2, 0.3, 0.4],
}


def test_losses_and_metrics_stand_apart() -> None:
    losses, metrics = learning_curves(VALUES).axes
    assert [losses.get_ylabel(), metrics.get_ylabel()] == ["Loss", "Accuracy"]
    assert [line.get_label() for line in losses.lines] == ["loss (training)", "loss (validation)"]
    assert list(metrics.lines[0].get_ydata()) == VALUES["accuracy"]
    assert list(metrics.lines[1].get_ydata()) == VALUES["val_accuracy"]
    for axes in (losses, metrics):
        assert axes.get_xlabel() == "Epoch"
        assert axes.get_legend() is not None


def test_training_and_validation_share_a_colour() -> None:
    values = VALUES | {"output_loss": [1.0] * 3, "val_output_loss": [2.0] * 3}
    lines = learning_curves(values).axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-", "--"]
    colours = [to_hex(line.get_color()) for line in lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]


@pytest.mark.parametrize(("shifted", "first"), [(True, 0.5), (False, 1.0)])
def test_training_curves_are_shifted_by_half_an_epoch(shifted: bool, first: float) -> None:
    training, validation = learning_curves(VALUES, half_epoch_shift=shifted).axes[0].lines
    assert list(training.get_xdata()) == [first, first + 1, first + 2]
    assert list(validation.get_xdata()) == [1, 2, 3]


def test_epochs_are_whole_numbers_from_1() -> None:
    for count in (1, 2, 30):
        axes = learning_curves({"loss": [1.0] * count}).axes[0]
        low, high = axes.get_xlim()
        ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
        assert ticks
        assert all(tick == int(tick) >= 1 for tick in ticks)


def test_one_epoch_is_a_mark() -> None:
    lines = learning_curves({"loss": [1.0], "val_loss": [2.0]}).axes[0].lines
    assert [line.get_marker() for line in lines] == ["o", "o"]
    assert learning_curves({"loss": [1.0] * 100}).axes[0].lines[0].get_marker() == "None"


def test_a_training_that_gave_only_nan(tmp_path) -> None:
    learning_curves({"loss": [math.nan] * 3}, path=tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()


def test_nan_and_infinity_are_gaps(tmp_path) -> None:
    values = {"loss": [1.0, math.nan, 2.0], "val_loss": [math.nan] * 3, "mae": [1.0, math.inf, 2.0]}
    figure = learning_curves(values, path=tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()
    low, high = figure.axes[0].get_ylim()
    assert low < 1.0 < 2.0 < high


def test_what_only_training_has() -> None:
    values = {"loss": [1.0], "val_loss": [1.0], "learning_rate": [0.1]}
    rate = learning_curves(values).axes[1]
    assert rate.get_ylabel() == "Learning rate"
    assert rate.lines[0].get_label() == "learning_rate"
    assert list(rate.lines[0].get_xdata()) == [1]  # no mean over the epoch, so no shift


def test_several_metrics_share_a_panel() -> None:
    figure = learning_curves({"loss": [1.0], "mae": [1.0], "mse": [1.0]})
    assert [axes.get_ylabel() for axes in figure.axes] == ["Loss", "Metrics"]
    assert [line.get_label() for line in figure.axes[1].lines] == ["mae", "mse"]


def test_a_history_knows_its_epochs() -> None:
    history = History()
    for epoch in range(4, 8):
        validation = {"val_loss": 2.0} if epoch % 2 else {}
        history.on_epoch_end(epoch, {"loss": 1.0, **validation})
    training, validation = learning_curves(history).axes[0].lines
    assert list(training.get_xdata()) == [4.5, 5.5, 6.5, 7.5]
    assert list(validation.get_xdata()) == [6, 8]


@pytest.mark.parametrize("history", [{}, {"loss": []}, History()])
def test_nothing_to_draw(history: object) -> None:
    with pytest.raises(ValueError, match=r"no epochs; train with fit\(\) first"):
        learning_curves(history)


def test_values_that_are_missing() -> None:
    with pytest.raises(ValueError, match="'val_loss' has 1 values, not 2; give the History"):
        learning_curves({"loss": [1.0, 2.0], "val_loss": [1.0]})
