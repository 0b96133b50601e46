"""Go on after a crash as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..arguments import whole
from .base import Logs
from .save_frequency import SaveFrequency, SavesAtTimes

LATEST, PREVIOUS = "latest.backup.h5", "previous.backup.h5"


class BackupAndRestore(SavesAtTimes):
    """Write down where a training is, and let one that was broken off go on from there.

    Start the same script again after a crash: `fit` finds the backup, takes it up, and ends with
    the same bits as if it had never stopped. In the backup are the weights, the optimizer's state,
    the metrics, the place in the data and their order, all random streams (nnlite's, and the global
    ones of numpy and Python), the History, and what the other callbacks count.

    Parameters
    ----------
    backup_dir : path
        A folder for this training alone.
    save_freq : "epoch" or int
        Whether to write a backup after each epoch, or after so many batches.
    double_checkpoint : bool
        Whether to keep the backup before the latest too, and to take it up where the latest cannot
        be read.
    delete_checkpoint : bool
        Whether to remove the backups when the training has come to its end.

    Raises
    ------
    ValueError
        At the beginning of `fit` `saving.FileRefused`, for a backup that cannot be read, or that is
        of another training: another model, optimizer or number of samples.

    Notes
    -----
    It is told after all other callbacks, wherever it stands in the list. A backup is written whole
    or not at all. What data sets, generators and metrics keep in attributes of their own is not in
    it: a generator is asked again for the batches that were done. A callback of your own takes part
    by saying in `keeps` which of its attributes count.
    """

    comes_last = True

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not os.fspath(backup_dir):
            raise ValueError("BackupAndRestore: backup_dir is empty; give the path of a folder")
        self.backup_dir = Path(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._frequency = SaveFrequency(save_freq, "BackupAndRestore")
        self._pending: Any = None  # what is taken up once the epoch has begun that it is about

    # ------------------------------------------------------------------ hooks

    def on_train_begin(self, logs: Logs = None) -> None:
        self._pending = self._read()
        if self._pending is None:
            return
        path, state = self._pending
        with _of_another_training(path):
            self.model._fitting_now.epoch = whole(state["epoch"], "epoch", 0)
            if state["under_way"] is None:
                self._take_up()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self._pending is not None:
            self._take_up()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._frequency.due(batch):
            self._write()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._frequency.every is None:
            self._write()

    def on_train_end(self, logs: Logs = None) -> None:
        if self.delete_checkpoint:
            for name in (LATEST, PREVIOUS):
                (self.backup_dir / name).unlink(missing_ok=True)
            with suppress(OSError):  # somebody else's files are in it
                self.backup_dir.rmdir()

    def get_state(self) -> dict[str, Any]:
        return {"counted": self._frequency.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        self._frequency.set_state(state["counted"])

    # ------------------------------------------------------------------ the file

    def _write(self) -> None:
        from ..saving.states import write_state  # the floor above

        latest = self.backup_dir / LATEST
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        state = self.model._fitting_now.get_state()
        if self.double_checkpoint and latest.exists():
            latest.replace(self.backup_dir / PREVIOUS)
        write_state(latest, state)

    def _read(self) -> tuple[Path, Any] | None:
        """Return the latest backup that can be read, with its path."""
        from ..saving.errors import FileRefused
        from ..saving.states import read_state

        paths = [self.backup_dir / name for name in (LATEST, PREVIOUS)]
        paths = [path for path in paths if path.exists()]
        for path in paths:
            try:
                return path, read_state(path)
            except (FileRefused, OSError):
                if path == paths[-1]:
                    raise
        return None

    def _take_up(self) -> None:
        (path, state), self._pending = self._pending, None
        with _of_another_training(path):
            self.model._fitting_now.set_state(state)


@contextmanager
def _of_another_training(path: Path) -> Iterator[None]:
    """Refuse a file whose data do not fit, or are no state of a training."""
    from ..saving.errors import FileRefused

    try:
        yield
    except FileRefused:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        reason = f"it is the backup of another training ({error}); remove it to begin anew"
        raise FileRefused(path, "/", reason) from error
