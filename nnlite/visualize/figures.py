"""Figures that belong to nobody but whoever asked for them."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from ..errors import unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

#: Of longer names above a histogram the first letters are shown.
LONGEST = 38

#: Dots per inch of what is written to files.
RESOLUTION = 150


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure of this size, in inches, that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")

    def as_png() -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        return buffer.getvalue()

    # Notebooks ask for this method by name; matplotlib's figures they know only through pyplot.
    figure._repr_png_ = as_png  # type: ignore[attr-defined]
    return figure


def shortened(name: str, most: int) -> str:
    """Return a name, or of one with more letters than `most` the first ones."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def end_of(path: str, most: int) -> str:
    """Return a weight's path, or of one with more letters than `most` the last ones."""
    return path if len(path) <= most else f"…{path[1 - most :]}"


def titled(axes: Axes, name: str, text: str) -> None:
    """Write a name above a histogram, whatever is in it, and a line of text below the name."""
    title = f"{shortened(name, LONGEST)}\n{text}"
    axes.set_title(title, fontsize=9, parse_math=False)  # a $ begins no formula


def plain_legend(legend: Legend) -> None:
    """Let the names in a legend be no formulas."""
    for text in legend.get_texts():
        text.set_parse_math(False)


def bare(axes: Axes) -> None:
    """Let nothing but the ticks below stand around a histogram."""
    from matplotlib.ticker import MaxNLocator

    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)


def save(
    figure: Figure, path: str | os.PathLike[str] | None, resolution: float = RESOLUTION
) -> Figure:
    """Write `figure` to `path`, if there is one, and hand it back.

    Raises
    ------
    FileNotFoundError
        Where there is no such folder.
    ValueError
        For an ending that says no format.
    """
    if path is not None:
        _check(figure, os.fspath(path))
        figure.savefig(path, dpi=resolution)
    return figure


def _check(figure: Figure, path: str) -> None:
    """Refuse a path that cannot be written to."""
    folder, ending = os.path.dirname(path), os.path.splitext(path)[1].removeprefix(".")
    if folder and not os.path.isdir(folder):
        raise FileNotFoundError(
            f"There is no folder {folder!r} to write {os.path.basename(path)!r} to; make it first: "
            f"os.makedirs({folder!r})"
        )
    formats = figure.canvas.get_supported_filetypes()
    if ending and ending.lower() not in formats:
        raise unknown_name("ending of a picture", ending, formats)
