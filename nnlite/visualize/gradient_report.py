"""A gradient check as a picture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ..gradient_check import Comparison
from .figures import new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..gradient_check import GradientReport

COLOURS = {"right": "tab:blue", "kink": "tab:orange", "unclear": "tab:purple", "wrong": "tab:red"}

#: Smaller errors are drawn as this one; a logarithmic axis has no 0.
SMALLEST = 1e-12


def plot_report(report: GradientReport, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw the gradients over the slopes, how far apart they are, and where, if anywhere.

    Parameters
    ----------
    report : GradientReport
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure
    """
    mapped = [one for one in report.failures if one.places.size == one.analytic.size > 1]
    rows = len(report.comparisons)
    figure = new_figure(10.4 + (4.2 if mapped else 0), max(4.0, 1.4 + 0.3 * rows))
    panels = figure.subplots(1, 3 if mapped else 2)
    _scatter(panels[0], report)
    _bars(panels[1], report)
    if mapped:
        _map(panels[2], mapped[-1])
    cause = f"\nlikely: {report.cause}" if report.cause else ""
    figure.suptitle(f"Gradient check of {report.subject}: {report.verdict}{cause}")
    return save(figure, path)


def _scatter(axes: Axes, report: GradientReport) -> None:
    """Draw every element, or direction, that was measured: right ones lie on the diagonal.

    Those of each quantity are divided by the largest, or the small ones would lie in a heap.
    """
    for verdict, colour in COLOURS.items():
        pairs = [_pairs(one, verdict) for one in report.comparisons]
        points = np.concatenate([np.empty((0, 2)), *pairs])
        if len(points):
            marker = "x" if verdict == "wrong" else "o"
            label = f"{verdict} ({len(points)})"
            axes.plot(points[:, 1], points[:, 0], marker, c=colour, ms=4, label=label)
    axes.axline((0, 0), slope=1, c="grey", lw=0.8, zorder=0)
    axes.set_xlabel("slope by central differences / the largest of its kind")
    axes.set_ylabel("gradient by the tape / the same")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:  # not where no number is finite
        axes.legend()


def _pairs(one: Comparison, verdict: str) -> np.ndarray:
    """Return what the tape says and what was measured, of the elements of one verdict."""
    if one.places.size:
        pairs = np.stack([one.measured, one.numerical], axis=1)
        right = ~(one.wrong | one.kinks | one.unclear)
        chosen = {"wrong": one.wrong, "kink": one.kinks, "unclear": one.unclear, "right": right}
    else:
        pairs = one.directions
        chosen = {one.verdict: np.full(len(pairs), True)}
    finite = np.isfinite(pairs).all(axis=1)
    largest = np.abs(pairs[finite]).max(initial=0)
    return pairs[finite & chosen.get(verdict, False)] / (largest or 1)


def _bars(axes: Axes, report: GradientReport) -> None:
    """Draw the largest relative error of each quantity, and what is allowed."""
    names = [one.path for one in report.comparisons]
    errors = [min(max(one.relative_error, SMALLEST), 1e3) for one in report.comparisons]
    colours = [COLOURS[one.verdict] for one in report.comparisons]
    axes.barh(range(len(names)), errors, color=colours, left=SMALLEST)
    axes.axvline(report.rtol, c="grey", ls="--", lw=1, label=f"rtol = {report.rtol:g}")
    axes.set_xscale("log")
    axes.set_xlim(SMALLEST, max(10.0, 2 * max(errors, default=1.0)))
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()  # from the inputs down to the outputs, as the table
    axes.set_xlabel("relative error of the worst element")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")


def _map(axes: Axes, one: Comparison) -> None:
    """Draw where a gradient differs from the slope, its axes but the last one under each other."""
    from matplotlib.ticker import MaxNLocator

    apart = (one.analytic.reshape(-1) - one.numerical).reshape(-1, (one.analytic.shape or (1,))[-1])
    largest = float(np.abs(apart[np.isfinite(apart)]).max(initial=0)) or 1.0
    image = axes.imshow(apart, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto")
    axes.figure.colorbar(image, ax=axes)
    axes.set_title(f"{one.path}: gradient - slope", fontsize="medium")
    for axis, label in ((axes.xaxis, "last axis"), (axes.yaxis, "other axes")):
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.set_label_text(label)
