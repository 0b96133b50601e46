"""fit: which samples, in which order, with which weights, and what it reports."""

import math
from itertools import chain

import numpy as np
import pandas
import pytest

import nnlite
from nnlite import Sequential
from nnlite.layers import Dense, Flatten, Layer
from nnlite.losses import MeanSquaredError
from nnlite.optimizers import SGD

#: The mean over batches sums in another order than the mean over all: some roundings of float32.
SAME_MEAN = {"rel": 1e-5, "abs": 1e-6}


def data(samples=10, width=3, classes=3):
    random = np.random.default_rng(5)
    x = random.normal(size=(samples, width)).astype(np.float32)
    return x, random.integers(0, classes, samples)


def classifier(learning_rate=0.1, metrics=("accuracy",), **options):
    model = Sequential(
        [Dense(5, activation="tanh", input_shape=(3,)), Dense(3, activation="softmax")]
    )
    optimizer = SGD(learning_rate, momentum=0.5)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics), **options)
    return model


def with_same_weights(model, **options):
    """Another model that starts where `model` is."""
    twin = classifier(**options)
    twin.set_weights(model.get_weights())
    return twin


def assert_same_weights(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Witness(Layer):
    """Lets the inputs through and notes which samples came in training."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.batches = []

    def call(self, inputs, training=False):
        if training:
            self.batches.append([int(number) for number in inputs.numpy()[:, 0]])
        return inputs


def witnessed(samples=10, **options):
    """Fit a model on samples numbered from 0; return the numbers in every training batch."""
    witness = Witness()
    model = Sequential([witness, Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    numbers = np.arange(samples, dtype=np.float32).reshape(-1, 1)
    model.fit(numbers, np.zeros(samples), verbose=0, **options)
    return witness.batches


# ---------------------------------------------------------------------------- which samples when


def test_without_shuffling_the_samples_come_as_they_lie():
    batches = witnessed(7, batch_size=3, epochs=2, shuffle=False)
    assert batches == [[0, 1, 2], [3, 4, 5], [6]] * 2


def test_shuffling_draws_a_new_order_each_epoch_and_every_sample_once():
    batches = witnessed(20, batch_size=8, epochs=3)
    epochs = [[*chain(*batches[i : i + 3])] for i in (0, 3, 6)]
    assert [len(batch) for batch in batches] == [8, 8, 4] * 3
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != list(range(20))


def test_the_default_batch_size_is_32():
    assert [len(batch) for batch in witnessed(70)] == [32, 32, 6]


def test_steps_per_epoch_go_on_where_the_last_epoch_stopped():
    batches = witnessed(7, batch_size=2, epochs=3, steps_per_epoch=2, shuffle=False)
    assert batches == [[0, 1], [2, 3], [4, 5], [6], [0, 1], [2, 3]]


def test_steps_per_epoch_may_go_more_than_once_over_the_samples():
    assert witnessed(3, batch_size=2, steps_per_epoch=4, shuffle=False) == [[0, 1], [2]] * 2


def test_validation_split_holds_out_the_last_rows_before_shuffling():
    batches = witnessed(10, batch_size=4, epochs=2, validation_split=0.3)
    epochs = [[*chain(*batches[:2])], [*chain(*batches[2:])]]
    assert [sorted(epoch) for epoch in epochs] == [list(range(7))] * 2
    assert epochs[0] != epochs[1]


def test_validation_split_evaluates_on_what_it_holds_out():
    x, y = data(10)
    weights = np.linspace(0, 2, 10)
    model = classifier(0.0)
    history = model.fit(x, y, sample_weight=weights, validation_split=0.25, verbose=0).history
    kept = int(10 * (1 - 0.25))
    for name, part in (("", slice(0, kept)), ("val_", slice(kept, None))):
        loss, accuracy = model.evaluate(x[part], y[part], sample_weight=weights[part], verbose=0)
        assert history[f"{name}loss"] == pytest.approx([loss], **SAME_MEAN)
        assert history[f"{name}accuracy"] == pytest.approx([accuracy], **SAME_MEAN)


# ----------------------------------------------------------------------------------------- means


@pytest.mark.parametrize("batch_size", [1, 3, 7, 10, 64])
def test_epoch_means_are_over_samples_so_a_partial_batch_counts_by_its_size(batch_size):
    x, y = data(10)
    model = classifier(0.0)
    history = model.fit(x, y, batch_size=batch_size, verbose=0).history
    probabilities = model.predict(x, verbose=0)
    loss = -np.log(probabilities[np.arange(10), y]).mean()
    accuracy = (probabilities.argmax(axis=1) == y).mean()
    assert history["loss"] == pytest.approx([loss], **SAME_MEAN)
    assert history["accuracy"] == pytest.approx([accuracy])


def test_one_step_by_hand():
    model = Sequential([Dense(1, input_shape=(1,), kernel_initializer="ones")])
    model.compile(loss="mse", optimizer=SGD(0.25))
    history = model.fit([[1.0], [3.0]], [2.0, 1.0], verbose=0)
    # errors -1 and 2; loss (1 + 4) / 2; dw = 2 (-1·1 + 2·3) / 2 = 5; db = 2 (-1 + 2) / 2 = 1
    assert history.history == {"loss": [2.5]}
    assert model.get_weights()[0].item() == 1 - 0.25 * 5
    assert model.get_weights()[1].item() == -0.25


def test_a_loss_weight_multiplies_loss_and_steps():
    x, y = data()
    one = classifier(0.1, loss_weights=2.0)
    other = with_same_weights(one, learning_rate=0.2)
    (doubled,) = one.fit(x, y, shuffle=False, verbose=0).history["loss"]
    (plain,) = other.fit(x, y, shuffle=False, verbose=0).history["loss"]
    assert doubled == pytest.approx(2 * plain)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # 2 · 0.1 and 0.2 round differently


# --------------------------------------------------------------------------------------- weights


def test_class_weight_is_the_sample_weight_of_each_class():
    x, y = data()
    by_class = {0: 1.0, 1: 2.5, 2: 0.4}
    one = classifier(weighted_metrics=["accuracy"])
    other = with_same_weights(one, weighted_metrics=["accuracy"])
    first = one.fit(x, y, 4, class_weight=by_class, shuffle=False, verbose=0).history
    weights = np.array([by_class[label] for label in y])
    second = other.fit(x, y, 4, sample_weight=weights, shuffle=False, verbose=0).history
    assert first == second
    assert list(first) == ["loss", "accuracy", "weighted_accuracy"]
    assert_same_weights(one, other)


def test_a_class_without_a_weight_weighs_one():
    x, y = data()
    one = classifier()
    other = with_same_weights(one)
    one.fit(x, y, class_weight={1: 3.0}, shuffle=False, verbose=0)
    other.fit(x, y, class_weight={0: 1, 1: 3, 2: 1}, shuffle=False, verbose=0)
    assert_same_weights(one, other)


def test_class_weight_of_one_hot_labels():
    x, y = data()
    one = classifier()
    one.compile("sgd", "categorical_crossentropy")
    other = with_same_weights(one)
    other.compile("sgd", "sparse_categorical_crossentropy")
    by_class = {0: 1.0, 1: 2.5, 2: 0.4}
    one.fit(x, np.eye(3)[y], class_weight=by_class, shuffle=False, verbose=0)
    other.fit(x, y, class_weight=by_class, shuffle=False, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)  # two kernels round differently


def test_class_weight_and_sample_weight_multiply():
    x, y = data()
    by_class, by_sample = {0: 1.0, 1: 2.0, 2: 0.5}, np.linspace(0, 2, 10)
    one = classifier()
    other = with_same_weights(one)
    one.fit(x, y, class_weight=by_class, sample_weight=by_sample, shuffle=False, verbose=0)
    product = by_sample * np.array([by_class[label] for label in y])
    other.fit(x, y, sample_weight=product, shuffle=False, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)  # the product is rounded twice


def test_a_sample_of_weight_zero_teaches_nothing():
    x, y = data()
    weights = np.ones(10)
    weights[[2, 5]] = 0
    changed = x.copy()
    changed[[2, 5]] = 9.0
    one = classifier()
    other = with_same_weights(one)
    one.fit(x, y, sample_weight=weights, shuffle=False, verbose=0)
    other.fit(changed, y, sample_weight=weights, shuffle=False, verbose=0)
    assert_same_weights(one, other)


def test_sample_weights_stay_with_their_samples_when_shuffled():
    x, y = data(12)
    weights = (np.arange(12) % 2).astype(float)
    changed = x.copy()
    changed[::2] = 9.0  # those of weight 0
    one = classifier()
    other = with_same_weights(one)
    for model, inputs in ((one, x), (other, changed)):
        nnlite.utils.set_random_seed(3)
        model.fit(inputs, y, 4, epochs=3, sample_weight=weights, verbose=0)
    assert_same_weights(one, other)


# ------------------------------------------------------------------------------------ validation


def test_validation_data_is_evaluated_after_each_epoch_with_the_weights_of_then():
    x, y = data()
    held_out = data(7)
    model = classifier(0.0)
    history = model.fit(x, y, epochs=2, validation_data=held_out, verbose=0).history
    loss, accuracy = model.evaluate(*held_out, verbose=0)
    assert history["val_loss"] == [loss, loss]
    assert history["val_accuracy"] == [accuracy, accuracy]

    model = classifier(0.5)
    history = model.fit(x, y, epochs=2, validation_data=held_out, verbose=0).history
    assert history["val_loss"][1] == model.evaluate(*held_out, verbose=0)[0]
    assert history["val_loss"][0] != history["val_loss"][1]


def test_validation_sample_weights():
    x, y = data()
    weights = np.linspace(0, 1, 10)
    model = classifier(0.0)
    history = model.fit(x, y, validation_data=(x, y, weights), verbose=0).history
    assert history["val_loss"] == [model.evaluate(x, y, sample_weight=weights, verbose=0)[0]]


@pytest.mark.parametrize(
    ("frequency", "epochs"), [(1, [0, 1, 2, 3]), (2, [1, 3]), (3, [2]), ([1, 4], [0, 3])]
)
def test_validation_freq(frequency, epochs):
    x, y = data()
    history = classifier().fit(
        x, y, epochs=4, validation_data=(x, y), validation_freq=frequency, verbose=0
    )
    assert history.epochs_of["val_loss"] == epochs
    assert len(history.history["val_loss"]) == len(epochs)
    assert len(history.history["loss"]) == 4


def test_early_stopping_waits_for_a_validation_that_is_not_every_epoch():
    x, y = data()
    stopping = nnlite.callbacks.EarlyStopping(patience=1)
    history = classifier(0.0).fit(
        x,
        y,
        epochs=9,
        validation_data=(x, y),
        validation_freq=2,
        callbacks=[stopping],
        verbose=0,
    )
    assert history.epoch == [0, 1, 2, 3]  # the second validation is no better than the first


def test_validation_steps_and_batch_size():
    x, y = data()

    class Counts(nnlite.callbacks.Callback):
        steps = 0

        def on_test_batch_end(self, batch, logs=None):
            self.steps += 1

    counts = Counts()
    model = classifier(0.0)
    options = {"validation_batch_size": 3, "validation_steps": 2, "callbacks": [counts]}
    history = model.fit(x, y, validation_data=(x, y), verbose=0, **options).history
    assert counts.steps == 2
    expected = model.evaluate(x[:6], y[:6], verbose=0)[0]
    assert history["val_loss"] == pytest.approx([expected], **SAME_MEAN)


# ------------------------------------------------------------------------- epochs, seeds, history


def test_initial_epoch_is_where_counting_goes_on():
    x, y = data()
    history = classifier().fit(x, y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    assert len(history.history["loss"]) == 2
    assert classifier().fit(x, y, epochs=2, initial_epoch=2, verbose=0).history == {}


def test_two_fits_of_one_epoch_are_one_fit_of_two():
    x, y = data()
    one = classifier()
    other = with_same_weights(one)
    first = one.fit(x, y, 4, epochs=2, shuffle=False, verbose=0).history["loss"]
    second = [other.fit(x, y, 4, shuffle=False, verbose=0).history["loss"][0] for _ in range(2)]
    assert first == second  # the momentum is kept
    assert_same_weights(one, other)


def test_the_same_seed_gives_the_same_bits():
    x, y = data(50)
    results = []
    for seed in (1, 1, 2):
        nnlite.utils.set_random_seed(seed)
        model = classifier()
        history = model.fit(x, y, 8, epochs=3, verbose=0).history
        results.append((history, [weight.tobytes() for weight in model.get_weights()]))
    assert results[0] == results[1]
    assert results[0][0] != results[2][0]


def test_how_long_a_model_trains_does_not_change_the_next_ones_weights():
    x, y = data(50)
    found = []
    for epochs in (1, 4):
        nnlite.utils.set_random_seed(1)
        classifier().fit(x, y, epochs=epochs, verbose=0)
        found.append(classifier().get_weights()[0])
    np.testing.assert_array_equal(*found)


def test_the_history():
    x, y = data()
    model = classifier()
    history = model.fit(x, y, 4, epochs=3, validation_data=(x, y), verbose=0)
    assert isinstance(history, nnlite.callbacks.History)
    assert model.history is history
    assert history.model is model
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert history.epoch == [0, 1, 2]
    assert {type(value) for values in history.history.values() for value in values} == {float}
    assert history.params.items() >= {"verbose": 0, "epochs": 3, "steps": 3}.items()
    table = pandas.DataFrame(history.history)
    assert table.shape == (3, 4)
    assert list(table.dtypes) == [np.dtype("float64")] * 4


def test_training_learns():
    x, y = data(200)
    y = (x[:, 0] > x[:, 1]).astype(int)
    history = classifier(0.3).fit(x, y, epochs=20, verbose=0).history
    assert history["accuracy"][-1] > 0.95
    assert history["loss"][-1] < history["loss"][0] / 2


# --------------------------------------------------------------------------------------- compile


@pytest.mark.parametrize(
    "loss",
    [
        "mse",
        "mean_squared_error",
        "MeanSquaredError",
        MeanSquaredError,
        MeanSquaredError(),
        nnlite.losses.mean_squared_error,
        ["mse"],
        lambda y_true, y_pred: nnlite.ops.mean(nnlite.ops.square(y_pred - y_true), axis=-1),
    ],
    ids=["alias", "name", "class name", "class", "instance", "function", "list", "own function"],
)
@pytest.mark.parametrize("y_shape", [(4,), (4, 1)])
def test_a_loss_in_every_form(loss, y_shape):
    model = Sequential([Dense(1, input_shape=(1,), kernel_initializer="ones")])
    model.compile(loss=loss, optimizer="sgd")
    y = np.array([0.0, 1.0, 2.0, 3.0]).reshape(y_shape)
    x = np.array([[0.0], [2.0], [2.0], [6.0]])
    assert model.evaluate(x, y, verbose=0) == pytest.approx((0 + 1 + 0 + 9) / 4)


@pytest.mark.parametrize("optimizer", ["sgd", "SGD", SGD, SGD(0.01)])
def test_an_optimizer_in_every_form(optimizer):
    model = Sequential([Dense(1, input_shape=(1,), kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    model.train_on_batch([[1.0]], [0.0])
    assert model.get_weights()[0].item() == pytest.approx(1 - 0.01 * 2)


def test_compiling_again_starts_another_optimizer():
    model = classifier()
    first = model.optimizer
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.optimizer is not first
    assert list(model.fit(*data(), verbose=0).history) == ["loss"]


def test_the_learning_rate_can_be_changed_between_fits():
    x, y = data()
    model = classifier()
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert float(model.optimizer.learning_rate) == 0.0


def test_deferred_models_are_built_by_fit():
    x, y = data()
    model = Sequential([Flatten(), Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert math.isfinite(model.fit(x, y, verbose=0).history["loss"][0])
    assert model.count_params() == 12
