"""TensorBoard(profile_batch=): these batches are profiled, and no others."""

import gzip
import json

import numpy as np
import pytest

import nnlite
from nnlite import layers, profiler, spans
from nnlite.callbacks import Callback, TensorBoard

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)


def fit(folder, *others, epochs=3, batches=(7, 12), **arguments):
    """Train, 5 batches an epoch."""
    nnlite.utils.set_random_seed(1)
    model = nnlite.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(1)])
    model.compile("adam", "mse", **arguments)
    callback = TensorBoard(folder, profile_batch=batches, write_graph=False)
    model.fit(
        *(X, X[:, :1], 8, epochs),
        callbacks=[callback, *others],
        verbose=0,
        validation_data=(X, X[:, :1]),
    )
    return model


def steps(folder):
    """The names of the steps in the traces, and how often the first layer was called."""
    found = []
    for path in sorted(folder.glob("train/plugins/profile/*/*.trace.json.gz")):
        events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
        assert list(path.parent.glob("*.xplane.pb"))
        names = [event["name"] for event in events]
        calls = names.count("sequential/dense/forward")
        found.append(([name for name in names if name.endswith(" step")], calls))
    return found


@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}], ids=["replayed", "on the tape"])
def test_these_batches_are_profiled(tmp_path, how):
    fit(tmp_path, **how)
    between = ["train step"] * 4 + ["test step"] * 5 + ["train step"] * 2
    assert steps(tmp_path) == [(between, len(between))]
    assert spans.listener is None


def test_one_batch(tmp_path):
    fit(tmp_path, batches=4)
    assert steps(tmp_path) == [(["train step"], 1)]


def test_steps_that_go_together_are_profiled_together(tmp_path):
    fit(tmp_path, batches=2, steps_per_execution=5)
    ((names, _),) = steps(tmp_path)
    assert names == ["train step"] * 5


def test_a_training_that_ends_before(tmp_path):
    fit(tmp_path, batches=(14, 99))
    ((names, _),) = steps(tmp_path)
    assert names.count("train step") == 2
    fit(tmp_path / "never", batches=(98, 99))
    assert steps(tmp_path / "never") == []
    assert spans.listener is None


def test_a_training_that_fails(tmp_path):
    class Fails(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(tmp_path, Fails(), batches=(4, 99))
    assert spans.listener is None
    assert steps(tmp_path)[0][0][:2] == ["train step"] * 2


def test_the_same_bits_and_no_summaries_of_batches(tmp_path):
    with_profile, without = (fit(tmp_path / str(b), batches=b) for b in (3, 0))
    for ours, others in zip(with_profile.get_weights(), without.get_weights(), strict=True):
        assert ours.tobytes() == others.tobytes()
    (path,) = tmp_path.glob("3/train/events.*")
    tags = {value.tag for event in nnlite.summary.read(path) for value in event.values}
    assert tags == {"epoch_loss", "epoch_learning_rate"}


def test_batches_run_at_a_stretch_but_for_the_edges(tmp_path):
    callback = TensorBoard(tmp_path, profile_batch=(7, 12))
    assert [callback._profiled.left(done, 100) for done in (0, 5, 6, 11, 12)] == [6, 1, 6, 1, 100]
    assert not TensorBoard(tmp_path).listens("on_train_batch_begin")


def test_where_another_profile_is_at_work(tmp_path):
    with profiler.Profile() as found, pytest.warns(UserWarning, match="at work already"):
        fit(tmp_path)
    assert found.steps == 30
    assert steps(tmp_path) == []


def test_where_somebody_ends_the_profile(tmp_path):
    class Ends(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if spans.listener is not None:
                profiler.stop()

    fit(tmp_path, Ends())
    assert steps(tmp_path) == [(["train step"], 1)]
