"""The record of a training: every metric of every epoch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .base import Callback, Logs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class History(Callback):
    """Collects the logs of all epochs; `fit` makes one and returns it.

    Attributes
    ----------
    history : dict of str to list of float
        One value an epoch for "loss", each metric, and "val_" and each of them where there is
        validation data. `pandas.DataFrame(history.history)` makes a table of it.
    epoch : list of int
        The epochs' numbers, from 0 (or from `initial_epoch`).
    epochs_of : dict of str to list of int
        For each metric, the epochs that its values belong to: with `validation_freq` not all.
    """

    keeps = ("epoch", "history", "epochs_of")

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self.epochs_of: dict[str, list[int]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []
        self.history = {}
        self.epochs_of = {}

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self.epochs_of.setdefault(name, []).append(epoch)

    def plot(
        self, path: str | os.PathLike[str] | None = None, half_epoch_shift: bool = True
    ) -> Figure:
        """Draw the learning curves: see `nnlite.visualize.learning_curves`, which does it."""
        from ..visualize import learning_curves

        return learning_curves(self, path=path, half_epoch_shift=half_epoch_shift)
