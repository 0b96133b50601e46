"""What is likely to be wrong with a gradient: recognised from how it differs from the slope.

Each fault leaves a pattern. A sign turns every element round; a mean that was taken for a sum makes
all of them too large by the number of samples; a forgotten mask lets through what should be 0; a
matrix that was not transposed gives the right numbers at the wrong places, or those of the other
product. The patterns are looked for from the most special to the most general one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..tensor import Array
from .comparison import Comparison

#: Slopes that differ by less are alike: far more than what a measured one is wrong by.
ALIKE = 1e-4

#: Larger matrices are not tried as operands.
LARGEST = 64

#: How a cause begins that only says where a gradient is wrong.
PLACE = "only "

NO_PATTERN = "no pattern that is known: look at the rule of the op that this gradient comes from"


class Surroundings(NamedTuple):
    """What is known of the function beside the gradient in question.

    Attributes
    ----------
    sizes : dict of str to int
        Numbers that are easily forgotten as factors, such as {"the number of samples": 32}.
    operands : dict of str to array
        By their names the other arrays that the function computes with.
    factors : dict of str to array
        By their names, arrays that each element, or each sample, is to be multiplied by.
    coarse : list of str
        The ops that compute in float32 after all.
    """

    sizes: Mapping[str, int] = {}
    operands: Mapping[str, Array] = {}
    factors: Mapping[str, Array] = {}
    coarse: Sequence[str] = ()


def likely_cause(found: Comparison, around: Surroundings) -> str:
    """Say what is likely to be wrong; "" where nothing is."""
    if found.passed:
        return ""
    if found.verdict == "unclear":
        if around.coarse:
            ops = f"the op{'s' * (len(around.coarse) > 1)} {' and '.join(around.coarse)}"
            return (
                f"the slope cannot be measured well: a part is computed in float32, by {ops}; "
                "check a layer with nnlite.testing.check_layer, or make it with dtype='float64'"
            )
        return "the slope cannot be measured: the function is not finite or not smooth here"
    if not np.isfinite(found.analytic).all():
        return "the gradient is not finite: a division by 0, the logarithm of 0, an overflow?"
    clear = ~(found.kinks | found.unclear)
    analytic, numerical = found.measured[clear], found.numerical[clear]
    if not clear.any() or not found.wrong.any():
        analytic, numerical = found.directions.T
    return (
        _nothing_arrives(analytic, numerical)
        or _nothing_depends(analytic, numerical)
        or _same_ratio(analytic, numerical, around.sizes)
        or _by_elements(found, analytic, numerical, found.places[clear], around)
        or NO_PATTERN
    )


def _by_elements(
    found: Comparison, analytic: Array, numerical: Array, places: Array, around: Surroundings
) -> str:
    if analytic.size != places.size:
        return ""  # only directions are known
    return (
        _mask(analytic, numerical)
        or _transposed(found.analytic, numerical, places)
        or _operand(found.analytic, numerical, places, around.operands)
        or _factor(found.analytic, numerical, places, around.factors)
        or _added(analytic, numerical)
        or _somewhere(found)
    )


def alike(a: Array, b: Array) -> bool:
    """Whether two arrays are the same but for what measured slopes are wrong by."""
    scale = max(float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return bool(np.allclose(a, b, rtol=ALIKE, atol=ALIKE * 1e-2 * scale))


def _zero(values: Array, others: Array) -> Array:
    """Where values are 0 beside others."""
    scale = max(float(np.abs(values).max(initial=0)), float(np.abs(others).max(initial=0)))
    return np.abs(values) <= ALIKE * 1e-2 * scale


def _ratio(analytic: Array, numerical: Array) -> float | None:
    """Return c where analytic = c numerical, None where there is no such number."""
    norm = float((numerical * numerical).sum())
    if not norm:
        return None
    c = float((analytic * numerical).sum()) / norm
    return c if c and alike(analytic, c * numerical) else None


def _nothing_arrives(analytic: Array, numerical: Array) -> str:
    if not numerical.size or analytic.any():
        return ""
    return (
        "no gradient arrives: an op without a rule for this input, or a part that is computed with "
        "numpy, under no_grad() or behind stop_gradient"
    )


def _nothing_depends(analytic: Array, numerical: Array) -> str:
    if not numerical.size or not _zero(numerical, analytic).all():
        return ""
    return (
        "the slope is 0 everywhere: the value does not depend on it here, and yet a gradient "
        "arrives (a missing mask or stop_gradient, or the gradient of something else)"
    )


# ---------------------------------------------------------------------------- a number everywhere


def _same_ratio(analytic: Array, numerical: Array, sizes: Mapping[str, int]) -> str:
    c = _ratio(analytic, numerical)
    if c is None:
        return ""
    if _near(c, -1):
        return "the sign: everything is turned round"
    turned = ", and the sign is turned round" if c < 0 else ""
    number = round(max(abs(c), 1 / abs(c)))
    names = " or ".join(what for what, size in sizes.items() if size == number > 1)
    if names and _near(abs(c), number):
        return f"a missing factor 1/{number}, {names}: a sum in place of a mean?{turned}"
    if names and _near(abs(c) * number, 1):
        return (
            f"a factor 1/{number} too much, {names}: divided twice, or a mean in place of a "
            f"sum?{turned}"
        )
    if (~_zero(analytic, numerical)).sum() < 2:
        return ""  # of two numbers one is always some multiple of the other
    return f"a wrong factor: the gradient is {c:.6g} times the slope everywhere"


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= ALIKE * abs(b)


# ------------------------------------------------------------------------------ patterns of places


def _mask(analytic: Array, numerical: Array) -> str:
    """Recognise what lets through what should be 0, or the reverse."""
    still, cut = _zero(numerical, analytic), _zero(analytic, numerical)
    through, lost = still & ~cut, cut & ~still
    both = ~still & ~cut
    if both.any() and _ratio(analytic[both], numerical[both]) is None:
        return ""
    if both.sum() == 1 and not alike(analytic[both], numerical[both]):
        return ""  # which are always in some ratio
    if through.any() and lost.any() and not both.any():
        return "the mask is turned round: the gradient passes just where the slope is 0"
    if through.any() and not lost.any():
        return (
            f"a forgotten mask: the gradient passes where the slope is 0, in {through.sum()} of "
            f"{analytic.size} elements"
        )
    if lost.any() and not through.any() and both.any():
        return (
            f"a mask too many: the gradient is cut off in {lost.sum()} of {analytic.size} elements "
            "whose slope is not 0"
        )
    return ""


def _transposed(gradient: Array, numerical: Array, places: Array) -> str:
    if gradient.ndim < 2 or numerical.size < 4:
        return ""
    turned = np.swapaxes(gradient, -1, -2).reshape(-1)[places]
    if alike(turned, numerical):
        return "transposed: each element is that of the transposed gradient"
    if numerical.size == gradient.size and alike(np.sort(gradient, None), np.sort(numerical)):
        return "the right numbers at the wrong places: transposed or permuted somewhere"
    return ""


def _operand(
    gradient: Array, numerical: Array, places: Array, operands: Mapping[str, Array]
) -> str:
    """Recognise a product of dy with another square matrix than the right one.

    If the slope is dy P, then what was computed as dy Q is slope P⁻¹ Q; and if it is P dy, then
    Q dy is Q P⁻¹ slope. A matrix that was not transposed is the usual case.
    """
    if gradient.ndim < 2 or places.size != gradient.size:
        return ""
    slope = numerical.reshape(-1, gradient.shape[-1])
    found = gradient.reshape(slope.shape)
    matrices = dict(_square_matrices(operands))
    for (right, p), (wrong, q) in itertools.permutations(matrices.items(), 2):
        if p.shape != q.shape:
            continue
        transposed = right.removesuffix("ᵀ") == wrong.removesuffix("ᵀ")
        kind = "an operand that is transposed, or should be" if transposed else "the wrong operand"
        if len(p) == slope.shape[1] and alike(slope @ np.linalg.solve(p, q), found):
            return f"{kind}: dy ({wrong}) in place of dy ({right})"
        if len(p) == len(slope) and alike(q @ np.linalg.solve(p, slope), found):
            return f"{kind}: ({wrong}) dy in place of ({right}) dy"
    return ""


def _square_matrices(operands: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the operands that are square and can be divided by, as they are and transposed."""
    for name, operand in operands.items():
        if operand.ndim < 2:
            continue
        matrix = operand.reshape(-1, operand.shape[-1])
        if matrix.shape[0] == matrix.shape[1] <= LARGEST and _invertible(matrix):
            yield name, matrix
            yield f"{name}ᵀ", matrix.T


