"""Pictures of the documentation that no script has for its output."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from nnlite.bench import report
from nnlite.bench.measures import Measure, Section

#: The neurons of each layer.
LAYERS = (3, 5, 5, 2)


def draw_network(path: Path) -> None:
    """Draw a small network: for examples that draw nothing themselves."""
    figure = Figure(figsize=(4, 2.8))
    axes = figure.add_axes((0, 0, 1, 1))
    columns = [
        np.stack([np.full(count, float(place)), np.arange(count) - (count - 1) / 2], axis=1)
        for place, count in enumerate(LAYERS)
    ]
    strengths = np.random.default_rng(5)
    for left, right in itertools.pairwise(columns):
        for start in left:
            for end in right:
                weight = strengths.normal()
                color = "#2b7bba" if weight > 0 else "#d95f02"
                line = np.stack([start, end]).T
                axes.plot(*line, color=color, linewidth=abs(weight), alpha=0.6, zorder=1)
    for column in columns:
        axes.scatter(*column.T, s=260, color="#2e3b4e", edgecolor="white", linewidth=1.5, zorder=2)
    axes.set_axis_off()
    axes.margins(0.12)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=100)


#: What a figure may be followed by, in seconds.
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}

#: A figure alone in its cell, "0.46 s"; and one of several, "Keras (JAX) 0.94 s" or "numpy 9.0,".
ALONE = re.compile(r"([\d.]+) (s|ms|µs)")
NAMED = re.compile(r"(\S.*?) ([\d.]+)(?: (s|ms|µs))?(?:, |$)")


def draw_performance(readme: Path, path: Path) -> None:
    """Draw the rows of README's table of figures in which nnlite stands beside others."""
    sections = []
    for line in readme.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        alone = ALONE.fullmatch(cells[1]) if len(cells) == 4 else None
        if alone and cells[2]:
            size = UNITS[alone[2]]  # the others' figures have the same unit, named once
            found = [("nnlite", alone[1]), *((name, x) for name, x, _ in NAMED.findall(cells[2]))]
            measures = [Measure(name, (float(x) * size,)) for name, x in found]
            title = cells[0].replace("`", "")
            sections.append(Section(title[0].upper() + title[1:], "seconds", measures))
    path.parent.mkdir(exist_ok=True)
    report.draw(path, sections)
