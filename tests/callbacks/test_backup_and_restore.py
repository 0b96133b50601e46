"""A training that is killed goes on with the same bits, whenever it is killed."""

import random

import numpy as np
import pytest

import nnlite
from nnlite.callbacks import BackupAndRestore, Callback, EarlyStopping, LambdaCallback
from nnlite.callbacks.backup_and_restore import LATEST, PREVIOUS
from nnlite.saving.errors import FileRefused

from . import killed

pytestmark = pytest.mark.one_table  # tests/test_fitting.py goes over both

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What uninterrupted trainings leave behind, by their kind."""
    digests = {}

    def of(kind: str) -> str:
        if kind not in digests:
            folder = tmp_path_factory.mktemp("whole")
            digests[kind], _ = killed.run(folder, kind, "epoch")
        return digests[kind]

    return of


# ------------------------------------------------------------------------ real children, killed


@pytest.mark.parametrize(
    ("save_freq", "kills"),
    [
        # 5 steps an epoch, and a line after it: 6 lines an epoch.
        ("epoch", [0]),
        ("epoch", [5, 6, 6]),  # at the end of an epoch, at the beginning of the next
        ("epoch", [9, 3, 20]),
        ("1", [1, 2, 3, 4, 5, 6, 7]),
        ("3", [10, 10, 10]),
        ("7", [47]),  # at the end of the last epoch
    ],
)
def test_killed_at_a_step_or_an_epoch(save_freq, kills, tmp_path, whole) -> None:
    for place in kills:
        digest, _ = killed.run(tmp_path, "told", save_freq, f"at {place}")
        assert digest is None
    digest, lines = killed.run(tmp_path, "told", save_freq)
    assert digest == whole("told")
    done_again = lines.count("step") + lines.count("epoch")
    assert (done_again < 48) == (kills != [0])  # it went on, and did not begin anew


@pytest.mark.parametrize("save_freq", ["epoch", "1", "17"])
def test_killed_anywhere(save_freq, tmp_path, whole) -> None:
    """Also while a backup is being written, in the middle of a replayed stretch, at the end."""
    seconds = random.Random(save_freq)
    for _ in range(4):
        digest, _ = killed.run(tmp_path, "plain", save_freq, f"after {seconds.uniform(0, 0.4)}")
        if digest is not None:
            break
    else:
        digest, _ = killed.run(tmp_path, "plain", save_freq)
    assert digest == whole("plain")
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


# ------------------------------------------------------------------------------------- in here


class Breaks(Callback):
    """Breaks the training off at an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def fit(*callbacks, model=None, epochs=4, **arguments):
    if model is None:
        model = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,))])
        model.compile("adam", "mse")
    model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), verbose=0, **arguments)
    return model


def broken_off(folder, epoch=2, **arguments):
    with pytest.raises(KeyboardInterrupt):
        fit(BackupAndRestore(folder, **arguments), Breaks(epoch))


def test_it_goes_on_in_the_epoch_that_was_broken_off_and_history_is_whole(tmp_path) -> None:
    broken_off(tmp_path / "backup")
    begun = []
    watch = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    model = fit(BackupAndRestore(tmp_path / "backup"), watch)
    assert begun == [2, 3]
    assert model.history.epoch == [0, 1, 2, 3]
    assert not (tmp_path / "backup").exists()
    fit(BackupAndRestore(tmp_path / "backup"), watch, epochs=1)
    assert begun == [2, 3, 0]  # it was removed, so this one begins anew


def test_the_backup_may_stay(tmp_path) -> None:
    model = fit(BackupAndRestore(tmp_path, delete_checkpoint=False))
    begun = []
    watch = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    again = fit(BackupAndRestore(tmp_path, delete_checkpoint=False), watch)
    assert begun == []
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    fit(BackupAndRestore(tmp_path, delete_checkpoint=False), watch, epochs=6)
    assert begun == [4, 5]


