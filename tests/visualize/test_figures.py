"""Figures that pyplot knows nothing of."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.text import Text

from nnlite import Input, Sequential, layers
from nnlite.visualize import activation_flow, gradient_flow, learning_curves, weight_histograms
from nnlite.visualize.figures import new_figure, save

pytestmark = pytest.mark.one_table

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_notebook_can_show_it() -> None:
    assert new_figure(2, 1)._repr_png_().startswith(PNG)


def test_save_writes_what_the_ending_says_and_hands_the_figure_back(tmp_path) -> None:
    figure = new_figure(2, 1)
    assert save(figure, tmp_path / "a.png") is figure
    assert save(figure, None) is figure
    save(figure, str(tmp_path / "a.svg"))
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)
    assert "<svg" in (tmp_path / "a.svg").read_text()


NAMES = ["cost_$a_{b$", "a_name_that_goes_on_and_on_and_then_on_again"]


def test_names_are_no_formulas_and_leave_room(tmp_path) -> None:
    model = Sequential([Input((3,)), *(layers.Dense(2, name=name) for name in NAMES)])
    model.compile("sgd", "mse")
    x, y = np.ones((20, 3)), np.ones((20, 2))
    figures = [
        activation_flow(model, x, y),
        gradient_flow(model, x, y),
        weight_histograms(model),
        learning_curves({name: [1.0, 2.0] for name in ("loss", NAMES[0])}),
    ]
    for place, figure in enumerate(figures):
        save(figure, tmp_path / f"{place}.png")  # where formulas would be read
        shown = [text.get_text() for text in figure.findobj(Text)]
        assert any(NAMES[0] in text for text in shown)
        assert not any(NAMES[1] in text and text != NAMES[1] for text in shown)
    rows = [label.get_text() for label in figures[1].axes[0].get_yticklabels()]
    assert rows[2:] == [
        "…es_on_and_on_and_then_on_again/kernel", "…goes_on_and_on_and_then_on_again/bias",
    ]  # fmt: skip


def test_neither_import_nor_drawing_loads_pyplot() -> None:
    code = """
import sys
import nnlite.visualize
print("matplotlib" in sys.modules)
nnlite.visualize.learning_curves({"loss": [1.0]})
nnlite.visualize.predictions_grid([[[0]]], [1], [1])
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["False", "False"]


def test_save_refuses_what_it_cannot_write(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*missing.*'a\.png'.*os\.makedirs"):
        save(new_figure(2, 1), tmp_path / "missing" / "a.png")
    with pytest.raises(ValueError, match=r"Unknown ending of a picture 'pgn'\. Did you mean 'png'"):
        save(new_figure(2, 1), tmp_path / "a.pgn")


def test_save_takes_a_resolution(tmp_path) -> None:
    save(new_figure(2, 1), tmp_path / "a.png", 40)
    assert int.from_bytes((tmp_path / "a.png").read_bytes()[16:20], "big") == 80
