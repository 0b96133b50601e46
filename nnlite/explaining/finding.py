"""What the NaN detective has found, and how it says so."""

from __future__ import annotations

from typing import NamedTuple

#: What began where: how a finding introduces it.
PHASES = {
    "weights": "It was there before the step, in a weight",
    "data": "It came in with the batch",
    "forward": "It began in the forward pass",
    "backward": "It began in the backward pass: the loss is finite, a gradient is not",
    "update": "It began in the update: the gradients are finite, what the optimizer made is not",
    "state": "It began in what a layer keeps beside its trained weights",
    "nowhere": "It did not come again when the step was replayed",
}

#: How many samples are named one by one.
MOST_NAMED = 8


class Finding(NamedTuple):
    """Where numbers that are not finite began.

    Attributes
    ----------
    phase : str
        One of `PHASES`.
    where : str
        The op and its layer, the weight, or the array of the batch.
    op, layer : str
        Their names; "" where no op, or no layer, had a hand in it.
    samples : list of int
        The rows of the batch that it is about; none where they cannot be told apart.
    rows : list of int
        Where these lie in the data, if that is known.
    facts : list of str
        What was seen there.
    advice : list of str
        Likely causes, and what to do.
    """

    phase: str
    where: str
    op: str = ""
    layer: str = ""
    samples: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    facts: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{PHASES[self.phase]}{': ' if self.where else '.'}{self.where}"]
        if self.samples:
            rows = f" ({named('row', self.rows)} of the data)" if self.rows else ""
            lines.append(f"  in {named('sample', self.samples)} of the batch{rows}")
        lines += [f"  {fact}" for fact in self.facts]
        lines += [f"  → {advice}" for advice in self.advice]
        return "\n".join(lines)


def named(kind: str, places: tuple[int, ...]) -> str:
    """Name places, the first of many: "sample 3", "rows 3, 5"."""
    first = ", ".join(map(str, places[:MOST_NAMED]))
    more = len(places) - MOST_NAMED
    return f"{kind}{'s' * (len(places) > 1)} {first}" + (f" and {more} more" if more > 0 else "")
