"""A training on its way through the epochs: it can say where it is, and be put there again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arguments import whole
from .compiled import Logs, plain_numbers
from .loops import Loop
from .model_state import restore_model, state_of_model
from .random import states
from .spans import span


class Fitting:
    """A training; while it runs, `model._fitting_now` is what says where it is.

    Parameters
    ----------
    train : Loop
    test : Loop or None
        The validation.
    epochs : range
    due : function of the epoch
        Whether it is followed by a validation.

    Attributes
    ----------
    epoch : int
        The epoch that is under way, or the next one.
    under_way : bool
        Whether batches of this epoch may have been done.
    logs : dict
        Of the last epoch that was done.
    """

    def __init__(
        self, train: Loop, test: Loop | None, epochs: range, due: Callable[[int], bool]
    ) -> None:
        self.train, self.test, self.epochs, self.due = train, test, epochs, due
        self.model, self.calls = train.steps.model, train.calls
        self.epoch = epochs.start
        self.under_way = False
        self.logs: Logs = {}

    def run(self) -> None:
        """Go through the epochs, with a validation after those that are due."""
        model, calls = self.model, self.calls
        model._fitting_now = self
        try:
            calls.on_train_begin()
            while self.epoch < self.epochs.stop:
                with span("epoch", f"epoch {self.epoch}"):
                    self._run_epoch()
                if model.stop_training or not self.train.done:
                    break
            if self.epochs:
                model.optimizer.finalize_variable_values(model.trainable_weights)
            calls.on_train_end(self.logs)
        finally:
            model._fitting_now = None

    def _run_epoch(self) -> None:
        calls, epoch = self.calls, self.epoch
        self.train.begin()
        self.under_way = True
        calls.on_epoch_begin(epoch)
        self.logs = self.train.run()
        if not self.train.done:
            return  # there was no batch any more
        if self.test and self.due(epoch):
            val_logs = self.model._evaluate(self.test)
            self.logs |= {f"val_{name}": value for name, value in val_logs.items()}
        self.epoch, self.under_way = epoch + 1, False
        calls.on_epoch_end(epoch, self.logs)
        if calls.params["steps"] is None:
            calls.set_params({**calls.params, "steps": self.train.done})  # now it is known

    # ------------------------------------------------------------------ where it is

    def get_state(self) -> dict[str, Any]:
        """Return all that decides how the training goes on.

        Returns
        -------
        dict
            Numbers, strings, and lists, dicts and arrays of them. The arrays are those that the
            training goes on changing: write or copy them.
        """
        return {
            "epoch": self.epoch,
            "stop_training": self.model.stop_training,
            "logs": self.logs,
            "under_way": plain_numbers(self.train.steps.results()) if self.under_way else None,
            "done": self.train.done if self.under_way else 0,
            "data": [loop.rows.get_state() for loop in self._loops()],
            "model": state_of_model(self.model, self.under_way),
            "callbacks": self.calls.get_state(),
            "random": states.get_state(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where `get_state` was asked: before an epoch, or after its hook in the middle.

        Raises
        ------
        ValueError
            Where the model, its optimizer or the data are not like those of before.
        """
        loops = self._loops()
        if len(loops) != len(state["data"]):
            raise ValueError("there was a validation, and now there is none, or the reverse")
        for loop, found in zip(loops, state["data"], strict=True):
            loop.rows.set_state(found)
        restore_model(self.model, state["model"])
        self.epoch, self.logs = whole(state["epoch"], "epoch", 0), state["logs"]
        self.model.stop_training = bool(state["stop_training"])
        if state["under_way"] is not None:
            self.train.done = whole(state["done"], "done", 0)
            self.train.steps.logs = state["under_way"]
        elif self.model.stop_training:
            self.epoch = max(self.epoch, self.epochs.stop)
        self.calls.set_state(state["callbacks"])
        states.set_state(state["random"])

    def _loops(self) -> list[Loop]:
        return [self.train, *([self.test] if self.test else [])]
