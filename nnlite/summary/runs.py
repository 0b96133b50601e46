"""What the event files of a folder hold, run by run and tag by tag."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import hparams_messages
from .messages import Event, Value
from .reading import read
from .records import BrokenEventFileError

#: What is called a scalar, by plugin or by the kind of older writers.
SCALARS = "scalars"


@dataclass
class Series:
    """The values of a tag in one run.

    Attributes
    ----------
    plugin : str
        "scalars", "histograms", ...
    steps : list of int
        In the order of the file.
    numbers : list of float
        Of scalars, each step's value.
    last : str
        The last value in a few words.
    """

    plugin: str
    steps: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    last: str = ""

    def add(self, step: int, value: Value) -> None:
        """Note a further value."""
        self.steps.append(step)
        if self.plugin == SCALARS:
            number = isinstance(value.data, float) or np.shape(value.data) == ()
            self.numbers.append(float(value.data) if number else np.nan)
        self.last = described(value)


def series_of(folder: str | os.PathLike[str]) -> dict[str, dict[str, Series]]:
    """Read all event files in a folder, or one file: the series of each run and tag.

    A run is a folder with event files, named from `folder` on ("." is that folder itself). What
    stands before the place where a file is broken counts; a warning says so.

    Raises
    ------
    FileNotFoundError
        Where there is no event file.
    """
    root = Path(folder)
    files = [root] if root.is_file() else sorted(root.rglob("*.tfevents.*"))
    if not files:
        raise FileNotFoundError(f"there is no event file (*.tfevents.*) in {root}")
    runs: dict[str, dict[str, Series]] = {}
    for path in files:
        run = "." if path == root else str(path.parent.relative_to(root))
        series = runs.setdefault(run, {})
        try:
            for event in read(path):
                _add(series, event)
        except BrokenEventFileError as error:
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
    return runs


def _add(series: dict[str, Series], event: Event) -> None:
    for value in event.values:
        if value.tag not in series:  # later values may come without metadata
            plugin = value.metadata.plugin_name or _PLUGINS.get(value.kind, value.kind)
            series[value.tag] = Series(plugin)
        series[value.tag].add(event.step, value)


#: The plugins that show what older writers wrote.
_PLUGINS = {"simple_value": SCALARS, "image": "images", "histo": "histograms"}


def described(value: Value) -> str:
    """Say in a few words what a value is."""
    plugin, data = value.metadata.plugin_name, value.data
    if isinstance(data, float):
        return f"{data:.6g}"
    if not isinstance(data, np.ndarray):
        return f"{len(data or b'')} bytes"
    if plugin == "hparams":
        return hparams_messages.described(value.metadata.content)
    if data.dtype.kind != "O" and data.shape == ():
        return f"{data.item():.6g}"
    if plugin == "histograms" and data.ndim == 2 and data.shape[1:] == (3,) and len(data):
        return f"{data[:, 2].sum():.0f} values from {data[0, 0]:.4g} to {data[-1, 1]:.4g}"
    if plugin == "images" and data.dtype.kind == "O" and data.ndim == 1 and len(data) > 1:
        width, height = (one.decode(errors="replace") for one in data[:2])
        return f"{len(data) - 2} of {width} x {height}"
    if plugin == "audio" and data.ndim:
        return f"{len(data)} sounds"
    if plugin == "text" and data.dtype.kind == "O":
        return " | ".join(one.decode(errors="replace") for one in data.ravel().tolist())
    return f"{data.dtype} of shape {data.shape}"
