"""Progbar: the bar that `fit` shows, for loops of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..callbacks import progress


class Progbar:
    """Shows how far a loop has come, and the means of some values.

    Parameters
    ----------
    target : int or None
        How many steps there are; None if that is not known.
    width : int
        Keras's; the bar is as wide as that of `fit`.
    verbose : 0, 1 or 2
        Nothing, a bar, or a line at the end.
    interval : float
        Keras's; the bar is drawn as often as that of `fit`.
    stateful_metrics : collection of str
        Names of values that are shown as they are, instead of their means.
    unit_name : str
        Keras's.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.stateful_metrics = set(stateful_metrics or ())
        self._sums: dict[str, tuple[float, float]] = {}  # of values, and of steps
        self._bar = progress.ProgbarLogger()
        self._bar.set_params({"verbose": verbose, "steps": target})
        self._bar.on_predict_begin()

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Say how many steps are done, and what the values were in those since the last time.

        Parameters
        ----------
        current : int
        values : pairs of name and value
        finalize : bool, optional
            Whether this was the last step; by default where `target` is reached.
        """
        steps = max(current - self._bar.seen, 1)
        for name, value in values or ():
            total, count = (0.0, 0.0) if name in self.stateful_metrics else self._means(name)
            self._sums[name] = total + float(value) * steps, count + steps
        logs = {name: total / count for name, (total, count) in self._sums.items()}
        done = self.target is not None and current >= self.target if finalize is None else finalize
        self._bar.on_train_batch_end(current - 1, logs)
        if done:
            self._bar.on_epoch_end(0, logs)

    def _means(self, name: str) -> tuple[float, float]:
        return self._sums.get(name, (0.0, 0.0))

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Say that `n` more steps are done."""
        self.update(self._bar.seen + n, values)
