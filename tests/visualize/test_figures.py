"""Figures that pyplot knows nothing of."""

import subprocess
import sys

import pytest

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
