"""What a fault is looked for with, and what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from .. import _kernels
from ..gradient_check import GradientReport
from ..gradient_check.causes import NO_PATTERN
from ..gradient_check.report import in_words
from ..kernels.checking import results
from ..kernels.uses import Use, uses
from . import subject
from .faults import Fault
from .updates import DESCENTS, difference


class Check(NamedTuple):
    """A check by its name; `run` says what is wrong, "" where nothing is."""

    name: str
    run: Callable[[], str]


class Catch(NamedTuple):
    """Which check has found a fault, and what it says."""

    check: str
    said: str


def catch(fault: Fault) -> Catch | None:
    """Plant a fault, and look for it until a check finds it.

    Returns
    -------
    Catch, or None where the fault gets away

    Raises
    ------
    AssertionError
        Where that check finds something without the fault, too.
    """
    for check in [*KINDS[fault.found_by](fault)]:
        with fault.plant():
            said = _outcome(check)
        if said:
            healthy = _outcome(check)
            if healthy:
                raise AssertionError(f"{check.name} fails without a fault, too: {healthy}")
            return Catch(check.name, said)
    return None


def _outcome(check: Check) -> str:
    try:
        return check.run()
    except Exception as error:  # a fault may break whatever it likes
        return f"{type(error).__name__}: {error}".splitlines()[0]


# ---------------------------------------------------------------------------------- the three kinds


def _gradients(fault: Fault) -> Iterator[Check]:
    """Yield the gradient checks of the ops and layers where a fault shows, and of a whole model."""
    for use in _shown_in(fault):
        yield Check(f"gradient of {use.name}", partial(_cause, use.check))
    yield Check("gradient of a model", partial(_cause, _of_model))


def _shown_in(fault: Fault) -> list[Use]:
    if not fault.where:
        return uses().get(fault.place, [])
    every = {id(use): use for found in uses().values() for use in found}
    return [use for use in every.values() if use.name == fault.where]


def _cause(check: Callable[[], GradientReport]) -> str:
    """Return the likely cause of what a check finds; without a pattern, the worst numbers."""
    for one in check().failures[::-1]:
        return in_words(one) if one.cause == NO_PATTERN else f"{one.path}: {one.cause}"
    return ""


def _of_model() -> GradientReport:
    report: GradientReport = subject.model().gradcheck(*subject.data(3))
    return report


def _updates(fault: Fault) -> Iterator[Check]:
    """Yield the comparisons of optimizers with formulas, whatever the fault."""
    for descent in DESCENTS:
        yield Check(f"formula of {descent.name}", partial(difference, descent))


def _twin(fault: Fault) -> Iterator[Check]:
    """Yield the comparison of the kernel that runs with its twin."""
    yield Check(f"twin of {fault.place}", partial(_beside_twin, fault.place))


def _beside_twin(kernel: str) -> str:
    rows = results(kernel, getattr(_kernels, kernel))
    return next((f"{row.case}: {row.finding}" for row in rows if row.finding), "")


KINDS: dict[str, Callable[[Fault], Iterator[Check]]] = {
    "gradients": _gradients,
    "updates": _updates,
    "twin": _twin,
}
