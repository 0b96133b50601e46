"""What a function in the place of a kernel was found to do."""

from __future__ import annotations

from typing import NamedTuple

from ..gradient_check import GradientReport

#: By how many roundings of numbers around 1 a result may differ from the twin's: sums of a few
#: hundred terms, taken in another order, differ by less.
ALLOWED = 512


class Row(NamedTuple):
    """How one kind of call went.

    Attributes
    ----------
    case : str
        What is special about it.
    differences : dict of str to float
        By dtype how far the results lie from the twin's, in units of the last place of numbers
        around 1, or relative to larger ones; inf where there is nothing to compare.
    finding : str
        What is wrong; "" where nothing is.
    """

    case: str
    differences: dict[str, float]
    finding: str


class KernelReport:
    """What a function in the place of a kernel was found to do; it is true where that is right.

    Parameters
    ----------
    name : str
        The kernel's.
    function : str
        The function's name.
    specification : str
        The kernel's door.
    rows : list of Row
        One for each kind of call.
    gradients : list of GradientReport
        Of ops that call the kernel, with the function in its place.
    failures : list of str
        What the function has raised in these.
    seconds : dict of str to float
        How long a call takes: "yours", "the twin's" and, if there is one, "the compiled one's".
    """

    def __init__(
        self,
        name: str,
        function: str,
        specification: str,
        rows: list[Row],
        gradients: list[GradientReport],
        failures: list[str],
        seconds: dict[str, float],
    ) -> None:
        self.name, self.function, self.specification = name, function, specification
        self.rows, self.gradients, self.failures = rows, gradients, failures
        self.seconds = seconds

    def __bool__(self) -> bool:
        return not self.findings

    @property
    def verdict(self) -> str:
        """Either "right" or "wrong"."""
        return "right" if self else "wrong"

    @property
    def findings(self) -> list[str]:
        """What is wrong, one sentence each; what is found again is said once."""
        found = {row.finding: f"{row.case}: {row.finding}" for row in self.rows[::-1]}
        found.pop("", None)
        sentences = [*found.values()][::-1]
        sentences += [f"{one.subject}: {one.cause}" for one in self.gradients if not one]
        return list(dict.fromkeys(sentences + self.failures))

    def raise_if_wrong(self) -> None:
        """Raise KernelError, with this report, unless everything is right.

        Raises
        ------
        KernelError
            With this report.
        """
        if not self:
            raise KernelError(self)

    def __str__(self) -> str:
        lines = [
            f"{self.function} in place of {self.name}: {self.verdict}",
            self.specification,
            "",
            *self._differences(),
            "",
            f"gradient checks: {self._slopes()}",
            *self._times(),
        ]
        return "\n".join([*lines, *(["", *self.findings] if self.findings else [])])

    __repr__ = __str__

    def _differences(self) -> list[str]:
        dtypes = list(self.rows[0].differences)
        width = max(len("largest difference, in ulp"), *(len(row.case) for row in self.rows))
        titles = "".join(f"{dtype:>10}" for dtype in dtypes)
        lines = [f"{'largest difference, in ulp':{width}}{titles}", "-" * (width + len(titles))]
        for row in self.rows:
            cells = "".join(f"{_number(row.differences[dtype]):>10}" for dtype in dtypes)
            lines.append(f"{row.case:{width}}{cells}{'  wrong' if row.finding else ''}")
        return lines

    def _slopes(self) -> str:
        done = len(self.gradients) + len(self.failures)
        right = sum(map(bool, self.gradients))
        return f"{right} of {done} right" if done else "no op or layer calls it"

    def _times(self) -> list[str]:
        times = ", ".join(f"{whose} {_time(time)}" for whose, time in self.seconds.items())
        yours = self.seconds.get("yours")
        beside = [
            f"{yours / time:.3g} times {whose}"
            for whose, time in self.seconds.items()
            if yours is not None and whose != "yours" and time
        ]
        return [f"time of a call: {times}", f"yours takes {' and '.join(beside)}"][
            : 1 + bool(beside)
        ]


class KernelError(ValueError):
    """A function does not do what the kernel does in whose place it was to be.

    Parameters
    ----------
    report : KernelReport
        All that was found.
    """

    def __init__(self, report: KernelReport) -> None:
        self.report = report
        first = report.findings[0]
        super().__init__(f"{report.function} is no {report.name}: {first}\n\n{report}")


def _number(difference: float) -> str:
    return f"{difference:.1f}" if difference < 1000 else f"{difference:.1e}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"
