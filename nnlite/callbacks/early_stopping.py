"""Stop training when it no longer helps."""

from __future__ import annotations

from typing import Any

from ..messages import say
from .base import Logs
from .monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stop training when a metric has not improved for `patience` epochs.

    Parameters
    ----------
    monitor : str
        The metric to watch.
    min_delta : float
        A change has to be larger than this to be an improvement.
    patience : int
        How many epochs without an improvement are allowed before training stops.
    verbose : {0, 1}
        1 tells what was done.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" goes by what the metric measures.
    baseline : float, optional
        Only an epoch better than this is progress: training stops after `patience` epochs
        that are not.
    restore_best_weights : bool
        Whether the model ends with the weights of its best epoch, also when training runs to its
        end, instead of those of the last one.
    start_from_epoch : int
        Epochs before this one are not looked at.

    Raises
    ------
    ValueError
        For an unknown mode; at the beginning of `fit`, where the metric does not exist.

    Notes
    -----
    An epoch whose metric is NaN counts as one without an improvement.
    """

    keeps = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor=monitor, mode=mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._forget()

    def _forget(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = self.monitored_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.is_improvement(value, self.best):
            self.best = value
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_improvement(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                best = self.best_epoch + 1
                say(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)
