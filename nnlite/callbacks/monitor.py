"""What callbacks share that watch one metric and ask whether it got better."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..errors import did_you_mean, unknown_name
from .base import Callback, Logs
from .directions import direction_of
from .expected import ExpectedLogs

_MODES = {"auto": None, "min": -1, "max": 1}


class MonitorCallback(Callback):
    """Base class of callbacks that watch one metric.

    Parameters
    ----------
    monitor : str
        The metric's name in the logs, such as "val_loss".
    mode : {"auto", "min", "max"}
        Whether less or more is better. "auto" goes by what the metric measures: more is better of
        accuracies, AUC, F-scores, precision, recall, IoU, R2 and cosine similarity, less of losses
        and errors.
    baseline : float, optional
        What the first value has to be better than, to be the best so far; any number is, without.
    min_delta : float
        A change has to be larger than this to be an improvement.

    Raises
    ------
    ValueError
        For any other mode. At the beginning of `fit`, where there is no such metric, or "auto"
        cannot tell which way is better.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in _MODES:
            raise unknown_name(f"mode of {type(self).__name__}", str(mode), _MODES)
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self._direction = _MODES[mode] or direction_of(monitor)

    def is_improvement(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`.

        NaN never is; every other value is better than None.
        """
        if reference is None:
            return not math.isnan(value)
        sign = self._direction or self._direction_by({})
        return sign * value - self.min_delta > sign * reference

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        """Refuse a metric that cannot come, before the training begins."""
        self.expect_monitored(expected.at_epochs(), expected)
        return super().expect(expected)

    def expect_monitored(self, names: dict[str, Any], expected: ExpectedLogs) -> None:
        """Raise ValueError where the metric is not among `names`, and nothing else can come."""
        if expected.complete and self.monitor not in names:
            raise self._missing(names)
        if self._direction is None:
            self._direction = self._direction_by(names)

    def _direction_by(self, names: dict[str, Any]) -> int:
        found = direction_of(self.monitor, names.get(self.monitor))
        if found is None:
            unknown = names and self.monitor not in names
            raise ValueError(
                f"{type(self).__name__}: is more or less of {self.monitor!r} better? Its name does "
                "not tell; say mode='max' or mode='min'."
                + (did_you_mean(self.monitor, names) if unknown else "")
            )
        return found

    def monitored_value(self, logs: Logs) -> Any:
        """Return the metric's value, or None where this epoch was not validated.

        Raises
        ------
        ValueError
            Where the logs have no such metric, or it is no single number.
        """
        logs = logs or {}
        value = logs.get(self.monitor)
        if getattr(value, "ndim", 0):
            raise ValueError(
                f"{type(self).__name__}: {self.monitor!r} is an array, {value!r}, and which of two "
                "arrays is better cannot be said; let the metric return their mean"
            )
        if value is not None:
            return value
        validates_seldom = self.params.get("validation_freq", 1) != 1
        if validates_seldom and self.monitor.removeprefix("val_") in logs:
            return None
        raise self._missing(logs)

    def _missing(self, names: Iterable[str]) -> ValueError:
        names = list(names)
        hint = did_you_mean(self.monitor, names)
        if self.monitor.removeprefix("val_") in names:
            hint = " Give fit() validation_data or validation_split to have it."
        return ValueError(
            f"{type(self).__name__}: there is no {self.monitor!r} to monitor.{hint} "
            f"There are: {', '.join(names) or 'none'}."
        )
