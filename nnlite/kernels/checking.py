"""The check of a function beside a kernel's numpy twin: its results, gradients and times."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .. import _kernels
from .._kernels import reference
from .._kernels.reference.arithmetic import EXTREMES
from .._kernels.reference.normalization import MOMENTS, SPREADS
from ..gradient_check import GradientReport
from . import overriding
from .calls import Call, raised
from .report import KernelReport, Row
from .samples import SIZES, arrays_of, copies, sample, sides
from .specification import check_arguments, twin
from .uses import uses

DTYPES = ("float32", "float64")

#: Sizes of every kind. There are always classes and rows, for labels and indices to choose from.
KINDS_OF_SIZES = {
    "sizes of every day": SIZES,
    "one row": SIZES | {"B": 1, "N": 1},
    "no rows": SIZES | {"B": 0},
    "nothing in a row": SIZES | {"I": 0},
    "all sizes equal": {"B": 4, "I": 4, "O": 4, "C": 4, "N": 4, "L": 4, "T": 4},
    "odd sizes": {"B": 17, "I": 33, "O": 19, "C": 7, "N": 67, "L": 3, "T": 5},
}

#: What overflows unless it is computed with care: it is called on large numbers, too.
CAREFUL = (
    *("sigmoid_forward", "softmax_forward", "log_softmax_forward", "tanh_forward"),
    *("softmax_crossentropy", "sparse_softmax_crossentropy"),
)

#: Sizes for the times.
LARGE = {"B": 32, "I": 96, "O": 64, "C": 10, "N": 8192, "L": 4, "T": 8}

#: What a kernel's argument of this name may be.
CHOICES: Mapping[str, Iterable[str]] = {
    "activation": reference.EPILOGUES,
    "curve": reference.CURVES,
    "formula": reference.FORMULAS,
    "function": reference.FUNCTIONS,
    "moments": MOMENTS,
    "operation": reference.OPERATIONS,
    "spread": SPREADS,
}

#: What the numbers of the two calls of each kind are drawn from.
SEEDS = (0, 1)

#: How many gradient checks are done, and for how long a call is repeated, in seconds.
SLOPES, LONG_ENOUGH = 12, 0.02


def check(name: str, function: Callable[..., None]) -> KernelReport:
    """Compare a function with the numpy twin of a kernel, check its gradients, and time it.

    It is called on drawn arrays of both float types and many shapes, without each array that may
    be missing, with each name that an argument may be, and in place where that is allowed; what it
    only reads it cannot write, and behind the ends of arrays it is seen. NaN and infinities are to
    go through as in the twin. Then ops that call the kernel are gradient-checked with the
    function in its place.

    Parameters
    ----------
    name : str
        One of `nnlite.kernels.names()`.
    function : function of the kernel's arguments

    Returns
    -------
    KernelReport
        A table; true where the function does what the kernel does.

    Raises
    ------
    ValueError, TypeError
        For an unknown name, and for a function that takes other arguments.

    Examples
    --------
    >>> def upside_down(y, dy, out):
    ...     out[...] = np.where(y > 0, 0, dy)
    >>> report = nnlite.kernels.check("relu_vjp", upside_down)
    >>> report.verdict
    'wrong'
    """
    check_arguments(name, function)
    reports, failures = _slopes(name, function)
    specification: str = twin(name).specification  # type: ignore[attr-defined]
    return KernelReport(
        name,
        getattr(function, "__name__", type(function).__name__),
        specification,
        results(name, function),
        reports,
        failures,
        _times(name, function),
    )


# ------------------------------------------------------------------------------ beside the twin


class Case(NamedTuple):
    """A kind of call: what is special about it, its sizes, some other arguments.

    Attributes
    ----------
    name : str
    sizes : dict
    others : dict
        Arguments that are not those of a sample.
    source : str
        Which array `out` is, where the kernel works in place.
    factor : float
        What x or the logits are multiplied by.
    planted : tuple of float
        What is no number, and stands in some places of all that is read.
    """

    name: str
    sizes: Mapping[str, int] = SIZES
    others: Mapping[str, Any] = MappingProxyType({})
    source: str = ""
    factor: float = 1.0
    planted: tuple[float, ...] = ()


def cases(name: str) -> Iterator[Case]:
    """Yield the kinds of calls that a kernel is to take."""
    reads, writes = sides(name)
    axes = {axis for argument in arrays_of(name).values() for axis in argument.axes}
    for kind, sizes in KINDS_OF_SIZES.items():
        if sizes is SIZES or any(sizes[axis] != SIZES[axis] for axis in axes & SIZES.keys()):
            yield Case(kind, sizes)
    optional = [key for key, argument in arrays_of(name).items() if argument.optional]
    for count in range(1, len(optional) + 1):
        for missing in itertools.combinations(optional, count):
            yield Case(f"without {' and '.join(missing)}", others=dict.fromkeys(missing))
    for key in sample(name).keys() & CHOICES.keys():
        for choice in EXTREMES if name.startswith("extreme") else CHOICES[key]:
            yield Case(f"{key} {choice!r}", others={key: choice})
    if "out" in reads:
        for key, argument in reads.items():
            if key not in writes and argument.axes == reads["out"].axes:
                yield Case(f"in place, out is {key}", source=key)
    if name in CAREFUL:
        yield Case("large numbers", factor=400.0)
    if floats_of(name):
        yield Case("NaN here and there", planted=(math.nan,))
        yield Case("infinities here and there", planted=(math.inf, -math.inf))


def floats_of(name: str) -> list[str]:
    """Name the arrays of floats that a kernel reads, without those that are to be in order."""
    arguments = sample(name)
    floats = [
        k for k in sides(name)[0] if arguments[k] is not None and arguments[k].dtype.kind == "f"
    ]
    return [key for key in floats if key != "thresholds"]


def results(name: str, function: Callable[..., None]) -> list[Row]:
    """Compare a function's results with those of a kernel's twin, in each kind of call."""
    return [_row(name, function, case) for case in cases(name)]


def _row(name: str, function: Callable[..., None], case: Case) -> Row:
    """Call a function for both types; the worse of the two is what is found.

    Each time twice, on other numbers, and then both results are looked at: a function may keep
    what it was given before.
    """
    differences, findings = {}, []
    for dtype in DTYPES:
        calls = [Call(name, _arguments(name, case, dtype, seed), case.source) for seed in SEEDS]
        for call in calls:
            call.run(function)
        outcomes = [call.outcome(dtype) for call in calls]
        differences[dtype] = max(difference for difference, _ in outcomes)
        findings += [f"in {dtype}, {finding}" for _, finding in outcomes if finding]
    return Row(case.name, differences, findings[0] if findings else "")


def _arguments(name: str, case: Case, dtype: str, seed: int) -> dict[str, Any]:
    arguments = {**sample(name, dtype, case.sizes, seed), **case.others}
    for key in {"x", "logits"} & (arguments.keys() if case.factor != 1 else set()):
        arguments[key] *= case.factor
    random = np.random.default_rng(seed)
    for key in floats_of(name) if case.planted else ():
        if arguments[key] is not None:
            places = random.choice(arguments[key].size, 1 + arguments[key].size // 8, replace=False)
            arguments[key].reshape(-1)[places] = random.choice(case.planted, places.size)
    return arguments


# ---------------------------------------------------------------------------------- the gradients


def _slopes(name: str, function: Callable[..., None]) -> tuple[list[GradientReport], list[str]]:
    """Check the gradients of ops and layers that call a kernel, with a function in its place."""
    reports: list[GradientReport] = []
    failures: list[str] = []
    known = uses().get(name, [])[:SLOPES]
    if not known:
        return reports, failures
    with overriding.override(name, function, check=False):
        for use in known:
            try:
                report = use.check()
            except Exception as error:  # whatever a user's function may do
                failures.append(f"{use.name}: {raised(error, [])}")
                continue
            report.subject = use.name
            reports.append(report)
    return reports, failures


# -------------------------------------------------------------------------------------- the times


def _times(name: str, function: Callable[..., None]) -> dict[str, float]:
    """Return how many seconds a call takes, of a function, the twin and the compiled kernel."""
    contenders = {"yours": function, "the twin's": twin(name)}
    compiled = _kernels.of_table("compiled", name)
    if compiled is not None:
        contenders["the compiled one's"] = compiled
    arguments = sample(name, "float32", LARGE)
    found = {}
    for whose, kernel in contenders.items():
        try:
            found[whose] = _seconds(kernel, [*copies(arguments).values()])
        except Exception:  # `results` says which
            continue
    return found


def _seconds(kernel: Callable[..., None], arguments: list[Any]) -> float:
    """Return the shortest time of some calls."""
    begun, shortest = time.perf_counter(), math.inf
    with np.errstate(all="ignore"):
        while True:
            before = time.perf_counter()
            kernel(*arguments)
            after = time.perf_counter()
            shortest = min(shortest, after - before)
            if after - begun > LONG_ENOUGH:
                return shortest
