"""The profile: it listens to what a thread does, and takes the time."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Self

import numpy as np

from .. import _kernels, spans
from ..lowering import Call
from ..origins import origin
from ..tensor import Array
from .files import write
from .slices import slices
from .table import Key, Row, Tally, rows_of, text
from .work import Event, Replay, Work, work_of

#: How many calls of kernels and other pieces of work are kept for a trace; the table counts all.
MOST_EVENTS = 200_000


class Profile:
    """Takes the time of what this thread does: `with Profile() as p: model.fit(...)`.

    One profile at a time; what other threads do meanwhile is not seen. Results keep their bits.

    Parameters
    ----------
    logdir : str or path, optional
        Where to write the traces at the end: `plugins/profile/<time>/` for TensorBoard.

    Attributes
    ----------
    rows : list of Row
        The lines of the table, while it runs those so far.
    tallies : dict of Key to Tally
        What they are made of.
    events, replays : lists of Event and Replay
        What a trace is made of; they are bounded.
    """

    def __init__(self, logdir: str | os.PathLike[str] | None = None) -> None:
        self.logdir = None if logdir is None else os.fspath(logdir)
        self.began = self.ended = 0
        self.own = 0  # nanoseconds that went into listening
        self.steps = self.replayed_steps = 0
        self.events: list[Event] = []
        self.replays: list[Replay] = []
        self._kept = 0
        self.tallies: dict[Key, Tally] = {}
        self._open: list[_Span] = []
        self._known: dict[int, tuple[Any, list[Work]]] = {}
        self._thread = 0
        self._timing = contextlib.ExitStack()

    # ------------------------------------------------------------------ beginning and end

    def start(self) -> Self:
        """Begin to listen.

        Raises
        ------
        RuntimeError
            Where another profile is at work, or this one has been before.
        OSError
            Where there can be no folder `logdir`.
        """
        if spans.listener is not None:
            raise RuntimeError(
                "a profile is at work already, and there can be one at a time: end it first, with "
                "stop() or by leaving its `with`"
            )
        if self.began:
            raise RuntimeError("this profile has ended; make a new one")
        if self.logdir is not None:
            os.makedirs(self.logdir, exist_ok=True)  # a training later would be late for an error
        self._thread = threading.get_ident()
        self._timing.enter_context(_kernels.timing(self._time_kernel))
        spans.listener = self
        self.began = perf_counter_ns()
        return self

    def stop(self, save: bool = True) -> None:
        """Listen no longer, and write the traces, if there is a `logdir` and they are to be saved.

        Raises
        ------
        RuntimeError
            Where this profile is not at work, or another thread has begun it.
        """
        if spans.listener is not self or self._thread != threading.get_ident():
            raise RuntimeError("no profile is at work that this thread could stop")
        self.ended = perf_counter_ns()
        spans.listener = None
        self._timing.close()
        while self._open:
            self._open[-1].close(self.ended)
        self._known.clear()
        if save and self.logdir is not None:
            self.save(self.logdir)

    def save(self, logdir: str | os.PathLike[str]) -> Path:
        """Write the traces of a profile that has ended.

        Parameters
        ----------
        logdir : str or path

        Returns
        -------
        Path
            The folder `<logdir>/plugins/profile/<time>/`, with `<host>.xplane.pb`, which
            TensorBoard's plugin `xprof` shows, and `<host>.trace.json.gz`, which Perfetto does.
        """
        return write(logdir, slices(self.began, self.events, self.replays))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        if spans.listener is self:  # not where the body has stopped it
            self.stop()

    # ------------------------------------------------------------------ what it is told

    def span(self, part: str, name: str, about: dict[str, Any] | None = None) -> Any:
        """Return a context that takes the time of its body."""
        if threading.get_ident() != self._thread:
            return spans.UNHEARD
        return _Span(self, part, name, {} if about is None else about)

    def replayed(self, calls: list[Call], readings: Array) -> None:
        """Take note of replayed steps.

        Parameters
        ----------
        calls : list of Call
            Of one step.
        readings : (steps, calls + 1) int64 array
            When a step's first call began, and when each of its calls ended.
        """
        if threading.get_ident() != self._thread:
            return
        began = perf_counter_ns()
        if id(calls) not in self._known:
            self._known[id(calls)] = calls, [work_of(*call) for call in calls]
        work = self._known[id(calls)][1]
        steps, totals = len(readings), np.diff(readings, axis=1).sum(0).tolist()
        first, self.steps = self.steps, self.steps + steps
        self.replayed_steps += steps
        for one, nanoseconds in zip(work, totals, strict=True):
            self._add(one.key, steps, nanoseconds, steps * one.flops)
        if self._kept < MOST_EVENTS:
            self._kept += readings.size
            self.replays.append(Replay(first, work, readings))
        self._inside(sum(totals) + self._count_own(began))

    def _time_kernel(
        self, kernel: str, arguments: tuple[Any, ...], run: Callable[..., None]
    ) -> None:
        """Run a kernel on the tape."""
        asked = perf_counter_ns()
        work = work_of(kernel, arguments, (origin(),))
        began = perf_counter_ns()
        run(*arguments)
        ended = perf_counter_ns()
        self._add(work.key, 1, ended - began, work.flops)
        self._keep(Event(kernel, work, work.key.part, began, ended, {}))
        self.own += began - asked
        self._inside(ended - asked + self._count_own(ended))

    def finished(self, one: _Span) -> None:
        """Take note of a span that has ended."""
        if one.part == "step":
            one.about["step"] = self.steps
            self.steps += 1
        self._add(Key(one.part, name=one.name), 1, one.ended - one.began - one.inside, 0)
        self._inside(one.ended - one.began)
        self._keep(Event(one.name, None, one.part, one.began, one.ended, one.about))

    def _add(self, key: Key, calls: int, nanoseconds: int, operations: int) -> None:
        tally = self.tallies.setdefault(key, Tally())
        tally.calls += calls
        tally.nanoseconds += nanoseconds
        tally.flops += operations

    def _inside(self, nanoseconds: int) -> None:
        """Let the innermost open span not count what has its own place in the table."""
        if self._open:
            self._open[-1].inside += nanoseconds

    def _count_own(self, began: int) -> int:
        spent = perf_counter_ns() - began
        self.own += spent
        return spent

    def _keep(self, event: Event) -> None:
        if self._kept < MOST_EVENTS:
            self._kept += 1
            self.events.append(event)

    # ------------------------------------------------------------------ what it has found

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return ((self.ended or perf_counter_ns()) - self.began) / 1e9 if self.began else 0.0

    @property
    def rows(self) -> list[Row]:
        """The lines of the table."""
        return rows_of(self.tallies, self.seconds, self.own / 1e9)

    def __str__(self) -> str:
        title = (
            f"Profile of {self.seconds:.3g} s: {self.steps} steps, "
            f"{self.replayed_steps} of them replayed"
        )
        return text(title, self.rows)


class _Span:
    """A piece of work that is under way."""

    __slots__ = ("profile", "part", "name", "about", "began", "ended", "inside")

    def __init__(self, profile: Profile, part: str, name: str, about: dict[str, Any]) -> None:
        self.profile, self.part, self.name, self.about = profile, part, name, about
        self.began = self.ended = 0
        self.inside = 0  # nanoseconds of what has its own place in the table

    def __enter__(self) -> None:
        self.began = perf_counter_ns()
        self.profile._open.append(self)

    def __exit__(self, *error: object) -> None:
        if not self.ended:
            self.close(perf_counter_ns())

    def close(self, now: int) -> None:
        """End it, with all that began inside it."""
        while not self.ended:
            innermost = self.profile._open.pop()
            innermost.ended = now
            self.profile.finished(innermost)
