"""The text of chapter 10, executed: its code blocks from the document itself, on the real data.

Changed are only the imports (`import nnlite as keras` instead of TensorFlow's), TensorFlow's
arithmetic, the number of epochs, where scikit-learn gets the housing data from (it would download
them), and two slips of the text with which its blocks run nowhere (`SLIPS`).
"""

import ast
import code
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

import nnlite

pytestmark = pytest.mark.one_table  # for the time it takes; all that it calls has tests over both

SECTIONS = tuple(f"10.2.{number}" for number in range(1, 9))

#: The blocks that are not executed, and why: by section and place.
NOT_EXECUTED = {
    ("10.2.1", 0): "imports TensorFlow, which is what is changed",
    ("10.2.8", 3): "a notebook's command for TensorBoard",
    ("10.2.8", 4): "a notebook's command for TensorBoard",
    ("10.2.8", 6): "a notebook's command for TensorBoard",
    ("10.2.8", 7): "a notebook's command for TensorBoard",
}

#: (what the document says, what is executed): less training costs some accuracy, nothing else.
FEWER_EPOCHS = (
    *(("epochs=30", "epochs=1"), ("epochs=20", "epochs=2"), ("epochs=100", "epochs=3")),
    ("epochs=10,", "epochs=3,"),
)

#: An instance is made inside its own class, which has no name yet; an argument is misspelt.
SLIPS = (
    ("\n  model = WideAndDeepModel()", "\nmodel = WideAndDeepModel()"),
    ("patioence", "patience"),
)

#: Where the text computes a sound with TensorFlow.
BY_NUMPY = (
    ("tf.math.sin(tf.range(12000)", "np.sin(np.arange(12000)"),
    (
        "tf.reshape(tf.cast(sine_wave, tf.float32), [1, -1, 1])",
        "np.float32(sine_wave)[None, :, None]",
    ),
    ("tf.summary", "keras.summary"),
)


class Notebook(code.InteractiveInterpreter):
    """Runs blocks one after another on the same variables, and keeps what they would show."""

    def __init__(self, document: str) -> None:
        super().__init__({"__name__": "notebook", "keras": nnlite})
        self.sections = blocks_of(document)
        self.shown: list = []

    def __getitem__(self, name: str):
        return self.locals[name]

    def run(self, section: str, *places: int) -> list:
        """Run some blocks of a section, by default all that can be; return what they show."""
        self.shown.clear()
        for place in places or range(len(self.sections[section])):
            if (section, place) not in NOT_EXECUTED:
                self.run_text(self.sections[section][place])
        return list(self.shown)

    def run_text(self, block: str) -> None:
        """Run a block, with what has to be changed in it; the value of its last line is shown."""
        for said, changed in (*FEWER_EPOCHS, *SLIPS, *BY_NUMPY):
            block = block.replace(said, changed)
        *body, last = ast.parse(block).body
        self.runcode(compile(ast.Module(body, []), "a block", "exec"))
        self.runcode(compile(ast.Interactive([last]), "a block", "single"))

    def showtraceback(self) -> None:
        raise  # called where the exception is handled


