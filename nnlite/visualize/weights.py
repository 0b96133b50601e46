"""What a model has learned: its weights, as images and as histograms."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tensor import raw
from .figures import LONGEST, bare, end_of, new_figure, save, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

#: More images than this cannot be seen in one picture, nor more histograms.
MOST_IMAGES, MOST_WEIGHTS = 1000, 60

#: Colours reach from minus to plus this share of the sizes, so that one large weight does not make
#: all others pale.
PERCENTILE = 99.5


def weight_images(
    kernel: Any,
    image_shape: tuple[int, int] | None = None,
    columns: int = 10,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw the weights of each unit as an image: which inputs raise it (red) or lower it (blue).

    Parameters
    ----------
    kernel : Dense layer, or array of shape (inputs, units)
        The first layer of a classifier of images. `layer.kernel[:, :20]` is its first 20 units.
    image_shape : (int, int), optional
        Height and width of the images; by default they are square.
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
        Where the inputs are no pixels of such an image, or there are more than 1,000 units.
    """
    images = _images(kernel, image_shape)
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    height, width = images.shape[1:]
    tall = min(max(height / width, 0.3), 3.0)
    figure = new_figure(max(0.75 * columns + 0.9, 3.0), (0.68 * tall + 0.2) * rows + 0.1)
    grid = figure.subplots(rows, columns, squeeze=False)
    limit = float(np.percentile(np.abs(images), PERCENTILE)) or 1.0
    for axes in grid.ravel():
        axes.axis("off")
    for number, (axes, image) in enumerate(zip(grid.ravel(), images, strict=False)):
        shown = axes.imshow(image, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set_title(str(number), fontsize=7, pad=2)
    bar = figure.colorbar(
        shown, ax=grid, label="Weight", extend="both", fraction=0.05, aspect=8 * rows
    )
    bar.ax.tick_params(labelsize=8)
    return save(figure, path)


def _images(kernel: Any, image_shape: tuple[int, int] | None) -> NDArray[Any]:
    """The weights of each unit as an image: (units, height, width)."""
    weights = np.asarray(raw(getattr(kernel, "kernel", kernel)))
    if weights.ndim != 2 or not 0 < weights.shape[1] <= MOST_IMAGES:
        raise ValueError(
            "weight_images: the kernel must have the shape (inputs, units), with from 1 to "
            f"{MOST_IMAGES} units; got {weights.shape}. Show some of them: layer.kernel[:, :40]."
        )
    inputs = len(weights)
    side = math.isqrt(inputs)
    height, width = image_shape or (side, side)
    if height * width != inputs:
        asked = "image_shape=(height, width)" if image_shape is None else "another image_shape"
        raise ValueError(
            f"weight_images: {inputs} inputs are no image of {height} by {width} pixels; give "
            f"{asked}, or the layer that sees the pixels"
        )
    return weights.T.reshape(-1, height, width)


def weight_histograms(model: Any, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw how the weights of a model are distributed: a row for each layer that has any.

    Parameters
    ----------
    model : Model or Layer
        Built.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Where there is no weight yet, or there are more than 60.
    """
    weights = [one for one in model.weights if one.size]
    if not 0 < len(weights) <= MOST_WEIGHTS:
        what = "no weights yet: build it, or call it on data" if not weights else "too many weights"
        raise ValueError(
            f"weight_histograms: {model.name!r} has {what} ({len(weights)}, and from 1 to "
            f"{MOST_WEIGHTS} can be shown)"
        )
    rows = _by_layer(weights)
    columns = max(map(len, rows.values()))
    figure = new_figure(3.4 * columns + 0.3, 1.75 * len(rows) + 0.2)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes in grid.ravel():
        axes.axis("off")
    for line, found in zip(grid, rows.values(), strict=True):
        for axes, weight in zip(line, found, strict=False):
            _histogram(axes, weight, model.path)
    return save(figure, path)


def _by_layer(weights: list[Any]) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for weight in weights:
        rows.setdefault(weight.path.rpartition("/")[0], []).append(weight)
    return rows


def _histogram(axes: Axes, weight: Any, root: str) -> None:
    """Draw one weight: its numbers, where 0 is, and their mean and spread."""
    values = np.asarray(raw(weight)).ravel().astype(float)
    finite = values[np.isfinite(values)]
    axes.axis("on")
    axes.hist(finite, bins=min(60, max(10, math.isqrt(max(1, finite.size)))), color="C0")
    axes.axvline(0, color="black", lw=0.8, alpha=0.6)
    size = " × ".join(map(str, weight.shape))
    text = f"mean {finite.mean():.2g}, std {finite.std():.2g}" if finite.size else "none is finite"
    if 0 < finite.size < values.size:
        text += f", {values.size - finite.size} not finite"
    name = end_of(weight.path.removeprefix(f"{root}/"), LONGEST - len(size) - 4)
    titled(axes, f"{name}  ({size})", text)
    bare(axes)
