"""A row an epoch."""

import csv

import numpy as np
import pytest
from keras_worker import keras_worker

import nnlite
from nnlite.callbacks import CSVLogger

from .keras_callbacks import csv_lines

pytestmark = pytest.mark.one_table

#: The logs of some trainings: with validations, without, with arrays, with what comes only once.
TRAININGS = {
    "plain": [[{"loss": 0.1, "mae": 2.5}, {"loss": 1e-9, "mae": float("nan")}]],
    "validated": [[{"loss": 0.1, "val_loss": 0.25}, {"loss": 1 / 3}]],
    "arrays": [[{"f1": np.array([0.5, 0.25]), "loss": np.float32(0.1), "note": "a,b"}]],
    "twice": [[{"loss": 0.1}], [{"loss": 0.2}, {"loss": 0.3}]],
    "no logs": [[{}, {}]],
}


def written(path, trainings, **arguments) -> bytes:
    for logs in trainings:
        logger = CSVLogger(path, **arguments)
        logger.on_train_begin()
        for epoch, one in enumerate(logs):
            logger.on_epoch_end(epoch, one)
        logger.on_train_end()
    return path.read_bytes()


def test_writes_what_keras_writes(tmp_path) -> None:
    pytest.importorskip("keras")
    with keras_worker() as worker:
        for arguments in ({}, {"separator": ";"}, {"append": True}):
            for name, trainings in TRAININGS.items():
                path = tmp_path / f"{name}{len(arguments)}{arguments.get('append')}"
                theirs = worker.submit(csv_lines, f"{path}.keras", trainings, **arguments).result()
                assert written(path.with_suffix(".ours"), trainings, **arguments) == theirs


def test_what_fit_logs_can_be_read_back(tmp_path) -> None:
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 1)), np.zeros((4, 1))
    logger = CSVLogger(tmp_path / "log.csv")
    history = model.fit(x, y, epochs=3, validation_data=(x, y), callbacks=[logger], verbose=0)
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == history.history["val_loss"]
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]


def test_rows_are_there_while_training_goes_on(tmp_path) -> None:
    logger = CSVLogger(tmp_path / "log.csv")
    logger.on_train_begin()
    assert (tmp_path / "log.csv").read_bytes() == b""
    logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 1.0})
    assert (tmp_path / "log.csv").read_bytes() == b"epoch,loss,val_loss\r\n0,0.5,1.0\r\n"


def test_a_folder_that_is_missing(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        CSVLogger(tmp_path / "nowhere" / "log.csv").on_train_begin()


def test_what_is_gone_of_the_file_is_not_made_up(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,1\n")
    logger = CSVLogger(path, append=True)
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.25})
    state = logger.get_state()
    path.unlink()
    again = CSVLogger(path, append=True)
    again.on_train_begin()
    again.set_state(state)
    assert path.read_text() == "epoch,loss,val_loss\n0,0.5,0.25\n"
