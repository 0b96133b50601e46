"""The picture of a laid-out model."""

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import PathPatch, Polygon, Rectangle

from nnlite.visualize.model_graph import Shown, diagram_of
from nnlite.visualize.model_layout import placed
from nnlite.visualize.model_picture import CELLS, HEADS, drawn

from .models import auto_encoder, classifier, two_by_two

pytestmark = pytest.mark.one_table

ALL = Shown(True, True, True, True, True, True)


def picture(model, downwards=True, shown=ALL):
    return drawn(placed(diagram_of(model, shown), downwards), downwards)


def patches(figure, kind):
    return [patch for patch in figure.axes[0].patches if type(patch) is kind]


@pytest.mark.parametrize("downwards", [True, False])
@pytest.mark.parametrize("make", [classifier, two_by_two, auto_encoder])
def test_every_text_stands_inside_a_rectangle(make, downwards: bool) -> None:
    figure = picture(make(), downwards)
    renderer = FigureCanvasAgg(figure).get_renderer()
    rectangles = [patch.get_window_extent(renderer) for patch in patches(figure, Rectangle)]
    for text in figure.axes[0].texts:
        extent = text.get_window_extent(renderer)
        assert any(
            box.x0 <= extent.x0
            and extent.x1 <= box.x1
            and box.y0 <= extent.y0
            and extent.y1 <= box.y1
            for box in rectangles
        ), text.get_text()


@pytest.mark.parametrize("downwards", [True, False])
def test_all_of_it_is_in_the_picture(downwards: bool) -> None:
    figure = picture(auto_encoder(), downwards)
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.get_size_inches() * figure.dpi
    for artist in [*figure.axes[0].patches, *figure.axes[0].texts]:
        extent = artist.get_window_extent(renderer)
        assert extent.x0 > 0
        assert extent.y0 > 0
        assert extent.x1 < width
        assert extent.y1 < height


def test_a_figure_shows_the_names_and_values() -> None:
    texts = [text.get_text() for text in picture(classifier()).axes[0].texts]
    assert texts[:2] == ["flatten", " (Flatten)"]
    for text in ("Activation:", "softmax", "Output shape:", "(None, 10)", "float32", "Trainable"):
        assert text in texts


def test_arrows_are_as_many_as_in_the_diagram() -> None:
    figure = picture(two_by_two())
    assert len(patches(figure, PathPatch)) == len(patches(figure, Polygon)) == 6


@pytest.mark.parametrize("downwards", [True, False])
def test_heads_point_along_and_touch_their_boxes(downwards: bool) -> None:
    laid_out = placed(diagram_of(classifier(), ALL), downwards)
    figure = drawn(laid_out, downwards)
    axis = 1 if downwards else 0
    for head, route in zip(patches(figure, Polygon), laid_out.routes, strict=True):
        tip = head.get_xy()[0]
        assert tip[axis] == max(head.get_xy()[:, axis])
        assert tip[axis] == pytest.approx(route.points[-1][1])


def test_colours_say_what_is_an_input_and_what_is_trained() -> None:
    model = two_by_two()
    model.get_layer("h1").trainable = False
    figure = picture(model)
    colours = [mpl.colors.to_hex(patch.get_facecolor()) for patch in patches(figure, Rectangle)]
    assert colours.count(HEADS[True]) == 2
    assert colours.count(CELLS[False]) == 1
    assert colours.count(CELLS[True]) == 3


def test_the_users_style_does_not_matter() -> None:
    def pixels():
        canvas = FigureCanvasAgg(picture(two_by_two()))
        canvas.draw()
        return bytes(canvas.buffer_rgba())

    plain = pixels()
    style = {"font.family": "serif", "figure.facecolor": "black", "axes.facecolor": "red"}
    with mpl.rc_context({**style, "lines.linewidth": 9, "figure.dpi": mpl.rcParams["figure.dpi"]}):
        assert pixels() == plain
