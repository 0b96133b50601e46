"""Generators, iterators and data sets that make batches: in fit, evaluate and predict."""

import threading
import time

import numpy as np
import pytest

import nnlite
from nnlite.streams import stream_of

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1] - 2 * X[:, 1:2]


def regression():
    nnlite.utils.set_random_seed(0)
    model = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def batches(times=1, size=8, weights=False):
    for start in list(range(0, 40, size)) * times:
        part = slice(start, start + size)
        yield (X[part], Y[part], np.ones(len(X[part]))) if weights else (X[part], Y[part])


class Data(nnlite.utils.PyDataset):
    """The batches by their number, noting what happens."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.seen, self.ends, self.threads = [], 0, set()

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.seen.append(index)
        self.threads.add(threading.current_thread())
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]

    def on_epoch_end(self):
        self.ends += 1


class Looks:
    """No PyDataset, but it looks like one."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


class Loader:
    """What can be iterated over again and again, as data loaders can."""

    def __iter__(self):
        return batches()


def outcome(model, *data, **options):
    history = model.fit(*data, verbose=0, shuffle=False, **options).history
    return [w.tobytes() for w in model.get_weights()], history


@pytest.mark.parametrize(
    "make",
    [Data, Looks, Loader, lambda: Data(workers=3), lambda: batches(3)],
    ids=["PyDataset", "looks like one", "loader", "3 workers", "generator"],
)
def test_every_stream_trains_to_the_same_bits_as_the_arrays(make):
    expected = outcome(regression(), X, Y, batch_size=8, epochs=3)
    steps = 5 if make.__name__ == "<lambda>" else None
    assert outcome(regression(), make(), epochs=3, steps_per_epoch=steps) == expected


def test_steps_on_a_stream_are_replayed(kernels, replayed):
    model = regression()
    model.compile("sgd", "mse", metrics=["mse"])
    model.fit(batches(4), verbose=0)
    assert sum(replayed) == (18 if kernels == "compiled" else 0)  # all but the first two


def test_batches_of_other_sizes_and_types_come_as_they_like():
    def mixed():
        kinds = (4, "int64"), (4, "int64"), (4, "int64"), (3, "float32")
        for size, dtype in (*kinds, (9, "float32"), (4, "float64"), (4, "float32"), (9, "int64")):
            yield (3 * X[20 : 20 + size]).astype(dtype), Y[:size]

    one, other = regression(), regression()
    for model in (one, other):
        model.compile("sgd", "mse")  # so that its steps are replayed
    one.fit(mixed(), verbose=0)
    for x, y in mixed():
        other.train_on_batch(x, y)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.one_table
def test_the_mean_is_over_samples_though_batches_differ():
    found = regression().evaluate(((X[a:b], Y[a:b]) for a, b in ((0, 30), (30, 40))), verbose=0)
    # float32 sums in another order
    assert found == pytest.approx(regression().evaluate(X, Y, verbose=0), rel=1e-5)


@pytest.mark.one_table
def test_evaluate_and_predict_take_streams():
    model = regression()
    whole = model.predict(X, verbose=0)
    for stream in (batches(), Data(), Loader(), (x for x, _ in batches())):
        np.testing.assert_allclose(model.predict(stream, verbose=0), whole, rtol=1e-5)
    assert model.predict(batches(), steps=2, verbose=0).shape == (16, 1)
    assert model.evaluate(Data(), verbose=0) == model.evaluate(X, Y, 8, verbose=0)
    assert model.evaluate(batches(9), steps=5, verbose=0) == model.evaluate(X, Y, 8, verbose=0)


@pytest.mark.one_table
def test_validation_on_a_stream_begins_anew_each_time():
    model = regression()
    data = Data()
    history = model.fit(X, Y, epochs=3, validation_data=data, verbose=0).history
    assert len(history["val_mae"]) == 3
    assert data.ends == 3
    assert history["val_loss"][-1] == model.evaluate(X, Y, 8, verbose=0)[0]
    part = model.evaluate(X[:16], Y[:16], 8, verbose=0)[0]
    model.optimizer.learning_rate = 0.0
    history = model.fit(X, Y, epochs=2, validation_data=Data(), validation_steps=2, verbose=0)
    assert history.history["val_loss"] == [part, part]


@pytest.mark.one_table
def test_an_iterator_goes_on_where_the_last_epoch_stopped():
    drawn = []

    def endless():
        while True:
            drawn.append(len(drawn))
            yield X[:4], Y[:4]

    history = regression().fit(endless(), epochs=4, steps_per_epoch=3, verbose=0)
    assert history.epoch == [0, 1, 2, 3]
    assert len(drawn) == 12


@pytest.mark.one_table
def test_a_generator_that_runs_dry_ends_the_training_with_a_warning():
    model = regression()
    with pytest.warns(UserWarning, match="Your input ran out of data; interrupting training"):
        history = model.fit(batches(), epochs=3, steps_per_epoch=4, verbose=0)
    assert history.epoch == [0, 1]
    assert int(model.optimizer.iterations) == 5
    with pytest.warns(UserWarning, match="ran out of data"):
        history = model.fit(batches(), epochs=3, verbose=0)
    assert history.epoch == [0]


