"""`nnlite bench`: how fast this machine, the kernels and the jobs are, beside other libraries."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .measures import Measure

#: The jobs, in the order in which they run, and what each of them measures.
JOBS = {
    "kernels": "the matrix products of a dense layer, at the sizes of the jobs below",
    "fashion": "Fashion-MNIST 784-300-100-10: an epoch of training",
    "california": "California housing 8-30-1: an epoch of training",
    "wide": "784-2048-2048-10: an epoch of training",
    "styles": "Fashion-MNIST by a Sequential, a functional and a subclassed model",
    "predict": "predict on one row and on 10,000, and model(x) on one",
    "import": "`import nnlite` against `import numpy`",
    "memory": "the peak memory of a run, for each kind of data",
    "optimizers": "an epoch with momentum, Nesterov, Adam, RMSprop against plain SGD",
    "regularization": "an epoch with BatchNormalization, Dropout and both after hidden layers",
    "growth": "the time for each sample, from 5,000 rows to 500,000",
    "events": "scalars, histograms and images for TensorBoard, until they are in the file",
}


#: After so many seconds without a table it is told what is being measured.
PATIENCE = 5.0


class Waiting:
    """Says on stderr how far the measuring is, to whoever has waited long for a table."""

    def __init__(self) -> None:
        self.since = time.monotonic()

    def tell(self, when: str, measure: Measure) -> None:
        """Write down what has been measured, unless the last table was just there."""
        if time.monotonic() - self.since > PATIENCE:
            from . import report

            print(report.turn(when, measure), file=sys.stderr, flush=True)


def run(
    jobs: Sequence[str] | None = None,
    quick: bool = False,
    json: str | os.PathLike[str] | None = None,
    plot: str | os.PathLike[str] | None = None,
) -> None:
    """Measure, print the tables, and write them to files where that is asked for.

    Each table is printed once it is whole; where that takes long, stderr says what there is of it.

    Parameters
    ----------
    jobs : sequence of str, optional
        Some of `JOBS`; all of them by default.
    quick : bool
        Whether to use a small part of the data and fewer rounds: to see that it works.
    json, plot : str or path, optional
        A file for the numbers, and one for the picture (.png, .svg, .pdf).
    """
    from . import jobs as measuring  # below here is what only this command needs
    from . import peak, report

    waiting = Waiting()
    settings = dataclasses.replace(measuring.QUICK if quick else measuring.FULL, tell=waiting.tell)
    ceiling = peak.measure()
    machine = report.machine(ceiling, settings)
    print(report.header(machine), flush=True)
    sections = []
    for name in jobs or JOBS:
        print(f"\nmeasuring {name}: {JOBS[name]} ...", file=sys.stderr, flush=True)
        for section in measuring.MEASURING[name](settings, ceiling):
            print("\n" + report.table(section, ceiling), flush=True)
            sections.append(section)
            waiting.since = time.monotonic()
    if json is not None:
        report.write_json(json, machine, sections, ceiling)
    if plot is not None:
        report.draw(plot, sections)
