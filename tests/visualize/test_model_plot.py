"""plot_model: files, figures, and what is refused."""

import subprocess
import sys

import pytest
from matplotlib.figure import Figure

import nnlite
from nnlite import Input, Model, Sequential, utils
from nnlite.layers import Dense
from nnlite.visualize import model_plot, plot_model

from .models import auto_encoder, classifier, shared, two_by_two

pytestmark = pytest.mark.one_table

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("make", [classifier, two_by_two, auto_encoder, shared])
@pytest.mark.parametrize("rankdir", ["TB", "LR"])
def test_it_returns_a_figure_that_a_notebook_shows(make, rankdir) -> None:
    figure = plot_model(make(), None, rankdir=rankdir, show_shapes=True, expand_nested=True)
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(PNG)


def test_the_ending_chooses_the_format(tmp_path) -> None:
    for ending, begin in {".png": PNG, ".svg": b"<?xml", ".pdf": b"%PDF"}.items():
        path = tmp_path / f"model{ending}"
        plot_model(classifier(), path)
        assert path.read_bytes().startswith(begin)


def test_it_writes_model_png_here_by_default(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    utils.plot_model(classifier())
    assert (tmp_path / "model.png").exists()


def test_dots_per_inch(tmp_path) -> None:
    def width(path):
        return int.from_bytes(path.read_bytes()[16:20], "big")  # in the head of a PNG

    plot_model(classifier(), tmp_path / "a.png", dpi=50)
    plot_model(classifier(), tmp_path / "b.png", dpi=100)
    assert width(tmp_path / "b.png") == pytest.approx(2 * width(tmp_path / "a.png"), abs=2)


def test_a_picture_is_never_larger_than_matplotlib_can_write(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(model_plot, "MOST_PIXELS", 100)
    plot_model(classifier(), tmp_path / "a.png")
    head = (tmp_path / "a.png").read_bytes()[16:24]
    assert max(int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")) <= 100


def test_the_same_model_gives_the_same_file(tmp_path) -> None:
    model = auto_encoder()
    for name in ("a.png", "b.png"):
        plot_model(model, tmp_path / name, expand_nested=True, dpi=60)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_looks_like_mathematics_is_a_name() -> None:
    x = Input((2,), name="$x_$")  # no formula: an error, were it read as one
    plot_model(Model(x, Dense(1, name="y$")(x)), None, show_layer_names=True)._repr_png_()


def test_an_unbuilt_model_is_refused(tmp_path) -> None:
    class Own(Model):
        pass

    for model in (Sequential([Dense(3)]), Sequential(), Own()):
        with pytest.raises(ValueError, match=r"has not been built.*model\.build\(input_shape\)"):
            plot_model(model, tmp_path / "model.png")
    assert not list(tmp_path.iterdir())


def test_what_is_refused(tmp_path) -> None:
    model = classifier()
    with pytest.raises(ValueError, match=r"Unknown rankdir 'lr'\. Did you mean 'LR'"):
        plot_model(model, rankdir="lr")
    with pytest.raises(TypeError, match="Did you mean 'show_shapes'"):
        plot_model(model, show_shape=True)
    with pytest.raises(TypeError, match="takes a model, got Dense"):
        plot_model(Dense(3))
    with pytest.raises(FileNotFoundError, match=r"no folder .*missing.*makedirs"):
        plot_model(model, tmp_path / "missing" / "model.png")
    with pytest.raises(ValueError, match=r"Unknown ending of a picture 'pgn'\. Did you mean 'png'"):
        plot_model(model, tmp_path / "model.pgn")


def test_model_to_dot_names_plot_model() -> None:
    with pytest.raises(NotImplementedError, match=r"graphviz.*plot_model"):
        nnlite.utils.model_to_dot(classifier(), show_shapes=True)


def test_matplotlib_is_loaded_only_when_it_draws_and_pyplot_never() -> None:
    code = """
import sys
from nnlite import Sequential, layers, utils
model = Sequential([layers.Dense(1, input_shape=(2,))])
print("matplotlib" in sys.modules)
utils.plot_model(model, None)
print("matplotlib" in sys.modules, "matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["False", "True", "False"]
