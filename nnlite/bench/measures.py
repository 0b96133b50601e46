"""What is measured, and how: contenders in turn, each several times; the best and the median."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

#: At most so many repetitions in a round.
MOST_REPEATS = 20


def nobody(when: str, measure: Measure) -> None:
    """Let nobody know of a value."""


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Parameters
    ----------
    scale : float
        The part of the data that is used.
    rounds : int
        How often each contender has its turn.
    turn : float
        About how many seconds a turn lasts; it is at least one repetition.
    pause : float
        Seconds of rest before each turn: the threads of other libraries go on spinning for a while
        after their last call, and would slow down whoever comes next.
    calls : float
        Seconds over which calls of some microseconds are repeated to give one value.
    tell : function of (when, Measure)
        Told of each turn as soon as it is over, with all values so far: "round 2 of 5".
    """

    scale: float = 1.0
    rounds: int = 5
    turn: float = 0.3
    pause: float = 0.1
    calls: float = 0.02
    tell: Callable[[str, Measure], None] = field(default=nobody, compare=False)

    def rows(self, rows: int, least: int = 1) -> int:
        """Scale a number of rows."""
        return max(least, int(rows * self.scale))


@dataclass(frozen=True)
class Contender:
    """Something that runs: `run(repeats)` returns the seconds of each repetition."""

    name: str
    run: Callable[[int], list[float]]


@dataclass(frozen=True)
class Measure:
    """All values that were measured of one contender.

    `unit` is "s" or "MB", `flops` what was computed in those seconds, and `base` the measure that
    this one is compared with.
    """

    name: str
    values: tuple[float, ...]
    unit: str = "s"
    flops: float | None = None
    base: Measure | None = None

    @property
    def best(self) -> float:
        return min(self.values)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """The best value over that of the base."""
        return None if self.base is None else self.best / self.base.best

    @property
    def gflops(self) -> float | None:
        """Billions of floating-point operations a second, at best."""
        return None if self.flops is None else self.flops / self.best / 1e9


@dataclass(frozen=True)
class Goal:
    """A figure to reach; `reached` is None where it could not be measured."""

    text: str
    limit: float
    reached: float | None
    at_most: bool = True

    @property
    def met(self) -> bool | None:
        if self.reached is None:
            return None
        return self.reached <= self.limit if self.at_most else self.reached >= self.limit


@dataclass
class Section:
    """One table: a title, what its values are, the measures, the goals and remarks."""

    title: str
    what: str
    measures: list[Measure] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def best_of(self, prefix: str) -> float | None:
        """Return the best value of all measures whose names begin so."""
        return min((m.best for m in self.measures if m.name.startswith(prefix)), default=None)

    def share_of(self, peer: str) -> float | None:
        """Return nnlite's best over the peer's best; None where that peer is not there."""
        ours, theirs = self.best_of("nnlite"), self.best_of(peer)
        return None if ours is None or theirs is None else ours / theirs


def timed(name: str, function: Callable[[], object]) -> Contender:
    """Time each call of a function that takes milliseconds or longer."""

    def run(repeats: int) -> list[float]:
        return [_seconds(function, 1) for _ in range(repeats)]

    return Contender(name, run)


def timed_calls(name: str, function: Callable[[], object], seconds: float) -> Contender:
    """Time a function of any length: a value is the mean over the calls of about `seconds`."""
    return timed_loop(name, lambda calls: [function() for _ in range(calls)], seconds)


def timed_loop(name: str, loop: Callable[[int], object], seconds: float) -> Contender:
    """Time one round of a loop that is told how many rounds to do."""
    rounds = 0

    def run(repeats: int) -> list[float]:
        nonlocal rounds
        rounds = rounds or _rounds(loop, seconds)
        return [_seconds(lambda: loop(rounds), rounds) for _ in range(repeats)]

    return Contender(name, run)


def within(contender: Contender, context: Callable[[], AbstractContextManager[Any]]) -> Contender:
    """Let a contender run inside a context, which is entered outside of what is timed."""

    def run(repeats: int) -> list[float]:
        with context():
            return contender.run(repeats)

    return Contender(contender.name, run)


def _rounds(loop: Callable[[int], object], seconds: float) -> int:
    """How many rounds of a loop last so long."""
    rounds = 1
    while True:
        took = _seconds(partial(loop, rounds), 1)
        if took >= seconds:
            return rounds
        rounds = max(2 * rounds, int(rounds * seconds / max(took, 1e-9)))


def _seconds(function: Callable[[], object], parts: int) -> float:
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) / parts


def interleave(
    contenders: Iterable[Contender], settings: Settings, flops: float | None = None
) -> tuple[list[Measure], list[str]]:
    """Warm each contender up, then measure all of them in turn, round after round.

    Returns
    -------
    measures : list of Measure
        All but the first are compared with the first.
    notes : list of str
        Which contender failed, and how.
    """
    repeats: dict[str, int] = {}
    ready: list[Contender] = []
    notes: list[str] = []
    for contender in contenders:
        try:
            contender.run(1)  # what is compiled, recorded or allocated only once
            began = time.perf_counter()
            (value,) = contender.run(1)[:1]
            seconds = time.perf_counter() - began  # a value may be of a single sample or call
        except Exception as error:  # another library's; the others are still worth measuring
            if not ready:
                raise  # our own
            lines = str(error).strip().splitlines() or [""]
            notes.append(f"{contender.name} is left out: {type(error).__name__}: {lines[0]}")
            continue
        ready.append(contender)
        settings.tell("warm", Measure(contender.name, (value,)))
        repeats[contender.name] = max(1, min(MOST_REPEATS, int(settings.turn / max(seconds, 1e-9))))
    values: dict[str, list[float]] = {contender.name: [] for contender in ready}
    for turn in range(settings.rounds):
        for contender in ready:
            time.sleep(settings.pause)
            values[contender.name] += contender.run(repeats[contender.name])
            tell(settings, turn, contender.name, values)
    return measures(values, flops=flops), notes


def tell(
    settings: Settings, turn: int, name: str, values: dict[str, list[float]], unit: str = "s"
) -> None:
    """Let it be known what has been measured of one contender up to a turn, counted from 0."""
    so_far = measures({one: found for one, found in values.items() if found}, unit)
    (measure,) = (one for one in so_far if one.name == name)
    settings.tell(f"round {turn + 1} of {settings.rounds}", measure)


def measures(
    values: dict[str, list[float]],
    unit: str = "s",
    flops: float | None = None,
) -> list[Measure]:
    """Make measures of values by name, compared with the first of them."""
    base: Measure | None = None
    made: list[Measure] = []
    for name, found in values.items():
        made.append(Measure(name, tuple(found), unit, flops, base))
        base = base or made[0]
    return made
