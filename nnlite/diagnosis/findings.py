"""What the checks of a doctor have found, and how it says so."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The width of the text, in characters.
WIDTH = 84


class Finding(NamedTuple):
    """Something that may be wrong.

    Attributes
    ----------
    severity : "error", "warning" or "note"
        Training cannot go well; it will go worse than it could; worth knowing.
    seen : str
        What was seen.
    why : str
        Why it matters.
    advice : str
        What to do.
    numbers : dict of str to number or array
        What was measured.
    check : str
        The name of the check.
    """

    severity: str
    seen: str
    why: str
    advice: str
    numbers: dict[str, Any]
    check: str = ""

    def __str__(self) -> str:
        head = f"{self.severity} ({self.check}): {self.seen}."
        return (
            f"{_wrapped(head)}\n{_wrapped(f'{self.why}.', '  ')}\n{_wrapped(self.advice, '  → ')}"
        )


class NotLookedAt(Exception):  # noqa: N818  it is no error
    """Raised by a check that has nothing to look at, with the reason."""


class RateTest(NamedTuple):
    """A learning-rate range test: a step at each rate, from small to large.

    Attributes
    ----------
    rates, losses, smoothed : list of float
        Of each step; smoothed are the losses without the noise of single batches.
    own : float
        The model's learning rate.
    useful : (float, float) or None
        From where to where the loss falls; None where it falls nowhere.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    own: float
    useful: tuple[float, float] | None


@dataclass
class Diagnosis:
    """The findings about a model and its data: `print` it, or go through `findings`.

    Attributes
    ----------
    model : str
        The model's name.
    samples : int
    findings : list of Finding
        Causes before what may come of them, and notes last.
    looked_at : dict of str to str
        The checks that were made, and what they look at.
    left_out : dict of str to str
        The checks that were not, and why.
    rate_test : RateTest or None
    """

    model: str
    samples: int
    findings: list[Finding] = field(default_factory=list)
    looked_at: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    rate_test: RateTest | None = None

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the learning-rate range test: see `nnlite.visualize.learning_rate_range`.

        Raises
        ------
        ValueError
            Where it was not made; the message says why.
        """
        if self.rate_test is None:
            reason = self.left_out.get("learning rate", "nobody asked for it")
            raise ValueError(f"there was no learning-rate range test: {reason}")
        from ..visualize import learning_rate_range

        return learning_rate_range(*self.rate_test, path=path)

    def __str__(self) -> str:
        made = "\n".join(_line(name, text) for name, text in self.looked_at.items())
        left = "\n".join(
            _line(", ".join(names), reason) for reason, names in self._reasons().items()
        )
        parts = [self._headline(), *map(str, self.findings)]
        parts += [f"Looked at:\n{made}"] if made else []
        parts += [f"Not looked at:\n{left}"] if left else []
        return "\n\n".join(parts)

    def _reasons(self) -> dict[str, list[str]]:
        """Why checks were left out, with their names."""
        found: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            found.setdefault(reason, []).append(name)
        return found

    def __repr__(self) -> str:
        return f"<Diagnosis: {self._headline()}>"

    def _headline(self) -> str:
        count = len(self.findings)
        found = {0: "no findings", 1: "1 finding"}.get(count, f"{count} findings")
        return f"{self.model!r} on {self.samples:,} samples: {found}"


#: Where the text behind a check's name begins.
INDENT = 19


def shown(number: float) -> str:
    """Write a number as it is read: 0.00123, 12.3, 12,345."""
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e7 else f"{number:.3g}"


def _line(names: str, text: str) -> str:
    """Write names, and behind them a text; in a column of its own unless there are many names."""
    before = f"  {names}: ".ljust(INDENT)
    fits = len(before) == INDENT
    return _wrapped(text, before, INDENT) if fits else _wrapped(f"{names}: {text}", "  ")


def _wrapped(text: str, before: str = "", indent: int | None = None) -> str:
    after = " " * (len(before) if indent is None else indent)
    return textwrap.fill(text, WIDTH, initial_indent=before, subsequent_indent=after)