def blocks_of(document: str) -> dict[str, list[str]]:
    """The code blocks of each section, by its number."""
    parts = re.split(r"^## (10\.2\.\d) ", document, flags=re.MULTILINE)
    fenced = re.compile(r"^```python\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
    return {
        number: fenced.findall(text) for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture(scope="session")
def document(shared_folder: Path) -> str:
    (path,) = (shared_folder / "seed").glob("*.txt")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def notebook(document, monkeypatch, shared_folder, tmp_path):
    """A notebook that draws into memory, writes here, and whose scikit-learn has the data."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.chdir(tmp_path)
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    housing = np.load(shared_folder / "datasets" / "california_housing.npz")
    bunch = sklearn.utils.Bunch(data=housing["X"], target=housing["y"])
    monkeypatch.setattr(sklearn.datasets, "fetch_california_housing", lambda: bunch)
    made = Notebook(document)
    monkeypatch.setattr(sys, "displayhook", lambda value: value is None or made.shown.append(value))
    yield made
    plt.close("all")


@pytest.fixture
def housing(notebook) -> Notebook:
    """A notebook in which 10.2.3 has loaded the housing data."""
    notebook.run("10.2.3", 0)
    return notebook


def test_what_is_not_executed_is_there(document):
    blocks = blocks_of(document)
    assert tuple(blocks) == SECTIONS
    assert all(place < len(blocks[section]) for section, place in NOT_EXECUTED)
    for said, _ in (*FEWER_EPOCHS, *SLIPS, *BY_NUMPY):
        assert said in document


@pytest.mark.usefixtures("fashion_mnist_data")  # there, or skipped with the reason
def test_the_classifier_of_10_2_2(notebook, capsys):
    shape, name, layers, hidden, hidden_name, is_hidden, weights, shapes, *rest = notebook.run(
        "10.2.2"
    )
    assert shape == ((60000, 28, 28), np.dtype("uint8"))
    assert name == "Coat"
    assert [layer.name for layer in layers] == ["flatten_1", "dense_3", "dense_4", "dense_5"]
    assert hidden is layers[1]
    assert hidden_name == "dense_3"
    assert is_hidden is True
    assert shapes == ((784, 300), (300,))
    assert weights[0].std() > 0
    assert not weights[1].any()

    assert list(notebook["history"].history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    (loss, accuracy), probabilities, classes = rest
    assert accuracy > 0.72  # after the book's 30 epochs about 0.88, after this one 0.78
    assert loss < 0.75
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=0.05)  # rounded to two digits
    assert (classes == probabilities.argmax(axis=1)).all()

    printed = capsys.readouterr().out
    assert "Total params: 266,610 (1.02 MB)" in printed
    assert "1719/1719" in printed  # 55,000 images in batches of 32
    assert notebook["plt"].gca().get_ylim() == (0, 1)
    assert len(notebook["plt"].gca().lines) == 4


# Of the errors below: who always says the mean has the variance of the prices, 1.33.


def learned(history, *names: str) -> bool:
    """Whether these are the logs of an epoch, and the loss has become less."""
    assert list(history.history) == [*names, *(f"val_{name}" for name in names)]
    loss = history.history["loss"]
    return loss[-1] < loss[0]


def test_the_regression_of_10_2_3(notebook):
    notebook.run("10.2.3")
    assert notebook["X_train"].shape == (11610, 8)
    assert learned(notebook["history"], "loss")
    assert type(notebook["mse_test"]) is float
    assert notebook["mse_test"] < 1  # after two epochs about 0.5
    assert notebook["y_pred"].shape == (3, 1)


def test_wide_and_deep_of_10_2_4(housing, capsys):
    housing.run("10.2.4", 0)
    housing["model"].summary()
    assert "input_layer[0][0]" in capsys.readouterr().out
    housing.run_text(trained_as_in_10_2_3(housing))
    assert learned(housing["history"], "loss")
    assert housing["mse_test"] < 1
    assert housing["y_pred"].shape == (3, 1)


def trained_as_in_10_2_3(notebook: Notebook) -> str:
    """The second block of 10.2.3, from compile on."""
    block = notebook.sections["10.2.3"][1]
    return block[block.index("model.compile") :]


def test_two_inputs_of_10_2_4(housing):
    housing.run("10.2.4", 1, 2)
    assert housing["model"].input_names == ["wide_input", "deep_input"]
    assert learned(housing["history"], "loss")
    assert housing["history"].history["loss"][-1] < 1
    assert type(housing["mse_test"]) is float
    assert housing["y_pred"].shape == (3, 1)


def check_two_outputs(notebook: Notebook, shown: list, *names: str) -> None:
    """What the last four blocks of 10.2.4 leave behind."""
    assert learned(notebook["history"], "loss", *(f"{name}_loss" for name in names))
    total, main, auxiliary = (notebook[f"{name}_loss"] for name in ("total", "main", "aux"))
    assert total == pytest.approx(0.9 * main + 0.1 * auxiliary, rel=1e-6)  # float32 logs
    assert main < 1
    assert main != auxiliary
    ((shown_main, shown_auxiliary),) = shown
    assert shown_main is notebook["y_pred_main"]
    assert shown_auxiliary is notebook["y_pred_aux"]
    assert shown_main.shape == shown_auxiliary.shape == (3, 1)


def test_the_auxiliary_output_of_10_2_4(housing):
    housing.run("10.2.4", 1, 2)  # the features for each way
    shown = housing.run("10.2.4", 3, 4, 5, 6, 7)
    check_two_outputs(housing, shown, "main_output", "aux_outout")  # so the text spells it
    assert len(housing.sections["10.2.4"]) == 8  # the first ones are executed in the tests above


def test_the_subclassed_model_of_10_2_5(housing):
    """It trains by the blocks that train the functional model of the same network."""
    housing.run("10.2.4", 1, 2)
    housing.run("10.2.5")
    assert type(housing["model"]) is housing["WideAndDeepModel"]
    shown = housing.run("10.2.4", 4, 5, 6, 7)
    check_two_outputs(housing, shown, "output_1", "output_2")
    assert len(housing["model"].weights) == 8


def test_the_saved_model_of_10_2_6(housing):
    housing.run("10.2.6", 0)
    made = housing["model"]
    housing.run("10.2.6", 1, 2)
    assert housing["model"] is not made
    assert housing["model"].count_params() == 8 * 30 + 30 + 30 + 1
    for found, written in zip(housing["model"].get_weights(), made.get_weights(), strict=True):
        np.testing.assert_array_equal(found, written)


def test_the_callbacks_of_10_2_7(housing, capsys):
    housing.run("10.2.6")
    housing.run("10.2.7", 0)
    last = housing["model"].get_weights()
    saved = nnlite.models.load_model("my_keras_model.h5").get_weights()
    assert all(map(np.array_equal, saved, last))
    housing.run("10.2.7", 1)
    X_valid, y_valid = housing["X_valid"], housing["y_valid"]  # noqa: N806
    best = min(housing["history"].history["val_loss"])
    assert housing["model"].evaluate(X_valid, y_valid, verbose=0) == best
    housing.run("10.2.7", *range(2, len(housing.sections["10.2.7"])))
    assert learned(housing["history"], "loss")
    assert housing["early_stopping_cb"].best == min(housing["history"].history["val_loss"])
    capsys.readouterr()
    own = housing["PrintValTrainRatioCallback"]()
    X, y = housing["X_train"], housing["y_train"]  # noqa: N806, as the text writes it
    housing["model"].fit(X, y, epochs=2, validation_split=0.1, verbose=0, callbacks=[own])
    assert re.fullmatch(r"(\n val/train: \d\.\d\d\n){2}", capsys.readouterr().out)


def test_the_misspelt_argument_of_10_2_7(document):
    assert "EarlyStopping(patioence=10" in document
    with pytest.raises(TypeError, match="Did you mean 'patience'"):
        nnlite.callbacks.EarlyStopping(patioence=10, restore_best_weights=True)


def test_the_log_folder_of_10_2_8(notebook):
    notebook.run("10.2.8", 0)
    folder, run = Path(notebook["run_logdir"]).parts
    assert folder == "my_logs"
    assert re.fullmatch(r"run_\d{4}(_\d\d){5}", run)


def test_the_two_runs_of_10_2_8(housing, monkeypatch):
    """Their folders are named by the second, so the other one begins a second later."""
    housing.run("10.2.8", 0, 1)
    now = time.strftime
    later = time.localtime(time.time() + 1)
    monkeypatch.setattr(time, "strftime", lambda form: now(form, later))
    housing.run("10.2.8", 2)
    runs = [Path(housing["run_logdir"]), Path(housing["run_logdir2"])]
    assert sorted(Path("my_logs").iterdir()) == runs
    for run, rate in zip(runs, (0.001, 0.05), strict=True):
        found = {}
        for part in ("train", "validation"):
            (path,) = (run / part).iterdir()
            for event in nnlite.summary.read(path):
                found |= {(part, value.tag): value.data for value in event.values}
        assert found.keys() == {
            *(("train", tag) for tag in ("keras", "epoch_loss", "epoch_learning_rate")),
            *(("validation", tag) for tag in ("evaluation_loss_vs_iterations", "epoch_loss")),
        }
        assert found["train", "epoch_learning_rate"] == np.float32(rate)
    history = housing["history"].history  # of the second run
    np.testing.assert_allclose(found["train", "epoch_loss"], history["loss"][0], rtol=1e-6)
    np.testing.assert_allclose(found["validation", "epoch_loss"], history["val_loss"][0], rtol=1e-6)


def test_the_five_kinds_of_10_2_8(notebook):
    notebook.run_text("import numpy as np")  # which the text has done before
    notebook.run("10.2.8", 0, 5)
    (path,) = Path(notebook["test_logdir"]).iterdir()
    steps = {}
    for event in nnlite.summary.read(path):
        for value in event.values:
            steps.setdefault(value.tag, []).append(event.step)
    kinds = ("my_scalar", "my_hist", "my_images", "my_text", "my_audio")
    assert steps == {kind: [*range(1, 1001)] for kind in kinds}