def _invertible(matrix: Array) -> bool:
    return bool(np.linalg.cond(matrix) < 1e6)


def _factor(gradient: Array, numerical: Array, places: Array, factors: Mapping[str, Array]) -> str:
    """Recognise what each element, or each sample, should have been multiplied by, or was twice."""
    analytic = gradient.reshape(-1)[places]
    for name, factor in factors.items():
        try:
            columns = factor.reshape(factor.shape + (1,) * (gradient.ndim - factor.ndim))
            spread = np.broadcast_to(columns, gradient.shape).reshape(-1)[places]
        except ValueError:
            continue
        if spread.size > 1 and np.ptp(spread) > ALIKE * np.abs(spread).max():
            if alike(analytic * spread, numerical):
                return f"a forgotten factor: {name}"
            if alike(analytic, numerical * spread):
                return f"a factor twice: {name}"
    return ""


def _added(analytic: Array, numerical: Array) -> str:
    apart = analytic - numerical
    if apart.size > 1 and alike(apart, np.full_like(apart, apart.mean())):
        return f"a constant is added: {apart.mean():.6g} to every element"
    return ""


def _somewhere(found: Comparison) -> str:
    """Say where it is wrong, if it is right elsewhere; what is 0 and is to be 0 tells nothing."""
    wrong, shape = found.wrong, found.analytic.shape
    telling = wrong | ~_zero(found.measured, found.numerical)
    if wrong[telling].mean() > 0.5 or not shape:
        return ""
    where = np.unravel_index(found.places[wrong], shape)
    if wrong.sum() == 1:
        return (
            f"only one of {wrong.size} elements that were measured is wrong: {found.worst_element}"
        )
    text = f"{PLACE}some elements are wrong, {wrong.sum()} of {wrong.size} that were measured"
    for axis, indices in enumerate(where):
        if shape[axis] > 1 and np.unique(indices).size == 1:
            return f"{text}, all at index {indices[0]} of axis {axis}: an edge, or off by one?"
    return text


def localised(found: list[Comparison]) -> str:
    """Say between which quantities of a chain a fault is likely to lie; "" where that is unknown.

    Parameters
    ----------
    found : list of Comparison
        From the inputs to the outputs.
    """
    wrong = [one.verdict == "wrong" for one in found]
    if not any(wrong) or not any(one.layer for one in found):
        return ""
    last = len(wrong) - 1 - wrong[::-1].index(True)
    if wrong.count(True) == 1 and last:
        return (
            f"only {found[last].path} is wrong: it is likely to be its own rule, as what flows on "
            "to the layers before it is right"
        )
    upstream = [one.verdict in ("wrong", "kink") for one in found[: last + 1]]
    if last < len(found) - 1 and all(upstream):
        return (
            f"right from the loss back to {found[last + 1].path}, wrong from {found[last].path} on "
            "back: look at what lies between them, or, on another branch, behind the latter"
        )
    if all(wrong):
        return "everything is wrong, back from the loss: look at the loss and the last layer"
    return ""
