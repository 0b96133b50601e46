"""Grids of predictions."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from nnlite.visualize import predictions_grid

pytestmark = pytest.mark.one_table

IMAGES = np.arange(3 * 4 * 5).reshape(3, 4, 5)
NAMES = ["Coat", "Bag", "Shirt"]


def titles(figure) -> list[str]:
    return [axes.get_title() for axes in figure.axes if axes.images]


def test_names_what_was_predicted_and_marks_what_was_wrong() -> None:
    figure = predictions_grid(IMAGES, [0, 1, 2], [0, 2, 2], NAMES)
    assert titles(figure) == ["Coat", "Shirt\n(Bag)", "Shirt"]
    colours = [to_hex(axes.title.get_color()) for axes in figure.axes]
    assert colours == ["#000000", "#c00000", "#000000"]
    assert figure.get_suptitle() == "2 of 3 right; in red the wrong ones: predicted (true)"


def test_names_are_no_formulas_and_end_where_the_next_one_begins(tmp_path) -> None:
    names = ["$1 to $2", "a name that goes on and on"]
    figure = predictions_grid(np.zeros((2, 4, 4)), [0, 1], [0, 0], names, path=tmp_path / "a.png")
    titles = [axes.title for axes in figure.axes]
    assert [title.get_text() for title in titles] == ["$1 to $2", "$1 to $2\n(a name that goe…)"]
    assert not any(title.get_parse_math() for title in titles)


def test_every_image_is_in_its_place() -> None:
    figure = predictions_grid(IMAGES, [0, 1, 2], [0, 1, 2], columns=2)
    shown = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    np.testing.assert_array_equal(shown, IMAGES)
    assert len(figure.axes) == 4  # two rows of two, the last place empty
    assert not any(axes.axison for axes in figure.axes)
    assert figure.get_suptitle() == "All 3 right"


def test_labels_without_names_and_probabilities() -> None:
    probabilities = [[0.1, 0.9, 0.0], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]
    figure = predictions_grid(IMAGES, np.array([[1], [2], [2]]), probabilities)
    assert titles(figure) == ["1", "2", "0\n(2)"]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_colour_channels(channels: int) -> None:
    images = np.zeros((2, 4, 5, channels))
    assert len(titles(predictions_grid(images, [0, 1], [0, 1]))) == 2


def test_writes_a_picture_in_which_nothing_is_cut_off(tmp_path) -> None:
    names = ["T-shirt/top", "Ankle boot"]
    figure = predictions_grid(IMAGES[:1], [1], [0], names, path=tmp_path / "grid.png")
    assert (tmp_path / "grid.png").stat().st_size > 1000
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for text in (figure._suptitle, figure.axes[0].title):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 784)), [0] * 3, [0] * 3), r"shape \(count, height, width\).*\(3, 784\)"),
        ((np.zeros((3, 4, 5, 2)), [0] * 3, [0] * 3), "1, 3 or 4 channels"),
        ((np.zeros((0, 4, 5)), [], []), "count from 1 to 1000"),
        ((np.zeros((1001, 1, 1)), [0] * 1001, [0] * 1001), r"images\[:40\]"),
        ((IMAGES, [0, 1], [0, 1, 2]), r"y_true must have one label .* 3 images.*\(2,\)"),
        ((IMAGES, [0, 1, 2], [0, 1]), r"y_pred must have one label"),
        ((IMAGES, [0, 1, 3], [0, 1, 2], NAMES), "y_true has labels from 0 to 3, .* 3 class_names"),
        ((IMAGES, [0, 1, 2], [0, 1, -1], NAMES), "y_pred has labels from -1 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predictions_grid(*arguments)
