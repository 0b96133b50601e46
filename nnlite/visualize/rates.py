"""How the loss behaves from small to large learning rates."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .figures import new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def learning_rate_range(
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float] | None = None,
    own: float | None = None,
    useful: tuple[float, float] | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a learning-rate range test: the loss of each step, with a larger rate at each.

    Parameters
    ----------
    rates, losses : sequence of float
        The learning rate of each step, and the loss of its batch.
    smoothed : sequence of float, optional
        The losses without the noise of single batches.
    own : float, optional
        The learning rate that the model is trained with, which is marked.
    useful : (float, float), optional
        The rates from where to where the loss falls fast, which are shaded.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where there are no steps, or not one loss for each rate.
    """
    if not 0 < len(rates) == len(losses):
        raise ValueError(
            "learning_rate_range: there must be as many losses as rates, at least one; got "
            f"{len(losses)} and {len(rates)}"
        )
    figure = new_figure(6.0, 3.9)
    axes = figure.subplots()
    axes.set_xscale("log")
    if smoothed is None:
        axes.plot(rates, losses, color="C0", lw=2, label="Loss")
    else:
        axes.plot(rates, losses, color="C0", alpha=0.35, lw=1, label="Loss of each batch")
        axes.plot(rates, smoothed, color="C0", lw=2, label="Smoothed")
    if useful is not None:
        axes.axvspan(*useful, color="C2", alpha=0.15, lw=0, label="Falls fast")
    if own is not None:
        axes.axvline(own, color="C3", ls="--", lw=1.5, label=f"The model's, {own:g}")
    _finish(axes, losses if smoothed is None else smoothed)
    return save(figure, path)


def _finish(axes: Axes, curve: Sequence[float]) -> None:
    """Label the axes; where the loss explodes, the picture ends at twice the first one."""
    finite = np.asarray([loss for loss in curve if np.isfinite(loss)])
    if finite.size:
        first, low = finite[0], finite.min()
        high = min(finite.max(), first + max(first - low, abs(first)))
        room = 0.08 * (high - low) or 1.0
        axes.set_ylim(low - room, high + room)
    axes.set_xlabel("Learning rate (a step at each, from small to large)")
    axes.set_ylabel("Loss")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