@pytest.mark.one_table
def test_a_data_set_hears_of_the_end_of_each_pass_and_is_shuffled():
    data = Data()
    regression().fit(data, epochs=3, verbose=0)
    assert data.ends == 3
    passes = [data.seen[start : start + 5] for start in (0, 5, 10)]
    assert all(sorted(one) == list(range(5)) for one in passes)
    assert passes[0] != passes[1] or passes[1] != passes[2]
    data = Data()
    regression().fit(data, epochs=2, shuffle=False, verbose=0)
    assert data.seen == list(range(5)) * 2


@pytest.mark.one_table
def test_a_data_set_without_end():
    class Endless(Data):
        num_batches = None

        def __getitem__(self, index):
            return X[:4], Y[:4]

    assert regression().fit(Endless(), epochs=2, steps_per_epoch=7, verbose=0).epoch == [0, 1]


@pytest.mark.one_table
def test_sample_weights_and_class_weights_come_with_the_batches():
    expected = regression().evaluate(X, Y, 8, sample_weight=np.ones(40), verbose=0)
    assert regression().evaluate(batches(weights=True), verbose=0) == expected
    labels = (X[:, 0] > 0).astype(int)
    outcomes = []
    for data in ((X, labels), (((X, labels) for _ in range(1)),)):
        nnlite.utils.set_random_seed(0)
        model = nnlite.Sequential([nnlite.layers.Dense(2, "softmax", input_shape=(3,))])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(*data, batch_size=40, class_weight={1: 3.0}, shuffle=False, verbose=0)
        outcomes.append([w.tobytes() for w in model.get_weights()])
    assert outcomes[0] == outcomes[1]


@pytest.mark.one_table
def test_a_deferred_model_is_built_from_the_first_batch():
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches(), verbose=0)
    assert model.input_shape == (None, 3)


# ---------------------------------------------------------------------------------------- errors


def alive():
    return [t for t in threading.enumerate() if t.name.startswith("nnlite-batches")]


def let_go():
    """Wait until the workers, which nobody waits for, have ended."""
    until = time.monotonic() + 20
    while alive() and time.monotonic() < until:
        time.sleep(0.01)
    return not alive()


@pytest.mark.one_table
@pytest.mark.parametrize("workers", [1, 3])
def test_what_a_data_set_raises_reaches_the_user(workers):
    class Fails(Data):
        def __getitem__(self, index):
            if index == 3:
                raise KeyError("the fourth")
            return super().__getitem__(index)

    with pytest.raises(KeyError, match="the fourth"):
        regression().fit(Fails(workers=workers), shuffle=False, verbose=0)
    assert let_go()


@pytest.mark.one_table
def test_what_a_generator_raises_reaches_the_user():
    def fails():
        yield X, Y
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        regression().fit(fails(), verbose=0)


@pytest.mark.one_table
def test_workers_end_with_the_training_even_if_it_stops_early():
    class Stop(nnlite.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    data = Data(workers=2)
    regression().fit(data, callbacks=[Stop()], epochs=3, verbose=0)
    assert threading.current_thread() not in data.threads
    assert let_go()


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((X, Y[:9]), r"^x, batch 1: x has 40 samples, but x, batch 1: y has 9"),
        ((X[:, :2], Y), r"^x, batch 1: x does not fit the model"),
        ((X * np.nan, Y), r"^x, batch 1: x holds nan at \[0, 0\]"),
        ((X,), r"^x, batch 1: y is missing"),
        ((X, Y, Y, Y), r"^x, batch 1: a batch is .* got a tuple of 4"),
    ],
)
def test_a_batch_that_cannot_be_trained_on_is_named(batch, message):
    model = regression()
    with pytest.raises(ValueError, match=message):
        model.fit(iter([(X, Y), batch]), verbose=0)
    assert int(model.optimizer.iterations) == 1


@pytest.mark.one_table
def test_what_does_not_go_with_a_stream_is_refused():
    for options, message in (
        ({"y": Y}, "x gives whole batches, so y must come with them"),
        ({"sample_weight": np.ones(40)}, "so sample_weight must come with them"),
        ({"validation_split": 0.2}, "nothing can be held out of data that comes batch by batch"),
    ):
        with pytest.raises(ValueError, match=message):
            regression().fit(batches(), verbose=0, **options)
    with pytest.raises(ValueError, match="x gives no batch"):
        regression().fit(iter([]), verbose=0)


@pytest.mark.one_table
def test_what_is_a_stream_and_what_an_array():
    for arrays in ([1, 2], (X, X), {"a": X}, X, range(3), b"ab", memoryview(X), nnlite.Tensor(X)):
        assert stream_of(arrays) is None
    for streams in (batches(), iter([1]), Data(), Looks(), Loader()):
        assert stream_of(streams) is not None
