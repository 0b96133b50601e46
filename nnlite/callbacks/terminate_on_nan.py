"""Stop training when the loss is no number any more."""

from __future__ import annotations

import math

from ..messages import say
from .base import Callback, Logs


class TerminateOnNaN(Callback):
    """Stop training after the first batch whose loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool
        Whether to raise RuntimeError instead; then no callback is told that training ends, so that
        a backup stays as it is.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating "
                "training immediately."
            )
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
