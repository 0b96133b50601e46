"""A training says where it is, and another one goes on from there with the same bits."""

import copy

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    SwapEMAWeights,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)
VALIDATION = X[:20], Y[:20]


class Stop(Exception):  # noqa: N818
    """Ends a training as if the power had gone."""


class Keeps(Callback):
    """Notes where the training is, and breaks it off."""

    comes_last = True

    def __init__(self, epoch, batch=None):
        super().__init__()
        self.place = epoch, batch

    def on_train_batch_end(self, batch, logs=None):
        if (self.model._fitting_now.epoch, batch) == self.place:
            self.keep()

    def on_epoch_end(self, epoch, logs=None):
        if (epoch, None) == self.place:
            self.keep()

    def keep(self):
        self.state = copy.deepcopy(self.model._fitting_now.get_state())
        raise Stop


class Resumes(Callback):
    """Puts a training where another one has been broken off."""

    comes_last = True

    def __init__(self, state):
        super().__init__()
        self.state = state

    def on_train_begin(self, logs=None):
        if self.state["under_way"] is None:
            self.resume()
        else:
            self.model._fitting_now.epoch = self.state["epoch"]

    def on_epoch_begin(self, epoch, logs=None):
        if self.state is not None:
            self.resume()

    def resume(self):
        self.model._fitting_now.set_state(copy.deepcopy(self.state))
        self.state = None


def sequential():
    model = nnlite.Sequential(
        [
            layers.Dense(8, "relu", input_shape=(4,)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.GaussianNoise(0.1),
            layers.Dense(1, "sigmoid"),
        ]
    )
    optimizer = nnlite.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "auc"])
    return model


class Own(nnlite.Model):
    """Has a step, an optimizer and a metric of its own."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(1)
        self.second = nnlite.optimizers.Adam(0.01)
        self.seen = nnlite.metrics.Mean("seen")

    def call(self, inputs):
        return self.inner(inputs)

    def train_step(self, data):
        x, y = data
        x = x + nnlite.random.normal((4,))  # from where no seed is given
        x = x + np.random.normal()  # noqa: NPY002
        logs = super().train_step((x, y))
        with nnlite.GradientTape() as tape:
            loss = nnlite.ops.mean(self(x) ** 2)
        weights = self.trainable_weights
        self.second.apply(tape.gradient(loss, weights), weights)
        self.seen.update_state(loss.numpy())
        return {**logs, "own": float(loss.numpy()), "seen": self.seen.result()}


def own():
    model = Own()
    model.build((None, 4))
    model.compile(
        nnlite.optimizers.SGD(0.01, momentum=0.9),
        "mse",
        metrics=[nnlite.metrics.R2Score(num_regressors=2)],
    )
    return model


class Batches(nnlite.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


def generator():
    random = np.random.default_rng(3)
    while True:
        rows = random.integers(0, 50, size=8)
        yield X[rows], Y[rows]


def bits(model, history):
    """Everything that a training leaves behind."""
    optimizers = [getattr(model, name, None) for name in ("optimizer", "second")]
    numbers = [v.data.tobytes() for v in model.variables]
    numbers += [v.data.tobytes() for one in optimizers if one for v in one.variables]
    after = nnlite.random.stream("shuffle").random(), np.random.random()  # noqa: NPY002
    return numbers, history.history, history.epoch, history.epochs_of, after


ARRAYS = {"x": X, "y": Y, "batch_size": 8, "validation_data": VALIDATION}

#: What is trained: the model, the data (made anew each time), and the callbacks besides.
TRAININGS = {
    "arrays": (sequential, lambda: ARRAYS, lambda folder: []),
    "steps across passes": (
        sequential,
        lambda: {**ARRAYS, "steps_per_epoch": 5},
        lambda folder: [],
    ),
    "data set": (
        sequential,
        lambda: {"x": Batches(), "validation_data": VALIDATION},
        lambda folder: [],
    ),
    "generator": (
        sequential,
        lambda: {
            "x": generator(),
            "steps_per_epoch": 6,
            "validation_data": generator(),
            "validation_steps": 2,
        },
        lambda folder: [],
    ),
    "own step": (own, lambda: ARRAYS, lambda folder: []),
    "callbacks": (
        sequential,
        lambda: ARRAYS,
        lambda folder: [
            SwapEMAWeights(swap_on_epoch=True),
            LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            ReduceLROnPlateau(patience=1, factor=0.5, monitor="val_auc", min_delta=0.01),
            EarlyStopping(
                patience=2, min_delta=0.05, restore_best_weights=True, monitor="val_accuracy"
            ),
            CSVLogger(folder / "log.csv", append=True),
        ],
    ),
}


def train(kind, folder, *callbacks):
    nnlite.utils.set_random_seed(1)
    folder.mkdir(exist_ok=True)
    model, data, others = TRAININGS[kind]
    model, ends = model(), []
    end = LambdaCallback(on_train_end=ends.append)
    given = [*callbacks, *others(folder), end]
    history = model.fit(**data(), epochs=7, callbacks=given, verbose=0)
    log = folder / "log.csv"
    return bits(model, history), ends, log.read_bytes() if log.exists() else None


@pytest.mark.parametrize("kind", TRAININGS)
def test_it_goes_on_with_the_same_bits(kind, tmp_path):
    whole = train(kind, tmp_path)
    last = whole[0][2][-1]
    assert (last < 6) == (kind == "callbacks")  # stopped early
    batches = {"steps across passes": 5, "generator": 6, "data set": 6}.get(kind, 7)
    for place in [(0, None), (2, None), (last, None), (0, 0), (1, 2), (last, batches - 1)]:
        keeps, folder = Keeps(*place), tmp_path / str(place)
        with pytest.raises(Stop):
            train(kind, folder, keeps)
        assert train(kind, folder, Resumes(keeps.state)) == whole, place


def test_another_model_is_refused_and_nothing_is_changed(tmp_path):
    keeps = Keeps(1)
    with pytest.raises(Stop):
        train("arrays", tmp_path, keeps)
    model = nnlite.Sequential([layers.Dense(8, input_shape=(4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="arrays of the model, but values for"):
        model.fit(**ARRAYS, callbacks=[Resumes(keeps.state)], verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert model._fitting_now is None


def test_other_data_are_refused(tmp_path):
    keeps = Keeps(1)
    with pytest.raises(Stop):
        train("arrays", tmp_path, keeps)
    with pytest.raises(ValueError, match="there were 50 samples, and now 30"):
        sequential().fit(
            X[:30], Y[:30], validation_data=VALIDATION, callbacks=[Resumes(keeps.state)], verbose=0
        )


@pytest.mark.one_table
def test_a_metric_that_hides_what_it_has_seen_cannot_be_kept_in_the_middle_of_an_epoch():
    class Hides(nnlite.metrics.Metric):
        total = 0.0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total += 1

        def result(self):
            return self.total

        def reset_state(self):
            self.total = 0.0

    model = nnlite.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Hides("hidden")])
    with pytest.raises(ValueError, match="metric 'hidden' keeps what it has seen in attributes"):
        model.fit(X, Y, callbacks=[Keeps(0, 0)], verbose=0)
    with pytest.raises(Stop):
        model.fit(X, Y, callbacks=[Keeps(0)], verbose=0)
