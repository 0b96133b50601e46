"""Set the learning rate at the beginning of every epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..messages import say
from ..signatures import parameters_of
from ..tensor import raw
from .base import Callback, Logs
from .expected import ExpectedLogs


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of every epoch to what a function says.

    At the end of the epoch it comes into the logs, as "learning_rate".

    Parameters
    ----------
    schedule : function of (epoch, learning rate), or of the epoch alone
        Epochs count from 0. Returns the new learning rate, a float.
    verbose : {0, 1}
        1 tells what it is set to.

    Raises
    ------
    TypeError
        Where `schedule` is no function.
    ValueError
        Where it returns no float.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise TypeError(
                "LearningRateScheduler: schedule must be a function of the epoch and the learning "
                f"rate, got {schedule!r}"
            )
        self.schedule = schedule
        self.verbose = verbose

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        return super().expect(expected.with_added("learning_rate"))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        rate = float(self.model.optimizer.learning_rate)
        takes_rate = _takes_two(self.schedule)
        said = self.schedule(epoch, rate) if takes_rate else self.schedule(epoch)
        value = np.asarray(raw(said))
        if value.ndim or value.dtype.kind != "f":
            raise ValueError(
                "LearningRateScheduler: the output of the `schedule` function should be a float. "
                f"Got: {said!r}"
            )
        rate = float(value)
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    """Whether a function can be given the epoch and the learning rate."""
    function = schedule if hasattr(schedule, "__code__") else getattr(schedule, "__call__")  # noqa: B004, B009
    try:
        found = parameters_of(function)
    except (TypeError, ValueError):  # built in, and says nothing of itself
        return True
    return found.takes_many or len(found.positional_only + found.positional) > 1
