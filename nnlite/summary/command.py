"""`nnlite events`: what is in a folder of event files, as text and as a picture."""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .runs import Series

#: The longest last value that is printed.
WIDTH = 48

HEADER = ("tag", "kind", "values", "steps", "last value")


def add_events(commands: Any) -> Any:
    """Describe `nnlite events`."""
    about = "list runs, tags, steps and last values of event files, or draw a scalar"
    parser = commands.add_parser("events", help=about, description=about, allow_abbrev=False)
    parser.add_argument("folder", metavar="DIR", help="a folder of event files, or one file")
    parser.add_argument("--tag", metavar="TAG", help="list or draw only this tag")
    parser.add_argument(
        "--plot", metavar="FILE", help="draw a scalar tag's curves into this file (.png, .svg)"
    )
    parser.set_defaults(run=events)
    return parser


def events(arguments: argparse.Namespace) -> None:
    """Run `nnlite events`."""
    from .runs import series_of

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runs = series_of(arguments.folder)
    for warning in caught:
        print(f"nnlite events: {warning.message}", file=sys.stderr)
    if arguments.tag is not None:
        runs = {run: _only(series, arguments.tag) for run, series in runs.items()}
        if not any(runs.values()):
            raise ValueError(f"no run has the tag {arguments.tag!r}: see them all without --tag")
    for run, series in runs.items():
        print(listing(run, series))
    if arguments.plot is not None:
        draw(runs, arguments.plot)
        print(f"wrote {arguments.plot}")


def _only(series: dict[str, Series], tag: str) -> dict[str, Series]:
    return {tag: series[tag]} if tag in series else {}


def listing(run: str, series: dict[str, Series]) -> str:
    """Return a table of a run's tags."""
    rows = [HEADER, *(_row(tag, one) for tag, one in series.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER) - 1)]
    lines = [f"run {_printable(run)}"]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  " + "  ".join([*cells, row[-1]]))
    return "\n".join(lines) + "\n"


def _row(tag: str, series: Series) -> tuple[str, ...]:
    first, last = series.steps[0], series.steps[-1]
    steps = str(first) if first == last else f"{first} to {last}"
    value = _printable(series.last)
    if len(value) > WIDTH:
        value = value[: WIDTH - 3] + "..."
    return _printable(tag), series.plugin, f"{len(series.steps):,}", steps, value


def _printable(text: str) -> str:
    """Leave out what would move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def draw(runs: dict[str, dict[str, Series]], path: str) -> None:
    """Draw a curve for each run of the one scalar tag that they have.

    Raises
    ------
    ValueError
        Where they have none or several.
    """
    from ..visualize.figures import new_figure, save
    from .runs import SCALARS

    tags = {tag for series in runs.values() for tag, one in series.items() if one.plugin == SCALARS}
    if len(tags) != 1:
        known = ", ".join(sorted(tags)) or "none"
        raise ValueError(f"--plot draws one scalar: choose it with --tag. There are: {known}")
    (tag,) = tags
    figure = new_figure(8, 5)
    axes = figure.subplots()
    for run, series in runs.items():
        if tag in series:
            one = series[tag]
            axes.plot(one.steps, one.numbers, marker="." if len(one.steps) == 1 else "", label=run)
    axes.set_xlabel("step")
    axes.set_ylabel(_printable(tag))
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, path)
