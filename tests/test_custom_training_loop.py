"""The example of a training loop written by hand, on the real data, for one epoch."""

import runpy
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_table

EXAMPLE = Path(__file__).parents[1] / "examples" / "custom_training_loop.py"


def test_the_example_learns(shared_folder, monkeypatch, capsys):
    monkeypatch.setenv("NNLITE_DATASETS", str(shared_folder / "datasets"))
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--epochs", "2", "--steps", "150"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed
    assert "150/150 - mean_loss: " in printed
    mse = float(printed.split("mean squared error ")[1].split(",")[0])
    # After 300 steps about 0.6; who always says the mean has the variance of the prices, 1.33.
    assert mse < 0.9
