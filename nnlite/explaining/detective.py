"""The NaN detective: does a step again that went wrong, says where, and keeps it for later."""

from __future__ import annotations

import os

from . import reproduction
from .finding import Finding
from .witness import Witness


def investigate(witness: Witness, folder: str | os.PathLike[str]) -> tuple[Finding | None, str]:
    """Find out where it began, and keep the step in a folder; return what to tell the user too."""
    step = witness.step()
    place = f"epoch {witness.epoch}, batch {witness.done} (both counted from 0)"
    lines = [f"Where it began, {place}:"]
    finding = None
    try:
        finding = step.replay()
        finding = finding._replace(rows=witness.data_rows(finding.samples))
    except Exception as error:  # the user's code may do anything, and this is no time to fail
        lines.append(f"The step could not be done again: {type(error).__name__}: {error}")
    else:
        lines.append(str(finding))
    try:
        missing = reproduction.write(folder, step, place)
    except (OSError, ValueError, TypeError) as error:
        lines.append(f"The step could not be kept: {error}")
    else:
        given = f"{os.fspath(folder)!r}{', model=model' * bool(missing)}"
        lines.append(f"The step is kept: nnlite.explaining.reproduce({given}) does it again.")
        lines += [f"The model is needed for that: {missing}"] * bool(missing)
    return finding, "\n".join(lines)
