"""The demo, from data to pictures."""

import numpy as np
import pytest

from nnlite import demo
from nnlite.datasets import fashion_mnist

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_sample_teaches_the_model(tmp_path, capsys) -> None:
    demo.run(epochs=2, data="sample", out=tmp_path / "out")
    said = capsys.readouterr().out
    assert "5,000 images for training, 1,000 for validation, 1,000 for testing" in said
    assert "Total params: 266,610" in said
    assert "Epoch 2/2 - 157/157 - " in said
    assert "val_accuracy: 0." in said
    accuracy = float(said.split("Test accuracy: ")[1].split("%")[0])
    assert accuracy > 50  # five times as good as chance; two epochs reach about 68
    for name in ("learning_curves.png", "predictions.png"):
        assert str(tmp_path / "out" / name) in said
        assert (tmp_path / "out" / name).read_bytes().startswith(PNG)
    assert "Next, train on all 70,000 images" in said


@pytest.fixture
def nowhere(monkeypatch) -> None:
    """A machine on which the full data cannot be had."""

    def fail() -> None:
        raise FileNotFoundError("Fashion-MNIST cannot be loaded")

    monkeypatch.setattr(fashion_mnist, "load_data", fail)


@pytest.mark.one_table
@pytest.mark.usefixtures("nowhere")
def test_without_the_full_data_it_takes_the_sample_and_says_so(capsys) -> None:
    name, ((x_train, _), _) = demo.load(None)
    assert (name, len(x_train)) == ("sample", 6000)
    said = capsys.readouterr().out
    assert "Fashion-MNIST cannot be loaded" in said
    assert "the sample that comes with nnlite" in said


@pytest.mark.one_table
@pytest.mark.usefixtures("nowhere")
def test_the_full_data_asked_for_and_not_there_is_an_error(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="cannot be loaded"):
        demo.run(data="full", out=tmp_path)


@pytest.mark.one_table
def test_the_full_data_where_they_can_be_had(monkeypatch) -> None:
    full = (np.zeros(1), np.zeros(1)), (np.zeros(1), np.zeros(1))
    monkeypatch.setattr(fashion_mnist, "load_data", lambda: full)
    assert demo.load(None) == ("full", full)
    assert demo.load("full") == ("full", full)


@pytest.mark.one_table
def test_a_folder_that_cannot_be_made_fails_before_the_training(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(demo, "load", lambda data: pytest.fail("too late"))
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        demo.run(out=tmp_path / "file")
