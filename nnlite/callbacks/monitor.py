"""What callbacks share that watch one metric and ask whether it got better."""

from __future__ import annotations

import math
from typing import Any

from ..errors import did_you_mean, unknown_name
from .base import Callback, Logs

#: Parts of the names of metrics that should grow; what has none of them should shrink.
GROWING = ("acc", "auc")

#: Ends of the names of metrics that should grow.
GROWING_ENDS = ("fmeasure", "f1_score", "precision", "recall", "r2_score", "cosine_similarity")


class MonitorCallback(Callback):
    """Base class of callbacks that watch one metric.

    Parameters
    ----------
    monitor : str
        The metric's name in the logs, such as "val_loss".
    mode : {"auto", "min", "max"}
        Whether less or more is better. "auto" goes by the name: more for accuracies, AUC,
        F-measures, precision, recall, R2 and cosine similarity, less for all else.
    min_delta : float
        A change has to be larger than this to be an improvement.

    Raises
    ------
    ValueError
        For any other mode.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise unknown_name(f"mode of {type(self).__name__}", str(mode), ("auto", "min", "max"))
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self._sign = 1 if mode == "max" or (mode == "auto" and should_grow(monitor)) else -1

    @property
    def worst(self) -> float:
        """The value that every number improves on."""
        return -self._sign * math.inf

    def is_improvement(self, value: float, reference: float) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; NaN never is."""
        return self._sign * value - self.min_delta > self._sign * reference

    def monitored_value(self, logs: Logs) -> Any:
        """Return the metric's value, or None where this epoch was not validated.

        Raises
        ------
        ValueError
            Where the logs have no such metric.
        """
        logs = logs or {}
        if self.monitor in logs:
            return logs[self.monitor]
        hint = did_you_mean(self.monitor, logs)
        if self.monitor.removeprefix("val_") in logs:
            if self.params.get("validation_freq", 1) != 1:
                return None
            hint = " Give fit() validation_data or validation_split to have it."
        raise ValueError(
            f"{type(self).__name__}: there is no {self.monitor!r} to monitor.{hint} "
            f"There are: {', '.join(logs) or 'none'}."
        )


def should_grow(metric: str) -> bool:
    """Whether a metric of this name is better when it is larger."""
    return any(part in metric for part in GROWING) or metric.endswith(GROWING_ENDS)
