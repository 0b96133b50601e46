"""explain: one training step, laid out from the input to the updated weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import checks_keywords
from ..saving.atomic import written_whole
from .page import as_fragment, as_page
from .records import Step
from .step import watched_step
from .text import as_text, headline

#: A step that nobody can read is not laid out.
MOST_SAMPLES = 256


class Explanation:
    """A training step that was done, on a copy of a model: `print` it, save it, or display it.

    Attributes
    ----------
    step : Step
        All numbers: of each op what it read, made and sent back, and of each weight its update.
    """

    def __init__(self, step: Step) -> None:
        self.step = step

    def text(self) -> str:
        """Return the step as text."""
        return as_text(self.step)

    def to_html(self) -> str:
        """Return the step as one page of HTML that needs nothing else."""
        return as_page(self.step)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all."""
        with written_whole(path) as new:
            Path(new).write_text(self.to_html(), encoding="utf-8")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Explanation: {headline(self.step)}>"

    def _repr_html_(self) -> str:
        return as_fragment(self.step)


@checks_keywords
def explain(
    model: Any, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None
) -> Explanation:
    """Do one training step of a few samples on a copy of a model, and lay it out.

    Every op with its formula, shapes and numbers, which kernel ran it, where each gradient came
    from, and what the optimizer made of it. The model stays as it is: its weights, its optimizer,
    its metrics, and what will be drawn at random next.

    Parameters
    ----------
    model : Model
        Compiled. Any model: Sequential, functional or subclassed, with layers, losses, metrics and
        optimizers of your own.
    x, y, sample_weight, class_weight
        As in `train_on_batch`: arrays of at most 256 samples.

    Returns
    -------
    Explanation
        `print` it, `save("step.html")` it, or let a notebook display it.

    Raises
    ------
    ValueError
        For data that cannot be trained on, and for more samples than can be read.
    TypeError
        For what is no model, or cannot be copied.
    """
    watched = watched_step(
        model, x, y, sample_weight, class_weight, what="explain", most=MOST_SAMPLES
    )
    return Explanation(watched.records())
