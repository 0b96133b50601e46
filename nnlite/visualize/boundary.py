"""Where in the plane a classifier sees which class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import new_figure, plain_legend, save
from .labels import labels_of, names_of_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

#: How many points of the plane are asked for, along its longer side.
RESOLUTION = 200

#: How far the plane reaches beyond the samples, as a part of their extent.
MARGIN = 0.1

#: More classes than this have no colours that can be told apart.
MOST_CLASSES = 10


def decision_boundary(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the plane in the colours of the classes that a model sees there, and the samples on it.

    The surer the model is of a place, the stronger is its colour; black lines are where the
    likeliest class changes.

    Parameters
    ----------
    model : Model
        Anything with a `predict` that takes (n, 2) numbers and returns for each row one number,
        the probability of the class 1, or one for each class. Numbers below 0 or above 1 are taken
        for logits.
    x : array of shape (count, 2)
    y : array of int of shape (count,), or one-hot rows
    class_names : sequence of str, optional
        The name of each label; without it the labels themselves are shown.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where x is no plane, y does not fit to it, or there are more than 10 classes.
    """
    x, labels = _samples(x, y)
    first, second = (_ticks(x[:, axis]) for axis in (0, 1))
    across, up = np.meshgrid(first, second)
    plane = np.column_stack([across.ravel(), up.ravel()])
    probabilities = _probabilities(model.predict(plane, verbose=0), labels)
    probabilities = probabilities.reshape(*across.shape, -1)
    names = _class_names(probabilities.shape[-1], class_names)
    figure = new_figure(5.4, 4.4)
    axes = figure.subplots()
    _draw_plane(axes, first, second, probabilities)
    for label, name in enumerate(names):
        across, up = x[labels == label].T
        axes.scatter(across, up, s=16, c=f"C{label}", ec="white", lw=0.5, label=name, zorder=3)
    axes.set(xlabel="x[:, 0]", ylabel="x[:, 1]", xlim=first[[0, -1]], ylim=second[[0, -1]])
    legend = figure.legend(loc="outside upper center", ncols=5, fontsize=9, frameon=False)
    plain_legend(legend)
    return save(figure, path)


def _samples(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(
            "decision_boundary: x must be points of a plane, of the shape (count, 2), got "
            f"{x.shape}; of more features draw a model of two of them"
        )
    if not np.isfinite(x).all():
        raise ValueError(
            "decision_boundary: x holds NaN or infinity, which is nowhere in the plane"
        )
    labels = labels_of(y, "decision_boundary: y")
    if len(labels) != len(x) or labels.min() < 0:
        raise ValueError(
            f"decision_boundary: y must have one label from 0 on for each of the {len(x)} points, "
            f"got {len(labels)}, from {labels.min() if len(labels) else 'none'} on"
        )
    return x, labels


def _ticks(values: NDArray[Any]) -> NDArray[np.float64]:
    """The places along an axis that are asked for."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, RESOLUTION)


def _probabilities(predicted: Any, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The probability of each class at each place, of shape (places, classes)."""
    outputs = np.asarray(predicted, np.float64)
    if outputs.ndim != 2:
        raise ValueError(
            "decision_boundary: the model must return a number for each point, or one for each "
            f"class, got the shape {outputs.shape}"
        )
    are_logits = outputs.min() < 0 or outputs.max() > 1
    if outputs.shape[1] == 1:
        positive = 1 / (1 + np.exp(-outputs)) if are_logits else outputs
        outputs = np.hstack([1 - positive, positive])
    elif are_logits:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = powers / powers.sum(axis=1, keepdims=True)
    classes = outputs.shape[1]
    if labels.max() >= classes or classes > MOST_CLASSES:
        raise ValueError(
            f"decision_boundary: the model tells {classes} classes apart (at most {MOST_CLASSES} "
            f"can be drawn), and y holds the label {labels.max()}"
        )
    return outputs


def _class_names(classes: int, class_names: Sequence[str] | None) -> list[str]:
    return names_of_labels(np.arange(classes), class_names, "decision_boundary: the model")


def _draw_plane(
    axes: Axes,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    probabilities: NDArray[np.float64],
) -> None:
    """Colour each place by its likeliest class, the stronger the surer, and draw the boundaries."""
    from matplotlib.colors import to_rgb

    classes = probabilities.shape[-1]
    colours = np.array([to_rgb(f"C{label}") for label in range(classes)])
    likeliest = probabilities.argmax(axis=-1)
    chance = 1 / classes
    sure = (probabilities.max(axis=-1, keepdims=True) - chance) / (1 - chance)
    strength = 0.12 + 0.5 * np.clip(sure, 0, 1)
    picture = 1 - strength * (1 - colours[likeliest])
    extent = (first[0], first[-1], second[0], second[-1])
    axes.imshow(picture, origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
    for label in range(classes):
        others = np.delete(probabilities, label, axis=-1).max(axis=-1)
        lead = probabilities[..., label] - others
        if lead.min() < 0 < lead.max():
            axes.contour(first, second, lead, levels=[0], colors="black", linewidths=1)
