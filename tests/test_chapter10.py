"""The text of chapter 10, executed: its code blocks from the document itself, on the real data.

Changed are only the imports (`import nnlite as keras` instead of TensorFlow's), the number of
epochs, and where scikit-learn gets the housing data from (it would download them).
"""

import ast
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

IMPORTS = "import nnlite as keras"

#: The sections of the document that are executed here.
EXECUTED = ("10.2.2", "10.2.3")

#: Those that need what is not there yet: the functional API, subclassed models with several inputs,
#: saving, checkpoints, event files. 10.2.1 installs and imports TensorFlow.
LATER = ("10.2.4", "10.2.5", "10.2.6", "10.2.7", "10.2.8")

#: (what the document says, what is executed): an epoch less costs some accuracy, nothing else.
FEWER_EPOCHS = (("epochs=30", "epochs=1"), ("epochs=20", "epochs=2"))


@pytest.fixture
def document(shared_folder: Path) -> str:
    (path,) = (shared_folder / "seed").glob("*.txt")
    return path.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch):
    """Draw into memory."""
    monkeypatch.delenv("DISPLAY", raising=False)
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    yield
    plt.close("all")


def sections_of(document: str) -> dict[str, str]:
    """The text of each section, by its number."""
    parts = re.split(r"^## (10\.2\.\d) ", document, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def script_of(section: str) -> str:
    """The code blocks of a section as one script that keeps what a notebook would show."""
    lines = [IMPORTS]
    for block in re.findall(r"^```python\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL):
        for said, executed in FEWER_EPOCHS:
            block = block.replace(said, executed)
        *body, last = ast.parse(block).body
        lines += map(ast.unparse, body)
        value = ast.unparse(last)
        lines.append(f"shown.append({value})" if isinstance(last, ast.Expr) else value)
    return "\n".join(lines)


def run(section: str, folder: Path) -> tuple[dict, list]:
    """Execute a section; return its variables and what its blocks would have shown."""
    script = folder / "section.py"
    script.write_text(script_of(section), encoding="utf-8")
    shown: list = []
    variables = runpy.run_path(str(script), {"shown": shown})
    return variables, [value for value in shown if value is not None]


@pytest.mark.one_table
def test_every_section_is_executed_or_named_as_later(document):
    assert tuple(sections_of(document)) == ("10.2.1", *EXECUTED, *LATER)
    for section in EXECUTED:
        assert any(said in sections_of(document)[section] for said, _ in FEWER_EPOCHS)


@pytest.mark.one_table  # for the time it takes; all that it calls is tested over both tables
@pytest.mark.usefixtures("fashion_mnist_data")  # there, or skipped with the reason
def test_the_classifier_of_10_2_2(document, tmp_path, capsys):
    found, shown = run(sections_of(document)["10.2.2"], tmp_path)
    shape, name, layers, hidden, hidden_name, is_hidden, weights, shapes, *rest = shown
    assert shape == ((60000, 28, 28), np.dtype("uint8"))
    assert name == "Coat"
    assert [layer.name for layer in layers] == ["flatten_1", "dense_3", "dense_4", "dense_5"]
    assert hidden is layers[1]
    assert hidden_name == "dense_3"
    assert is_hidden is True
    assert shapes == ((784, 300), (300,))
    assert weights[0].std() > 0
    assert not weights[1].any()

    history = found["history"].history
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    (loss, accuracy), probabilities, classes = rest
    assert accuracy > 0.72  # after the book's 30 epochs about 0.88, after this one 0.78
    assert loss < 0.75
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=0.05)  # rounded to two digits
    assert (classes == probabilities.argmax(axis=1)).all()

    printed = capsys.readouterr().out
    assert "Total params: 266,610 (1.02 MB)" in printed
    assert "1719/1719" in printed  # 55,000 images in batches of 32
    assert found["plt"].gca().get_ylim() == (0, 1)
    assert len(found["plt"].gca().lines) == 4


def test_the_regression_of_10_2_3(document, tmp_path, monkeypatch, shared_folder):
    housing = np.load(shared_folder / "datasets" / "california_housing.npz")
    bunch = sklearn.utils.Bunch(data=housing["X"], target=housing["y"])
    monkeypatch.setattr(sklearn.datasets, "fetch_california_housing", lambda: bunch)
    found, _ = run(sections_of(document)["10.2.3"], tmp_path)

    history = found["history"].history
    assert list(history) == ["loss", "val_loss"]
    assert history["loss"][1] < history["loss"][0]
    assert found["X_train"].shape == (11610, 8)
    assert type(found["mse_test"]) is float
    # After two epochs about 0.5; who always says the mean has the variance of the prices, 1.33.
    assert found["mse_test"] < 1
    assert found["y_pred"].shape == (3, 1)
