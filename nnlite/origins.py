"""What a kernel is called for: which part of a step, and which layer.

A kernel knows neither. The Python functions that are at work while it is called do; they are looked
at where a step is recorded, and in a profile also on the tape.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, NamedTuple

from .compiled import CompiledLayer
from .data import Column
from .layers.base import Layer
from .losses.base import Loss
from .metrics.base import Metric
from .objective import Objective
from .optimizers.base import Optimizer
from .tape import gradients, this_thread


class Origin(NamedTuple):
    """What a kernel is called for.

    Attributes
    ----------
    part : str
        One of those in `PARTS`, or "other".
    layer : Layer or None
        Of "forward" the layer whose call it is in; of "backward" the one whose op's vjp it is in,
        None for those of the loss.
    """

    part: str
    layer: Any = None


#: Which function is at work in which part of a step. The innermost of those that are counts. By the
#: ids of their code, since that has a hash which takes long.
PARTS = {
    id(function.__code__): part
    for part, functions in {
        "data": (Column.batch,),
        "forward": (Layer.__call__,),
        "loss": (
            CompiledLayer.compute_loss,
            Objective.loss,
            Loss.__call__,
            vars(Layer)["losses"].fget,
        ),
        "backward": (gradients,),
        "metrics": (Objective.update_loss, Objective.update_metrics, Metric.__call__),
        "optimizer": (Optimizer.apply,),
    }.items()
    for function in functions
}


def origin() -> Origin:
    """Say what a kernel is called for that is called just now."""
    frame: FrameType | None = sys._getframe(1)
    part: str | None = None
    while frame is not None and part is None:
        part, frame = PARTS.get(id(frame.f_code)), frame.f_back
    if part == "forward":
        return Origin(part, this_thread.around.running)
    if part == "backward":
        return Origin(part, this_thread.around.differentiated)
    return Origin(part or "other")
