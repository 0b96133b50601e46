"""Where the points of ranks stand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlite.visualize.alignment import aligned, spaced, weighted_median
from nnlite.visualize.layering import Edge, Layering

from .graphs import graphs

pytestmark = pytest.mark.one_table

#: Halves and whole numbers: sums of them are exact.
numbers = st.integers(-8, 8).map(lambda number: number / 2)
wishes_of_one = st.lists(st.tuples(numbers, st.sampled_from([1.0, 2.0])), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("wishes", "median"),
    [
        ([(3.0, 1.0)], 3.0),
        ([(0.0, 1.0), (4.0, 1.0)], 2.0),
        ([(0.0, 1.0), (4.0, 2.0)], 4.0),
        ([(9.0, 1.0), (0.0, 1.0), (1.0, 1.0)], 1.0),
        ([(1.0, 1.0), (1.0, 1.0), (5.0, 2.0)], 3.0),
    ],
)
def test_weighted_medians_worked_by_hand(wishes, median) -> None:
    assert weighted_median(wishes) == median


def test_of_nothing_there_is_no_median() -> None:
    with pytest.raises(ValueError, match="nothing"):
        weighted_median([])


def test_who_wishes_the_same_place_stands_around_it() -> None:
    assert spaced([[(0.0, 1.0)], [(0.0, 1.0)]], [2.0]) == [-1.0, 1.0]
    assert spaced([[(0.0, 1.0)], [(9.0, 1.0)]], [2.0]) == [0.0, 9.0]
    assert spaced([[(0.0, 5.0)], [(0.0, 1.0)]], [2.0]) == [0.0, 2.0]


@given(st.lists(wishes_of_one, min_size=1, max_size=3), st.lists(numbers.map(abs), min_size=2))
def test_no_other_places_are_nearer_to_the_wishes(wishes, distances) -> None:
    distances = distances[: len(wishes) - 1] + [1.0] * (len(wishes) - 1 - len(distances))

    def cost(places):
        return sum(
            weight * abs(place - wish)
            for place, own in zip(places, wishes, strict=True)
            for wish, weight in own
        )

    found = spaced(wishes, distances)
    gaps = [right - left for left, right in itertools.pairwise(found)]
    assert all(gap >= least for gap, least in zip(gaps, distances, strict=True))
    # The least sum is reached where groups of touching points have one at a place it wishes.
    shifts = [0.0, *itertools.accumulate(distances)]
    shifted = sorted({w - s for own, s in zip(wishes, shifts, strict=True) for w, _ in own})
    others = itertools.combinations_with_replacement(shifted, len(wishes))
    least = min(cost([y + s for y, s in zip(ys, shifts, strict=True)]) for ys in others)
    assert cost(found) == least


def test_a_chain_is_straight_and_what_passes_it_runs_beside_it() -> None:
    edges = [Edge(n, n + 1) for n in range(11)] + [Edge(1, 5), Edge(0, 8), Edge(5, 10)]
    layering = Layering([1.0 + 0.1 * (n % 3) for n in range(12)], edges)
    places = aligned(layering, 0.4, 0.3)
    assert max(places[:12]) - min(places[:12]) < 1e-9  # rounding
    for chain in layering.chains[11:]:
        inside = [places[link.lower] for link in chain[:-1]]
        assert max(inside) - min(inside) < 1e-9


def test_one_stands_in_the_middle_below_two() -> None:
    places = aligned(Layering([1.0, 1.0, 1.0], [Edge(0, 2), Edge(1, 2)]), 0.4, 0.3)
    assert places == pytest.approx([0.5, 1.9, 1.2])


@given(graphs())
def test_neighbours_keep_their_order_and_distance(graph) -> None:
    layering = Layering([width for width, _ in graph.sizes], graph.edges)
    places, widths = aligned(layering, 0.4, 0.3), layering.widths
    assert min(x - w / 2 for x, w in zip(places, widths, strict=True)) == pytest.approx(0, abs=1e-9)
    for rank in layering.ranks:
        for left, right in itertools.pairwise(rank):
            gap = places[right] - places[left] - (widths[left] + widths[right]) / 2
            passing = layering.is_dummy(left) or layering.is_dummy(right)
            assert gap >= (0.3 if passing else 0.4) - 1e-9  # rounding
