"""No two boxes overlap, no edge runs through a box, and the same graph is laid out the same."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from nnlite.visualize.layering import Edge
from nnlite.visualize.layout import Spacing, layered

from .graphs import graphs

pytestmark = pytest.mark.one_table

SPACING = Spacing(boxes=0.4, edges=0.3, ranks=0.5)

#: Places are sums of floats, which are rounded.
ROUNDING = 1e-9


def points_of(route):
    """Points all along a route, densely: straight, a curve, straight, ..."""
    t = np.linspace(0, 1, 41)[:, None]
    for number, (begin, end) in enumerate(itertools.pairwise(np.array(route))):
        if number % 2:
            middle = (begin[1] + end[1]) / 2
            first, second = np.array([begin[0], middle]), np.array([end[0], middle])
            yield (
                (1 - t) ** 3 * begin
                + 3 * (1 - t) ** 2 * t * first
                + 3 * (1 - t) * t**2 * second
                + t**3 * end
            )
        else:
            yield begin + t * (end - begin)


@given(graphs())
def test_no_two_boxes_overlap(graph) -> None:
    middles = layered(graph.sizes, graph.edges, SPACING).middles
    boxes = list(zip(middles, graph.sizes, strict=True))
    for ((x, y), (width, length)), ((u, v), (other_width, other_length)) in itertools.combinations(
        boxes, 2
    ):
        beside = abs(x - u) >= (width + other_width) / 2 + SPACING.boxes - ROUNDING
        below = abs(y - v) >= (length + other_length) / 2 + SPACING.ranks - ROUNDING
        assert beside or below


@given(graphs())
def test_no_edge_runs_through_a_box(graph) -> None:
    layout = layered(graph.sizes, graph.edges, SPACING)
    for route in layout.routes:
        points = np.concatenate(list(points_of(route)))
        for (x, y), (width, length) in zip(layout.middles, graph.sizes, strict=True):
            inside = (np.abs(points[:, 0] - x) < width / 2 - ROUNDING) & (
                np.abs(points[:, 1] - y) < length / 2 - ROUNDING
            )
            assert not inside.any()


@given(graphs())
def test_edges_run_downwards_from_box_to_box(graph) -> None:
    layout = layered(graph.sizes, graph.edges, SPACING)
    for edge, route in zip(graph.edges, layout.routes, strict=True):
        (x, y), (u, v) = layout.middles[edge.source], layout.middles[edge.target]
        length, other = graph.sizes[edge.source][1], graph.sizes[edge.target][1]
        assert route[0] == pytest.approx((x + edge.leaves, y + length / 2))
        assert route[-1] == pytest.approx((u + edge.enters, v - other / 2))
        along = [point[1] for point in route]
        assert along == pytest.approx(sorted(along))
        for (a, _), (b, _) in list(itertools.pairwise(route))[::2]:
            assert a == b  # straight


@given(graphs())
def test_all_of_it_is_inside(graph) -> None:
    layout = layered(graph.sizes, graph.edges, SPACING)
    for (x, y), (width, length) in zip(layout.middles, graph.sizes, strict=True):
        assert width / 2 - ROUNDING <= x <= layout.width - width / 2 + ROUNDING
        assert length / 2 - ROUNDING <= y <= layout.length - length / 2 + ROUNDING
    for x, y in itertools.chain.from_iterable(layout.routes):
        assert -ROUNDING <= x <= layout.width + ROUNDING
        assert -ROUNDING <= y <= layout.length + ROUNDING


@given(graphs())
def test_the_same_graph_is_laid_out_the_same(graph) -> None:
    assert layered(*graph, SPACING) == layered(*graph, SPACING)


def test_a_layout_worked_by_hand() -> None:
    layout = layered([(2.0, 1.0), (1.0, 3.0)], [Edge(0, 1)], SPACING)
    assert layout.middles == [(1.0, 0.5), (1.0, 3.0)]
    assert layout.routes == [[(1.0, 1.0), (1.0, 1.0), (1.0, 1.5), (1.0, 1.5)]]
    assert (layout.width, layout.length) == (2.0, 4.5)


def test_no_boxes_need_no_room() -> None:
    assert layered([], [], SPACING) == ([], [], 0.0, 0.0)
