"""The slope of a function along a line, by central differences; and whether it has a kink there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: How far to go to either side, for values around 1.
STEP = 1e-6

#: What numbers of float64 are rounded to, with a few roundings for a sum.
ROUNDING = 8 * float(np.finfo(np.float64).eps)

#: The steps that `careful_slope` tries, as parts of STEP: 1.6e-8 to 4e-3.
TRIALS = tuple(4.0**k for k in range(-3, 7))

#: What the one-sided slopes differ by, divided by what they do with a step 4 times as long, is 1/4
#: for a smooth function, 1 at a kink, and 4 at a jump: it is more than the first of these.
BENT, JUMPS = 0.45, 2.2

#: A jump is larger than what numbers of float32 are rounded to, beside the function's values.
LEAST_JUMP = 1e-5

#: A gradient may lie outside the two slopes of a kink, where several kinks meet; but not so many
#: times what they differ by.
MEETING = 10.0


class Slope(NamedTuple):
    """A measured slope.

    Attributes
    ----------
    value : float
        The central difference that is most certain.
    error : float
        By how much it may be wrong.
    left, right : float
        The one-sided slopes, with a step of STEP.
    kink : bool
        Whether the two differ however short the step is.
    """

    value: float
    error: float
    left: float
    right: float
    kink: bool

    def explains(self, slope: float) -> bool:
        """Whether there is a kink, and a large enough one to give this slope."""
        return self.kink and abs(slope - (self.left + self.right) / 2) <= MEETING * abs(
            self.right - self.left
        )


def central_difference(f: Callable[[float], float], step: float = STEP) -> float:
    """Return (f(h) - f(-h)) / 2h."""
    return (f(step) - f(-step)) / (2 * step)


def rounding_of(value: float, step: float = STEP) -> float:
    """Return by how much a central difference of values of this size may be rounded."""
    return ROUNDING * abs(value) / step


def careful_slope(f: Callable[[float], float], centre: float) -> Slope:
    """Measure f'(0) with steps of many lengths, and take what is most certain.

    Long steps bend or reach a kink, short ones are rounded: where neighbours agree best, neither
    counts. A slope may be wrong by what it differs by from those of the next shorter and the next
    longer step, and by its rounding.

    Parameters
    ----------
    f : function of a number t
    centre : float
        f(0).
    """
    found = [_one_slope(f, centre, STEP * part) for part in TRIALS]
    apart = [slope.right - slope.left for slope in found]
    bent = [_is_bent(apart, k, found[k].error) for k in range(len(found) - 1)]
    smooth = {k: found[k] for k in range(len(bent)) if not bent[k]}
    near = {k: _compared(smooth, k) for k in smooth if {k - 1, k + 1} & smooth.keys()}
    best = min(near.values(), key=lambda slope: slope.error, default=found[0])
    usual = found[TRIALS.index(1.0)]
    kink = _is_kink(found, centre) or (not near and bent[1] and bent[2])
    error = best.error if near and math.isfinite(best.error) else math.inf
    return Slope(best.value, error, usual.left, usual.right, kink)


def _compared(slopes: dict[int, Slope], k: int) -> Slope:
    """Let a slope be wrong by what it differs by from its neighbours."""
    one = slopes[k]
    apart = max(abs(one.value - slopes[j].value) for j in (k - 1, k + 1) if j in slopes)
    return one._replace(error=one.error + apart)


def _one_slope(f: Callable[[float], float], centre: float, h: float) -> Slope:
    ahead, behind = f(h), f(-h)
    return Slope(
        (ahead - behind) / (2 * h),
        rounding_of(max(abs(ahead), abs(behind), abs(centre)), h),
        (centre - behind) / h,
        (ahead - centre) / h,
        False,
    )


def _is_bent(apart: list[float], k: int, rounding: float) -> bool:
    """Whether there seems to be a kink within the k-th step, here or beside."""
    return abs(apart[k]) > 8 * rounding and abs(apart[k]) >= BENT * abs(apart[k + 1])


def _is_kink(found: list[Slope], centre: float) -> bool:
    """Whether the one-sided slopes differ, in the same way for steps that are ever shorter."""
    apart = [slope.right - slope.left for slope in found[:4]]
    if not abs(apart[0]) > 8 * found[0].error or not all(apart):
        return False
    ratios = [short / long for short, long in itertools.pairwise(apart)]
    if all(BENT <= ratio <= JUMPS for ratio in ratios):
        return True
    jump = abs(apart[0]) * STEP * TRIALS[0]
    return all(ratio > JUMPS for ratio in ratios) and jump > LEAST_JUMP * abs(centre)
