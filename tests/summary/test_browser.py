"""What a user sees: our event files in the real TensorBoard, in a real browser.

Screenshots are kept in the folder that the tests print, or in NNLITE_SCREENSHOTS where that is set.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import skip_unless_ci

import nnlite
from nnlite import layers, summary
from nnlite.summary.runs import series_of

from . import browser

pytestmark = pytest.mark.one_table  # no kernel is at work here

EXAMPLES = Path(__file__).parents[2] / "examples"
EPOCHS, STEPS = 4, 1000

#: What draws a curve in most charts.
LINES = ".line-plot .line"


class Logs(NamedTuple):
    """A folder with the event files of what is looked at, and the runs in it."""

    folder: Path
    trained: list[str]  # the two trainings, whose runs are "train" and "validation" in them
    five_kinds: str


@pytest.fixture(scope="module", autouse=True)
def _browser_is_there() -> None:
    if not (browser.BROWSER and browser.DRIVER):
        skip_unless_ci("needs Debian's packages chromium and chromium-driver")


@pytest.fixture(scope="module")
def logs(tmp_path_factory, shared_folder) -> Logs:
    """What the examples write, and two models that are no plain rows of layers."""
    folder = tmp_path_factory.mktemp("logs")
    environment = {
        **os.environ,
        "NNLITE_DATASETS": str(shared_folder / "datasets"),
        "PYTHONPATH": str(Path(nnlite.__file__).parents[1]),  # the one that is tested here
    }
    for name, arguments in (
        ("tensorboard_callback", ["--epochs", str(EPOCHS)]),
        ("tensorboard_summary", ["--steps", str(STEPS)]),
    ):
        command = [sys.executable, EXAMPLES / f"{name}.py", "--logdir", folder, *arguments]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    runs = sorted(path.name for path in folder.iterdir())
    trained = [run for run in runs if (folder / run / "train").is_dir()]
    (five_kinds,) = {*runs} - {*trained}
    for name, model in (("functional", functional()), ("nested", nested())):
        with summary.create_file_writer(folder / name).as_default():
            summary.graph(model)
    return Logs(folder, trained, five_kinds)


def functional():
    """A wide and deep model."""
    features = nnlite.Input((8,), name="features")
    deep = layers.Dense(30, activation="relu", name="deep")(features)
    both = layers.Concatenate(name="both")([features, deep])
    return nnlite.Model(features, layers.Dense(1, name="price")(both), name="wide_and_deep")


def nested():
    """A model in a model."""
    encoder = [layers.Dense(4, name="narrow"), layers.Dense(2, name="code")]
    x = nnlite.Input((8,), name="x")
    codes = nnlite.Sequential([nnlite.Input((8,)), *encoder], name="encoder")(x)
    return nnlite.Model(x, layers.Dense(1, name="head")(codes), name="nested")


@pytest.fixture(scope="module")
def pages(logs, tmp_path_factory):
    """A browser with TensorBoard in it."""
    folder = tmp_path_factory.mktemp("browser")
    pictures = Path(os.environ.get("NNLITE_SCREENSHOTS") or folder / "screenshots").absolute()
    pictures.mkdir(parents=True, exist_ok=True)
    print(f"\nscreenshots are in {pictures}")
    with (
        browser.tensorboard(logs.folder, folder) as address,
        browser.chromium(folder / "profile") as driver,
    ):
        yield browser.Pages(driver, address, pictures)


def last_loss(logs: Logs, run: str) -> float:
    """The loss of a run's last epoch."""
    return series_of(logs.folder / run)["."]["epoch_loss"].numbers[-1]


def curves(logs: Logs) -> list[str]:
    """The runs that have a curve of the loss."""
    return [f"{run}/{part}" for run in logs.trained for part in ("train", "validation")]


def test_time_series(pages, logs) -> None:
    pages.open("timeseries")
    pages.shows(logs.five_kinds, *curves(logs), "epoch_loss", "my_scalar")
    pages.scroll_to(pages.element("scalar-card", "epoch_loss"))
    card = pages.element("scalar-card", "epoch_loss", *curves(logs))
    chart = pages.element("line-chart", inside=card)
    pages.scroll_to(chart)
    for run in curves(logs):
        texts, colour = pages.until(f"a row of {run}", partial(row_below, pages, card, run))
        _, _, value, step, _ = texts
        assert float(value) == pytest.approx(last_loss(logs, run), abs=1e-4)
        assert int(step) == EPOCHS - 1
        pages.draws(chart, colour)
    pages.keep("timeseries")


def row_below(pages, card, run: str) -> tuple[list[str], str] | None:
    """What stands below a chart about a run, and the colour of its curve, now."""
    for row in pages.all("tb-data-table-content-row", card):
        texts, circles = pages.texts(row), pages.all(".row-circle span", row)
        if run in texts and circles:
            return texts, pages.colour(circles[0], "background-color")
    return None


def test_scalars(pages, logs) -> None:
    pages.open("scalars")
    pages.shows(logs.five_kinds, *curves(logs), "my_scalar")
    chart = pages.element("vz-line-chart2", inside=pages.element("tf-scalar-card", "epoch_loss"))
    rows = [pages.element(".name-row", run) for run in curves(logs)]
    colours = {pages.colour(pages.element(".isolator", inside=row), "color") for row in rows}
    assert len(colours) == 4
    pages.until("a curve of each", lambda: colours <= {*pages.strokes(chart, LINES)})
    pages.keep("scalars")
    pages.click("button.heading", "my_scalar")
    chart = pages.element("vz-line-chart2", inside=pages.element("tf-scalar-card", "my_scalar"))
    pages.until("a sine", lambda: pages.strokes(chart, LINES))


