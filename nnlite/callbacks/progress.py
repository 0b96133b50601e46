"""The progress of training, evaluation and prediction, as Keras shows it.

On a terminal and in a notebook a bar moves (tqdm draws it):

    Epoch 1/30
    1719/1719 ━━━━━━━━━━━━━━━━━━━━ 2s 1ms/step - loss: 0.7237 - val_loss: 0.5091

Elsewhere, and with verbose=2, there is one line an epoch and there are no control characters:

    Epoch 1/30 - 1719/1719 - 2s - 1ms/step - loss: 0.7237 - val_loss: 0.5091
"""

from __future__ import annotations

import math
import sys
from time import perf_counter
from typing import Any

from ..config import is_interactive_logging_enabled
from ..messages import say
from .base import Callback, Logs

#: Seconds between two drawings of the bar.
INTERVAL = 0.2

#: Characters of the bar.
BAR_WIDTH = 20


def resolve_verbose(verbose: Any) -> int:
    """Turn what a user gives as `verbose` into 0 (silent), 1 (a bar) or 2 (a line an epoch).

    "auto" is 1 on a terminal and in a notebook, and 2 elsewhere and without interactive logging.

    Raises
    ------
    ValueError
        For anything but "auto", 0, 1, 2, False and True.
    """
    if isinstance(verbose, int) and 0 <= verbose <= 2:
        return int(verbose)
    if isinstance(verbose, str) and verbose == "auto":
        return 1 if _can_redraw() else 2
    raise ValueError(
        f"verbose must be 'auto', 0 (silent), 1 (a bar) or 2 (one line an epoch), got {verbose!r}"
    )


class ProgbarLogger(Callback):
    """Shows the progress on standard output; `fit`, `evaluate` and `predict` add it themselves.

    What it shows is decided by the parameters "verbose", "epochs" and "steps" of `set_params`.
    Inside `fit`, the validation shows nothing of its own.
    """

    every_batch = False

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self.steps: int | None = None
        self.seen = 0
        self._title = ""
        self._moves = False
        self._training = False
        self._began = 0.0
        self._next_refresh = math.inf
        self._bar: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.verbose = resolve_verbose(params.get("verbose", "auto"))
        self.epochs = params.get("epochs", 1)
        self.steps = params.get("steps")
        self._moves = self.verbose == 1 and _can_redraw()

    def listens(self, hook: str) -> bool:
        """As for every callback, but batches matter only to a bar, or where nobody counts them."""
        if "batch" in hook and not self._moves and (self.steps is not None or not self.verbose):
            return False
        return super().listens(hook)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._start(f"Epoch {epoch + 1}/{self.epochs}" if self.epochs > 1 else "")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        if not self._training:
            self._start()

    def on_test_end(self, logs: Logs = None) -> None:
        if not self._training:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._start()

    def on_predict_end(self, logs: Logs = None) -> None:
        self._finish(None)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        # Called after every batch: between two drawings this is all that happens.
        self.seen = batch + 1
        if perf_counter() >= self._next_refresh:
            self._draw(logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not self._training:
            self.on_train_batch_end(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.on_train_batch_end(batch)

    def close(self) -> None:
        """End the line of a bar that still moves: for a call that was broken off."""
        self._next_refresh = math.inf
        self._training = False
        if self._bar is not None:
            self._bar.leave = True
            self._bar.close()
            self._bar = None

    def _start(self, title: str = "") -> None:
        if title and self._moves:
            say(title)
        self._title = title
        self.seen = 0
        self._began = perf_counter()
        # A bar is made when it is first drawn: short epochs need none.
        self._next_refresh = self._began + INTERVAL if self._moves else math.inf

    def _draw(self, logs: Logs) -> None:
        now = perf_counter()
        self._next_refresh = now + INTERVAL
        step = (now - self._began) / self.seen
        ahead = step * (self.steps - self.seen) if self.steps else now - self._began
        text = f"{_duration(ahead)} {_step_time(step)}{_metrics(logs)}"
        if self._bar is None:
            self._bar = _make_bar(self.steps, self.seen, text)
        else:
            self._bar.n = self.seen
            self._bar.set_description_str(text)

    def _finish(self, logs: Logs) -> None:
        if self._bar is not None:
            # What has to stay is printed, so that a narrow terminal wraps it and does not cut it.
            self._bar.n = self._bar.total or self.seen
            self._bar.close()
            self._bar = None
        self._next_refresh = math.inf
        if not self.verbose:
            return
        took = perf_counter() - self._began
        seen = self.seen or self.steps or 0
        self.steps = self.steps or seen
        count = f"{seen}/{self.steps}"
        step = _step_time(took / max(seen, 1))
        if self._moves:
            filled = BAR_WIDTH * seen // max(self.steps, 1)
            symbols = _bar_symbols()
            bar = symbols[1] * filled + symbols[0] * (BAR_WIDTH - filled)
            say(f"{count} {bar} {took:.0f}s {step}{_metrics(logs)}")
        else:
            title = f"{self._title} - " if self._title else ""
            say(f"{title}{count} - {took:.0f}s - {step}{_metrics(logs)}")


def _make_bar(steps: int | None, seen: int, text: str) -> Any:
    """Open a bar of tqdm's: "  48/1719 ━─────────────────── 1s 1ms/step - loss: 0.9123"."""
    from tqdm.auto import tqdm

    # A notebook's bar is a widget with a width of its own.
    bar = "{bar}" if _in_notebook() else f"{{bar:{BAR_WIDTH}}}"
    count = f"{{n:{len(str(steps))}d}}/{{total}} {bar}" if steps else "{n}/Unknown"
    # tqdm's monitor thread is left out: it would live on after training, and forking from a
    # process with threads is unsafe.
    kind = type("Bar", (tqdm,), {"monitor_interval": 0})
    return kind(
        total=steps,
        initial=seen,
        desc=text,
        bar_format=f"{count} {{desc}}",
        ascii=_bar_symbols(),
        file=sys.stdout,
        dynamic_ncols=True,
        leave=False,
    )


def _bar_symbols() -> str:
    """What a bar is drawn with, empty and full, in characters that the output can show."""
    try:
        "─━".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return ".="
    return "─━"


def _can_redraw() -> bool:
    """Whether what is said goes to a terminal or a notebook, where a line can be drawn again."""
    if not is_interactive_logging_enabled():
        return False
    isatty = getattr(sys.stdout, "isatty", None)
    return _in_notebook() or (isatty is not None and isatty())


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config


def _metrics(logs: Logs) -> str:
    """Write " - loss: 0.7237 - accuracy: 0.7612"."""
    return "".join(f" - {name}: {_number(value)}" for name, value in (logs or {}).items())


def _number(value: Any) -> str:
    """Write a number with four decimals, or with an exponent where these would say too little."""
    if getattr(value, "ndim", 0) == 1:
        return f"[{' '.join(map(_number, value))}]"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _step_time(seconds: float) -> str:
    """Write "1s/step", "1ms/step" or "1us/step"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}/step"
    return f"{seconds / 1e-6:.0f}us/step"


def _duration(seconds: float) -> str:
    """Write "12s", "2:05" or "1:00:03"."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
