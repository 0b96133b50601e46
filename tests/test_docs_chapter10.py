"""The pages of chapter 10: each runs, on the real data, and they have all the code of the text.

Changed are here, for the time it takes, the numbers of epochs and steps.
"""

import ast
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from test_chapter10 import (
    BY_NUMPY,
    FEWER_EPOCHS,
    NOT_EXECUTED,
    SECTIONS,
    SLIPS,
    blocks_of,
    document,  # noqa: F401, a fixture
)

pytestmark = pytest.mark.one_table  # for the time it takes; all that they call has tests over both

FOLDER = Path(__file__).parents[1] / "docs" / "chapter10"

#: The script of each section. The first one imports TensorFlow, and so has none.
PAGES = {
    section: next(FOLDER.glob(f"plot_{section.replace('.', '_')}_*.py")) for section in SECTIONS[1:]
}

#: Where a page trains for less than the text does, and says so.
SHORTENED = {"10.2.2": ("epochs=30", "epochs=10")}

#: (what a page says, what is executed here).
FEWER = (
    *(("epochs=10, validation", "epochs=1, validation"), ("epochs=5,", "epochs=1,")),
    *(*FEWER_EPOCHS, ("1000 + 1", "20 + 1")),
)


def statements(code: str) -> list[str]:
    """The statements of a piece of code, without comments, layout and imports."""
    body = ast.parse(code).body
    return [ast.dump(one) for one in body if not isinstance(one, ast.Import | ast.ImportFrom)]


def contains(whole: list[str], part: list[str]) -> bool:
    """Whether `part` stands in `whole`, in one piece."""
    return any(whole[start : start + len(part)] == part for start in range(len(whole)))


@pytest.mark.parametrize("section", PAGES)
def test_all_code_of_the_text_is_on_its_page(section, document):  # noqa: F811
    page = statements(PAGES[section].read_text(encoding="utf-8"))
    changes = (*SLIPS, *BY_NUMPY, *((SHORTENED[section],) if section in SHORTENED else ()))
    for place, block in enumerate(blocks_of(document)[section]):
        if (section, place) in NOT_EXECUTED:
            continue
        for said, changed in changes:
            block = block.replace(said, changed)
        assert contains(page, statements(block)), block


def test_what_cannot_be_executed_is_shown(document):  # noqa: F811
    """A notebook's commands for TensorBoard."""
    page = PAGES["10.2.8"].read_text(encoding="utf-8")
    shown = [place for section, place in NOT_EXECUTED if section == "10.2.8"]
    for place in shown:
        assert blocks_of(document)["10.2.8"][place].strip() in page


def test_each_section_has_one_page_that_names_it():
    assert sorted(PAGES.values()) == sorted(FOLDER.glob("*.py"))
    for section, path in PAGES.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).startswith(section)


@pytest.fixture
def run(monkeypatch, shared_folder, tmp_path, capsys, without_windows):
    """Return a function that runs a section's page, and returns its variables and its output."""
    monkeypatch.setenv("NNLITE_DATASETS", str(shared_folder / "datasets"))
    monkeypatch.chdir(tmp_path)

    def run(section: str) -> tuple[dict, str]:
        text = PAGES[section].read_text(encoding="utf-8")
        for said, changed in FEWER:
            text = text.replace(said, changed)
        script = tmp_path / PAGES[section].name
        script.write_text(text, encoding="utf-8")
        variables = runpy.run_path(str(script))
        printed = capsys.readouterr().out
        assert not re.search(r"\bnan\b", printed)
        return variables, printed

    return run


@pytest.mark.usefixtures("fashion_mnist_data")
def test_10_2_2_classifies(run):
    page, printed = run("10.2.2")
    assert "Total params: 266,610" in printed
    assert page["model"].evaluate(page["X_test"], page["y_test"], verbose=0)[1] > 0.72
    assert page["y_pred"].shape == (3,)
    assert page["y_proba"].shape == (10000, 10)


# Of the errors below: who always says the mean has the variance of the prices, 1.33.


@pytest.mark.parametrize("section", ["10.2.3", "10.2.4", "10.2.5"])
def test_what_predicts_prices_learns(section, run):
    page, _ = run(section)
    losses = page["history"].history["loss"]
    assert losses[-1] < losses[0]
    assert page.get("main_loss", page.get("mse_test")) < 0.8


def test_10_2_6_loads_what_was_saved(run):
    page, printed = run("10.2.6")
    assert page["model"] is not page["trained"]
    assert "weights: 4 arrays, 301 numbers" in printed
    assert page["model"].optimizer.iterations > page["trained"].optimizer.iterations > 0
    for kept, loaded in zip(page["model"].get_weights(), page["twin"].get_weights(), strict=True):
        np.testing.assert_array_equal(loaded, kept)


def test_10_2_7_calls_back(run):
    page, printed = run("10.2.7")
    assert "Did you mean 'patience'" in printed
    assert len(re.findall(r"^ val/train: \d\.\d\d$", printed, flags=re.MULTILINE)) == 3
    assert page["early_stopping_cb"].patience == 10


def test_10_2_8_writes_what_tensorboard_reads(run):
    page, printed = run("10.2.8")
    assert printed.count("epoch_loss") == 4  # two runs, each with training and validation
    for kind in ("scalar", "hist", "images", "text", "audio"):
        assert f"my_{kind}" in printed
    assert np.isfinite(page["history"].history["loss"]).all()
    assert sorted(Path("my_logs").iterdir()) == [
        Path(page[name]) for name in ("run_logdir", "run_logdir2", "test_logdir")
    ]
