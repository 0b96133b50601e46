"""`nnlite bench` runs, and its contenders do the same work. No time is asserted."""

import json
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from nnlite import bench, cli
from nnlite.bench import JOBS, events, jobs, kernels, measures, ours, peak, peers, report, tasks
from nnlite.bench.measures import Contender, Goal, Measure, Section, Settings
from nnlite.random import set_random_seed

pytestmark = pytest.mark.one_table

TINY = Settings(scale=0.001, rounds=1, turn=0.0, pause=0.0, calls=1e-5)


@pytest.fixture
def tiny(monkeypatch) -> None:
    """Only as much work as it takes to go through every line, and without slow peers."""
    monkeypatch.setattr(jobs, "QUICK", TINY)
    monkeypatch.setattr(peak, "ATTEMPTS", 1)
    monkeypatch.setattr(kernels, "SHAPES", ((32, 8, 30), (1, 30, 1)))
    found = peers.installed
    slow = {"torch", "jax", "keras"}
    monkeypatch.setattr(peers, "installed", lambda *names: not slow & {*names} and found(*names))


def small_task(loss: str) -> tasks.Task:
    """One batch of all rows, so that their order does not matter."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((32, 6), np.float32)
    y = rng.integers(0, 4, 32) if loss == "crossentropy" else rng.random((32, 4), np.float32)
    return tasks.Task("small", (6, 5, 4), x, y, 32, loss)


# ------------------------------------------------------------------------------ the command


def test_the_command(tiny: None, monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(bench, "PATIENCE", -1.0)
    files = {"--json": tmp_path / "bench.json", "--plot": tmp_path / "bench.png"}
    arguments = [str(part) for pair in files.items() for part in pair]
    assert cli.main(["bench", "--quick", *arguments]) == 0
    shown, told = capsys.readouterr()
    assert "no figure counts" in shown
    assert re.search(r"\n  warm: nnlite fit  [\d.]+ ms\n", told)
    assert re.search(r"\n  round 1 of 1: 500 rows  [\d.]+ us, [\d.]+ x\n", told)
    assert re.search(r"\n  round 1 of 1: h5py, 200 rows  -?[\d.]+ MB, .+ x\n", told)
    content = json.loads(files["--json"].read_text("utf-8"))
    titles = [section["title"] for section in content["sections"]]
    for title in (
        "Kernels",
        "Fashion-MNIST",
        "California",
        "Wide",
        "Styles",
        "predict",
        "model(x)",
    ):
        assert any(section.startswith(title) for section in titles)
    for section in content["sections"]:
        assert section["title"] in shown
        assert all(measure["best"] <= measure["median"] for measure in section["measures"])
    fashion = next(one for one in content["sections"] if one["title"].startswith("Fashion"))
    names = [measure["name"] for measure in fashion["measures"]]
    assert names[0] == "nnlite fit"
    assert any(name.startswith("numpy by hand") for name in names)
    assert files["--plot"].read_bytes().startswith(b"\x89PNG")


def test_some_jobs(monkeypatch, capsys) -> None:
    monkeypatch.setattr(peak, "measure", lambda: None)
    ran = []
    for job in JOBS:
        monkeypatch.setitem(jobs.MEASURING, job, lambda s, c, job=job: ran.append((job, s)) or [])
    assert cli.main(["bench", "--jobs", "wide", "import"]) == 0
    assert ran == [("wide", jobs.FULL), ("import", jobs.FULL)]


def test_who_has_just_seen_a_table_is_told_nothing_yet(capsys) -> None:
    waiting = bench.Waiting()
    waiting.tell("round 1 of 5", Measure("JAX", (1.0,)))
    assert capsys.readouterr().err == ""
    waiting.since -= bench.PATIENCE
    waiting.tell("round 1 of 5", Measure("  JAX", (1.0,), base=Measure("nnlite fit", (0.5,))))
    assert capsys.readouterr().err == "  round 1 of 5: JAX  1 s, 2.00 x\n"


def test_an_unknown_job(capsys) -> None:
    with pytest.raises(SystemExit):
        cli.main(["bench", "--jobs", "fashoin"])
    assert "not 'fashoin'. Did you mean 'fashion'?" in capsys.readouterr().err


def test_every_job_is_described_and_measured() -> None:
    assert list(JOBS) == list(jobs.MEASURING)


def test_events(tiny, capsys) -> None:
    found = list(events.sections(TINY, None))
    assert [section.title.split()[0] for section in found] == ["Scalars", "Histograms", "Images"]
    for section in found:
        assert section.measures[0].name == "nnlite.summary"
        assert section.measures[0].best > 0


# --------------------------------------------------------------------------- the contenders


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
@pytest.mark.parametrize("loss", ["crossentropy", "mse"])
def test_all_contenders_learn_the_same(loss: str) -> None:
    model = ours.model_of(small_task(loss))
    ours.fit_model(model, small_task(loss), "nnlite").run(5)
    for variant in peers.variants(small_task(loss)):
        if isinstance(variant.peer, peers.ScikitLearn):
            continue  # starts from weights of its own
        with variant.context():
            for _ in range(5):
                variant.peer.epoch()
        for found, expected in zip(variant.peer.weights(), model.get_weights(), strict=True):
            # Five steps of float32 sums in another order.
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=variant.name)


def test_all_styles_learn_the_same_and_the_subclass_on_the_tape(replayed) -> None:
    found = {}
    for style in ours.STYLES:
        model = ours.model_of(small_task("mse"), style=style)
        replayed.clear()
        set_random_seed(1)  # the order of the rows
        ours.fit_model(model, small_task("mse"), style).run(5)
        found[style] = model.get_weights()
        assert bool(replayed) == (style != "subclassed")
    for style in ("functional", "subclassed"):
        for one, other in zip(found[style], found["Sequential"], strict=True):
            np.testing.assert_array_equal(one, other)


def test_scikit_learn_learns_from_every_row_once() -> None:
    task = tasks.Task(
        "small", (6, 5, 4), np.ones((70, 6), np.float32), np.arange(70) % 4, 32, "crossentropy"
    )
    peer = peers.ScikitLearn(task)
    peer.epoch()
    peer.epoch()
    assert peer.model.t_ == 2 * 70
    assert [w.shape for w in peer.weights()] == [w.shape for w in task.weights()]


def test_a_library_that_cannot_be_imported_is_left_out(monkeypatch) -> None:
    def broken(task: tasks.Task) -> list:
        raise ImportError("no libstdc++")

    monkeypatch.setattr(peers, "LIBRARIES", {"numpy": peers.numpy_variants, "sklearn": broken})
    monkeypatch.setattr(peers, "installed", lambda module: module != "threadpoolctl")
    found, notes = measures.interleave(peers.trainers(small_task("mse")), TINY)
    assert [one.name for one in found] == ["numpy by hand"]
    assert notes == ["sklearn is left out: ImportError: no libstdc++"]


@pytest.mark.parametrize("rows", [64, 70])
def test_numpy_by_hand_sees_every_row_once(rows: int, monkeypatch) -> None:
    x = np.arange(rows, dtype=np.float32)[:, np.newaxis]
    peer = peers.ByHand(tasks.Task("", (1, 2), x, np.zeros(rows, np.int64), 32, "crossentropy"))
    seen = []
    monkeypatch.setattr(peer, "step", lambda x, y: seen.append(x.ravel()))
    peer.epoch()
    assert sorted(np.concatenate(seen)) == list(range(rows))


def test_fit_is_timed_epoch_by_epoch_with_the_bar_moving(capsys) -> None:
    seconds = ours.fit(small_task("crossentropy")).run(3)
    assert len(seconds) == 3
    assert min(seconds) > 0
    assert capsys.readouterr().out == ""


def test_the_flops_of_an_epoch() -> None:
    task = small_task("mse")
    forward, backward_kernel, backward_input = 6 * 5 + 5 * 4, 6 * 5 + 5 * 4, 5 * 4
    assert task.epoch_flops() == 2 * 32 * (forward + backward_kernel + backward_input)


# ---------------------------------------------------------------------------- the measuring


def test_contenders_take_turns_and_one_that_fails_is_left_out() -> None:
    ran = []

    def contender(name: str) -> Contender:
        return Contender(name, lambda repeats: ran.append(name) or [2.0, 1.0])

    def fail(repeats: int) -> list[float]:
        raise RuntimeError("no compiler\nand more")

    contenders = [contender("a"), Contender("broken", fail), contender("b")]
    told = []
    settings = Settings(rounds=3, pause=0.0, tell=lambda when, one: told.append((when, one)))
    found, notes = measures.interleave(contenders, settings)
    assert ran == ["a", "a", "b", "b", *("a", "b") * 3]
    assert [(one.name, len(one.values), one.best, one.ratio) for one in found] == [
        ("a", 6, 1.0, None),
        ("b", 6, 1.0, 1.0),
    ]
    assert notes == ["broken is left out: RuntimeError: no compiler"]
    turns = [f"round {turn} of 3" for turn in (1, 1, 2, 2, 3, 3)]
    assert [when for when, _ in told] == ["warm", "warm", *turns]
    assert told[2][1].values == (2.0, 1.0)
    assert told[-1][1] == found[1]


def test_a_turn_lasts_as_long_as_it_should_whatever_the_values_are_of() -> None:
    asked = []

    def run(repeats: int) -> list[float]:
        asked.append(repeats)
        time.sleep(0.01 * repeats)
        return [1e-6] * repeats

    settings = Settings(rounds=1, turn=0.035, pause=0.0)
    found, _ = measures.interleave([Contender("seconds a sample", run)], settings)
    assert 1 <= asked[-1] <= 3
    assert found[0].values == (1e-6,) * asked[-1]


def test_our_own_failure_is_not_hidden() -> None:
    def fail(repeats: int) -> list[float]:
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        measures.interleave([Contender("nnlite", fail)], TINY)


def test_the_peak() -> None:
    ceiling = peak.measure()
    assert ceiling.one > 1e8
    assert ceiling.cores >= 1
    assert f"{ceiling.one / 1e9:.0f} GFLOP/s on one core" in str(ceiling)


def test_goals_and_ratios_in_the_table() -> None:
    base = Measure("nnlite fit", (0.5, 0.25, 0.75), flops=1e9)
    other = Measure("JAX", (1.0,), flops=1e9, base=base)
    section = Section("Job", "seconds an epoch", [base, other])
    assert section.share_of("JAX") == 0.25
    assert section.share_of("PyTorch") is None
    section.goals = [
        Goal("at most 0.20 of JAX", 0.2, section.share_of("JAX")),
        Goal("at least 0.55 of the peak", 0.55, 0.6, at_most=False),
        Goal("at most 1.00 of PyTorch", 1.0, section.share_of("PyTorch")),
    ]
    text = report.table(section, peak.Peak("AVX2+FMA", 2, 4e9, 8e9))
    assert text.splitlines() == [
        "Job: seconds an epoch",
        "                best  median   ratio      speed  of peak",
        "  nnlite fit  250 ms  500 ms       1  4 GFLOP/s    50.0%",
        "  JAX            1 s     1 s  4.00 x  1 GFLOP/s    12.5%",
        "  goal: at most 0.20 of JAX: reached 0.25, MISSED",
        "  goal: at least 0.55 of the peak: reached 0.60, met",
        "  goal: at most 1.00 of PyTorch: not measured",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, "s", "1234 s"),
        (1.5, "s", "1.5 s"),
        (0.0123, "s", "12.3 ms"),
        (99e-6, "s", "99 us"),
        (5e-9, "s", "5 ns"),
        (43.85, "MB", "43.9 MB"),
    ],
)
def test_every_number_has_a_unit(value: float, unit: str, text: str) -> None:
    assert report.quantity(value, unit) == text


def test_synthetic_data_are_called_so(monkeypatch) -> None:
    def missing(*arguments: object) -> None:
        raise FileNotFoundError("nowhere")

    monkeypatch.setattr(tasks.fashion_mnist, "load_data", missing)
    monkeypatch.setattr(tasks.california_housing, "load_per_household", missing)
    for task in (tasks.fashion(TINY), tasks.california(TINY)):
        assert "SYNTHETIC" in task.notes[0]
        assert len(task.x) == len(task.y) == 64


def test_the_cli_loads_no_benchmark_before_it_is_asked_for() -> None:
    code = "import sys, nnlite.cli; print([m for m in sys.modules if 'nnlite.bench.' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "[]\n"
