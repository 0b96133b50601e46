"""Figures that belong to nobody but whoever asked for them."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def save(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    """Write `figure` to `path`, if there is one, and hand it back."""
    if path is not None:
        figure.savefig(path, dpi=RESOLUTION)
    return figure
