"""Files of a model, while it is trained."""

import math
import os

import numpy as np
import pytest
from keras_worker import keras_worker

import nnlite
from nnlite.callbacks import Callback, CallbackList, LambdaCallback, ModelCheckpoint
from nnlite.models import load_model

from .keras_callbacks import checkpoints, checkpoints_of

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1]


def model():
    made = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,))])
    made.compile("adam", "mse", metrics=["mae"])
    return made


def fit(*callbacks, epochs=2, made=None, **arguments):
    made = made or model()
    made.fit(X, Y, 8, epochs=epochs, callbacks=list(callbacks), verbose=0, **arguments)
    return made


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Says(Callback):
    """Lets the metric of each epoch be what is wanted."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.values[epoch]


# ------------------------------------------------------------------------------- what is saved


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_model_goes_on_from_its_checkpoint_as_if_it_had_never_stopped(ending, tmp_path) -> None:
    path = tmp_path / f"model.{ending}"
    saved = fit(ModelCheckpoint(path))
    loaded = load_model(path)
    for one in (saved, loaded):
        nnlite.utils.set_random_seed(3)
        fit(made=one)
    for ours, theirs in zip(loaded.get_weights(), saved.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_weights_alone(tmp_path) -> None:
    saved = fit(ModelCheckpoint(tmp_path / "only.weights.h5", save_weights_only=True))
    other = model()
    other.load_weights(tmp_path / "only.weights.h5")
    np.testing.assert_array_equal(other.get_weights()[0], saved.get_weights()[0])


def test_fields_and_folders(tmp_path) -> None:
    pattern = tmp_path / "new" / "folder" / "{epoch:02d}-{val_loss:.2f}.h5"
    made = fit(ModelCheckpoint(pattern), validation_data=(X, Y))
    losses = made.history.history["val_loss"]
    assert names(pattern.parent) == [f"{n + 1:02d}-{loss:.2f}.h5" for n, loss in enumerate(losses)]


def test_the_best_alone_is_kept(tmp_path) -> None:
    kernels = []
    watch = LambdaCallback(
        on_epoch_end=lambda epoch, logs: kernels.append(made.layers[0].kernel.numpy().copy())
    )
    made = model()
    best = ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    values = [3.0, 1.0, 2.0, 1.0]
    fit(Says(values), watch, best, epochs=4, made=made, validation_data=(X, Y))
    np.testing.assert_array_equal(load_model(tmp_path / "best.keras").get_weights()[0], kernels[1])
    assert best.best == 1.0
    fit(Says([1.5]), best, epochs=1, made=made, validation_data=(X, Y))  # it remembers
    np.testing.assert_array_equal(load_model(tmp_path / "best.keras").get_weights()[0], kernels[1])


def test_nan_is_never_the_best(tmp_path) -> None:
    best = ModelCheckpoint(tmp_path / "{epoch}.h5", save_best_only=True)
    fit(Says([math.nan, 5.0, math.nan, 4.0]), best, epochs=4, validation_data=(X, Y))
    assert names(tmp_path) == ["2.h5", "4.h5"]


def test_epochs_without_validation_are_passed_over_where_it_is_needed(tmp_path) -> None:
    for pattern, arguments in (
        ("a{epoch}.h5", {"save_best_only": True, "initial_value_threshold": 1e9}),
        ("b{epoch}-{val_loss:.0f}.h5", {}),
        ("c{epoch}.h5", {}),
    ):
        checkpoint = ModelCheckpoint(tmp_path / pattern, **arguments)
        fit(checkpoint, epochs=3, validation_data=(X, Y), validation_freq=2)
    assert [name[:2] for name in names(tmp_path)] == ["a2", "b2", "c1", "c2", "c3"]


# ------------------------------------------------------------------------------------ as Keras


#: Some epochs of a quantity.
VALUES = [3.0, 2.5, 2.5, 2.75, 1.0, 1.25, 0.5, 4.0]

CASES = [
    ("{epoch:02d}-{val_loss:.2f}.weights.h5", {}),
    ("{epoch:02d}.weights.h5", {"save_best_only": True}),
    ("{epoch:02d}.weights.h5", {"save_best_only": True, "mode": "max"}),
    ("{epoch:02d}.weights.h5", {"save_best_only": True, "initial_value_threshold": 2.6}),
    ("{epoch}-{batch}.weights.h5", {"save_freq": 4}),
    ("{epoch}-{batch}-{loss:.1f}.weights.h5", {"save_freq": 3}),
    ("{epoch}-{batch}.weights.h5", {"save_freq": 2, "save_best_only": True, "monitor": "loss"}),
]


def test_saves_and_says_what_keras_does(tmp_path, capsys) -> None:
    """The same epochs of 3 batches: the files that are there then, and what was printed."""
    pytest.importorskip("keras")
    with keras_worker() as worker:
        for number, (pattern, arguments) in enumerate(CASES):
            theirs, ours = (tmp_path / f"{who}{number}" for who in ("keras", "ours"))
            found = worker.submit(checkpoints_of, str(theirs), pattern, arguments, VALUES).result()
            made = nnlite.Sequential([nnlite.Input((1,)), nnlite.layers.Dense(1)])
            said = checkpoints(nnlite, made, str(ours), pattern, arguments, VALUES)
            assert said == found
            assert said[0]
            assert len(said[1].splitlines()) > 8


# ----------------------------------------------------------------------------------- frequency


def test_batches_count_over_the_ends_of_epochs(tmp_path) -> None:
    fit(ModelCheckpoint(tmp_path / "{epoch}-{batch}.h5", save_freq=3), epochs=3)  # 5 an epoch
    assert names(tmp_path) == ["1-3.h5", "2-1.h5", "2-4.h5", "3-2.h5", "3-5.h5"]


def test_only_the_batches_that_are_due_interrupt_the_replay(tmp_path) -> None:
    calls = CallbackList(ModelCheckpoint(tmp_path / "a.h5"))
    assert not calls.listens("on_train_batch_end")
    assert calls.at_once("train", 100) == 100
    calls = CallbackList(ModelCheckpoint(tmp_path / "a.h5", save_freq=8))
    assert calls.at_once("train", 100) == 8
    assert calls.at_once("test", 100) == 100


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": "a.txt"}, r"must end in \.keras or \.h5, .* got 'a\.txt'"),
        ({"filepath": "a.weights.h5"}, r"save_weights_only=False .* no '\.weights\.h5'"),
        ({"filepath": "a.h5", "save_weights_only": True}, r"must end in \.weights\.h5"),
        ({"filepath": "a.h5", "save_freq": "epochs"}, "unrecognized save_freq: 'epochs'"),
        ({"filepath": "a.h5", "save_freq": True}, "unrecognized save_freq: True"),
        ({"filepath": "a.h5", "save_freq": 0}, "unrecognized save_freq: 0"),
        ({"filepath": "a.h5", "mode": "mix"}, "mode of ModelCheckpoint 'mix'"),
    ],
)
def test_arguments_that_cannot_work(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        ModelCheckpoint(**arguments)


def test_a_misspelt_argument() -> None:
    with pytest.raises(TypeError, match=r"'save_best'\. Did you mean 'save_best_only'"):
        ModelCheckpoint("a.h5", save_best=True)


@pytest.mark.parametrize(
    ("pattern", "arguments", "message"),
    [
        ("a.h5", {"save_best_only": True}, r"no 'val_loss' to monitor\. Give fit\(\) validation"),
        ("{val_loss}.h5", {}, r"no 'val_loss' for the filepath .* Give fit\(\) validation_data"),
        ("{los:.2f}.h5", {}, r"no 'los' for the filepath .* mean 'loss'\? There are: epoch, loss"),
        ("{batch}.h5", {}, "no 'batch' for the filepath"),
    ],
)
def test_what_will_not_be_there_is_refused_before_training(
    pattern, arguments, message, tmp_path
) -> None:
    begun = []
    watch = LambdaCallback(on_train_begin=lambda logs: begun.append(1))
    with pytest.raises(ValueError, match=message):
        fit(watch, ModelCheckpoint(tmp_path / pattern, **arguments))
    assert (begun, names(tmp_path)) == ([], [])


def test_there_is_no_validation_at_a_batch(tmp_path) -> None:
    for arguments in ({"save_best_only": True}, {}):
        checkpoint = ModelCheckpoint(tmp_path / "{val_loss}.h5", save_freq=2, **arguments)
        with pytest.raises(ValueError, match="no 'val_loss'"):
            fit(checkpoint, validation_data=(X, Y))


def test_a_subclassed_model_is_refused_before_training(tmp_path) -> None:
    class Own(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.inner = nnlite.layers.Dense(1)

        def call(self, inputs):
            return self.inner(inputs)

    made = Own()
    made.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match="subclassed model"):
        fit(ModelCheckpoint(tmp_path / "a.h5"), made=made)
    assert not made.built
    fit(ModelCheckpoint(tmp_path / "a.weights.h5", save_weights_only=True), made=made)
    assert names(tmp_path) == ["a.weights.h5"]


def test_a_folder_is_no_file(tmp_path) -> None:
    os.mkdir(tmp_path / "model.h5")
    with pytest.raises(IsADirectoryError, match="Please specify a non-directory filepath"):
        fit(ModelCheckpoint(tmp_path / "model.h5"))


def test_a_path_that_no_number_fits_is_refused_before_training():
    model = nnlite.Sequential([nnlite.Input((2,)), nnlite.layers.Dense(1)])
    model.compile(loss="mse")
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match=r"'\{epoch:zz\}\.keras' cannot be filled in"):
        model.fit(
            np.ones((4, 2)),
            np.ones((4, 1)),
            verbose=0,
            callbacks=[nnlite.callbacks.ModelCheckpoint("{epoch:zz}.keras")],
        )
    assert np.array_equal(model.get_weights()[0], before)
