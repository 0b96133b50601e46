"""Diagrams with a place for everything."""

import pytest

from nnlite.visualize.model_graph import Box, Cell, Diagram, End, Frame, Shown, diagram_of
from nnlite.visualize.model_layout import (
    LEAST_WIDTH,
    PADDING,
    box_size,
    cell_width,
    placed,
    title_width,
)

from .models import auto_encoder

pytestmark = pytest.mark.one_table

SHOWN = [Shown(expand_nested=True), Shown(True, True, True, True, True, True)]


def frames(laid_out):
    """The frames right inside of what was laid out, and what is in each."""
    return [(laid_out.diagram.parts[place], inner) for place, inner in laid_out.inner.items()]


def test_a_box_has_room_for_its_text() -> None:
    short = Box("a", "", False, [])
    assert box_size(short)[0] == LEAST_WIDTH
    long = Box("a_very_long_name_of_a_layer", " (Dense)", False, [])
    assert box_size(long)[0] == pytest.approx(title_width(long) + 2 * PADDING)
    row = [Cell("Input shape:", "(None, 8)\n(None, 1000)"), Cell("", "Trainable", True)]
    wide = Box("a", "", False, [row])
    assert box_size(wide)[0] == pytest.approx(sum(map(cell_width, row)))
    one_line = Box("a", "", False, [[Cell("Input shape:", "(None, 8)")]])
    assert box_size(wide)[1] > box_size(one_line)[1] > box_size(short)[1]


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("downwards", [True, False])
def test_frames_hold_what_is_in_them(shown: Shown, downwards: bool) -> None:
    for _, inner in frames(placed(diagram_of(auto_encoder(), shown), downwards)):
        for (across, along), (width, length) in zip(inner.middles, inner.sizes, strict=True):
            assert across - width / 2 > 0.1
            assert across + width / 2 < inner.width - 0.1
            assert along - length / 2 > 0.1
            assert along + length / 2 < inner.length - 0.1


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("downwards", [True, False])
def test_arrows_go_on_where_they_enter_and_leave_a_frame(shown: Shown, downwards: bool) -> None:
    laid_out = placed(diagram_of(auto_encoder(), shown), downwards)
    outside = [point for route in laid_out.routes for point in (route.points[0], route.points[-1])]
    for place, inner in laid_out.inner.items():
        left = laid_out.middles[place][0] - inner.width / 2
        top = laid_out.middles[place][1] - inner.length / 2
        assert len(inner.entries) == 1
        for across, along in [(inner.entries[0], 0.0), *((x, inner.length) for x in inner.exits)]:
            met = (left + across, top + along)
            assert any(point == pytest.approx(met) for point in outside)
            assert any(
                end == pytest.approx((across, along))
                for route in inner.routes
                for end in (route.points[0], route.points[-1])
            )


def test_arrows_have_heads_where_they_end_at_a_box() -> None:
    laid_out = placed(diagram_of(auto_encoder(), SHOWN[0]), True)
    for arrow, route in zip(laid_out.diagram.arrows, laid_out.routes, strict=True):
        assert route.ends == isinstance(laid_out.diagram.parts[arrow.target.part], Box)


@pytest.mark.parametrize("downwards", [True, False])
def test_the_title_of_a_frame_stands_beside_its_arrows(downwards: bool) -> None:
    box = Box("a", "", False, [])
    name = "a_model_with_a_name_much_wider_than_its_box"
    inner = Diagram([box], [], [[End(0)]], [End(0)])
    laid_out = placed(Diagram([Frame(name, " (Functional)", inner)], [], [], []), downwards)
    ((frame, made),) = frames(laid_out)
    title = PADDING + title_width(frame)
    if downwards:
        assert title < min(made.entries)
        assert title < made.width
    else:
        assert title < made.length
        assert max(point[1] for route in made.routes for point in route.points) == made.length


def test_nested_models_from_left_to_right_lie_in_a_row() -> None:
    laid_out = placed(diagram_of(auto_encoder(), SHOWN[0]), False)
    assert laid_out.length > 2 * laid_out.width
