"""Pictures with what the model took them for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .figures import new_figure, save, shortened
from .labels import labels_of, names_of_labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

#: Of longer names the first letters are shown.
LONGEST = 16

#: More images than this cannot be seen in one picture.
MOST_IMAGES = 1000

#: The width of the picture's title, in inches.
TITLE_WIDTH = 4.2


def predictions_grid(
    images: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str] | None = None,
    columns: int = 10,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw images in rows, each with its predicted class; wrong ones in red, with the true class.

    Parameters
    ----------
    images : array of shape (count, height, width), or with 1, 3 or 4 colour channels after these
        Grey images are drawn dark on light.
    y_true, y_pred : array of int of shape (count,), or of float of shape (count, classes)
        Labels, or a probability for each class (the likeliest counts); of two classes also one
        probability, of the class 1.
    class_names : sequence of str, optional
        The name of each label; without it the labels themselves are shown.
    columns : int
        How many images stand in a row.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where the shapes do not fit together, there is no image, or there are more than 1,000.
    """
    images = _checked_images(np.asarray(images))
    true = _labels("y_true", np.asarray(y_true), len(images), class_names)
    predicted = _labels("y_pred", np.asarray(y_pred), len(images), class_names)
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    figure = new_figure(max(1.15 * columns, TITLE_WIDTH), 1.5 * rows + 0.4)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, truth, guess in zip(grid, images, true, predicted, strict=False):
        axes.imshow(image, cmap="gray_r")
        right = truth == guess
        said, known = shortened(guess, LONGEST), shortened(truth, LONGEST)
        text = said if right else f"{said}\n({known})"
        colour = "black" if right else "#c00000"
        axes.set_title(text, fontsize=8, color=colour, pad=3, parse_math=False)
    figure.suptitle(_summary(true, predicted), fontsize=10)
    return save(figure, path)


def _checked_images(images: NDArray[np.generic]) -> NDArray[np.generic]:
    grey_or_colour = images.ndim == 3 or (images.ndim == 4 and images.shape[3] in (1, 3, 4))
    if not grey_or_colour or not 0 < len(images) <= MOST_IMAGES:
        raise ValueError(
            "predictions_grid: images must have the shape (count, height, width), or that with "
            f"1, 3 or 4 channels, and count from 1 to {MOST_IMAGES}; got {images.shape}. "
            "Show some of them: images[:40]."
        )
    return images


def _labels(
    argument: str, y: NDArray[np.generic], count: int, class_names: Sequence[str] | None
) -> list[str]:
    """The name of each image's class."""
    labels = labels_of(y, f"predictions_grid: {argument}")
    if len(labels) != count:
        raise ValueError(
            f"predictions_grid: {argument} must have one label for each of the {count} images, "
            f"got the shape {y.shape}"
        )
    return names_of_labels(labels, class_names, f"predictions_grid: {argument}")


def _summary(true: list[str], predicted: list[str]) -> str:
    right = sum(truth == guess for truth, guess in zip(true, predicted, strict=True))
    if right == len(true):
        return f"All {right} right"
    return f"{right} of {len(true)} right; in red the wrong ones: predicted (true)"
