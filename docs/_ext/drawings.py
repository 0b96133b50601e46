"""Pictures of the documentation that are not somebody's output."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

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
