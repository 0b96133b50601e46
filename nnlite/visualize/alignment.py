"""Where in its rank each point of a layering stands: near those that it is linked with.

The places x are to make the sum of weight · |x_upper + leaves - x_lower - enters| over all links
small, while the points of a rank keep their order and their distance. A sum of absolute values,
not of squares, is small where most links are exactly straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .layering import Layering, Link

#: How often all ranks are aligned.
PASSES = 24

#: What is less than this counts as nothing: sums of floats are rounded.
TINY = 1e-9

#: A place that a point should stand at, and how much it counts.
Wish = tuple[float, float]


def aligned(layering: Layering, box_distance: float, edge_distance: float) -> list[float]:
    """Find a place for each point's middle.

    Ranks are aligned one after the other: with those above them from the first to the last, with
    those below back again, then with both. Of all that was found on the way, the best is returned.

    Parameters
    ----------
    layering : Layering
    box_distance, edge_distance : float
        How far apart boxes stand at least; and an edge from boxes and other edges.

    Returns
    -------
    list of float
        Of each point; the leftmost side of a point is at 0.
    """
    above: list[list[Link]] = [[] for _ in layering.widths]
    below: list[list[Link]] = [[] for _ in layering.widths]
    for links in layering.links_below:
        for link in links:
            above[link.lower].append(link)
            below[link.upper].append(link)
    distances = [_distances(layering, rank, box_distance, edge_distance) for rank in layering.ranks]
    directions = ((above, None), (None, below), (above, below), (above, below))
    places = [0.0] * len(layering.widths)
    best, least = places, float("inf")
    for number in range(PASSES):
        uppers, lowers = directions[number % len(directions)]
        order = range(len(layering.ranks))
        for rank in reversed(order) if number % 2 else order:
            points = layering.ranks[rank]
            wishes = [_wishes(point, places, uppers, lowers) for point in points]
            for point, place in zip(points, spaced(wishes, distances[rank]), strict=True):
                places[point] = place
        cost = _cost(layering, places)
        if cost < least - TINY:
            best, least = list(places), cost
    best = _straightened(layering, best, distances)
    left = min((x - width / 2 for x, width in zip(best, layering.widths, strict=True)), default=0.0)
    return [x - left for x in best]


def _wishes(
    point: int,
    places: list[float],
    above: list[list[Link]] | None,
    below: list[list[Link]] | None,
) -> list[Wish]:
    """Return where the links above and below would have a point; without any, where it is."""
    wishes = [
        (places[link.upper] + link.leaves - link.enters, link.weight)
        for link in (above[point] if above else ())
    ]
    wishes += [
        (places[link.lower] + link.enters - link.leaves, link.weight)
        for link in (below[point] if below else ())
    ]
    return wishes or [(places[point], 1.0)]


def _straightened(
    layering: Layering, places: list[float], distances: list[list[float]]
) -> list[float]:
    """Make more links straight, where that makes the sum less.

    Aligning rank by rank cannot move what stands straight in several ranks. Here all that hangs
    together by straight links is moved at once, and pushes its neighbours.
    """
    links = [link for rank in layering.links_below for link in rank]
    cost = _cost(layering, places)
    for _ in range(PASSES):
        before = cost
        for link in links:
            for end, sign in ((link.lower, 1.0), (link.upper, -1.0)):
                bend = sign * _bend(link, places)
                if abs(bend) < TINY:
                    break
                moved = _pushed(layering, places, _hanging(links, places, end), bend, distances)
                if _cost(layering, moved) < cost - TINY:
                    places, cost = moved, _cost(layering, moved)
        if cost > before - TINY:
            break
    return places


def _hanging(links: list[Link], places: list[float], start: int) -> set[int]:
    """Return the points that hang together with one by straight links."""
    neighbours: dict[int, list[int]] = {}
    for link in links:
        if abs(_bend(link, places)) < TINY:
            neighbours.setdefault(link.upper, []).append(link.lower)
            neighbours.setdefault(link.lower, []).append(link.upper)
    found, waiting = {start}, [start]
    while waiting:
        new = set(neighbours.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def _pushed(
    layering: Layering,
    places: list[float],
    group: set[int],
    by: float,
    distances: list[list[float]],
) -> list[float]:
    """Move points to one side, and what stands there as far as it must."""
    moved = [x + by if point in group else x for point, x in enumerate(places)]
    for points, least in zip(layering.ranks, distances, strict=True):
        pairs = list(zip(points, points[1:], least, strict=False))
        if by > 0:
            for left, right, distance in pairs:
                moved[right] = max(moved[right], moved[left] + distance)
        else:
            for left, right, distance in reversed(pairs):
                moved[left] = min(moved[left], moved[right] - distance)
    return moved


def _bend(link: Link, places: list[float]) -> float:
    """Return how far the upper end of a link stands right of the lower one."""
    return places[link.upper] + link.leaves - places[link.lower] - link.enters


def _cost(layering: Layering, places: list[float]) -> float:
    links = (link for rank in layering.links_below for link in rank)
    return sum(link.weight * abs(_bend(link, places)) for link in links)


def _distances(
    layering: Layering, rank: list[int], box_distance: float, edge_distance: float
) -> list[float]:
    """Say how far apart, middle from middle, the neighbours in a rank stand at least."""
    widths = layering.widths
    return [
        (widths[left] + widths[right]) / 2
        + (edge_distance if layering.is_dummy(left) or layering.is_dummy(right) else box_distance)
        for left, right in pairwise(rank)
    ]


def spaced(wishes: Sequence[list[Wish]], distances: Sequence[float]) -> list[float]:
    """Place points in a row: x[i + 1] - x[i] >= distances[i], and near to what each wishes.

    With the distances subtracted this is a regression by a sequence that never falls, for the sum
    of weight · |x - wish|. The pool-adjacent-violators algorithm solves it: points that would
    stand too near move together, and a group stands at the weighted median of all its wishes.

    Parameters
    ----------
    wishes : sequence of list of (float, float)
        For each point where it should stand, and with which weight; at least one.
    distances : sequence of float
        One less than the points.

    Returns
    -------
    list of float
    """
    shifts = [0.0]
    for distance in distances:
        shifts.append(shifts[-1] + distance)
    groups: list[tuple[float, list[Wish], int]] = []
    for own, shift in zip(wishes, shifts, strict=False):
        group = [(wish - shift, weight) for wish, weight in own]
        place, size = weighted_median(group), 1
        while groups and groups[-1][0] > place:
            _, others, count = groups.pop()
            group, size = others + group, count + size
            place = weighted_median(group)
        groups.append((place, group, size))
    flat = [place for place, _, size in groups for _ in range(size)]
    return [place + shift for place, shift in zip(flat, shifts, strict=False)]


def weighted_median(wishes: list[Wish]) -> float:
    """Return the x that makes the sum of weight · |x - wish| least; of several, the middle one."""
    ordered = sorted(wishes)
    half = sum(weight for _, weight in ordered) / 2
    passed = 0.0
    for number, (wish, weight) in enumerate(ordered):
        passed += weight
        if passed == half:
            return (wish + ordered[number + 1][0]) / 2
        if passed > half:
            return wish
    raise ValueError("weighted_median: there is nothing to take the median of")
