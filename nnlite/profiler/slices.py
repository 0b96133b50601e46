"""What a profile has found as slices of time, for the two kinds of traces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from .work import Event, Replay, Work


class Slice(NamedTuple):
    """A piece of work in a trace.

    Attributes
    ----------
    name : str
        "dense/forward", "optimizer", "train step", "callbacks/EarlyStopping", ...
    kernel : str
        Which one it is, or "".
    began, ended : int
        Nanoseconds since the profile began.
    about : dict of str to str or number
        "step", "flops", and what a `Trace` was given.
    """

    name: str
    kernel: str
    began: int
    ended: int
    about: dict[str, Any]


def slices(began: int, events: Iterable[Event], replays: Iterable[Replay]) -> list[Slice]:
    """Return all that was done, in the order of its beginning; what is around something, before it.

    Of a step that was replayed there is one slice around those of its kernels.

    Parameters
    ----------
    began : int
        When the profile began.
    events : iterable of Event
    replays : iterable of Replay
    """
    found = [_of_event(event) for event in events]
    for replay in replays:
        found += _of_replay(replay)
    found.sort(key=lambda one: (one.began, -one.ended))
    return [one._replace(began=one.began - began, ended=one.ended - began) for one in found]


def _of_event(event: Event) -> Slice:
    if event.work is not None:
        return _of_kernel(event.work, event.began, event.ended)
    name = event.name
    if event.part in ("data", "callbacks"):
        name = f"{event.part}/{name}"
    return Slice(name, "", event.began, event.ended, event.about)


def _of_replay(replay: Replay) -> Iterator[Slice]:
    name = f"{mode_of(one.key.part for one in replay.work)} step"
    for number, readings in enumerate(replay.readings.tolist(), replay.first):
        yield Slice(name, "", readings[0], readings[-1], {"step": number})
        for work, (began, ended) in zip(replay.work, pairwise(readings), strict=True):
            yield _of_kernel(work, began, ended)


def mode_of(parts: Iterable[str]) -> str:
    """Return of what kind a step is that consists of these parts."""
    found = set(parts)
    return "train" if "backward" in found else "test" if "loss" in found else "predict"


def _of_kernel(work: Work, began: int, ended: int) -> Slice:
    about = {"flops": work.flops} if work.flops else {}
    return Slice(_name(work), work.kernel, began, ended, about)


def _name(work: Work) -> str:
    part, layer = work.key.part, work.key.layer
    if part not in ("forward", "backward"):
        return part
    update = "_and_update" if work.key.updates else ""
    return f"{layer.path if layer is not None else 'loss'}/{part}{update}"
