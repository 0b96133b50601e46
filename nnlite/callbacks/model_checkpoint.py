"""Save the model, or its weights, while it is trained."""

from __future__ import annotations

import os
import string
from typing import Any

from ..errors import did_you_mean
from .base import Callback, Logs
from .expected import ExpectedLogs
from .monitor import MonitorCallback
from .save_frequency import SaveFrequency, SavesAtTimes


class ModelCheckpoint(SavesAtTimes, MonitorCallback):
    """Save the model after every epoch, every so many batches, or whenever it is the best so far.

    Parameters
    ----------
    filepath : path
        Ends in ".keras" or ".h5", or with `save_weights_only` in ".weights.h5". May hold fields
        such as "{epoch:02d}-{val_loss:.2f}.keras": the epoch from 1, what is in the logs and,
        where batches count, the batch from 1. Folders are made where they are missing.
    monitor : str
        With `save_best_only`, the metric to watch.
    verbose : {0, 1}
        1 tells what is done.
    save_best_only : bool
        Whether to save only where the metric is better than ever before.
    save_weights_only : bool
        Whether to save the weights (and the optimizer's state) without the architecture.
    mode : {"auto", "min", "max"}
        Whether less or more is better; "auto" goes by what the metric measures.
    save_freq : "epoch" or int
        After how many batches to save, counted on over the ends of epochs.
    initial_value_threshold : float, optional
        What the first value of the metric has to be better than.

    Raises
    ------
    ValueError
        For another ending or an unknown mode; at the beginning of `fit`, where the metric or a
        field of the path will not be there.
    NotImplementedError
        At the beginning of `fit`, for a subclassed model without `save_weights_only`.

    Notes
    -----
    The best so far is remembered from one `fit` to the next. Each file is written whole or not at
    all. Epochs without a validation are passed over where its results are needed.
    """

    keeps = ("best",)

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor=monitor, mode=mode, baseline=initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._frequency = SaveFrequency(save_freq, "ModelCheckpoint")
        self._epoch = 0
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5")
        is_weights = self.filepath.endswith(".weights.h5")
        if not self.filepath.endswith(endings) or is_weights != bool(save_weights_only):
            without = "" if save_weights_only else ", which is no '.weights.h5'"
            raise ValueError(
                f"ModelCheckpoint: with save_weights_only={bool(save_weights_only)} filepath must "
                f"end in {' or '.join(endings)}{without}, got {self.filepath!r}"
            )

    # ------------------------------------------------------------------ what the logs must have

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        names = expected.at_epochs() if self._frequency.every is None else expected.metrics
        if self.save_best_only:
            self.expect_monitored(names, expected)
        for field in self._fields():
            if expected.complete and field not in names:
                raise self._no_field(field, names)
        self._try_filepath()
        if not self.save_weights_only:
            from ..saving.model_files import check_can_be_saved  # the floor above

            check_can_be_saved(self.model)
        if os.path.isdir(self.filepath):
            raise IsADirectoryError(
                "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an "
                f"existing directory: {self.filepath}"
            )
        return Callback.expect(self, expected)

    def _try_filepath(self) -> None:
        """Raise ValueError where no numbers fit between the braces of the path."""
        numbers = {**dict.fromkeys(self._fields(), 0.0), "epoch": 1, "batch": 1}
        try:
            self.filepath.format(**numbers)
        except ValueError as error:
            raise ValueError(
                f"ModelCheckpoint: the filepath {self.filepath!r} cannot be filled in: {error}"
            ) from None

    def _fields(self) -> list[str]:
        """Return the names in braces that the logs have to fill."""
        parsed = string.Formatter().parse(self.filepath)
        own = ("epoch",) if self._frequency.every is None else ("epoch", "batch")
        return [field for _, field, _, _ in parsed if field is not None and field not in own]

    def _no_field(self, field: str, names: Any) -> ValueError:
        hint = did_you_mean(field, names)
        if field.removeprefix("val_") in names:
            hint = " Give fit() validation_data or validation_split to have it."
            if self._frequency.every is not None:
                hint = " There is none at the end of a batch."
        return ValueError(
            f"ModelCheckpoint: there is no {field!r} for the filepath {self.filepath!r}.{hint} "
            f"There are: epoch, {', '.join(names)}."
        )

    # ------------------------------------------------------------------ hooks

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._frequency.due(batch):
            self._save_if_better({"epoch": self._epoch + 1, "batch": batch + 1}, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._frequency.every is None:
            self._save_if_better({"epoch": epoch + 1}, logs or {})

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "counted": self._frequency.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self._frequency.set_state(state["counted"])

    # ------------------------------------------------------------------ saving

    def _save_if_better(self, place: dict[str, int], logs: dict[str, Any]) -> None:
        path = self._path(place, logs)
        if path is None:
            return
        if not self.save_best_only:
            self._tell(place, f"saving model to {path}")
        elif not self._is_best(place, logs, path):
            return
        if folder := os.path.dirname(path):
            os.makedirs(folder, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(
            path, overwrite=True
        )
        self._tell(place, f"finished saving model to {path}")

    def _path(self, place: dict[str, int], logs: dict[str, Any]) -> str | None:
        """Fill in the fields; None where the epoch has had no validation, which is passed over."""
        needed = [*self._fields(), *([self.monitor] if self.save_best_only else [])]
        seldom = self.params.get("validation_freq", 1) != 1
        for field in needed:
            if field not in logs:
                if seldom and field.startswith("val_"):
                    return None
                if field != self.monitor:
                    raise self._no_field(field, logs)
        return self.filepath.format(**{**logs, **place})

    def _is_best(self, place: dict[str, int], logs: dict[str, Any], path: str) -> bool:
        value, best = self.monitored_value(logs), self.best
        before = "None" if best is None else f"{best:.5f}"
        if not self.is_improvement(value, best):
            self._tell(place, f"{self.monitor} did not improve from {before}")
            return False
        change = f"improved from {before} to {value:.5f}"
        self._tell(place, f"{self.monitor} {change}, saving model to {path}")
        self.best = value
        return True

    def _tell(self, place: dict[str, int], what: str) -> None:
        if self.verbose:
            print(f"\nEpoch {place['epoch']}: {what}")
