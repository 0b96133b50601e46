"""`nnlite events`: the list and the picture."""

import numpy as np
import pytest

import nnlite
from nnlite import cli, summary

pytestmark = pytest.mark.one_table


@pytest.fixture
def folder(tmp_path):
    """Two runs with a loss each, and one with every kind."""
    for run, factor in (("train", 1), ("validation", 2)):
        with summary.create_file_writer(tmp_path / run).as_default():
            for step in range(3):
                summary.scalar("loss", factor / (1 + step), step=step)
    with summary.create_file_writer(tmp_path / "other").as_default(step=7):
        summary.histogram("weights", [1.0, 2.0, 4.0])
        summary.image("picture", [[[[0.5], [0.5]]]])
        summary.text("words", ["one", "t\x1bwo" * 20])
        summary.audio("sound", [[[0.5]]], 8000)
        summary.write("any", [[1, 2]])
    return tmp_path


def test_the_list(folder, capsys) -> None:
    assert cli.main(["events", str(folder)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "run train" in lines
    assert "loss scalars 3 0 to 2 0.333333" in lines
    assert "loss scalars 3 0 to 2 0.666667" in lines
    assert "weights histograms 1 7 3 values from 1 to 4" in lines
    assert "picture images 1 7 1 of 2 x 1" in lines
    assert "sound audio 1 7 1 sounds" in lines
    assert "any tensor 1 7 int32 of shape (1, 2)" in lines
    (words,) = (line for line in lines if line.startswith("words"))
    assert words.startswith("words text 1 7 one | t wot")  # no escape reaches the terminal
    assert words.endswith("...")


def test_hyperparameters(tmp_path, capsys) -> None:
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    hparams = {"rate": 0.05, "units": 30, "norm": True, "name": "a\nb"}
    callbacks = [nnlite.callbacks.HParams(tmp_path / "run", hparams)]
    model.fit(np.ones((4, 1)), np.ones((4, 1)), callbacks=callbacks, verbose=0)
    with summary.create_file_writer(tmp_path).as_default(step=0):
        summary.hparams_config([summary.HParam("rate")], [summary.Metric("loss")])
        about = summary.Metadata("hparams", b"\x1a\x02\x0a\x00")  # a value without a name
        summary.write("broken", np.zeros(0, np.float32), metadata=about)
    assert cli.main(["events", str(tmp_path)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    start = "name a b, norm True, rate 0.05, units 30"
    assert f"_hparams_/session_start_info hparams 1 0 {start}" in lines
    assert "_hparams_/session_end_info hparams 1 0 success" in lines
    assert "_hparams_/experiment hparams 1 0 1 hyperparameters, 1 metrics" in lines
    assert "broken hparams 1 0 4 bytes" in lines


def test_one_tag_and_its_picture(folder, tmp_path, capsys) -> None:
    picture = tmp_path / "loss.png"
    assert cli.main(["events", str(folder), "--tag", "loss", "--plot", str(picture)]) == 0
    shown = capsys.readouterr().out
    assert "weights" not in shown
    assert f"wrote {picture}" in shown
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_files_of_tensorflow(shared_folder, capsys) -> None:
    assert cli.main(["events", str(shared_folder / "fixtures/events")]) == 0
    shown = capsys.readouterr().out
    assert "run keras_callback_epoch/logs/validation" in shown
    assert "epoch_learning_rate" in shown


def test_an_older_scalar(tmp_path, capsys) -> None:
    event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
    event = event_pb2.Event(step=2)
    event.summary.value.add(tag="loss", simple_value=0.5)
    event.summary.value.add(tag="picture").image.width = 3
    (tmp_path / "a.tfevents.1").write_bytes(summary.records.record(event.SerializeToString()))
    assert cli.main(["events", str(tmp_path / "a.tfevents.1")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["loss", "scalars", "1", "2", "0.5"] in lines
    assert ["picture", "images", "1", "2", "2", "bytes"] in lines


def test_a_broken_file_is_told_and_read_as_far_as_it_goes(folder, capsys) -> None:
    (file,) = (folder / "train").iterdir()
    file.write_bytes(file.read_bytes() + bytes(40))
    assert cli.main(["events", str(folder / "train")]) == 0
    shown = capsys.readouterr()
    assert "is broken at byte" in shown.err
    assert "0.333333" in shown.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--tag", "lost"], "no run has the tag 'lost'"),
        (["--tag", "weights", "--plot", "x.png"], "choose it with --tag. There are: none"),
    ],
)
def test_what_is_refused(folder, more, message, capsys) -> None:
    assert cli.main(["events", str(folder), *more]) == 1
    assert message in capsys.readouterr().err


def test_no_event_files(tmp_path, capsys) -> None:
    assert cli.main(["events", str(tmp_path)]) == 1
    assert "nnlite events: there is no event file" in capsys.readouterr().err
