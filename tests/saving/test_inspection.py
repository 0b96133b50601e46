"""`nnlite inspect` describes any file, and says why it would be refused."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnlite import cli
from nnlite.saving.inspection import Inspection
from nnlite.saving.limits import Limits

from .test_hdf5 import hdf5_bytes

pytestmark = pytest.mark.one_table

CONFIG = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": [None, 4]}},
            {"class_name": "Dense", "config": {"name": "dense", "units": 3, "activation": "relu"}},
            {"class_name": "Evil", "config": {"name": "evil", "function": "os.system"}},
        ],
    },
}
TRAINING = {
    "loss": "mse",
    "metrics": ["mae"],
    "optimizer_config": {"class_name": "Adam", "config": {"learning_rate": 0.25}},
}


def write(path: Path, fill=lambda file: None, config: Any = CONFIG) -> Path:
    def all_of_it(file: Any) -> None:
        file.attrs["keras_version"] = "3.15.1"
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
        file.attrs["training_config"] = json.dumps(TRAINING)
        file["model_weights/dense/kernel"] = np.zeros((4, 3), "f4")
        file["model_weights/dense/bias"] = np.zeros(3, "f4")
        for number in range(12):
            file[f"optimizer_weights/{number}"] = np.zeros(3)
        fill(file)

    path.write_bytes(hdf5_bytes(all_of_it))
    return path


def test_what_it_prints(tmp_path: Path, capsys) -> None:
    path = write(tmp_path / "model.h5")
    assert cli.main(["inspect", str(path)]) == 1
    shown = capsys.readouterr()
    numbered = "".join(f"    {n:<36} float64  (3,)\n" for n in range(12))
    assert (
        shown.out
        == f"""\
{path}: HDF5, {path.stat().st_size:,} bytes
keras_version: 3.15.1

arrays
  model_weights/
    dense/
      bias                               float32  (3,)
      kernel                             float32  (4, 3)
  optimizer_weights/
{numbered}\
weights: 2 arrays, 15 numbers
optimizer state: 12 arrays, 36 numbers

model
  Sequential           sequential
    InputLayer           input                    batch_shape=[None, 4]
    Dense                dense                    units=3, activation=relu
    Evil                 evil                     function=os.system

training
  optimizer: Adam, learning_rate=0.25
  loss: mse
  metrics: [mae]
"""
    )
    assert shown.err == (
        f"nnlite inspect: {path} was refused, at /, attribute 'model_config', layer 'evil': no "
        "layer 'Evil' is known here; your own are given as custom_objects\n"
    )


def test_all_files_of_keras(shared_folder: Path, capsys) -> None:
    paths = sorted((shared_folder / "fixtures" / "keras_h5").glob("*.*"))
    for path in paths:
        if path.suffix in (".h5", ".keras"):
            assert cli.main(["inspect", str(path)]) == 0
            shown = capsys.readouterr().out
            assert "\nweights: " in shown
            assert ("\nmodel\n" in shown) == ("weights" not in path.name)


def test_everything_that_is_wrong_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    def fill(file: Any) -> None:
        file["model_weights/link"] = h5py.SoftLink("dense")
        file["model_weights/text"] = "text"
        file["model_weights/dense/flags"] = np.array([True])

    found = Inspection(write(tmp_path / "model.h5", fill, config="{'a': 1}"))
    assert [(refusal.place, refusal.reason[:12]) for refusal in found.refusals] == [
        ("/model_weights", "'link' is a "),
        ("/, attribute 'model_config'", "this is not "),
    ]
    assert "optimizer state: 12 arrays, 36 numbers" in found.lines


def test_limits_and_files_that_are_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "model.h5")
    assert not Inspection(path, Limits(weight_bytes=400)).refusals[1:]
    assert Inspection(path, Limits(weight_bytes=300)).refusals
    for content in (b"", b"PK", b"\x89HDF\r\n\x1a\n", b"text"):
        path.write_bytes(content)
        assert len(Inspection(path).refusals) == 1
    with pytest.raises(FileNotFoundError):
        Inspection(tmp_path / "missing.h5")


def test_nothing_is_carried_out_by_the_terminal(tmp_path: Path, capsys) -> None:
    config = {"class_name": "\x1b]0;owned\x07", "config": {"name": "\x1b[2J\r\ud800"}}
    text = json.dumps(config).replace("\\ud800", "")
    cli.main(["inspect", str(write(tmp_path / "model.h5", config=text))])
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "\\x1b[2J" in shown.out


@pytest.mark.parametrize(
    "config",
    [
        "[]",
        "1",
        '{"config": {"layers": {"a": 1}}}',
        '{"class_name": {}, "config": []}',
        '{"config": {"layers": [1, null, {"config": 3}]}}',
    ],
)
def test_configurations_that_are_nothing(tmp_path: Path, config: str) -> None:
    assert Inspection(write(tmp_path / "model.h5", config=config)).lines
