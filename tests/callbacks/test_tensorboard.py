"""TensorBoard: what is written when, and what the training does not notice of it."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnlite
from nnlite import layers, summary
from nnlite.callbacks import Callback, CallbackList, LambdaCallback, TensorBoard

from .killed import environment

pytestmark = pytest.mark.one_table  # no kernel is at work here but those of training

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1]


def model(**arguments):
    made = nnlite.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(1)])
    made.compile("adam", "mse", **arguments)
    return made


def fit(*callbacks, epochs=2, made=None, **arguments):
    """Train, by default 5 batches an epoch."""
    made = made or model()
    made.fit(X, Y, 8, epochs=epochs, callbacks=list(callbacks), verbose=0, **arguments)
    return made


def values(folder: Path) -> list[tuple[str, int, object]]:
    """The tag, step and data of all summaries in a folder, in their order."""
    return [
        (value.tag, event.step, value.data)
        for path in sorted(folder.glob("events.out.tfevents.*"))
        for event in summary.read(path)
        for value in event.values
    ]


def steps(folder: Path) -> dict[str, list[int]]:
    """The steps of each tag."""
    found: dict[str, list[int]] = {}
    for tag, step, _ in values(folder):
        found.setdefault(tag, []).append(step)
    return found


# ------------------------------------------------------------------------------ what is written


def test_the_logs_of_epochs_are_in_the_files(tmp_path) -> None:
    made = fit(TensorBoard(tmp_path, write_graph=False), validation_data=(X, Y))
    history = made.history.history
    rate = float(made.optimizer.learning_rate)
    train = [(tag, step, float(data)) for tag, step, data in values(tmp_path / "train")]
    assert train == [
        (f"epoch_{name}", epoch, float(np.float32(value)))
        for epoch in range(2)
        for name, value in (("loss", history["loss"][epoch]), ("learning_rate", rate))
    ]
    validation = [(tag, step, float(data)) for tag, step, data in values(tmp_path / "validation")]
    assert validation == [
        (tag, step, float(np.float32(history["val_loss"][epoch])))
        for epoch in range(2)
        for tag, step in (
            ("evaluation_loss_vs_iterations", 5 * (epoch + 1)),
            ("epoch_loss", epoch),
        )
    ]


def test_the_learning_rate_of_each_epoch(tmp_path) -> None:
    schedule = nnlite.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
    made = model()
    made.compile(nnlite.optimizers.SGD(schedule), "mse")
    fit(TensorBoard(tmp_path), made=made)
    found = [
        float(data) for tag, _, data in values(tmp_path / "train") if tag[6:] == "learning_rate"
    ]
    np.testing.assert_allclose(found, [0.05, 0.025], rtol=1e-6)


def test_after_every_so_many_batches_of_the_training(tmp_path) -> None:
    """5 batches an epoch, counted through: the epochs' values come where their number is due."""
    seen = []
    watch = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    fit(watch, TensorBoard(tmp_path / "by 3", update_freq=3), epochs=3)
    assert steps(tmp_path / "by 3" / "train") == {
        "keras": [0],
        "batch_loss": [3, 6, 9, 12, 15],
        "epoch_loss": [2],
        "epoch_learning_rate": [2],
    }
    found = [data for tag, _, data in values(tmp_path / "by 3" / "train") if tag == "batch_loss"]
    np.testing.assert_allclose(found, seen[2::3], rtol=1e-6)


def test_after_every_batch(tmp_path) -> None:
    fit(TensorBoard(tmp_path, update_freq="batch"), validation_data=(X, Y))
    found = steps(tmp_path / "train")
    assert found["batch_loss"] == [*range(1, 11)]
    assert found["epoch_loss"] == [0, 1]
    assert "batch_loss" not in steps(tmp_path / "validation")


@pytest.mark.parametrize(("every", "evaluations"), [(2, [10]), (5, [5, 10]), (3, []), (1, [5, 10])])
def test_validations_count_batches_of_their_own(every, evaluations, tmp_path) -> None:
    """5 batches each."""
    fit(TensorBoard(tmp_path, update_freq=every), validation_data=(X, Y), validation_batch_size=8)
    found = steps(tmp_path / "validation")
    assert found.get("evaluation_loss_vs_iterations", []) == evaluations


def test_several_steps_an_execution(tmp_path) -> None:
    """Of batches that are done together something is written where one of them is due."""
    made = model(steps_per_execution=2)
    fit(TensorBoard(tmp_path, update_freq=5), made=made)
    assert steps(tmp_path / "train")["batch_loss"] == [5, 10]
    fit(TensorBoard(tmp_path / "by 3", update_freq=3), made=made)
    assert steps(tmp_path / "by 3" / "train")["batch_loss"] == [4, 7, 9]


