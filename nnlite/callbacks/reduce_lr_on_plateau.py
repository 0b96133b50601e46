"""Reduce the learning rate when a metric no longer improves."""

from __future__ import annotations

from ..messages import say
from .base import Logs
from .expected import ExpectedLogs
from .monitor import MonitorCallback


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by `factor` when a metric has not improved for `patience` epochs.

    Each epoch's learning rate comes into the logs, as "learning_rate".

    Parameters
    ----------
    monitor : str
        The metric to watch.
    factor : float, < 1
    patience : int
        How many epochs without an improvement are allowed before the learning rate is reduced.
    verbose : {0, 1}
        1 tells what was done.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" goes by what the metric measures.
    min_delta : float
        A change has to be larger than this to be an improvement.
    cooldown : int
        For how many epochs after a reduction none are counted.
    min_lr : float
        The learning rate never gets below this.

    Raises
    ------
    ValueError
        For an unknown mode, and a factor that would reduce nothing; at the beginning of `fit`,
        where the metric does not exist.
    """

    keeps = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor=monitor, mode=mode, min_delta=min_delta)
        if not 0 <= factor < 1:
            raise ValueError(
                f"ReduceLROnPlateau: factor must be at least 0 and less than 1, got {factor!r}"
            )
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.wait = 0
        self.cooldown_counter = 0

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        return super().expect(expected.with_added("learning_rate"))

    def in_cooldown(self) -> bool:
        """Whether a reduction was so recently that epochs do not count yet."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs = None) -> None:
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.monitored_value(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(value, self.best):
            self.best = value
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate)
        if rate <= self.min_lr:
            return
        rate = max(rate * self.factor, self.min_lr)
        optimizer.learning_rate = rate
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
