"""A gradient that is right for one input may be wrong for the next: hypothesis tries many."""

from __future__ import annotations

from typing import Any

from ..layers import Layer
from ..models import Model
from . import strategies  # which says what to do where there is no hypothesis
from .subjects import UnsuitableError, check_subject

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
    TypeError
        For a shape that is none, and where `shape` or `ids` are given of what is no layer.
    """
    inputs = _inputs(subject, shape, ids)
    if isinstance(subject, tuple):
        check_subject(subject).raise_if_wrong()
        return

    @settings(max_examples=examples, deadline=None, phases=PHASES)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        if inputs is not None:
            report = check_subject((subject, data.draw(inputs, label="inputs")))
        else:
            report = check_subject(subject, data.draw(st.integers(0, 2**32 - 1), label="seed"))
        report.raise_if_wrong()

    holds()


def _inputs(subject: Any, shape: Any, ids: int | None) -> st.SearchStrategy[Any] | None:
    """Return what inputs are drawn from, None where nothing is said of them."""
    if shape is None and ids is None:
        return None
    if not _is_layer(subject):
        raise UnsuitableError(
            f"gradcheck: shape and ids are for layers, and {subject!r} is none; return the layer, "
            "or a tuple of what is to be checked and its inputs"
        )
    shape = (4,) if shape is None else shape
    for one in shape if isinstance(shape, list) else [shape]:
        if not (isinstance(one, tuple) and all(isinstance(size, int) for size in one)):
            raise UnsuitableError(
                f"gradcheck: shape is that of a sample, as (4,), or a list of such, not {shape!r}"
            )
    return strategies.inputs(shape, ids)


def _is_layer(subject: Any) -> bool:
    if isinstance(subject, type):
        return issubclass(subject, Layer)
    return isinstance(subject, Layer) and not (isinstance(subject, Model) and subject.compiled)