def test_files_of_others_in_the_folder_stay(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    fit(BackupAndRestore(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_where_the_latest_is_damaged_the_one_before_is_taken_up(tmp_path) -> None:
    broken_off(tmp_path, double_checkpoint=True)
    assert {path.name for path in tmp_path.iterdir()} == {LATEST, PREVIOUS}
    (tmp_path / LATEST).write_bytes((tmp_path / LATEST).read_bytes()[:-100])
    begun = []
    watch = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    model = fit(BackupAndRestore(tmp_path, double_checkpoint=True), watch)
    assert begun == [1, 2, 3]
    assert model.history.epoch == [0, 1, 2, 3]


def test_a_backup_that_is_damaged_is_refused(tmp_path) -> None:
    broken_off(tmp_path)
    (tmp_path / LATEST).write_bytes((tmp_path / LATEST).read_bytes()[:-100])
    with pytest.raises(FileRefused, match=LATEST):
        fit(BackupAndRestore(tmp_path))


def test_a_backup_of_another_training_is_refused_and_nothing_is_changed(tmp_path) -> None:
    broken_off(tmp_path)
    other = nnlite.Sequential([nnlite.layers.Dense(2, input_shape=(3,)), nnlite.layers.Dense(1)])
    other.compile("adam", "mse")
    before = other.get_weights()
    with pytest.raises(FileRefused, match=r"backup of another training \(there are 4 arrays of"):
        fit(BackupAndRestore(tmp_path), model=other)
    np.testing.assert_array_equal(other.get_weights()[0], before[0])
    wider = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,), dtype="float64")])
    wider.compile("adam", "mse")
    with pytest.raises(FileRefused, match=r"kernel has the shape \(3, 1\) and the dtype float64"):
        fit(BackupAndRestore(tmp_path), model=wider)
    with pytest.raises(FileRefused, match="there was a validation, and now there is none"):
        fit(BackupAndRestore(tmp_path), validation_split=0.5)


def test_callbacks_of_ones_own_take_part_by_saying_what_they_keep(tmp_path) -> None:
    class Counts(Callback):
        keeps = ("count", "seen")

        def __init__(self):
            super().__init__()
            self.count, self.seen = 0, []

        def on_epoch_end(self, epoch, logs=None):
            self.count += 1
            self.seen.append(logs["loss"])

    with pytest.raises(KeyboardInterrupt):
        fit(BackupAndRestore(tmp_path), Counts(), Counts(), Breaks(2))
    first, second, added = Counts(), Counts(), EarlyStopping("loss", patience=9)
    model = fit(BackupAndRestore(tmp_path), first, second, added)
    assert (first.count, second.count) == (4, 4)
    assert first.seen == second.seen == model.history.history["loss"]


def test_what_such_a_callback_keeps_must_be_plain_data(tmp_path) -> None:
    class Keeps(Callback):
        keeps = ("function",)
        function = print

    with pytest.raises(TypeError, match=r"\['Keeps_0'\]\['function'\] is .*cannot be kept"):
        fit(BackupAndRestore(tmp_path), Keeps())


def test_a_learning_rate_that_a_callback_has_set_instead_of_a_schedule(tmp_path) -> None:
    def model():
        made = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,))])
        schedule = nnlite.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
        made.compile(nnlite.optimizers.SGD(schedule), "mse")
        return made

    class Sets(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.125

    with pytest.raises(KeyboardInterrupt):
        fit(BackupAndRestore(tmp_path), Sets(), Breaks(3), model=model())
    again = fit(BackupAndRestore(tmp_path), Sets(), model=model())
    assert float(again.optimizer.learning_rate) == 0.125


@pytest.mark.parametrize("save_freq", ["epochs", 0, 2.5, True, None])
def test_another_frequency_is_refused(save_freq) -> None:
    with pytest.raises(ValueError, match="BackupAndRestore: unrecognized save_freq"):
        BackupAndRestore("folder", save_freq)


def test_an_empty_folder_name_is_refused() -> None:
    with pytest.raises(ValueError, match="backup_dir is empty"):
        BackupAndRestore("")


def test_only_the_batches_that_are_due_interrupt_the_replay(tmp_path) -> None:
    calls = nnlite.callbacks.CallbackList(BackupAndRestore(tmp_path))
    assert not calls.listens("on_train_batch_end")
    assert calls.at_once("train", 100) == 100
    calls = nnlite.callbacks.CallbackList(BackupAndRestore(tmp_path, 8))
    assert calls.at_once("train", 100) == 8
    assert calls.at_once("train", 3) == 3
    assert calls.at_once("test", 100) == 100
