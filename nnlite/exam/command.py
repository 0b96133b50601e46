"""`nnlite exam`: whether each fault is found, and questions for students."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from typing import Any

from .faults import FAULTS, Fault


def run(arguments: argparse.Namespace) -> None:
    """Run `nnlite exam`; ValueError where a fault gets away."""
    if arguments.student is not None:
        print(sheet(arguments.student))
    elif arguments.answer is not None:
        from .asking import answer

        print(answer(arguments.answer))
    else:
        missed = tabulated(FAULTS)
        if missed:
            raise ValueError(f"{len(missed)} of {len(FAULTS)} faults got away: {', '.join(missed)}")


def tabulated(faults: Iterable[Fault]) -> list[str]:
    """Plant faults, print what finds each, and return the names of those that get away."""
    from .checks import catch

    faults, missed, begun = list(faults), [], time.perf_counter()
    widths = [
        max(len(text) for text in column) for column in zip(*map(_named, faults), strict=True)
    ]
    print(f"{'fault':{widths[0]}}  {'in':{widths[1]}}  found by")
    for fault in faults:
        found = catch(fault)
        if found is None:
            missed.append(fault.name)
        cells = [f"{cell:{width}}" for cell, width in zip(_named(fault), widths, strict=True)]
        by = "GOT AWAY" if found is None else f"{found.check}: {found.said}"
        print(*cells, by, sep="  ", flush=True)
    seconds = time.perf_counter() - begun
    print(f"{len(faults) - len(missed)} of {len(faults)} faults found, in {seconds:.1f} s")
    return missed


def _named(fault: Fault) -> tuple[str, str]:
    return fault.name, fault.full_place


# ------------------------------------------------------------------------------------ for students


def sheet(number: int) -> str:
    """Return a question: what its fault does to a training, and how to begin."""
    from .asking import question

    healthy = _losses()
    with question(number):
        faulty = _losses()
    hidden = "  (The same: look at other layers and optimizers, too.)\n" * (healthy == faulty)
    return f"""Question {number}: there is a fault in the engine. Which, and where?

Loss of the exam's model, epoch by epoch
  as it should be  {_numbers(healthy)}
  with the fault   {_numbers(faulty)}
{hidden}
To begin with:

    import nnlite

    with nnlite.exam.question({number}):
        model, (x, y) = nnlite.exam.model(), nnlite.exam.data(4)
        print(model.gradcheck(x, y))  # wrong slopes?
        print(nnlite.explain(model, x, y))  # each number of a step
        # kernels beside their twins: nnlite.kernels.check(name, getattr(nnlite._kernels, name))
        # other layers and ops: nnlite.testing.check_layer(layer, x), nnlite.gradcheck(f, x)

The answer: nnlite exam --answer {number}"""


def _losses() -> list[float]:
    from . import subject

    model, (x, y) = subject.model(), subject.data()
    history: Any = model.fit(x, y, batch_size=8, epochs=6, shuffle=False, verbose=0)
    losses: list[float] = history.history["loss"]
    return losses


def _numbers(losses: list[float]) -> str:
    return "  ".join(f"{loss:.4f}" for loss in losses)
