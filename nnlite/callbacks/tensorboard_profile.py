"""Some batches of a training, profiled."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


class ProfiledBatches:
    """Begins a profile before the first of some batches, and ends it after the last one.

    Parameters
    ----------
    batches : range
        Counted from 1 through the whole training; may be empty.
    folder : str
        Where it is written.
    """

    def __init__(self, batches: range, folder: str) -> None:
        self.batches, self.folder = batches, folder
        self._profile: Any = None  # while it is at work

    def left(self, done: int, steps: int) -> int:
        """Return how many of the next `steps` batches may run before it begins or ends.

        Parameters
        ----------
        done : int
            How many batches of the training have been done.
        steps : int
        """
        ahead = [edge - done for edge in (self.batches.start - 1, self.batches.stop - 1)]
        return min([steps, *(count for count in ahead if self.batches and count > 0)])

    def begin(self, batch: int, together: int) -> None:
        """Begin, where one of them is among the next batches.

        Parameters
        ----------
        batch : int
            The next one.
        together : int
            How many go together from there on: the `steps_per_execution`.
        """
        near = self.batches.start < batch + together and batch < self.batches.stop
        if near and self._profile is None:
            from ..profiler import Profile  # a floor above

            try:
                self._profile = Profile(self.folder).start()
            except RuntimeError as error:
                self.batches = range(0)
                warnings.warn(f"TensorBoard: profile_batch has no effect: {error}", stacklevel=2)

    def end(self, done: int) -> None:
        """End it, where `done` batches are the last of them, or more."""
        if done >= self.batches.stop - 1:
            self.stop()

    def stop(self) -> None:
        """End and write it, if it is at work."""
        profile, self._profile = self._profile, None
        if profile is not None and not profile.ended:  # `profiler.stop` may have ended it
            profile.stop()


def profiled_batches(profile_batch: Any) -> range:
    """Return the batches that `profile_batch` means, counted from 1 through the whole training.

    Parameters
    ----------
    profile_batch : int, pair of int, or str of such a pair
        One batch, or the first and the last one: 5, (10, 20), "10,20". 0 is none.

    Raises
    ------
    ValueError
        For anything else.
    """
    try:
        found = _first_and_last(profile_batch)
    except (TypeError, ValueError):
        found = None
    if found is None or found[0] < 0 or found[1] < found[0]:
        raise ValueError(
            "TensorBoard: profile_batch must be a batch's number (from 1 on; 0 is none), or a pair "
            f"of the first and the last one, such as (10, 20) or '10,20', got {profile_batch!r}"
        )
    first, last = found
    return range(max(first, 1), last + 1)


def _first_and_last(given: Any) -> tuple[int, int] | None:
    if isinstance(given, str):
        given = [int(part) for part in given.split(",")]
    if _is_whole(given):
        return int(given), int(given)
    if isinstance(given, (list, tuple)) and len(given) == 2 and all(map(_is_whole, given)):
        return int(given[0]), int(given[1])
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
