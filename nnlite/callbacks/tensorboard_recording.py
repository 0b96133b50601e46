"""Where the summaries of a training go, or those of its validations, and when they are written."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from typing import Any

import numpy as np

from .base import Logs


class _Begun(threading.local):
    """The recordings of a thread that what models write goes to, the last one last."""

    def __init__(self) -> None:
        self.all: list[Recording] = []


_begun = _Begun()


class Recording:
    """An event file, the number of the batch that is under way, and when something is written.

    Parameters
    ----------
    folder : str
        Where the event file is made when the first summary comes.
    every : int or None
        After how many batches summaries are written; None where epochs count.

    Attributes
    ----------
    batch : int64 array of shape ()
        The batch that is under way, from 1 on, or the last one. It is changed in place, and is the
        step of summaries that the model writes in its own code.
    """

    def __init__(self, folder: str, every: int | None) -> None:
        self.folder, self.every = folder, every
        self.batch = np.zeros((), np.int64)
        self._before = 0  # batches before this epoch
        self._done = 0  # batches that have ended
        self._first = 0  # of the batches that are done together
        self._writer: Any = None
        self._default = ExitStack()

    @property
    def writer(self) -> Any:
        """The writer, which is made when it is first asked for."""
        if self._writer is None:
            from ..summary import create_file_writer  # the floor above

            self._writer = create_file_writer(self.folder)
        return self._writer

    def begin(self) -> None:
        """Let what the model itself writes go here, from batch to batch, where batches count."""
        self.end()
        if self.every is not None:
            self._become_default()
            _begun.all.append(self)

    def _become_default(self) -> None:
        from ..summary import record_if

        self._default.enter_context(self.writer.as_default(step=self.batch))
        self._default.enter_context(record_if(self.due))

    def end(self) -> None:
        """Put the default writer back that there was before.

        Another callback's, which began later and ends later, stays the default.
        """
        if self not in _begun.all:
            return
        place = _begun.all.index(self)
        for one in reversed(_begun.all[place:]):
            one._default.close()
        del _begun.all[place]
        for one in _begun.all[place:]:
            one._become_default()

    def close(self) -> None:
        """Write all that waits, and close the file; a next summary opens another one."""
        self.end()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    # ------------------------------------------------------------------ batches

    def restart(self) -> None:
        """Count from 0 again."""
        self.batch[...] = self._before = self._done = self._first = 0

    def begin_epoch(self) -> None:
        """Count on, where the numbers of batches begin again with 0."""
        self._before = self._done

    def begin_batch(self, place: int) -> None:
        """Take note of the batch at `place` of this epoch."""
        self.batch[...] = self._first = self._before + place + 1

    def end_batch(self, place: int) -> int:
        """Take note that all up to the batch at `place` are done; return how many these were."""
        self.batch[...] = self._done = self._before + place + 1
        return self._done - self._first + 1

    @property
    def done(self) -> int:
        """How many batches have ended."""
        return self._done

    def due(self) -> bool:
        """Whether, of the batches that are done together, one is to be written of."""
        every, batch = self.every, int(self.batch)
        return every is None or batch // every > (self._first - 1) // every

    def left(self, steps: int) -> int:
        """Return how many of the next `steps` batches may run before one is to be written of."""
        every = self.every
        return steps if every is None else min(steps, every - self._done % every)

    def get_state(self) -> list[int]:
        """Return what was counted."""
        return [self._done, self._before, self._first]

    def set_state(self, state: Any) -> None:
        """Go on counting from there."""
        self._done, self._before, self._first = state
        self.batch[...] = self._done

    # ------------------------------------------------------------------ summaries

    def scalars(self, tag: str, logs: Logs, step: int) -> None:
        """Write numbers, and of arrays, as a metric may report one, each number.

        Parameters
        ----------
        tag : str
            With "{}" in the place of the name.
        logs : dict of str to float or array
        step : int
        """
        from ..summary import scalar

        for name, value in (logs or {}).items():
            numbers = np.asarray(value)
            if numbers.ndim == 0:
                scalar(tag.format(name), value, step=step)
                continue
            for place, number in enumerate(numbers.ravel()):
                scalar(f"{tag.format(name)}/{place}", number, step=step)


def train_and_validation(folder: str, every: int | None) -> tuple[Recording, Recording]:
    """Return the recordings in the two folders that TensorBoard shows as runs."""
    train, validation = (os.path.join(folder, name) for name in ("train", "validation"))
    return Recording(train, every), Recording(validation, every)
