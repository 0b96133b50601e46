"""A gradient that is right for one input may be wrong for the next: hypothesis tries many."""

from __future__ import annotations

from typing import Any

from ..layers import Layer
from ..models import Model
from . import strategies  # which says what to do where there is no hypothesis
from .subjects import check_subject

from hypothesis import Phase, given, settings  # isort: skip
from hypothesis import strategies as st  # isort: skip


#: All but the last, which explains: it would try hundreds of inputs more, and the report does that.
PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)


def check_property(
    subject: Any, shape: Any = None, ids: int | None = None, examples: int = 10
) -> None:
    """Check the gradients of a subject for many inputs.

    Parameters
    ----------
    subject
        As for `check_subject`. What says its inputs itself is checked on these alone.
    shape : tuple of int, or list of them
        Of a layer: the shape of a sample, or of samples of several inputs; that which it was built
        for, or (4,), by default.
    ids : int
        Of a layer whose inputs are ids: how many there are.
    examples : int
        How many inputs to try.

    Raises
    ------
    GradientCheckError
        For the simplest inputs that hypothesis has found where a gradient is wrong.
    """
    if isinstance(subject, tuple):
        check_subject(subject).raise_if_wrong()
        return

    @settings(max_examples=examples, deadline=None, phases=PHASES)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        if _is_layer(subject) and shape is not None:
            inputs = data.draw(strategies.inputs(shape, ids), label="inputs")
            report = check_subject((subject, inputs))
        else:
            report = check_subject(subject, data.draw(st.integers(0, 2**32 - 1), label="seed"))
        report.raise_if_wrong()

    holds()


def _is_layer(subject: Any) -> bool:
    if isinstance(subject, type):
        return issubclass(subject, Layer)
    return isinstance(subject, Layer) and not (isinstance(subject, Model) and subject.compiled)
