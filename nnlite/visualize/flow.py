"""What flows through the layers in one training step: activations forward, gradients back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import LONGEST, bare, end_of, new_figure, save, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

#: How many panels stand in a row.
COLUMNS = 4

#: More layers than this cannot be seen in one picture.
MOST_LAYERS = 60

#: If more values than this part of all are 0, they are shown beside the others.
MANY = 0.05

#: From where to where thin lines and thick bars reach: percentiles of the sizes.
THIN, THICK = (5, 95), (25, 75)


def activation_flow(
    model: Any,
    x: Any,
    y: Any = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw how the outputs of each layer are distributed, from the input on.

    They should neither shrink nor grow from layer to layer, and not all lie where an activation is
    flat: at 0 of a ReLU, at both ends of a sigmoid or tanh.

    Parameters
    ----------
    model : Model
        Compiled. One training step is done on a copy of it; the model stays as it is.
    x, y : arrays
        Some samples, at least a few dozen; as in `train_on_batch`.
    path : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        For data that cannot be trained on, and where there are more than 60 layers.
    """
    outputs = _outputs(_watched(model, x, y, "activation_flow"))
    _check_number("activation_flow", model, len(outputs))
    columns = min(COLUMNS, len(outputs))
    rows = -(-len(outputs) // columns)
    figure = new_figure(2.5 * columns + 0.2, 1.9 * rows + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, (title, values) in zip(grid, outputs.items(), strict=False):
        _distribution(axes, title, values)
    figure.suptitle("Activations by layer, from the input on", fontsize=10)
    return save(figure, path)


def gradient_flow(
    model: Any,
    x: Any,
    y: Any = None,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw how large the gradient of the loss is for each weight, from the input on.

    The bar holds half of a weight's gradients, the line nine tenths, the dot is their median. Where
    they are smaller by orders of magnitude towards the input, the gradients vanish, and the first
    layers hardly learn; where they are larger, they explode.

    Parameters
    ----------
    model, x, y, path
        As in `activation_flow`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        For data that cannot be trained on, and where there are no weights or more than 60 layers.
    """
    step = _watched(model, x, y, "gradient_flow").records()
    found = {one.name: one.gradient for one in step.updates if one.gradient is not None}
    _check_number("gradient_flow", model, len(found))
    figure = new_figure(6.4, 0.34 * len(found) + 1.3)
    axes = figure.subplots()
    axes.set_xscale("log")
    for row, (name, gradient) in enumerate(found.items()):
        _sizes(axes, row, np.abs(gradient).ravel(), "C1" if name.endswith("bias") else "C0")
    names = [end_of(name, LONGEST) for name in found]
    axes.set_yticks(range(len(found)), names, fontsize=9, parse_math=False)
    axes.set_ylim(len(found) - 0.4, -0.6)  # the input is above
    axes.set_xlabel("Size of the gradient\n(dot: median, bar: half of them, line: nine tenths)")
    axes.grid(axis="x", alpha=0.3)
    return save(figure, path)


def _watched(model: Any, x: Any, y: Any, what: str) -> Any:
    """Return a training step, Watched, that is done on a copy of the model."""
    from ..explaining.step import watched_step  # the floor above

    return watched_step(model, x, y, what=what)


def _check_number(what: str, model: Any, number: int) -> None:
    if not 0 < number <= MOST_LAYERS:
        raise ValueError(
            f"{what}: {model.name!r} has {number} to draw, and from 1 to {MOST_LAYERS} can be shown"
        )


def _outputs(watched: Any) -> dict[str, NDArray[Any]]:
    """The inputs, and what each layer returned last; each with a title.

    A layer that only reshapes what was there before is left out.
    """
    inputs = (one for one in watched.records().inputs if one.kind == "input")
    found = {one.name: one.data for one in inputs}
    for op in watched.recorder.ops:
        before = (argument.value.data for argument in op.arguments)
        if op.layer and not any(_same_numbers(op.result.data, one) for one in before):
            found[f"{op.layer} ({op.layer_class})"] = op.result.data
    return {title: values for title, values in found.items() if values.dtype.kind == "f"}


def _same_numbers(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.size == other.size and np.array_equal(one.ravel(), other.ravel(), equal_nan=True)


def _distribution(axes: Axes, title: str, values: NDArray[Any]) -> None:
    """Draw a histogram of values, with how many of them are 0 beside it."""
    finite = values[np.isfinite(values)].astype(float)
    text = f"mean {finite.mean():.2g}, std {finite.std():.2g}" if finite.size else "none is finite"
    if 0 < finite.size < values.size:
        text += f", {values.size - finite.size} not finite"
    axes.axis("on")
    titled(axes, title, text)
    zeros = np.mean(values == 0)
    rest = finite[finite != 0] if zeros > MANY else finite
    if rest.size:
        counts, _, _ = axes.hist(rest, bins=40, color="C0")
        axes.set_ylim(0, 1.2 * np.max(counts))
    if zeros > MANY:
        axes.axvline(0, color="C3", lw=2)
        place = axes.get_xaxis_transform()  # x as the data, y as a part of the height
        note = f" {zeros:.0%} are 0"
        axes.text(0, 0.99, note, transform=place, va="top", fontsize=8, color="C3")
    bare(axes)


def _sizes(axes: Axes, row: int, sizes: NDArray[Any], colour: str) -> None:
    """Draw where the sizes of a weight's gradients lie, and how many are none at all."""
    some = sizes[np.isfinite(sizes) & (sizes > 0)]
    if some.size:
        axes.hlines(row, *np.percentile(some, THIN), color=colour, lw=1.5)
        axes.hlines(row, *np.percentile(some, THICK), color=colour, lw=7)
        axes.plot([np.median(some)], [row], "o", color="white", mec=colour, ms=5, zorder=3)
    zeros, strange = np.mean(sizes == 0), np.mean(~np.isfinite(sizes))
    notes = [f"{zeros:.0%} are 0"] if zeros >= 0.005 else []
    notes += [f"{strange:.0%} not finite"] if strange else []
    axes.annotate(
        ", ".join(notes), (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=8
    )
