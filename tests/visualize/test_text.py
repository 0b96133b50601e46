"""How wide text is."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nnlite.visualize.text import FONT, text_width

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize("text", ["dense_1", "Input shape: (None, 28, 28)", "$x^2$", "Würfel"])
@pytest.mark.parametrize("bold", [True, False])
def test_it_is_as_wide_as_it_is_drawn(text: str, bold: bool) -> None:
    figure = Figure(dpi=720)
    weight = "bold" if bold else "normal"
    drawn = figure.text(0, 0, text, size=10, family=FONT, weight=weight, parse_math=False)
    width = drawn.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / 720
    # What is drawn is rounded to dots, and fitted to them; the space at the ends counts or not.
    assert text_width(text, 10, bold) == pytest.approx(width, abs=0.04)


def test_bold_is_wider() -> None:
    assert text_width("dense", 10, bold=True) > text_width("dense", 10)
