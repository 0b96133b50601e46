"""Ranks, dummies and the order in the ranks."""

import itertools

import pytest
from hypothesis import given

from nnlite.visualize.layering import Edge, Layering, ranks_of

from .graphs import graphs

pytestmark = pytest.mark.one_table


def test_the_longest_path_counts() -> None:
    assert ranks_of(4, [Edge(0, 1), Edge(1, 2), Edge(0, 2), Edge(2, 3)]) == [0, 1, 2, 3]


def test_boxes_that_nothing_leads_to_come_first() -> None:
    assert ranks_of(4, [Edge(0, 1), Edge(1, 3), Edge(2, 3)]) == [0, 1, 0, 2]


def test_what_is_to_come_last_comes_last() -> None:
    edges = [Edge(0, 1), Edge(1, 2), Edge(0, 3), Edge(2, 4)]
    assert ranks_of(5, edges, last=[3, 4]) == [0, 1, 2, 3, 3]


def test_an_edge_that_leads_back_is_refused() -> None:
    with pytest.raises(ValueError, match="leads back, from box 1 to box 0"):
        ranks_of(2, [Edge(1, 0)])


def test_no_boxes_have_no_ranks() -> None:
    assert Layering([], []).ranks == []


def test_an_edge_that_passes_ranks_has_a_dummy_in_each() -> None:
    layering = Layering([1.0] * 4, [Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(0, 3, 0.25, -0.25)])
    assert [len(rank) for rank in layering.ranks] == [1, 2, 2, 1]
    chain = layering.chains[3]
    assert [link.upper for link in chain] == [0, 4, 5]
    assert [link.lower for link in chain] == [4, 5, 3]
    assert [(link.leaves, link.enters) for link in chain] == [(0.25, 0), (0, 0), (0, -0.25)]
    assert chain[1].weight > chain[0].weight
    assert [layering.is_dummy(point) for point in (3, 4)] == [False, True]


def test_two_edges_that_need_not_cross_do_not() -> None:
    layering = Layering([1.0] * 4, [Edge(0, 3), Edge(1, 2)])
    assert layering.crossings() == 0
    assert layering.ranks == [[0, 1], [3, 2]]


def test_the_ends_within_a_box_count() -> None:
    """A frame's second input, on its right, comes from what stands on the right."""
    layering = Layering([1.0, 1.0, 3.0], [Edge(0, 2, 0.0, 1.0), Edge(1, 2, 0.0, -1.0)])
    assert layering.crossings() == 0
    assert layering.ranks[0] == [1, 0]


def test_three_by_three_all_joined_cross_nine_times() -> None:
    edges = [Edge(upper, lower) for upper in range(3) for lower in range(3, 6)]
    assert Layering([1.0] * 6, edges).crossings() == 9  # each pair above with each pair below


@given(graphs())
def test_crossings_are_those_of_all_pairs(graph) -> None:
    layering = Layering([width for width, _ in graph.sizes], graph.edges)
    place = {point: n for rank in layering.ranks for n, point in enumerate(rank)}

    def ends(link):
        return (place[link.upper], link.leaves), (place[link.lower], link.enters)

    crossing = 0
    for links in layering.links_below:
        for one, other in itertools.combinations(links, 2):
            (a, b), (c, d) = ends(one), ends(other)
            crossing += (a < c and b > d) or (a > c and b < d)
    assert layering.crossings() == crossing


@given(graphs())
def test_every_point_has_one_place_and_links_join_neighbouring_ranks(graph) -> None:
    layering = Layering([width for width, _ in graph.sizes], graph.edges)
    rank_of = {point: rank for rank, points in enumerate(layering.ranks) for point in points}
    assert sorted(rank_of) == list(range(len(layering.widths)))
    for rank, links in enumerate(layering.links_below):
        assert {rank_of[link.upper] for link in links} <= {rank}
        assert {rank_of[link.lower] for link in links} <= {rank + 1}