def histograms(logs: Logs) -> Iterator[tuple[str, str, int]]:
    """The tags of two histograms, their runs, and of how many steps at least the page has them."""
    yield "my_hist", logs.five_kinds, 50  # of the thousand
    run = f"{logs.trained[1]}/train"
    yield next(tag for tag in series_of(logs.folder)[run] if "kernel" in tag), run, EPOCHS


def test_histograms(pages, logs) -> None:
    pages.open("histograms")
    for tag, run, steps in histograms(logs):
        card = pages.element("tf-histogram-loader", tag, run)
        chart = pages.element("vz-histogram-timeseries", inside=card)
        pages.until(f"{steps} steps", partial(drawn, pages, chart, ".histogram path", steps))
    pages.keep("histograms")


def test_distributions(pages, logs) -> None:
    pages.open("distributions")
    for tag, run, _ in histograms(logs):
        card = pages.element("tf-distribution-loader", tag, run)
        chart = pages.element("vz-distribution-chart", inside=card)
        pages.until("the bands of 9 quantiles", partial(drawn, pages, chart, LINES, 8))
    pages.keep("distributions")


def drawn(pages, chart, selector: str, count: int) -> bool:
    """Whether a chart has so many lines at least."""
    return len(pages.strokes(chart, selector)) >= count


def test_images(pages, logs) -> None:
    pages.open("images")
    for sample in (1, 2):
        card = pages.element("tf-image-loader", "my_images", f"sample: {sample} of 2", f"{STEPS:,}")
        picture = pages.element("img", inside=card)
        pages.until("the pixels", partial(picture.get_property, "naturalWidth"))
        size = [picture.get_property(name) for name in ("naturalWidth", "naturalHeight")]
        assert size == [32, 32]
    pages.keep("images")


def test_audio(pages, logs) -> None:
    pages.open("audio")
    card = pages.element("tf-audio-loader", "my_audio", logs.five_kinds, str(STEPS))
    sound = pages.element("audio", inside=card)
    assert pages.until("the sound", lambda: sound.get_property("duration")) == 12_000 / 48_000
    assert sound.get_property("error") is None
    pages.keep("audio")


def test_text(pages, logs) -> None:
    pages.open("text")
    card = pages.element("tf-text-loader", "my_text", logs.five_kinds)
    cells = pages.until("a table", lambda: pages.all("td", card))
    assert [cell.text for cell in cells[:2]] == [
        f"The step is {STEPS}",
        f"Its square is {STEPS**2}",
    ]
    pages.keep("text")


@pytest.mark.parametrize(
    ("run", "opened", "expected"),
    [
        ("train", ["sequential"], {"sequential/dense--sequential/dense_1"}),
        (
            "functional",
            ["wide_and_deep"],
            {
                "wide_and_deep/features--wide_and_deep/deep",
                "wide_and_deep/features--wide_and_deep/both",
                "wide_and_deep/deep--wide_and_deep/both",
                "wide_and_deep/both--wide_and_deep/price",
            },
        ),
        (
            "nested",
            ["nested", "nested/encoder"],
            {"nested/encoder/narrow--nested/encoder/code", "nested/encoder--nested/head"},
        ),
    ],
)
def test_graphs(run, opened, expected, pages, logs) -> None:
    """Of a model the page has no "op graph", which it looks for first: one has to choose."""
    pages.open("graphs")
    run = f"{logs.trained[0]}/train" if run == "train" else run
    pages.click("paper-dropdown-menu")
    pages.click("paper-item", run)
    pages.click("paper-radio-button", "Conceptual graph")
    for name in opened:
        pages.click(f'g.node[data-name="{name}"] > .nodeshape rect', event="dblclick")
    pages.until("edges", lambda: expected <= edges(pages))
    pages.keep(f"graphs_{opened[0]}")


def edges(pages) -> set[str]:
    """The arrows that the page draws, from layer to layer."""
    return {edge.get_attribute("data-edge") for edge in pages.all("g.edge")}


#: What the table on the HParams page has for the runs of the example.
COLUMNS = [
    *("Trial ID", "Show Metrics", "learning_rate", "train.epoch_learning_rate"),
    *("train.epoch_loss", "validation.epoch_loss", "validation.evaluation_loss_vs_iterations"),
]


def test_hparams(pages, logs) -> None:
    pages.open("hparams")
    grid = pages.element("vaadin-grid", *COLUMNS)
    head, *rows = pages.until("two rows", lambda: table(pages, grid, 2))
    assert head == COLUMNS
    for run, (_, _, *cells) in zip(logs.trained, rows, strict=True):
        rate = float(run.rsplit("_", 1)[1])
        train, validation = (last_loss(logs, f"{run}/{part}") for part in ("train", "validation"))
        expected = [rate, rate, train, validation, validation]
        assert [float(cell) for cell in cells] == pytest.approx(expected, rel=1e-4)
    pages.keep("hparams_table")
    pages.click("paper-tab", "PARALLEL COORDINATES VIEW")
    plot = pages.element("tf-hparams-parallel-coords-plot", *COLUMNS[2:])
    pages.until("a line for each", lambda: {"#0000ff", "#ff0000"} <= {*pages.strokes(plot, "path")})
    pages.keep("hparams_parallel")


def table(pages, grid, count: int) -> list[list[str]]:
    """The cells of the table, its head first, once it has so many rows below."""
    found = [" ".join(pages.texts(cell)) for cell in pages.all("vaadin-grid-cell-content", grid)]
    rows = [found[i : i + len(COLUMNS)] for i in range(0, len(found), len(COLUMNS))]
    return rows if len(rows) == 1 + count else []
