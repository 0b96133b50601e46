"""Gradients and slopes at one point and, where there are kinks, beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..tape import ops_before
from ..tensor import Array, Tensor
from .causes import Surroundings, likely_cause
from .comparison import Comparison, Measuring, Quantity

#: How far apart a gradient and a slope may be: ATOL + RTOL |slope|. With a step of 1e-6 the
#: rounding error of central differences is about 1e-10 and their truncation error smaller.
RTOL, ATOL = 1e-6, 1e-7

#: Where there is a kink, how far beside it the gradient is checked again, for values around 1.
BESIDE = 1e-2


def compared(
    quantities: list[Quantity],
    value: Callable[[], float],
    analytic: Callable[[], list[Array]],
    around: Surroundings,
    rtol: float,
    atol: float,
) -> list[Comparison]:
    """Compare the gradients of a function with its slopes, and look for causes.

    Parameters
    ----------
    quantities : list of Quantity
        What the function depends on; the arrays are moved, and put back.
    value, analytic : functions without arguments
        Return the function's value, and the gradient of each quantity on the tape, for what the
        arrays hold.
    around : Surroundings
        What causes are recognised by.

    Raises
    ------
    ValueError
        Where the function has two values at one point, where a quantity is not finite, where there
        is none, and for a negative tolerance.
    """
    _refuse_unmeasurable(quantities, rtol, atol)
    measuring = Measuring(value, rtol, atol)
    again = value()
    if again != measuring.centre and not np.isnan([again, measuring.centre]).all():
        raise ValueError(
            f"gradient check: the function gave {measuring.centre!r} and then, for the same "
            f"inputs, {again!r}; does it draw random numbers? Let it begin from a seed each time"
        )
    found = [
        measuring.compare(quantity, gradient)
        for quantity, gradient in zip(quantities, analytic(), strict=True)
    ]
    if any(one.verdict == "kink" for one in found):
        found = _beside_kinks(quantities, found, measuring, analytic)
    if around.coarse:
        found = [_unclear(one) for one in found]
    return [one._replace(cause=likely_cause(one, around)) for one in found]


def _refuse_unmeasurable(quantities: list[Quantity], rtol: float, atol: float) -> None:
    if not (rtol >= 0 and atol >= 0):
        raise ValueError(f"gradient check: rtol and atol must be 0 or more, not {rtol} and {atol}")
    if not quantities:
        raise ValueError(
            "gradient check: there is nothing to differentiate, no input of floats and no weight "
            "that is trained"
        )
    for quantity in quantities:
        strange = np.argwhere(~np.isfinite(quantity.array))
        if strange.size:
            place = tuple(map(int, strange[0]))
            raise ValueError(
                f"gradient check: {quantity.path} holds {quantity.array[place]} at {place}; a "
                "slope can be measured at finite numbers only"
            )


def coarse_ops(result: Tensor) -> list[str]:
    """Return the names of the ops that computed a part of `result` in less than float64."""
    return sorted({node.op.name for node in ops_before(result) if node.dtype != np.float64})


def _unclear(found: Comparison) -> Comparison:
    """Let what differs be unclear, where slopes cannot be measured well enough."""
    nowhere = np.zeros_like(found.wrong)
    verdict = "unclear" if found.verdict == "wrong" else found.verdict
    return found._replace(wrong=nowhere, unclear=found.unclear | found.wrong, verdict=verdict)


def _beside_kinks(
    quantities: list[Quantity],
    found: list[Comparison],
    measuring: Measuring,
    analytic: Callable[[], list[Array]],
) -> list[Comparison]:
    """Check what lies at kinks again, a little beside them; what is wrong there is wrong."""
    before = [quantity.array.copy() for quantity in quantities]
    random = np.random.default_rng(0)
    try:
        for quantity in quantities:
            scale = BESIDE * np.maximum(1.0, np.abs(quantity.array))
            quantity.array[...] += scale * random.uniform(-1, 1, scale.shape)
        near = Measuring(measuring.value, measuring.rtol, measuring.atol)
        gradients_there = analytic()
        for place, (quantity, one) in enumerate(zip(quantities, found, strict=True)):
            if one.verdict == "kink":
                other = near.compare(quantity, gradients_there[place])
                found[place] = other if other.verdict == "wrong" else one
    finally:
        for quantity, array in zip(quantities, before, strict=True):
            quantity.array[...] = array
    return found