def test_steps_per_second(tmp_path) -> None:
    fit(TensorBoard(tmp_path, update_freq=1, write_steps_per_second=True))
    found = values(tmp_path / "train")
    rates = [data for tag, _, data in found if tag == "batch_steps_per_second"]
    assert len(rates) == 10
    assert all(1 < rate < 1e7 for rate in rates)
    tags = [tag for tag, _, _ in found[-3:]]
    assert tags == ["epoch_loss", "epoch_learning_rate", "epoch_steps_per_second"]
    assert 1 < found[-1][2] <= max(rates)  # an epoch takes longer than its steps


def test_evaluate_writes_at_the_step_of_the_optimizer(tmp_path) -> None:
    made = fit()
    made.evaluate(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path)])
    assert steps(tmp_path / "validation") == {"evaluation_loss_vs_iterations": [10]}
    assert steps(tmp_path / "train") == {"keras": [0]}


def test_each_number_of_a_metric_that_is_an_array(tmp_path) -> None:
    made = nnlite.Sequential([layers.Dense(3, "softmax", input_shape=(3,))])
    made.compile("sgd", "categorical_crossentropy", metrics=[nnlite.metrics.F1Score()])
    made.fit(X, np.eye(3)[np.arange(40) % 3], verbose=0, callbacks=[TensorBoard(tmp_path)])
    found = {tag: data for tag, _, data in values(tmp_path / "train")}
    scores = [found[f"epoch_f1_score/{place}"] for place in range(3)]
    np.testing.assert_allclose(scores, made.history.history["f1_score"][0], rtol=1e-6)


def test_weights_at_some_epochs(tmp_path) -> None:
    kernels = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: kernels.append(made.get_weights()[0]))
    made = model()
    fit(watch, TensorBoard(tmp_path, histogram_freq=2), epochs=3, made=made)
    tag = f"{made.layers[0].kernel.path}/histogram"
    found = [(step, data) for one, step, data in values(tmp_path / "train") if one == tag]
    assert [step for step, _ in found] == [0, 2]
    for (_, data), kernel in zip(found, kernels[::2], strict=True):
        assert data[:, 2].sum() == 12
        assert (data[0, 0], data[-1, 1]) == (kernel.min(), kernel.max())
    assert len([one for one in steps(tmp_path / "train") if one.endswith("/histogram")]) == 4


def test_pictures_of_weights_of_all_shapes() -> None:
    from nnlite.callbacks.tensorboard_weights import pixels_of_weight

    shapes = {
        (): None,
        (1, 1): None,
        (5,): (1, 5, 1, 1),
        (5, 1): (1, 5, 1, 1),
        (2, 5): (1, 2, 5, 1),
        (5, 2): (1, 2, 5, 1),
        (4, 3, 2): (2, 4, 3, 1),
        (5, 4, 2, 3): (5, 4, 2, 3),
        (5, 4, 3, 2): None,
    }
    for shape, expected in shapes.items():
        pixels = pixels_of_weight(np.zeros(shape, np.float32))
        assert (None if pixels is None else pixels.shape) == expected
    weight = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(pixels_of_weight(weight)[0, :, :, 0], weight.T)
    weight = np.arange(6.0).reshape(1, 2, 3)
    np.testing.assert_array_equal(pixels_of_weight(weight)[0, :, :, 0], weight[0])


# ------------------------------------------------------------------------------------ the graph


class Subclassed(nnlite.Model):
    """A model whose graph nobody knows, which writes a summary of its own."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs):
        outputs = self.dense(inputs)
        summary.scalar("mean", np.mean(np.abs(outputs.data)))
        return outputs


def subclassed() -> Subclassed:
    made = Subclassed()
    made.compile("sgd", "mse")
    return made


def test_a_subclassed_model_has_no_graph(tmp_path) -> None:
    fit(TensorBoard(tmp_path), made=subclassed())
    assert set(steps(tmp_path / "train")) == {"epoch_loss", "epoch_learning_rate"}


def test_a_graph_that_is_no_data_is_warned_of(tmp_path) -> None:
    made = nnlite.Sequential([layers.Lambda(lambda x: x, input_shape=(3,)), layers.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="no graph of 'sequential': .*Lambda"):
        fit(TensorBoard(tmp_path), made=made)
    assert "keras" not in steps(tmp_path / "train")


def test_each_training_writes_a_graph_and_files_of_its_own(tmp_path) -> None:
    callback = TensorBoard(tmp_path)
    made = fit(callback, validation_data=(X, Y))
    fit(callback, made=made, validation_data=(X, Y))
    for run in ("train", "validation"):
        assert len(list((tmp_path / run).iterdir())) == 2
    assert steps(tmp_path / "train") == {
        "keras": [0, 0],
        "epoch_loss": [0, 1, 0, 1],
        "epoch_learning_rate": [0, 1, 0, 1],
    }


# ------------------------------------------------------------------- summaries of the model's own


def test_what_a_model_writes_itself_where_batches_count(tmp_path) -> None:
    fit(TensorBoard(tmp_path, update_freq=2), made=subclassed(), validation_data=(X, Y))
    assert steps(tmp_path / "train")["mean"] == [2, 4, 6, 8, 10]
    assert steps(tmp_path / "validation")["mean"] == [2, 4, 6, 8, 10]
    assert not summary.should_record_summaries()


def test_what_a_model_writes_goes_where_it_did_where_epochs_count(tmp_path) -> None:
    writer = summary.create_file_writer(tmp_path / "own")
    with writer.as_default(step=7):
        fit(TensorBoard(tmp_path), made=subclassed(), epochs=1)
    assert set(steps(tmp_path / "own")) == {"mean"}
    assert set(steps(tmp_path / "own")["mean"]) == {7}


# -------------------------------------------------------------------------- how often it is heard


class Counts(TensorBoard):
    """Counts how often it is asked to write of batches."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.told = 0
        on_batch_end = self.on_train_batch_end

        def counted(batch, logs=None):
            self.told += 1
            on_batch_end(batch, logs)

        counted.__module__ = "nnlite"  # what is not nnlite's own is told of every batch
        self.on_train_batch_end = counted


