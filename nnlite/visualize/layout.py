"""Where the boxes of a graph stand, and how its edges run between them: mathematics, no drawing.

Lengths are in any unit. "Across" runs along a rank, "along" from rank to rank, so (across, along)
is (x, y) of a picture that is read from top to bottom, with y downwards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from .alignment import aligned
from .layering import Edge, Layering

Point = tuple[float, float]

#: How much longer the gap between two ranks is for every unit that an edge moves across in it, and
#: at most.
GAP_GROWTH = 0.08
GAP_MOST = 1.0


class Spacing(NamedTuple):
    """How far apart things stand: boxes in a rank, edges from those, and ranks."""

    boxes: float
    edges: float
    ranks: float


class Layout(NamedTuple):
    """The boxes and edges of a graph, placed.

    Attributes
    ----------
    middles : list of (float, float)
        Of the boxes, (across, along).
    routes : list of list of (float, float)
        Of each edge points, from one box to the other: the way between the first two is straight
        along, that between the next two a curve across the gap between two ranks, and so on; the
        last is straight.
    width, length : float
        Of all of it, across and along.
    """

    middles: list[Point]
    routes: list[list[Point]]
    width: float
    length: float


def layered(
    sizes: Sequence[Point],
    edges: Sequence[Edge],
    spacing: Spacing,
    last: Collection[int] = (),
) -> Layout:
    """Lay out a graph in ranks.

    Boxes do not overlap, and edges run through none: every rank is a band that only vertical lines
    cross, beside the boxes, and only in the gaps between the bands do edges move across. The same
    graph always gives the same layout.

    Parameters
    ----------
    sizes : sequence of (float, float)
        Width across and length along of each box, each behind those that lead to it.
    edges : sequence of Edge
    spacing : Spacing
    last : collection of int
        Boxes that nothing follows, which are put into the last rank.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        Where an edge leads from a box to one before it.
    """
    layering = Layering([width for width, _ in sizes], edges, last)
    across = aligned(layering, spacing.boxes, spacing.edges)
    bands = _bands(layering, across, [length for _, length in sizes], spacing.ranks)
    rank_of = {point: rank for rank, points in enumerate(layering.ranks) for point in points}
    middles = [(across[box], sum(bands[rank_of[box]]) / 2) for box in range(len(sizes))]

    def route(number: int) -> list[Point]:
        chain = layering.chains[number]
        points = [(across[chain[0].upper] + chain[0].leaves, end(chain[0].upper, 0.5))]
        for link in chain:
            points.append((points[-1][0], bands[rank_of[link.upper]][1]))
            points.append((across[link.lower] + link.enters, bands[rank_of[link.lower]][0]))
        return [*points, (points[-1][0], end(chain[-1].lower, -0.5))]

    def end(box: int, side: float) -> float:
        return middles[box][1] + side * sizes[box][1]

    width = max(
        (x + width / 2 for x, width in zip(across, layering.widths, strict=True)), default=0.0
    )
    length = bands[-1][1] if bands else 0.0
    return Layout(middles, [route(number) for number in range(len(edges))], width, length)


def _bands(
    layering: Layering, across: list[float], lengths: list[float], gap: float
) -> list[tuple[float, float]]:
    """Return where along each rank begins and ends."""
    bands: list[tuple[float, float]] = []
    begin = 0.0
    for points, links in zip(layering.ranks, layering.links_below, strict=True):
        boxes = [lengths[point] for point in points if not layering.is_dummy(point)]
        bands.append((begin, begin + max(boxes, default=0.0)))
        moves = (
            abs(across[one.upper] + one.leaves - across[one.lower] - one.enters) for one in links
        )
        begin = bands[-1][1] + gap + min(GAP_GROWTH * max(moves, default=0.0), GAP_MOST)
    return bands
