"""The table of a profile: what each part of a training took, by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Key(NamedTuple):
    """Where work counts.

    Attributes
    ----------
    part : str
        "forward", "backward", "loss", "callbacks", ...
    layer : Layer or None
        Of a kernel of "forward" or "backward".
    name : str
        Of what is no kernel.
    updates : bool
        Whether the optimizer's update is done in the same call.
    """

    part: str
    layer: Any = None
    name: str = ""
    updates: bool = False


class Tally:
    """What has come together under a key."""

    __slots__ = ("calls", "nanoseconds", "flops")

    def __init__(self) -> None:
        self.calls = self.nanoseconds = self.flops = 0


class Row(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    what : str
        "dense (Dense)", "loss", "callbacks", ...
    how : str
        "forward", "backward", "backward + update"; of callbacks their class; or "".
    calls : int
        Of kernels, or how often it was done.
    seconds : float
        In all; without what has a line of its own.
    share : float
        The same as a part of the whole time.
    flops : int
        Multiplications and additions of dense products.
    """

    what: str
    how: str
    calls: int
    seconds: float
    share: float
    flops: int = 0

    @property
    def mean(self) -> float:
        """Seconds a call."""
        return self.seconds / self.calls if self.calls else 0.0

    @property
    def gflops(self) -> float | None:
        """Billions of such operations a second; None where there are none."""
        return self.flops / self.seconds / 1e9 if self.flops and self.seconds else None


#: The parts of a step that are no layer's, in the order of the table.
OTHERS = ("loss", "metrics", "optimizer", "other", "data", "callbacks", "trace")


def rows_of(tallies: Mapping[Key, Tally], seconds: float, own: float) -> list[Row]:
    """Return the lines of the table: the layers as they were called, then all else.

    Parameters
    ----------
    tallies : dict of Key to Tally
    seconds : float
        The whole time.
    own : float
        How much of it went into the profile itself.
    """
    layers = _names([key.layer for key in tallies if key.layer is not None])
    found: dict[tuple[str, str], Tally] = {}
    for key, tally in tallies.items():
        place = _place(key, layers)
        if place is not None:
            total = found.setdefault(place, Tally())
            total.calls += tally.calls
            total.nanoseconds += tally.nanoseconds
            total.flops += tally.flops
    order = [*layers.values(), *OTHERS]
    hows = ("forward", "backward", "backward + update")
    places = sorted(
        found,
        key=lambda place: (order.index(place[0]), hows.index(place[1]) if place[1] in hows else 0),
    )
    rows = [_row(*place, found[place], seconds) for place in places]
    left = max(0.0, seconds - own - sum(row.seconds for row in rows))
    rows.append(Row("Python", "", 0, left, _part(left, seconds)))
    return [*rows, Row("this profile", "", 0, own, _part(own, seconds))]


def _place(key: Key, layers: dict[Any, str]) -> tuple[str, str] | None:
    """Return the first two cells of the line where a key counts; None if that is Python's."""
    if key.part in ("forward", "backward"):
        update = " + update" if key.updates else ""
        if key.layer is not None:
            return layers[key.layer], key.part + update
        return ("loss", "backward") if key.part == "backward" else ("other", "kernels")
    if key.part == "loss":
        return "loss", "forward"
    if key.part == "data" and not key.name:
        return "data", "gathering"
    return (key.part, key.name) if key.part in OTHERS else None


def _names(layers: list[Any]) -> dict[Any, str]:
    """Return what each layer is called; by its path where several have one name."""
    layers = list(dict.fromkeys(layers))
    names = [layer.name for layer in layers]
    return {
        layer: f"{layer.name if names.count(layer.name) == 1 else layer.path} "
        f"({type(layer).__name__})"
        for layer in layers
    }


def _row(what: str, how: str, tally: Tally, seconds: float) -> Row:
    spent = tally.nanoseconds / 1e9
    return Row(what, how, tally.calls, spent, _part(spent, seconds), tally.flops)


def _part(seconds: float, whole: float) -> float:
    return seconds / whole if whole else 0.0


# ------------------------------------------------------------------------------------ text

HEADER = ("", "", "calls", "total", "mean", "share", "GFLOP/s")


def text(title: str, rows: list[Row]) -> str:
    """Write the table down."""
    cells = [HEADER, *_cells(rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([title, "", *lines])


def _cells(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    before = ""
    for row in rows:
        yield (
            "" if row.what == before else row.what,
            row.how,
            f"{row.calls:,}" if row.calls else "",
            duration(row.seconds),
            duration(row.mean) if row.calls else "",
            f"{row.share:.1%}",
            "" if row.gflops is None else f"{row.gflops:.3g}",
        )
        before = row.what


def duration(seconds: float) -> str:
    """Write a time with a unit that suits its size: "1.2 s", "54.1 ms", "370 ns"."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:.0f} s"
    return f"{seconds * 1e9:.0f} ns"
