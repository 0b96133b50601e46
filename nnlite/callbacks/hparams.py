"""Write the hyperparameters of a training, by which TensorBoard compares it with others."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from .base import Callback, Logs


class HParams(Callback):
    """Write the hyperparameters of a training, and how it ended, for TensorBoard's HParams page.

    The page has a row for each training, with the scalars that `callbacks.TensorBoard` writes into
    the same folder. An error, also Ctrl-C, and a loss that is no finite number at the end, count as
    a failure.

    Parameters
    ----------
    writer : SummaryWriter or path
        Where to write: for a path into a file of its own there.
    hparams : dict of bool, int, float or str, by name or `summary.HParam`
        See `summary.hparams`.
    trial_id : str, optional
        A name for these values: trainings of one name share a row, with the means of their metrics.
        By default it is made of the values.

    Raises
    ------
    TypeError, ValueError
        For other values, and where one name has two.

    Examples
    --------
    >>> hparams = {"learning_rate": 0.05, "units": 30}
    >>> callbacks = [TensorBoard("my_logs/run_1"), HParams("my_logs/run_1", hparams)]
    >>> model.fit(X_train, y_train, epochs=30, callbacks=callbacks)
    """

    def __init__(
        self,
        writer: Any,
        hparams: Mapping[Any, Any],
        trial_id: str | None = None,
    ) -> None:
        from ..summary import SummaryWriter  # the floor above
        from ..summary.hparams_plugin import checked

        super().__init__()
        if not isinstance(writer, (str, os.PathLike, SummaryWriter)):
            raise TypeError(f"HParams: writer must be a SummaryWriter or a path, got {writer!r}")
        self.writer = writer
        self.hparams, self.trial_id = checked(hparams, trial_id)
        self._writer: Any = None  # while a training is under way

    def on_train_begin(self, logs: Logs = None) -> None:
        from .. import summary

        writer = self.writer
        if not isinstance(writer, summary.SummaryWriter):
            writer = summary.create_file_writer(writer)
        self._writer = writer  # here, so that a folder that cannot be made leaves none
        with self._writer.as_default(), summary.record_if(True):
            summary.hparams(self.hparams, self.trial_id)

    def on_train_end(self, logs: Logs = None) -> None:
        self._end(succeeded=math.isfinite((logs or {}).get("loss", 0.0)))

    def failed(self, error: BaseException) -> None:
        self._end(succeeded=False)

    def _end(self, succeeded: bool) -> None:
        from .. import summary
        from ..summary.hparams_plugin import session_end

        writer, self._writer = self._writer, None
        if writer is None:  # no training was under way
            return
        with writer.as_default(), summary.record_if(True):
            session_end(succeeded)
        if writer is not self.writer:
            writer.close()
