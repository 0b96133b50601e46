"""Ranks: which boxes of a graph stand side by side, and in what order.

The layout of a graph by K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of
hierarchical system structures" (1981): every box gets a rank, below those of all that leads to it;
an edge that passes ranks gets a dummy point in each, for which room is kept there like for a box;
and the points of each rank are put into an order in which few edges cross.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

#: How often the ranks are put in order from the first to the last, and back.
SWEEPS = 12

#: How much it counts that a link is straight, by how many of its ends are dummies: a chain of boxes
#: and an edge that passes ranks are to run straight; the bends are for where such an edge ends.
STRAIGHTNESS = (10.0, 1.0, 8.0)


class Edge(NamedTuple):
    """An arrow from one box to another.

    Attributes
    ----------
    source, target : int
        The boxes' places in a list in which each stands behind all that leads to it.
    leaves, enters : float
        Where along the boxes' sides it begins and ends, seen from their middles.
    """

    source: int
    target: int
    leaves: float = 0.0
    enters: float = 0.0


class Link(NamedTuple):
    """The part of an edge between two neighbouring ranks.

    Attributes
    ----------
    upper, lower : int
        The points that it joins: boxes, or dummies.
    leaves, enters : float
        Where it ends, seen from their middles.
    weight : float
        How much it counts that it is straight.
    """

    upper: int
    lower: int
    leaves: float
    enters: float
    weight: float


class Layering:
    """Boxes and dummy points in ranks.

    Parameters
    ----------
    widths : sequence of float
        Of each box.
    edges : sequence of Edge
    last : collection of int
        Boxes that nothing follows, which are put into the last rank.

    Attributes
    ----------
    widths : list of float
        Of each point: those of the boxes, then 0 for every dummy.
    ranks : list of list of int
        The points of each rank, in order.
    chains : list of list of Link
        The links that each edge consists of.
    """

    def __init__(
        self, widths: Sequence[float], edges: Sequence[Edge], last: Collection[int] = ()
    ) -> None:
        rank_of = ranks_of(len(widths), edges, last)
        self.widths = list(widths)
        self.ranks: list[list[int]] = [[] for _ in range(max(rank_of, default=-1) + 1)]
        for box, rank in enumerate(rank_of):
            self.ranks[rank].append(box)
        self.boxes = len(widths)
        self.chains = [
            self._chain(edge, rank_of[edge.source], rank_of[edge.target]) for edge in edges
        ]
        self.links_below: list[list[Link]] = [[] for _ in self.ranks]
        for edge, chain in zip(edges, self.chains, strict=True):
            for rank, link in enumerate(chain, rank_of[edge.source]):
                self.links_below[rank].append(link)
        self._reduce_crossings()

    def is_dummy(self, point: int) -> bool:
        """Whether a point is no box."""
        return point >= self.boxes

    def _chain(self, edge: Edge, first: int, last: int) -> list[Link]:
        """Cut an edge into links, with new dummies between them."""
        dummies = range(len(self.widths), len(self.widths) + last - first - 1)
        self.widths += [0.0] * len(dummies)
        for rank, dummy in enumerate(dummies, first + 1):
            self.ranks[rank].append(dummy)
        points = [edge.source, *dummies, edge.target]
        chain = []
        for upper, lower in pairwise(points):
            leaves = edge.leaves if upper == edge.source else 0.0
            enters = edge.enters if lower == edge.target else 0.0
            ends = self.is_dummy(upper) + self.is_dummy(lower)
            chain.append(Link(upper, lower, leaves, enters, STRAIGHTNESS[ends]))
        return chain

    # ------------------------------------------------------------------ the order in the ranks

    def crossings(self) -> int:
        """Count the pairs of links that cross."""
        return sum(
            _inversions(
                [
                    ((place[link.upper], link.leaves), (below[link.lower], link.enters))
                    for link in links
                ]
            )
            for links, place, below in zip(
                self.links_below, self._places(), self._places()[1:], strict=False
            )
        )

    def _places(self) -> list[dict[int, int]]:
        return [{point: place for place, point in enumerate(rank)} for rank in self.ranks]

    def _reduce_crossings(self) -> None:
        """Sort each rank by the barycentres of the points' neighbours, down and up again.

        Of all the orders met on the way, the first of those with the fewest crossings is kept.
        """
        best, fewest = [list(rank) for rank in self.ranks], self.crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            downwards = sweep % 2 == 0
            order = range(1, len(self.ranks)) if downwards else range(len(self.ranks) - 2, -1, -1)
            for rank in order:
                self._sort(rank, downwards)
            found = self.crossings()
            if found < fewest:
                best, fewest = [list(rank) for rank in self.ranks], found
        self.ranks = best

    def _sort(self, rank: int, downwards: bool) -> None:
        """Sort a rank by the barycentres of the neighbours above it, or of those below."""
        neighbours: dict[int, list[float]] = {point: [] for point in self.ranks[rank]}
        other = rank - 1 if downwards else rank + 1
        place = {point: float(place) for place, point in enumerate(self.ranks[other])}
        for link in self.links_below[min(rank, other)]:
            point, end, offset = (
                (link.lower, link.upper, link.leaves)
                if downwards
                else (link.upper, link.lower, link.enters)
            )
            # Within its box, an end stands up to half a place off the middle.
            neighbours[point].append(place[end] + offset / (self.widths[end] or 1.0))
        here = {point: float(place) for place, point in enumerate(self.ranks[rank])}
        self.ranks[rank].sort(key=_barycentre(neighbours, here))


def _barycentre(
    neighbours: dict[int, list[float]], here: dict[int, float]
) -> Callable[[int], float]:
    """Return what to sort by: the mean place of the neighbours; without any, its own."""
    return lambda point: (
        sum(neighbours[point]) / len(neighbours[point]) if neighbours[point] else here[point]
    )


def _inversions(ends: list[tuple[tuple[int, float], tuple[int, float]]]) -> int:
    """Count the pairs whose upper ends stand in one order, and their lower ends in the other."""
    count = 0
    seen: list[tuple[int, float]] = []  # the lower ends so far, sorted
    for _, lower in sorted(ends):
        count += len(seen) - bisect_right(seen, lower)
        insort(seen, lower)
    return count


def ranks_of(count: int, edges: Sequence[Edge], last: Collection[int] = ()) -> list[int]:
    """Rank boxes by the longest path that leads to them; those of `last` come last.

    Raises
    ------
    ValueError
        Where an edge leads to a box that stands before the one that it comes from.
    """
    ranks = [0] * count
    for source, target, *_ in sorted(edges):  # so the rank of each source is known
        if source >= target:
            raise ValueError(f"an edge leads back, from box {source} to box {target}")
        ranks[target] = max(ranks[target], ranks[source] + 1)
    bottom = max(ranks, default=0)
    return [bottom if box in last else rank for box, rank in enumerate(ranks)]
