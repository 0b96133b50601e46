"""The loops of `fit`, `evaluate` and `predict` over batches, with their callbacks."""

from __future__ import annotations

from typing import Any

from .callbacks import CallbackList
from .feeding import Batches
from .plan import Steps
from .spans import timed
from .streams import warn_ran_out
from .tensor import Array
from .tree import flatten, map_structure


class Loop:
    """Takes a model through the batches of an epoch, time and again.

    Parameters
    ----------
    steps : Steps
    count : int or None
        Batches in an epoch; None for all that come.
    calls : CallbackList

    Attributes
    ----------
    done : int
        How many steps the last epoch had.
    """

    def __init__(self, steps: Steps, count: int | None, calls: CallbackList) -> None:
        self.steps = steps
        self.count = count
        self.calls = calls
        self.rows = steps.batches.rows()
        self.left: tuple[Array, int] | None = None  # what was taken and not done
        self.done = 0
        self.mode = "train" if steps.train else "test"
        self.hooks = f"on_{self.mode}_batch_begin", f"on_{self.mode}_batch_end"
        self.stop = "stop_training" if steps.train else "stop_evaluating"

    def restart(self) -> None:
        """Begin with the first batch again, where the data can."""
        self.rows, self.left = self.steps.batches.rows(), None
        self.begin()

    def begin(self) -> None:
        """Begin an epoch, which goes on in the data where the last one has ended."""
        self.steps.model.reset_metrics()
        self.done, self.steps.logs = 0, None

    def run(self) -> dict[str, Any]:
        """Do the steps of an epoch that has begun, and return the means over it."""
        model, calls = self.steps.model, self.calls
        tell_begin, tell_end = (getattr(calls, hook) for hook in self.hooks)
        listened = calls.listens(self.hooks[1])
        while self.count is None or self.done < self.count:
            if self.done and getattr(model, self.stop):
                break
            part = timed("data", "batches", self._take)
            if part is None:
                break
            tell_begin(self.done)
            self._execute(*part)
            if listened:
                tell_end(self.done - 1, self.steps.results())
        self.rows.end_epoch()
        return self.steps.results()

    def _take(self) -> tuple[Array, int] | None:
        """Take the next rows; None where an epoch of unknown length, or all data, has ended."""
        most = self.calls.at_once(self.mode, self.steps.at_once)
        if self.count is not None:
            most = min(most, self.count - self.done)
        if self.left is not None:
            return self._take_what_is_left(most)
        part = self.rows.take(most)
        if part is None and (self.count is not None or not self.done):
            part = self.rows.take(most)  # the pass has ended, not the epoch: begin a new one
            if part is None:
                warn_ran_out()
                setattr(self.steps.model, self.stop, True)
        return part

    def _take_what_is_left(self, most: int) -> tuple[Array, int]:
        assert self.left is not None
        rows, steps = self.left
        size, taken = len(rows) // steps, min(most, steps)
        self.left = (rows[taken * size :], steps - taken) if taken < steps else None
        return rows[: taken * size], taken

    def _execute(self, rows: Array, taken: int) -> None:
        """Do the steps of some rows, and as many more as go together in one execution."""
        executed = self._do(rows, taken)
        together = self.steps.model.steps_per_execution
        while executed < together and self.left is None and self.done != self.count:
            part = self._take()
            if part is None:
                return
            executed += self._do(*part)

    def _do(self, rows: Array, steps: int) -> int:
        """Do some steps; where the loss is lost, somebody hears of that before the others."""
        done, size = self.steps.run(rows, steps), len(rows) // steps
        if done < steps:
            self.left = rows[done * size :], steps - done
        self.done += done
        return done


class ArrayPasses:
    """The batches of a prediction on arrays in memory, as many at once as are wanted.

    Parameters
    ----------
    x : (N, ...) array, or a list, tuple or dict of them, one for each input
    batch_size : int
    """

    def __init__(self, x: Any, batch_size: int) -> None:
        self.x, self.batch_size, self.done = x, batch_size, 0
        self.samples = len(flatten(x)[0])
        self.steps = -(-self.samples // batch_size)

    def take(self, most: int) -> tuple[Any, int] | None:
        """Return the rows of the next batches of equal size, and how many there are."""
        size, first = self.batch_size, self.done
        if first >= self.steps:
            return None
        self.done += min(most, max(1, self.samples // size - first))  # the last may be smaller
        if self.done - first == self.steps:  # all of them, which a small call cannot wait for
            return self.x, self.steps
        rows = slice(first * size, self.done * size)
        return map_structure(lambda one: one[rows], self.x), self.done - first

    def __enter__(self) -> ArrayPasses:
        return self

    def __exit__(self, *error: object) -> None:
        """Let go of what goes on behind the scenes: nothing does."""


class BatchPasses:
    """The batches of a prediction on what is read or comes batch by batch: one by one.

    Parameters
    ----------
    batches : ArrayBatches or StreamBatches
    """

    def __init__(self, batches: Batches) -> None:
        self.batches, self.rows = batches, batches.rows()
        self.steps = batches.steps
        self.done = 0

    def take(self, most: int) -> tuple[Any, int] | None:
        """Return the inputs of the next batch."""
        if self.done == self.steps:
            return None
        part = self.rows.take(1)
        self.done += 1
        return None if part is None else (self.batches.gather(part[0])[0], 1)

    def __enter__(self) -> BatchPasses:
        return self

    def __exit__(self, *error: object) -> None:
        """Stop what makes batches ahead."""
        self.rows.end_epoch()
        self.batches.close()
