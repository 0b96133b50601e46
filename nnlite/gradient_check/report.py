"""What a gradient check has found, as text and as a picture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from .causes import NO_PATTERN, PLACE, localised
from .comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The columns of the table, and whether they are numbers.
COLUMNS = (
    ("layer", "<"),
    ("of", "<"),
    ("shape", "<"),
    ("measured", "<"),
    ("worst", "<"),
    ("analytic", ">"),
    ("numerical", ">"),
    ("rel. error", ">"),
    ("verdict", "<"),
)


class GradientReport:
    """What a gradient check has found; it is true where nothing is wrong.

    Parameters
    ----------
    subject : str
        What was checked.
    comparisons : list of Comparison
        One for each input and weight, from the inputs to the outputs.
    rtol, atol : float
        How far apart gradient and slope were allowed to be.
    parts : list of GradientReport
        Of what fails: those of the ops it consists of that fail alone.

    Examples
    --------
    >>> import nnlite
    >>> report = nnlite.gradient_check.check(nnlite.ops.tanh, [[0.5, -1.0]])
    >>> bool(report), report.comparisons[0].verdict
    (True, 'right')
    """

    def __init__(
        self,
        subject: str,
        comparisons: list[Comparison],
        rtol: float,
        atol: float,
        parts: list[GradientReport] | None = None,
    ) -> None:
        self.subject = subject
        self.comparisons = comparisons
        self.rtol, self.atol = rtol, atol
        self.parts = parts or []

    def __bool__(self) -> bool:
        return all(one.passed for one in self.comparisons)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self.comparisons)

    @property
    def verdict(self) -> str:
        """The worst verdict of all: "right", "kink", "unclear" or "wrong"."""
        verdicts = {one.verdict for one in self.comparisons}
        order = ("wrong", "unclear", "kink", "right")
        return next((verdict for verdict in order if verdict in verdicts), "right")

    @property
    def failures(self) -> list[Comparison]:
        """What is wrong, or cannot be measured."""
        return [one for one in self.comparisons if not one.passed]

    @property
    def cause(self) -> str:
        """What is likely to be wrong, next to the outputs; "" where nothing is.

        Where that shows no pattern, what shows in an op alone; then where it is wrong.
        """
        causes = [one.cause for report in (self, *self.parts) for one in report.failures[::-1]]
        return min(causes, key=lambda one: (one == NO_PATTERN, one.startswith(PLACE)), default="")

    def raise_if_wrong(self) -> None:
        """Raise GradientCheckError, with this report, unless everything is right."""
        if not self:
            raise GradientCheckError(self)

    def __str__(self) -> str:
        lines = [f"Gradient check of {self.subject}: {self.verdict}", "", *table(self.comparisons)]
        remarks = self._causes() + [_of_kinks(one) for one in self.comparisons if one.kinks.any()]
        where = localised(self.comparisons)
        if remarks or where:
            lines += ["", *remarks, *([where] if where else [])]
        return "\n".join(lines)

    __repr__ = __str__

    def _causes(self) -> list[str]:
        """Return what is said of each failure; of those without a pattern, only if all are."""
        causes = [(one.path, one.cause) for one in self.failures]
        causes += [
            (f"{part.subject}, alone: {one.path}", one.cause)
            for part in self.parts
            for one in part.failures
        ]
        known = [one for one in causes if one[1] != NO_PATTERN]
        return [f"{path}: {cause}" for path, cause in known or causes]

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the gradients against the slopes, and how far apart they are.

        Parameters
        ----------
        path : str or path, optional
            Where to write the picture; its ending chooses the format (.png, .svg, .pdf).

        Returns
        -------
        matplotlib.figure.Figure
        """
        from ..visualize.gradient_report import plot_report  # only where somebody draws

        return plot_report(self, path)


class GradientCheckError(AssertionError):
    """A gradient is wrong; `report` says all that was found."""

    def __init__(self, report: GradientReport) -> None:
        self.report = report
        first = report.failures[0]
        super().__init__(f"gradcheck: {in_words(first)}; {first.cause}\n\n{report}")


def in_words(one: Comparison) -> str:
    """Return a sentence about the worst element of a comparison."""
    analytic, numerical = one.worst_pair
    element = one.worst_element
    place = "along a random direction" if element is None else f"element {element}"
    return (
        f"{one.path}, {place}: the tape says {analytic:.10g}, central differences say "
        f"{numerical:.10g}"
    )


def _of_kinks(one: Comparison) -> str:
    place = int(np.flatnonzero(one.kinks)[0])
    left, right = one.sides[place]
    element = tuple(map(int, np.unravel_index(one.places[place], one.analytic.shape)))
    return (
        f"{one.path}: {one.kinks.sum()} of {one.places.size} elements lie at a kink, as "
        f"{element}, whose slopes are {left:.6g} to the left and {right:.6g} to the right; the "
        f"tape says {one.measured[place]:.6g}; beside it the gradient was checked too"
    )


def table(comparisons: list[Comparison]) -> list[str]:
    """Return the lines of a table of comparisons."""
    rows = [[title for title, _ in COLUMNS], *map(_row, comparisons)]
    first = 0 if any(one.layer for one in comparisons) else 1  # of a function there are no layers
    columns = range(first, len(COLUMNS))
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(f"{row[i]:{COLUMNS[i][1]}{widths[i]}}" for i in columns).rstrip() for row in rows
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _row(one: Comparison) -> list[str]:
    analytic, numerical = one.worst_pair
    element = one.worst_element
    directions = len(one.directions)
    many = one.places.size or not directions
    measured = f"{one.places.size} elements" if many else f"{directions} directions"
    return [
        one.layer,
        one.name,
        str(one.analytic.shape),
        measured,
        "" if element is None else str(element),
        f"{analytic:.6g}",
        f"{numerical:.6g}",
        f"{one.relative_error:.1e}",
        one.verdict,
    ]
