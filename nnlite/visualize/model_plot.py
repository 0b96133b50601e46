"""plot_model: the graph of a model as a picture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import checks_keywords, unknown_name
from ..models import Model
from .figures import save
from .model_graph import Shown, diagram_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Whether a picture is read downwards, or from left to right.
DIRECTIONS = {"TB": True, "LR": False}

#: matplotlib draws no picture that is wider or higher.
MOST_PIXELS = 2**16 - 1


@checks_keywords
def plot_model(
    model: Model,
    to_file: str | os.PathLike[str] | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Figure:
    """Draw the graph of a model, with matplotlib alone.

    A layer has one box, also if it is called several times (but where one of its calls depends on
    another, each call has its own). A subclassed model, whose graph is in its Python code, is one
    box; to see what is inside, make a graph of it: with `x = Input(...)`,
    `plot_model(Model(x, model.call(x)))`.

    Parameters
    ----------
    model : Model
        Built: its weights are there.
    to_file : str or path, optional
        Where to write the picture; its ending chooses the format (.png, .svg, .pdf). None to
        write none.
    show_shapes, show_dtype : bool
        Whether to show the shapes of inputs and outputs, the dtype of outputs.
    show_layer_names : bool
        Whether to show the names of the layers beside their classes.
    rankdir : str
        "TB": from top to bottom; "LR": from left to right.
    expand_nested : bool
        Whether to draw what is inside of models that are layers, each in a frame.
    dpi : int
        Dots per inch of what is written; fewer for a picture of more than 65535 dots a side.
    show_layer_activations : bool
        Whether to show the activations of the layers that have one.
    show_trainable : bool
        Whether to show which layers with weights training changes.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    TypeError
        For what is no model.
    ValueError
        For a model that was not built, an unknown `rankdir`, or an unknown ending.
    FileNotFoundError
        Where there is no such folder.
    """
    downwards = _checked(model, rankdir)
    shown = Shown(
        show_shapes,
        show_dtype,
        show_layer_names,
        show_layer_activations,
        show_trainable,
        expand_nested,
    )
    from .model_layout import placed
    from .model_picture import drawn

    figure = drawn(placed(diagram_of(model, shown), downwards), downwards)
    most = MOST_PIXELS / max(figure.get_size_inches())
    return save(figure, to_file, min(dpi, most))


def model_to_dot(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuse, whatever `args` and `kwargs`: graphs are not written for graphviz.

    Raises
    ------
    NotImplementedError
        Always; it names `plot_model`, which needs no graphviz.
    """
    raise NotImplementedError(
        "model_to_dot writes for graphviz, which nnlite does not need: "
        "nnlite.utils.plot_model(model, 'model.png', show_shapes=True) draws the picture itself, "
        "and returns a matplotlib Figure"
    )


def _checked(model: Any, rankdir: Any) -> bool:
    """Refuse what cannot be drawn; return whether the picture is read downwards."""
    if not isinstance(model, Model):
        raise TypeError(f"plot_model takes a model, got {type(model).__name__}: {model!r:.80}")
    if rankdir not in DIRECTIONS:
        raise unknown_name("rankdir", str(rankdir), DIRECTIONS)
    if not model.built:
        raise ValueError(
            f"plot_model: {model.name!r} has not been built yet, so its shapes are not known. Give "
            "the first layer an Input(shape), call model.build(input_shape), or call the model on "
            "a batch of data"
        )
    return DIRECTIONS[rankdir]
