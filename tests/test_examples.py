"""The scripts in examples/, each run as a user runs it, on the real data, for a few epochs."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from nnlite.summary import read

pytestmark = pytest.mark.one_table  # for the time it takes; all that they call has tests over both

FOLDER = Path(__file__).parents[1] / "examples"

#: The arguments of each script of house prices, and what its mean squared error is below then. Who
#: always says the mean has the variance of the prices, 1.33.
PRICES = {
    "california_housing_regression": ("--epochs 2", 0.6),
    "wide_and_deep": ("--epochs 2", 0.6),
    "two_inputs": ("--epochs 3", 0.9),  # its learning rate is a tenth of that of the others
    "auxiliary_output": ("--epochs 2", 0.6),
    "subclassed_model": ("--epochs 2", 0.6),
    "callbacks": ("--epochs 3", 0.6),
    "save_and_load": ("--epochs 2", 0.6),
    "custom_training_loop": ("--epochs 2 --steps 150", 0.9),
}


@pytest.fixture
def run(monkeypatch, shared_folder, capsys):
    """Return a function that runs an example and returns what it printed."""
    monkeypatch.setenv("NNLITE_DATASETS", str(shared_folder / "datasets"))
    monkeypatch.syspath_prepend(FOLDER)  # where Python looks first, for what a script imports

    def run(name: str, arguments: str = "") -> str:
        monkeypatch.setattr(sys, "argv", [name, *arguments.split()])
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    yield run
    sys.modules.pop("housing", None)


def test_every_example_is_run():
    others = {
        "housing",
        "fashion_mnist_seeds",
        "gradients_by_hand",
        "plot_models",
        "doctor",
        "explain_a_step",
        "pictures",
        "profile_a_training",
    }
    others |= {"checkpoints", "tensorboard_summary", "tensorboard_callback", "hparams"}
    assert {path.stem for path in FOLDER.glob("*.py")} == {*PRICES, *others}


@pytest.mark.parametrize("name", PRICES)
def test_it_learns_prices(name, run):
    arguments, most = PRICES[name]
    printed = run(name, arguments)
    assert f"Epoch {arguments.split()[1]}" in printed
    assert float(re.findall(r"mean squared error (\S+),", printed)[0]) < most


def test_what_callbacks_prints(run):
    printed = run("callbacks", "--epochs 3")
    assert len(re.findall(r"^ val/train: \d\.\d\d$", printed, flags=re.MULTILINE)) == 3
    assert "best of 3 epochs: " in printed


def test_what_save_and_load_prints(run, tmp_path):
    printed = run("save_and_load", f"--epochs 1 --folder {tmp_path / 'models'}")
    assert "the predictions of both differ by 0.0\n" in printed
    assert printed.endswith("a twin with its weights predicts the same: True\n")
    assert {path.name for path in (tmp_path / "models").iterdir()} == {
        *("model.keras", "model.h5", "model.weights.h5")
    }


def test_checkpoints(run, tmp_path):
    printed = run("checkpoints", f"--epochs 3 --folder {tmp_path}")
    assert "the model in my_keras_model.h5 is the trained one: True" in printed
    assert float(re.findall(r"mean squared error (\S+),", printed)[0]) < 0.6
    assert [path.name for path in tmp_path.iterdir()] == ["my_keras_model.h5"]


def test_what_the_two_styles_with_two_outputs_reach_is_the_same(run):
    """The network of both has the same weights at first, and sees the same batches."""
    reached = [
        re.findall(r"mean squared error (\S+),", run(name, "--epochs 1"))
        for name in ("auxiliary_output", "subclassed_model")
    ]
    assert reached[0] == reached[1]


@pytest.mark.usefixtures("fashion_mnist_data")
def test_fashion_mnist_seeds(run):
    printed = run("fashion_mnist_seeds", "--epochs 1 --seeds 1")
    assert float(printed.split("mean of 1: ")[1]) > 0.72  # after 30 epochs about 0.88


@pytest.mark.usefixtures("fashion_mnist_data")
def test_profile_a_training(run, tmp_path):
    printed = run("profile_a_training", f"--epochs 1 --samples 640 --logdir {tmp_path}")
    replayed, on_the_tape = re.findall(r"^dense\w* \(Dense\) +forward +(\d+) ", printed, re.M)[::3]
    assert replayed == on_the_tape == "20"
    assert "20 steps, 18 of them replayed" in printed
    assert "the losses of both are the same: True" in printed
    assert len([*tmp_path.glob("plugins/profile/*/*.trace.json.gz")]) == 2


def test_gradients_by_hand(run):
    printed = run("gradients_by_hand")
    assert "gradient check of both: passed" in printed
    assert printed.splitlines()[4].endswith("at [0.9999 0.9997]")  # on the way to [1, 1]


def test_doctor(run, tmp_path):
    ill, well = run("doctor", f"--folder {tmp_path}").split("'sequential_1' on ")
    checks = re.findall(r"^\w+ \(([\w ]+)\): ", ill, flags=re.MULTILINE)
    assert checks == ["values", "scale", "order", "first loss", "learning rate"]
    assert well.startswith("11,610 samples: no findings")
    assert {path.name for path in tmp_path.iterdir()} == {"1_not_scaled.png", "2_scaled.png"}


def test_explain_a_step(run, tmp_path):
    printed = run("explain_a_step", f"--folder {tmp_path}")
    assert "w ← w - learning_rate g   learning_rate = 0.01" in printed
    assert "in sample 9 of the batch (row 417 of the data)\n" in printed
    assert (tmp_path / "step.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_plot_models(run, tmp_path):
    names = ["classifier.png", "wide_and_deep.png", "twins.png"]
    printed = run("plot_models", f"--folder {tmp_path}")
    assert printed == "".join(f"wrote {tmp_path / name}\n" for name in names)
    assert all((tmp_path / name).stat().st_size > 10_000 for name in names)


@pytest.mark.usefixtures("fashion_mnist_data")
def test_pictures(run, tmp_path):
    run("pictures", f"--folder {tmp_path} --epochs 1")
    written = sorted(tmp_path.iterdir())
    names = ("weights", "curves", "confusion", "activations", "gradients", "histograms", "map")
    assert [path.stem for path in written] == [f"{n}_{name}" for n, name in enumerate(names, 1)]
    assert all(path.stat().st_size > 10_000 for path in written)


def test_tensorboard_callback(run, tmp_path):
    printed = run("tensorboard_callback", f"--logdir {tmp_path} --epochs 2")
    slow, fast = (float(one) for one in re.findall(r"mean squared error (\S+),", printed))
    assert fast < slow < 1.33
    for rate in ("0.001", "0.05"):
        (run_logdir,) = tmp_path.glob(f"run_*_{rate}")
        (file,) = (run_logdir / "validation").iterdir()
        tags = [value.tag for event in read(file) for value in event.values]
        assert tags == ["evaluation_loss_vs_iterations", "epoch_loss"] * 2


def test_hparams(run, tmp_path):
    printed = run("hparams", f"--logdir {tmp_path} --runs 3 --epochs 1")
    losses = [float(one) for one in re.findall(r"validation loss (\S+)", printed)]
    best = losses.index(min(losses))
    assert len(losses) == 3
    assert max(losses) < 1.33
    assert printed.endswith(f"the best run: {tmp_path / f'hparams_{best:02}'}\n")
    for folder, tags in (
        (".", ["experiment"]),
        ("hparams_02", ["session_start_info", "session_end_info"]),
    ):
        (file,) = (tmp_path / folder).glob("*.tfevents.*")
        found = [value.tag for event in read(file) for value in event.values]
        assert found == [f"_hparams_/{tag}" for tag in tags]


def test_tensorboard_summary(run, tmp_path):
    printed = run("tensorboard_summary", f"--logdir {tmp_path} --steps 3")
    assert printed.startswith(f"wrote 3 steps of five kinds to {tmp_path}")
    (file,) = tmp_path.glob("run_*/*.tfevents.*")
    found = [(value.tag, event.step) for event in read(file) for value in event.values]
    tags = [f"my_{kind}" for kind in ("scalar", "hist", "images", "text", "audio")]
    assert found == [(tag, step) for step in (1, 2, 3) for tag in tags]
