"""How a training went, epoch by epoch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .figures import new_figure, plain_legend, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: A metric's epochs, counted from 1, and its values.
Curve = tuple[list[int], list[float]]

#: Up to this many epochs each value is marked with a dot: one epoch alone has no line.
MARKED_EPOCHS = 40

#: What callbacks may add to the logs beside losses and metrics; it has a scale of its own.
LEARNING_RATES = ("learning_rate", "lr")


def learning_curves(
    history: Any,
    path: str | os.PathLike[str] | None = None,
    half_epoch_shift: bool = True,
) -> Figure:
    """Draw losses, and beside them the other metrics, over the epochs.

    A metric's training curve (solid) and validation curve (dashed) have the same colour.

    Parameters
    ----------
    history : History or dict of str to list of float
        What `fit` returned, or its `history`.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).
    half_epoch_shift : bool
        Whether training curves are drawn half an epoch to the left: their values are means over
        the epoch, while validation is measured at its end, so only then do the two compare.
        (A. Géron, Hands-On Machine Learning, chapter 10, explains it.)

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where there is no epoch to draw, or a metric has not one value for every epoch.
    """
    curves = _curves(history)
    panels = _panels(list(curves))
    first = min(epochs[0] for epochs, _ in curves.values())
    last = max(epochs[-1] for epochs, _ in curves.values())
    figure = new_figure(5.2 * len(panels) + 0.4, 4.0)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, names) in zip(all_axes, panels.items(), strict=True):
        for number, name in enumerate(names):
            shift = 0.5 if half_epoch_shift and name not in LEARNING_RATES else 0.0
            _draw(axes, curves, name, f"C{number}", shift)
        only = names[0].replace("_", " ").capitalize()
        _finish(axes, only if len(names) == 1 else title, first, last)
    return save(figure, path)


def _curves(history: Any) -> dict[str, Curve]:
    """Each metric's epochs, counted from 1, and its values."""
    values = getattr(history, "history", history)
    count = max((len(curve) for curve in values.values()), default=0)
    if count == 0:
        raise ValueError("learning_curves: the history holds no epochs; train with fit() first")
    every = dict.fromkeys(values, range(count))
    epochs = getattr(history, "epochs_of", every)
    for name, curve in values.items():
        if len(curve) != len(epochs[name]):
            raise ValueError(
                f"learning_curves: {name!r} has {len(curve)} values, not {len(epochs[name])}; "
                "give the History that fit() returned: it knows to which epochs they belong"
            )
    return {name: ([epoch + 1 for epoch in epochs[name]], curve) for name, curve in values.items()}


def _panels(metrics: list[str]) -> dict[str, list[str]]:
    """Which metrics, named without "val_", stand in which panel."""
    panels: dict[str, list[str]] = {}
    for name in dict.fromkeys(metric.removeprefix("val_") for metric in metrics):
        if name.endswith("loss"):
            title = "Loss"
        elif name in LEARNING_RATES:
            title = "Learning rate"
        else:
            title = "Metrics"
        panels.setdefault(title, []).append(name)
    return panels


def _draw(axes: Axes, curves: dict[str, Curve], name: str, colour: str, shift: float) -> None:
    """Draw one metric: its training curve `shift` to the left, its validation curve in place."""
    validation = f"val_{name}"
    if name in curves:
        epochs, values = curves[name]
        label = f"{name} (training)" if validation in curves else name
        style = "-o" if len(epochs) <= MARKED_EPOCHS else "-"
        axes.plot([epoch - shift for epoch in epochs], values, style, ms=3.5, c=colour, label=label)
    if validation in curves:
        epochs, values = curves[validation]
        label = f"{name} (validation)"
        style = "--o" if len(epochs) <= MARKED_EPOCHS else "--"
        axes.plot(epochs, values, style, ms=3.5, c=colour, mfc="white", label=label)


def _finish(axes: Axes, title: str, first: int, last: int) -> None:
    """Label the axes, and show the epochs from the `first` to the `last`."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("Epoch")
    axes.set_ylabel(title, parse_math=False)
    axes.set_xlim(first - 0.9, last + max(0.3, 0.02 * (last - first)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axes.grid(alpha=0.3)
    plain_legend(axes.legend())
