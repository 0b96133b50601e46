"""Ctrl-C waits until what must not be done by halves is done."""

from __future__ import annotations

# What the module signal wraps. There each call makes enumerations of its numbers, which takes ten
# times as long, and a small step on the tape takes only 200 us.
import _signal  # type: ignore[import-not-found]
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self


class Uninterrupted:
    """A context in which Ctrl-C waits: `with Uninterrupted(): ...` is done whole or not at all.

    When it is left, a SIGINT that has come meanwhile goes to the handler of before, by default
    Python's, which raises KeyboardInterrupt. A second one goes there at once: somebody has waited
    in vain. In threads other than the main one, which no signal reaches, this does nothing; nor
    where SIGINT is ignored or left to the system.
    """

    __slots__ = ("came", "handler")

    def __init__(self) -> None:
        self.came: tuple[int, FrameType | None] | None = None
        self.handler: Callable[[int, FrameType | None], Any] | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            handler = _signal.getsignal(_signal.SIGINT)
            if callable(handler):  # not where SIGINT is ignored, or left to the system
                self.handler = handler
                _signal.signal(_signal.SIGINT, self._wait)
        return self

    def _wait(self, number: int, frame: FrameType | None) -> None:
        if self.came is not None and self.handler is not None:
            self.handler(number, frame)
        self.came = number, frame

    def __exit__(self, *error: object) -> None:
        if self.handler is not None:
            _signal.signal(_signal.SIGINT, self.handler)
            if self.came is not None:
                self.handler(*self.came)
