"""Stop training when the loss is no number any more."""

from __future__ import annotations

import math
import os
from typing import Any

from ..messages import say
from .base import Callback, Logs


class TerminateOnNaN(Callback):
    """Stop training after the first batch whose loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool
        Whether to raise RuntimeError instead; then no callback is told that training ends, so that
        a backup stays as it is.
    explain : bool
        Whether to find out where it began: the step is done again on the tape, and the first op,
        layer and samples are named whose numbers were not finite. Weights and what the optimizer
        keeps are looked at too, after each step. Before each step a copy is kept of all that
        decides it, which takes time and memory.
    folder : path
        Where, with `explain`, it is kept what is needed to do the step again: with
        `nnlite.explaining.reproduce(folder)`, or by the script in it.

    Attributes
    ----------
    finding : nnlite.explaining.Finding or None
        What was found.

    Raises
    ------
    RuntimeError
        In the training, where the loss is no number and `raise_error` is set.
    """

    def __init__(
        self,
        raise_error: bool = False,
        *,
        explain: bool = False,
        folder: str | os.PathLike[str] = "nan_step",
    ) -> None:
        super().__init__()
        self.raise_error = raise_error
        self.explain = explain
        self.folder = folder
        self.finding: Any = None
        self._witness: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self.finding = self._witness = None
        fitting = self.model._fitting_now
        if fitting is not None:
            fitting.train.steps.guards_loss = True
        if self.explain and fitting is not None:
            from ..explaining.witness import Witness  # the floors above

            self._witness = fitting.train.steps.witness or Witness(fitting)  # one sees for all

    def stretch(self, steps: int) -> int:
        """Let many batches run: those after a lost loss wait until this was told."""
        plain = type(self) is TerminateOnNaN and not self.explain  # a subclass may do more
        return steps if plain else 1

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        lost = loss is not None and not math.isfinite(loss)
        if not lost and not (self._witness is not None and self._witness.broken):
            return
        found = self._explanation() if self._witness is not None else ""
        if self.raise_error:
            what = f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}."
            if not lost:
                what = f"NaN or Inf weights encountered at batch {batch}."
            raise RuntimeError(f"{what} Terminating training immediately.{found}")
        what = "Invalid loss" if lost else "Invalid weights"
        say(f"Batch {batch}: {what}, terminating training{found}")
        self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self._witness = None  # it holds a copy of the model

    def failed(self, error: BaseException) -> None:
        self._witness = None

    def _explanation(self) -> str:
        """Find out where it began, keep the step, and say both."""
        from ..explaining.detective import investigate

        self.finding, text = investigate(self._witness, self.folder)
        return f"\n{text}"