def test_epochs_need_no_batch_hook(tmp_path) -> None:
    calls = CallbackList([TensorBoard()])
    assert not any(
        calls.listens(f"on_{mode}_batch_{end}")
        for mode in ("train", "test")
        for end in ("begin", "end")
    )
    calls = CallbackList([TensorBoard(tmp_path, update_freq=100)], model=model())
    assert calls.listens("on_train_batch_end")
    assert calls.at_once("train", 1000) == 100
    calls.on_train_begin()
    for batch in (0, 30):
        calls.on_epoch_begin(0)
        calls.on_train_batch_begin(batch)
        calls.on_train_batch_end(batch + 29)
    assert calls.at_once("train", 1000) == 10
    calls.on_train_end()


def test_batches_are_heard_of_only_where_they_are_due(tmp_path) -> None:
    """80 batches an epoch, replayed from the third on, in stretches that end where one is due."""
    x = np.tile(X, (16, 1))
    callback = Counts(tmp_path, update_freq=40)
    made = model()
    made.fit(x, x[:, :1], 8, epochs=3, verbose=0, callbacks=[callback])
    assert steps(tmp_path / "train")["batch_loss"] == [*range(40, 241, 40)]
    assert callback.told < 60


def test_a_subclass_is_told_of_every_batch(tmp_path) -> None:
    class Own(TensorBoard):
        seen = 0

        def on_train_batch_end(self, batch, logs=None):
            self.seen += 1

    for arguments in ({}, {"update_freq": 100}):
        own = Own(tmp_path, **arguments)
        fit(own, epochs=8)
        assert own.seen == 40


def test_the_training_is_the_same(tmp_path) -> None:
    """To the bit, and so are the logs."""
    found = []
    for callbacks in (
        [],
        [TensorBoard(tmp_path, histogram_freq=1, write_images=True, update_freq=2)],
    ):
        nnlite.utils.set_random_seed(1)
        nnlite.utils.clear_session()
        made = fit(*callbacks, epochs=3, validation_data=(X, Y))
        found.append((made.history.history, [one.tobytes() for one in made.get_weights()]))
    assert found[0] == found[1]


# ---------------------------------------------------------------------------- ends and beginnings


def test_a_training_that_fails_leaves_whole_files_and_no_default_writer(tmp_path) -> None:
    def fail(batch, logs):
        if batch == 3:
            raise ZeroDivisionError

    watch = LambdaCallback(on_train_batch_end=fail)
    callback = TensorBoard(tmp_path, update_freq=1)
    with pytest.raises(ZeroDivisionError):
        fit(callback, watch)
    assert steps(tmp_path / "train")["batch_loss"] == [1, 2, 3, 4]
    assert not summary.should_record_summaries()
    assert summary.experimental.get_step() is None
    fit(callback, epochs=1)
    assert steps(tmp_path / "train")["batch_loss"] == [1, 2, 3, 4, 1, 2, 3, 4, 5]


def test_a_killed_training_leaves_a_file_that_can_be_read(tmp_path) -> None:
    script = """if True:
        import os, signal, sys
        import numpy as np
        import nnlite
        model = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,))])
        model.compile("sgd", "mse")
        x = np.ones((40, 3))
        kill = nnlite.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: epoch < 5 or os.kill(os.getpid(), signal.SIGKILL))
        writes = nnlite.callbacks.TensorBoard(sys.argv[1], update_freq=1)
        model.fit(x, x[:, :1], 8, epochs=9, verbose=0, callbacks=[writes, kill])
    """
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, env=environment(), timeout=60).returncode == -signal.SIGKILL
    found = steps(tmp_path / "train")
    assert found["epoch_loss"] == [0, 1, 2, 3, 4]
    assert found["batch_loss"] == [*range(1, 26)]


