"""When to save: after each epoch, or after so many batches."""

from __future__ import annotations

from typing import Any

from ..arguments import whole
from .base import Callback


class SaveFrequency:
    """Counts batches, over the ends of epochs, and says when something is due.

    Parameters
    ----------
    save_freq : "epoch" or int >= 1
    owner : str
        The callback, for messages.

    Raises
    ------
    ValueError
        For anything else.
    """

    def __init__(self, save_freq: Any, owner: str) -> None:
        self.every: int | None = None  # where epochs count
        if save_freq != "epoch":
            try:
                self.every = whole(save_freq, "save_freq", 1)
            except ValueError:
                raise ValueError(
                    f"{owner}: unrecognized save_freq: {save_freq!r}. Expected are 'epoch' or a "
                    "number of batches"
                ) from None
        self.seen = 0  # batches since it was due
        self.last = -1  # the batch that was heard of last

    def due(self, batch: int) -> bool:
        """Count the batches up to `batch` of this epoch, and return whether to save now."""
        self.seen += batch - self.last if batch > self.last else batch + 1
        self.last = batch
        if self.every is None or self.seen < self.every:
            return False
        self.seen = 0
        return True

    def left(self, steps: int) -> int:
        """Return how many of the next `steps` batches may run before it is due."""
        return steps if self.every is None else max(1, min(steps, self.every - self.seen))

    def get_state(self) -> list[int]:
        """Return what was counted."""
        return [self.seen, self.last]

    def set_state(self, state: Any) -> None:
        """Go on counting from there."""
        self.seen, self.last = state


class SavesAtTimes(Callback):
    """A callback that saves when its `_frequency` says so, and hears of no other batches."""

    _frequency: SaveFrequency

    def listens(self, hook: str) -> bool:
        if hook == "on_train_batch_end" and self._frequency.every is None:
            return False
        return super().listens(hook)

    def stretch(self, steps: int) -> int:
        return self._frequency.left(steps)
