"""The record of a training."""

import pandas
import pytest

from nnlite.callbacks import History

pytestmark = pytest.mark.one_table


def trained(logs_of_epochs: list[dict[str, float]]) -> History:
    history = History()
    history.on_train_begin()
    for epoch, logs in enumerate(logs_of_epochs):
        history.on_epoch_end(epoch, logs)
    return history


def test_collects_every_epoch() -> None:
    history = trained([{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}])
    assert history.history == {"loss": [2.0, 1.0], "val_loss": [3.0, 2.5]}
    assert history.epoch == [0, 1]


def test_makes_a_data_frame() -> None:
    frame = pandas.DataFrame(trained([{"loss": 2.0}, {"loss": 1.0}]).history)
    assert frame["loss"].tolist() == [2.0, 1.0]


def test_begins_anew_with_every_training() -> None:
    history = trained([{"loss": 2.0}])
    history.on_train_begin()
    assert (history.history, history.epoch, history.epochs_of) == ({}, [], {})


def test_remembers_which_epochs_were_validated() -> None:
    history = trained([{"loss": 3.0}, {"loss": 2.0, "val_loss": 2.5}, {"loss": 1.0}])
    assert history.epochs_of == {"loss": [0, 1, 2], "val_loss": [1]}


def test_plots(tmp_path) -> None:
    figure = trained([{"loss": 2.0, "val_loss": 2.5}]).plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.5]
    figure = trained([{"loss": 2.0}]).plot(half_epoch_shift=False)
    assert figure.axes[0].lines[0].get_xdata().tolist() == [1]
