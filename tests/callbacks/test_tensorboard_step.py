"""TensorBoard's histograms of gradients and activations: right, and unnoticed by the training."""

import copy
import random
import threading
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse

import nnlite
from nnlite import layers, summary
from nnlite.callbacks import LambdaCallback, TensorBoard
from nnlite.callbacks.tensorboard_step import samples_of, step_on_a_copy

from .test_tensorboard import Subclassed, steps, values

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1] * X[:, 1:2]
BOTH = {"histogram_freq": 1, "histogram_gradients": True}


def linear(**arguments):
    """y = xW + b by mean squared error: its gradients can be written down."""
    made = nnlite.Sequential([layers.Dense(1, input_shape=(3,), name="line")], name="model")
    made.compile(nnlite.optimizers.SGD(0.1, **arguments), "mse")
    return made


def random_model():
    """A model whose steps change much: statistics, masks drawn at random, metrics."""
    made = nnlite.Sequential(
        [
            layers.Dense(8, "relu", input_shape=(3,)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(1, kernel_regularizer="l2"),
        ]
    )
    made.compile("adam", "mse", metrics=["mae"])
    return made


def expected(kernel, bias, x, y):
    """The gradients of the mean squared error, and the outputs."""
    outputs = x @ kernel + bias
    error = 2 * (outputs - y) / len(x)
    return {"kernel": x.T @ error, "bias": error.sum(axis=0)}, outputs


@pytest.mark.parametrize("arguments", [{}, {"clipnorm": 1e-3}, {"loss_scale_factor": 64.0}])
def test_the_numbers(arguments) -> None:
    made = linear(**arguments)
    before = [one.copy() for one in made.get_weights()]
    gradients, activations = step_on_a_copy(made, (X[:8], Y[:8], None))
    by_name, outputs = expected(*before, X[:8], Y[:8])
    assert gradients.keys() == {"model/line/kernel", "model/line/bias"}
    for name, gradient in by_name.items():
        np.testing.assert_allclose(gradients[f"model/line/{name}"], gradient, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(activations["model/line"], outputs.ravel(), rtol=1e-6)
    assert all(map(np.array_equal, made.get_weights(), before))
    assert int(made.optimizer.iterations) == 0


def test_what_is_in_the_files(tmp_path) -> None:
    """Of the weights as they are at the end of the epoch, on the first samples."""
    ends = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(made.get_weights()))
    made = linear()
    made.fit(X, Y, 8, epochs=2, verbose=0, callbacks=[TensorBoard(tmp_path, **BOTH), watch])
    found = [one for one in values(tmp_path / "train") if one[0].startswith("model/line/")]
    tags = ["kernel/histogram", "bias/histogram", "kernel/gradient", "bias/gradient", "activation"]
    assert [(tag, step) for tag, step, _ in found] == [
        (f"model/line/{tag}", epoch) for epoch in range(2) for tag in tags
    ]
    for epoch, weights in enumerate(ends):
        gradients, outputs = expected(*weights, X[:8], Y[:8])
        for tag, array in (("kernel/gradient", gradients["kernel"]), ("activation", outputs)):
            ((_, _, data),) = [one for one in found if one[:2] == (f"model/line/{tag}", epoch)]
            ends_of = data[0, 0], data[-1, 1]
            np.testing.assert_allclose(ends_of, (array.min(), array.max()), rtol=1e-4)
            assert data[:, 2].sum() == array.size


def test_one_kind_alone(tmp_path) -> None:
    for name, arguments in (
        ("gradient", {"histogram_gradients": True, "histogram_activations": False}),
        ("activation", {"histogram_activations": True}),
    ):
        callback = TensorBoard(tmp_path / name, histogram_freq=1, **arguments)
        linear().fit(X, Y, verbose=0, callbacks=[callback])
        found = {tag.rpartition("/")[2] for tag in steps(tmp_path / name / "train")}
        assert found - {"keras", "epoch_loss", "epoch_learning_rate", "histogram"} == {name}


def test_layers_inside_layers_and_shared_ones() -> None:
    inputs = nnlite.Input((3,))
    inner = nnlite.Sequential([layers.Dense(5, input_shape=(3,), name="a")], name="inner")
    shared = layers.Dense(3, name="shared")
    made = nnlite.Model(inputs, inner(shared(shared(inputs))))
    made.compile("sgd", "mse")
    gradients, activations = step_on_a_copy(made, (X[:8], np.zeros((8, 5), np.float32), None))
    sizes = {path: len(seen) for path, seen in activations.items()}
    assert sizes == {"shared": 48, "inner": 40, "inner/a": 40}
    assert {path.rpartition("/")[0] for path in gradients} == {"shared", "inner/a"}


class OfOneName(nnlite.Model):
    """Two layers that were given the same name."""

    def __init__(self):
        super().__init__(name="pair")
        self.one, self.other = layers.Dense(4, name="d"), layers.Dense(1, name="d")

    def call(self, inputs):
        return self.other(self.one(inputs))


def test_two_layers_of_one_path_have_a_histogram_each(tmp_path) -> None:
    made = OfOneName()
    made.compile("sgd", "mse")
    made.fit(X, Y, verbose=0, callbacks=[TensorBoard(tmp_path, **BOTH)])
    gradients, activations = step_on_a_copy(made, (X[:8], Y[:8], None))
    assert {tag: one.shape for tag, one in gradients.items()} == {
        "pair/d/kernel": (3, 4),
        "pair/d/bias": (4,),
        "pair/d/kernel_1": (4, 1),
        "pair/d/bias_1": (1,),
    }
    assert {tag: one.size for tag, one in activations.items()} == {"pair/d": 32, "pair/d_1": 8}
    shown = {tag for tag, _, _ in values(tmp_path / "train")}
    assert shown >= {f"{tag}/{kind}" for tag in gradients for kind in ("histogram", "gradient")}


class TwoOptimizers(nnlite.Model):
    """Two layers, each trained by an optimizer and a loss of its own."""

    def __init__(self):
        super().__init__()
        self.one, self.other = layers.Dense(1, name="one"), layers.Dense(1, name="other")
        self.of_one, self.of_other = nnlite.optimizers.SGD(0.1), nnlite.optimizers.SGD(0.1)

    def call(self, inputs):
        return self.one(inputs) + self.other(inputs)

    def train_step(self, data):
        x, y = data
        for layer, optimizer, factor in (
            (self.one, self.of_one, 1),
            (self.other, self.of_other, 5),
        ):
            with nnlite.GradientTape() as tape:
                loss = nnlite.ops.mean((self(x) - y) ** 2) * factor
            weights = layer.trainable_weights
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def test_a_step_of_ones_own_with_two_optimizers() -> None:
    made = TwoOptimizers()
    made.compile()
    made.build((None, 3))
    before = made.get_weights()
    y_pred = X @ before[0] + X @ before[2] + before[1] + before[3]
    gradients, _ = step_on_a_copy(made, (X, Y, None))
    by_path = {path.split("/", 1)[1]: gradient for path, gradient in gradients.items()}
    error = 2 * (y_pred - Y) / len(X)
    np.testing.assert_allclose(by_path["one/kernel"], X.T @ error, rtol=1e-4, atol=1e-6)
    after = [before[0] - 0.1 * by_path["one/kernel"], before[1] - 0.1 * by_path["one/bias"]]
    error = 2 * (X @ after[0] + after[1] + X @ before[2] + before[3] - Y) / len(X)
    np.testing.assert_allclose(by_path["other/kernel"], 5 * X.T @ error, rtol=1e-4, atol=1e-5)


# ------------------------------------------------------------------------- nothing has happened


def generator():
    for start in range(0, 160, 8):
        yield X[start % 40 :][:8], Y[start % 40 :][:8]


class Draws(Subclassed):
    """A model that draws from the streams of everybody, and makes layers in its steps."""

    def train_step(self, data):
        layers.Dense(1)
        return super().train_step(data)

    def call(self, inputs):
        noise = nnlite.random.normal((1,)) + random.random() + np.random.random()  # noqa: NPY002
        return self.dense(inputs) + noise


TRAININGS = {
    "shuffled arrays": lambda made, callbacks: made.fit(
        X, Y, 8, epochs=3, validation_split=0.2, callbacks=callbacks, verbose=0
    ),
    "a generator": lambda made, callbacks: made.fit(
        generator(), epochs=3, steps_per_epoch=5, callbacks=callbacks, verbose=0
    ),
    "what is read batch by batch": lambda made, callbacks: made.fit(
        scipy.sparse.csr_matrix(X), Y, 8, epochs=3, callbacks=callbacks, verbose=0
    ),
    "an epoch that ends in the middle of the data": lambda made, callbacks: made.fit(
        X, Y, 8, epochs=3, steps_per_epoch=3, callbacks=callbacks, verbose=0
    ),
}


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.parametrize(
    "make",
    [random_model, lambda: compiled(Subclassed()), lambda: compiled(Draws())],
    ids=["plain", "own", "draws"],
)
def test_the_training_goes_on_with_the_same_bits(make, training, tmp_path) -> None:
    found = []
    for callbacks in ([], [TensorBoard(tmp_path, **BOTH)]):
        nnlite.utils.set_random_seed(3)
        nnlite.utils.clear_session()
        made = make()
        history = TRAININGS[training](made, callbacks).history
        drawn = nnlite.random.normal((3,)).numpy().tobytes(), np.random.random()  # noqa: NPY002
        numbers = [one.data.tobytes() for one in (*made.variables, *made.optimizer.variables)]
        found.append((history, drawn, numbers, layers.Dense(1).name))
    assert found[0] == found[1]
    assert any(tag.endswith("/gradient") for tag in steps(tmp_path / "train"))
    assert "mean" not in steps(tmp_path / "train")  # what the copy would write itself


def compiled(made):
    made.compile("adam", "mse", metrics=["mae"])
    return made


def test_the_replay_stays_on(tmp_path) -> None:
    made = random_model()
    replays = []

    def look(epoch, logs):
        replays.append(made._fitting_now.train.steps.replays)

    callbacks = [TensorBoard(tmp_path, **BOTH), LambdaCallback(on_epoch_end=look)]
    made.fit(X, Y, 8, epochs=3, callbacks=callbacks, verbose=0)
    assert replays == [True, True, True]


def test_the_samples_are_the_first_of_arrays_and_the_last_of_a_stream() -> None:
    seen = []

    def look(epoch, logs):
        x, y, weights = samples_of(made._fitting_now.train.steps.batches)
        seen.append((x.copy(), y.copy(), weights))

    made = linear()
    made.fit(X, Y, 8, epochs=2, callbacks=[LambdaCallback(on_epoch_end=look)], verbose=0)
    made.fit(X, Y, 64, callbacks=[LambdaCallback(on_epoch_end=look)], verbose=0)
    batches = [(X[start : start + 8], Y[start : start + 8]) for start in range(0, 40, 8)]
    made.fit(iter(batches), callbacks=[LambdaCallback(on_epoch_end=look)], verbose=0)
    for (x, y, weights), rows in zip(
        seen, (slice(8), slice(8), slice(40), slice(32, 40)), strict=True
    ):
        np.testing.assert_array_equal(x, X[rows])
        np.testing.assert_array_equal(y, Y[rows])
        assert weights is None


class CountsSteps(Subclassed):
    """Knows how many steps it has done, and the class how often it was copied."""

    copies: ClassVar = []

    def __init__(self):
        super().__init__()
        self.steps = []

    def train_step(self, data):
        self.steps.append(1)
        return super().train_step(data)

    def __deepcopy__(self, memo):
        made = CountsSteps()
        memo[id(self)] = made
        vars(made).update(copy.deepcopy(self.__getstate__(), memo))
        self.copies.append(made)
        return made


def test_where_nothing_is_due_no_step_is_done(tmp_path) -> None:
    """15 batches, and summaries at each 4th."""
    callback = TensorBoard(tmp_path, update_freq=4, **BOTH)
    made = compiled(CountsSteps())
    made.fit(X, Y, 8, epochs=4, callbacks=[callback], verbose=0)
    assert len(made.steps) == 20  # the other ones are the copy's own
    assert len(CountsSteps.copies) == 2  # to see whether it can be copied, and for the step
    found = steps(tmp_path / "train")
    assert {tuple(found[tag]) for tag in found if tag.endswith(("/gradient", "/activation"))} == {
        (3,)
    }


# ------------------------------------------------------------------------------------- refusals


def test_a_model_that_cannot_be_copied_is_refused_before_anything_happens(tmp_path) -> None:
    made = compiled(Subclassed())
    made.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"TensorBoard, .* works on a copy of the model"):
        made.fit(X, Y, callbacks=[TensorBoard(tmp_path, **BOTH)])
    assert not list(tmp_path.iterdir())
    made.fit(X, Y, callbacks=[TensorBoard(tmp_path, histogram_freq=1)], verbose=0)


def test_histograms_that_would_never_be_written_are_refused() -> None:
    for name in ("histogram_gradients", "histogram_activations"):
        with pytest.raises(ValueError, match="histogram_freq=1"):
            TensorBoard(**{name: True})


def test_without_a_training_there_are_no_samples(tmp_path) -> None:
    callback = TensorBoard(tmp_path, **BOTH)
    callback.set_model(linear())
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_train_end()
    assert "model/line/kernel/histogram" in steps(tmp_path / "train")
    assert not summary.should_record_summaries()
