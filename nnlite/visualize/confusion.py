"""Which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import unknown_name
from .figures import new_figure, save, shortened
from .labels import labels_of, names_of_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

#: What the cells may be shares of, and what is summed over for it.
NORMALIZATIONS: dict[str, Any] = {"true": 1, "pred": 0, "all": None}

#: Of longer names the first letters are shown.
LONGEST = 24

#: More classes than this cannot be read.
MOST_CLASSES = 100


def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str] | None = None,
    normalize: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw how often each class (row) was predicted as each (column); the diagonal is right.

    Parameters
    ----------
    y_true, y_pred : array of int of shape (count,), or of float of shape (count, classes)
        Labels, or a probability for each class (the likeliest counts); of two classes also one
        probability, of the class 1.
    class_names : sequence of str, optional
        The name of each label; without it the labels themselves are shown.
    normalize : "true", "pred" or "all", optional
        Show percentages: of the samples of the row's class, of those predicted as the column's, or
        of all. By default the cells are counts.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where there is no sample, the lengths differ, or there are more than 100 classes.
    """
    if normalize is not None and normalize not in NORMALIZATIONS:
        raise unknown_name("normalization", str(normalize), NORMALIZATIONS)
    from matplotlib.ticker import MaxNLocator

    counts, names = _counted(y_true, y_pred, class_names)
    shown = counts if normalize is None else _shares(counts, NORMALIZATIONS[normalize])
    side = max(3.2, 0.52 * len(names) + 1.2)
    figure = new_figure(side + 0.9, side)
    axes = figure.subplots()
    image = axes.imshow(shown, cmap="Blues", vmin=0)
    _write_cells(axes, shown, "{:,.0f}" if normalize is None else "{:.0%}")
    _name(axes, names)
    axes.set_title(f"{np.trace(counts) / counts.sum():.1%} of {counts.sum():,} right", fontsize=10)
    style = "{x:,.0f}" if normalize is None else "{x:.0%}"
    figure.colorbar(
        image, ax=axes, shrink=0.8, ticks=MaxNLocator(5, integer=normalize is None), format=style
    )
    return save(figure, path)


def _counted(
    y_true: ArrayLike, y_pred: ArrayLike, class_names: Sequence[str] | None
) -> tuple[NDArray[np.int64], list[str]]:
    """How often each class was predicted as each, and the names of the classes."""
    true = labels_of(y_true, "confusion_matrix: y_true")
    predicted = labels_of(y_pred, "confusion_matrix: y_pred")
    if len(true) != len(predicted) or not len(true):
        raise ValueError(
            "confusion_matrix: y_true and y_pred must have the same number of samples, at least "
            f"one; got {len(true)} and {len(predicted)}"
        )
    classes = np.unique(np.concatenate([true, predicted]))
    if class_names is not None:
        names_of_labels(classes, class_names, "confusion_matrix: y")
        classes = np.arange(len(class_names))
    if len(classes) > MOST_CLASSES:
        raise ValueError(
            f"confusion_matrix: {len(classes)} classes cannot be read, at most {MOST_CLASSES}; "
            "are these labels?"
        )
    counts = np.zeros((len(classes), len(classes)), np.int64)
    places = np.searchsorted(classes, true), np.searchsorted(classes, predicted)
    np.add.at(counts, places, 1)
    return counts, names_of_labels(classes, class_names, "confusion_matrix: y")


def _shares(counts: NDArray[np.int64], axis: int | None) -> NDArray[np.float64]:
    """The counts as parts of their sums over an axis; of a class that is not there 0."""
    sums = counts.sum(axis=axis, keepdims=True)
    return counts / np.maximum(sums, 1)


def _write_cells(axes: Axes, shown: NDArray[Any], style: str) -> None:
    """Write each number into its cell, white on dark; zeros faintly, so that errors stand out."""
    largest, zero = shown.max(), style.format(0)
    for (row, column), value in np.ndenumerate(shown):
        text = style.format(value)
        colour = "white" if value > 0.55 * largest else "#bbbbbb" if text == zero else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)


def _name(axes: Axes, names: list[str]) -> None:
    names = [shortened(name, LONGEST) for name in names]
    slanted = sum(map(len, names)) > 4 * len(names)
    places = range(len(names))
    rotation, side = (45, "right") if slanted else (0, "center")
    mode = "anchor" if slanted else None
    axes.set_xticks(places, names, rotation=rotation, ha=side, rotation_mode=mode, parse_math=False)
    axes.set_yticks(places, names, parse_math=False)
    axes.tick_params(length=0, labelsize=9)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class")