def test_an_evaluation_in_the_middle_of_a_training(tmp_path) -> None:
    """By a callback of the user's, with the same TensorBoard."""
    callback = TensorBoard(tmp_path, update_freq=1)

    class Evaluates(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.evaluate(X, Y, verbose=0, callbacks=[callback])

    fit(callback, Evaluates())
    assert steps(tmp_path / "train")["batch_loss"] == [*range(1, 11)]
    assert steps(tmp_path / "train")["keras"] == [0]
    assert steps(tmp_path / "validation")["evaluation_loss_vs_iterations"] == [5, 10]


def test_in_a_training_loop_of_ones_own(tmp_path) -> None:
    """Of a model that was never compiled."""
    made = nnlite.Sequential([layers.Dense(1, input_shape=(3,))])
    callback = TensorBoard(tmp_path)
    callback.set_model(made)
    callback.on_epoch_begin(0)
    callback.on_epoch_end(0, {"loss": 1.5, "val_loss": 2.5})
    callback.on_train_end()
    assert [one[0] for one in values(tmp_path / "train")] == ["keras", "epoch_loss"]
    assert values(tmp_path / "train")[1] == ("epoch_loss", 0, 1.5)
    assert values(tmp_path / "validation") == [("epoch_loss", 0, 2.5)]


def test_a_training_that_goes_on_counts_on(tmp_path) -> None:
    """Broken off at batch 8, in the second epoch, it goes on from the backup after batch 6."""

    def fail(batch, logs):
        if made.optimizer.iterations == 8:
            raise ZeroDivisionError

    for made, others in ((model(), [LambdaCallback(on_train_batch_end=fail)]), (model(), [])):
        backup = nnlite.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=3)
        writes = TensorBoard(tmp_path, update_freq=1)
        try:
            fit(backup, writes, *others, made=made, validation_data=(X, Y))
        except ZeroDivisionError:
            assert steps(tmp_path / "train")["batch_loss"] == [*range(1, 9)]
    assert steps(tmp_path / "train")["batch_loss"] == [*range(1, 9), *range(7, 11)]
    assert steps(tmp_path / "train")["epoch_loss"] == [0, 1]
    evaluations = steps(tmp_path / "validation")["evaluation_loss_vs_iterations"]
    assert evaluations == [5, 10]


# ------------------------------------------------------------------------------------ arguments


@pytest.mark.parametrize("given", [(3, 3), [2, 5], "2,5", 0, 7, np.int64(7)])
def test_profile_batch_takes_what_keras_takes(given) -> None:
    profiled = {"(3, 3)": [3], "[2, 5]": [2, 3, 4, 5], "2,5": [2, 3, 4, 5], "0": [], "7": [7]}
    assert [*TensorBoard(profile_batch=given)._profiled.batches] == profiled[str(given)]


@pytest.mark.parametrize(
    "given", [-1, (5, 2), (1, 2, 3), "a,b", "1,2,3", 1.5, None, (1.5, 2), True]
)
def test_profile_batch_refuses_the_rest(given) -> None:
    with pytest.raises(ValueError, match="profile_batch must be"):
        TensorBoard(profile_batch=given)


@pytest.mark.parametrize(
    "arguments",
    [
        {"update_freq": 0},
        {"update_freq": "batches"},
        {"update_freq": 1.5},
        {"histogram_freq": -1},
        {"histogram_freq": 0.5},
        {"embeddings_freq": True},
    ],
)
def test_frequencies_are_checked(arguments) -> None:
    (name,) = arguments
    with pytest.raises(ValueError, match=f"TensorBoard: {name} must be"):
        TensorBoard(**arguments)


def test_nothing_is_written_where_a_training_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="nan"):
        model().fit(X * np.nan, Y, callbacks=[TensorBoard(tmp_path)])
    stopping = nnlite.callbacks.EarlyStopping(monitor="val_loss")
    with pytest.raises(ValueError, match="val_loss"):
        model().fit(X, Y, callbacks=[TensorBoard(tmp_path), stopping])
    assert not list(tmp_path.iterdir())


def test_two_callbacks_leave_no_default_writer_behind(tmp_path) -> None:
    both = [TensorBoard(tmp_path / name, update_freq=1) for name in "ab"]
    fit(*both, made=subclassed(), epochs=1, validation_data=(X, Y))
    assert not summary.should_record_summaries()
    for run in ("train", "validation"):
        assert steps(tmp_path / "b" / run)["mean"] == [1, 2, 3, 4, 5]
        assert "mean" not in steps(tmp_path / "a" / run)
