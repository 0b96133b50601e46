"""Write what every epoch has brought to a CSV file."""

from __future__ import annotations

import csv
import os
from typing import Any

import numpy as np

from .base import Callback, Logs


class CSVLogger(Callback):
    """Write a row an epoch to a CSV file: the epoch, then its logs, sorted by name.

    What a later epoch has not, such as a validation, is written as NA.

    Parameters
    ----------
    filename : path
    separator : str
        One character.
    append : bool
        Whether rows are added to a file that is there, instead of writing it anew.
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._began_at = 0  # how long the file was before this training

    def on_train_begin(self, logs: Logs = None) -> None:
        self.keys = None
        with open(self.filename, "a" if self.append else "w", encoding="utf-8") as file:
            self._began_at = file.tell()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = logs or {}
        rows = [[str(epoch), *(_cell(logs.get(key, "NA")) for key in self._columns(logs))]]
        with open(self.filename, "a", encoding="utf-8", newline="") as file:
            if not file.tell():
                rows.insert(0, ["epoch", *self._columns(logs)])
            csv.writer(file, delimiter=self.sep).writerows(rows)

    def get_state(self) -> dict[str, Any]:
        with open(self.filename, encoding="utf-8", newline="") as file:
            file.seek(self._began_at)
            return {"keys": self.keys, "began_at": self._began_at, "rows": file.read()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Write the rows of the training that was broken off, and none of what came after."""
        self.keys = state["keys"]
        # Somebody may have moved or shortened the file meanwhile: what stood before is gone then.
        self._began_at = min(state["began_at"], os.path.getsize(self.filename))
        with open(self.filename, "r+", encoding="utf-8", newline="") as file:
            file.truncate(self._began_at)
            file.seek(0, os.SEEK_END)
            if not self._began_at and state["began_at"] and state["rows"]:
                csv.writer(file, delimiter=self.sep).writerow(["epoch", *self.keys])
            file.write(state["rows"])

    def _columns(self, logs: dict[str, Any]) -> list[str]:
        """Return the names that the first epoch has; without a validation room for one."""
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        return self.keys


def _cell(value: Any) -> Any:
    """Write an array, as a metric may report one, in brackets and quotes."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f'"[{", ".join(map(str, value))}]"'
    return value
