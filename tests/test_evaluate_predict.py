"""evaluate, predict and the calls on one batch; and that the form of the data does not matter."""

import numpy as np
import pandas
import pytest

import nnlite
from nnlite import Sequential, _kernels
from nnlite.layers import Dense, Flatten

#: The mean over batches sums in another order than the mean over all: some roundings of float32.
SAME_MEAN = {"rel": 1e-5, "abs": 1e-6}


def data(samples=10):
    random = np.random.default_rng(7)
    return random.normal(size=(samples, 3)).astype(np.float32), random.integers(0, 2, samples)


def classifier(metrics=("accuracy",)):
    model = Sequential(
        [Dense(4, activation="relu", input_shape=(3,)), Dense(2, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


# -------------------------------------------------------------------------------------- evaluate


def test_evaluate_returns_the_loss_then_the_metrics():
    x, y = data()
    model = classifier()
    probabilities = model.predict(x, verbose=0)
    loss = -np.log(probabilities[np.arange(10), y]).mean()
    accuracy = (probabilities.argmax(axis=1) == y).mean()
    found = model.evaluate(x, y, verbose=0)
    assert found == pytest.approx([loss, accuracy], **SAME_MEAN)
    assert [type(value) for value in found] == [float, float]
    by_name = model.evaluate(x, y, verbose=0, return_dict=True)
    assert by_name == {"loss": found[0], "accuracy": found[1]}


def test_evaluate_returns_a_number_where_there_is_only_the_loss():
    x, y = data()
    found = classifier(metrics=()).evaluate(x, y, verbose=0)
    assert type(found) is float


@pytest.mark.parametrize("batch_size", [1, 3, 10, 99])
def test_evaluate_is_over_samples_whatever_the_batches(batch_size):
    x, y = data()
    model = classifier()
    whole = model.evaluate(x, y, 10, verbose=0)
    assert model.evaluate(x, y, batch_size, verbose=0) == pytest.approx(whole, **SAME_MEAN)


def test_evaluate_with_sample_weights_and_steps():
    x, y = data()
    model = classifier(metrics=())
    each = np.array([model.evaluate(x[i : i + 1], y[i : i + 1], verbose=0) for i in range(10)])
    weights = np.linspace(0, 2, 10)
    found = model.evaluate(x, y, sample_weight=weights, verbose=0)
    assert found == pytest.approx((weights * each).mean(), **SAME_MEAN)
    for steps, samples in ((2, 8), (9, 10)):
        found = model.evaluate(x, y, 4, steps=steps, verbose=0)
        assert found == pytest.approx(each[:samples].mean(), **SAME_MEAN)


def test_evaluate_and_predict_change_nothing():
    x, y = data()
    model = classifier()
    before, steps = model.get_weights(), int(model.optimizer.iterations)
    assert model.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    assert int(model.optimizer.iterations) == steps
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# --------------------------------------------------------------------------------------- predict


@pytest.mark.parametrize("batch_size", [None, 1, 3, 99])
def test_predict_does_not_depend_on_the_batches(batch_size, kernels):
    x, _ = data(50)
    model = classifier()
    found = model.predict(x, batch_size, verbose=0)
    whole = model(x).numpy()
    assert found.shape == (50, 2)
    assert found.dtype == np.float32
    if kernels == "compiled":
        np.testing.assert_array_equal(found, whole)  # every row is summed by itself: the same bits
    else:
        np.testing.assert_allclose(found, whole, rtol=1e-5)  # numpy's matmul sums by blocks


def test_predict_of_the_books_model_is_a_row_of_probabilities_for_each_image():
    model = Sequential(
        [
            Flatten(input_shape=[28, 28]),
            Dense(300, activation="relu"),
            Dense(100, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    images = np.random.default_rng(0).random((3, 28, 28))
    found = model.predict(images, verbose=0)  # needs no compile
    assert found.shape == (3, 10)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_predict_in_steps_and_on_one_batch():
    x, _ = data()
    model = classifier()
    whole = model.predict(x, verbose=0)
    assert model.predict(x, 4, steps=2, verbose=0).shape == (8, 2)
    np.testing.assert_array_equal(model.predict_on_batch(x), whole)


def test_what_predict_returns_is_the_callers_own():
    x, _ = data()
    model = classifier()
    first = model.predict(x, 4, verbose=0)
    kept = first.copy()
    model.predict(-x, 4, verbose=0)
    np.testing.assert_array_equal(first, kept)
    on_batch = model.predict_on_batch(x)
    kept = on_batch.copy()
    model.predict_on_batch(-x)
    np.testing.assert_array_equal(on_batch, kept)


@pytest.mark.parametrize("batch_size", [4, 10])
def test_a_model_that_only_reshapes_returns_every_sample_and_no_view_of_the_data(batch_size):
    x, _ = data()
    model = Sequential([Flatten(input_shape=(3,))])
    for found in (model.predict(x, batch_size, verbose=0), model.predict_on_batch(x)):
        np.testing.assert_array_equal(found, x)
        assert not np.shares_memory(found, x)


def test_nan_comes_out_of_predict_as_nan():
    x, _ = data()
    x[3, 1] = np.nan
    found = classifier().predict(x, verbose=0)
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()


# ------------------------------------------------------------------------------------- one batch


def test_train_on_batch_is_a_step_of_fit():
    x, y = data()
    one, other = classifier(), classifier()
    other.set_weights(one.get_weights())
    weights = np.linspace(0, 1, 10)
    loss, accuracy = one.train_on_batch(x, y, sample_weight=weights, class_weight={0: 2.0})
    history = other.fit(
        x, y, sample_weight=weights, class_weight={0: 2.0}, shuffle=False, verbose=0
    ).history
    assert [loss, accuracy] == [history["loss"][0], history["accuracy"][0]]
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_test_on_batch_is_evaluate():
    x, y = data()
    model = classifier()
    assert model.test_on_batch(x, y) == model.evaluate(x, y, verbose=0)
    by_name = model.test_on_batch(x, y, return_dict=True)
    assert by_name == model.evaluate(x, y, verbose=0, return_dict=True)
    assert type(classifier(metrics=()).train_on_batch(x, y)) is float
    weighted = model.test_on_batch(x, y, np.linspace(0, 1, 10))
    assert weighted != by_name["loss"]


# ------------------------------------------------------------------------------ forms of the data


def pixels():
    return np.random.default_rng(0).integers(0, 2, (20, 3))


def forms_of_x():
    x = pixels()
    wide = np.zeros((20, 7), np.float32)
    wide[:, 2:5] = x
    read_only = x.astype(np.float32)
    read_only.flags.writeable = False
    return {
        **{
            dtype: x.astype(dtype)
            for dtype in ("bool", "uint8", "int32", "int64", "float16", "float64", ">f4", ">i2")
        },
        "list": x.tolist(),
        "tuple of arrays": tuple(x.astype(np.float32)),
        "slice": wide[:, 2:5],
        "Fortran order": np.asfortranarray(x.astype(np.float64)),
        "read-only": read_only,
        "tensor": nnlite.Tensor(x.astype(np.float32)),
        "table": pandas.DataFrame(x, columns=["a", "b", "c"]),
    }


def trained(x, y):
    """The bits of everything that comes out of a training on x and y."""
    nnlite.utils.set_random_seed(0)
    model = classifier()
    history = model.fit(x, y, 8, epochs=2, validation_split=0.2, verbose=0).history
    numbers = [*model.evaluate(x, y, verbose=0), *model.train_on_batch(x, y)]
    arrays = [*model.get_weights(), model.predict(x, verbose=0), model.predict_on_batch(x)]
    return history, numbers, [array.tobytes() for array in arrays]


@pytest.mark.parametrize("form", forms_of_x())
def test_every_form_of_x_gives_the_same_bits(form):
    x = forms_of_x()[form]
    y = pixels()[:, 0]
    assert trained(x, y) == trained(pixels().astype(np.float32), y)


@pytest.mark.parametrize(
    "form",
    [
        "uint8",
        "int32",
        "float32",
        "float64",
        "bool",
        "column",
        "list",
        "big-endian",
        "strided",
        "series",
    ],
)
def test_every_form_of_labels_gives_the_same_bits(form):
    x, y = pixels(), pixels()[:, 0]
    forms = {
        "column": y.reshape(-1, 1),
        "list": y.tolist(),
        "big-endian": y.astype(">i4"),
        "strided": np.repeat(y, 2)[::2],
        "series": pandas.Series(y, index=range(100, 120)),
    }
    assert trained(x, forms[form] if form in forms else y.astype(form)) == trained(x, y)


@pytest.mark.one_table
def test_the_only_input_and_output_may_be_named_or_listed():
    x, y = pixels().astype(np.float32), pixels()[:, 0]
    losses = []
    for given_x, given_y in (
        (x, y),
        ([x], [y]),
        ({"pixels": x}, {"label": y}),
        ((x,), {"label": y}),
    ):
        nnlite.utils.set_random_seed(0)
        layers = [nnlite.Input((3,), name="pixels"), Dense(2, activation="softmax", name="label")]
        model = Sequential(layers)
        model.compile("sgd", {"label": "sparse_categorical_crossentropy"})
        weights = {"label": np.ones(20)}
        losses.append(model.fit(given_x, given_y, sample_weight=weights, verbose=0).history["loss"])
        assert model.predict(given_x, verbose=0).shape == (20, 2)
    assert losses == [losses[0]] * 4


def own_loss(y_true, y_pred):
    return nnlite.ops.square(y_pred - y_true)


@pytest.mark.parametrize("loss", ["mse", "mae", own_loss])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_targets_of_shape_n_and_n_1_are_the_same(loss, dtype):
    x, y = pixels(), pixels()[:, 1].astype(dtype)
    results = []
    for targets in (y, y.reshape(-1, 1)):
        nnlite.utils.set_random_seed(0)
        model = Sequential([Dense(1, input_shape=(3,))])
        model.compile("sgd", loss, metrics=["mae", "mse"])
        results.append(model.fit(x, targets, epochs=2, verbose=0).history)
    assert results[0] == results[1]
    assert results[0]["loss"][0] == np.float32(results[0]["loss"][0])  # one batch, not in float64


def test_the_data_is_left_as_it_is():
    x, y = data()
    weights = np.ones(10)
    for array in (x, y, weights):
        array.flags.writeable = False
    model = classifier()
    model.fit(x, y, sample_weight=weights, validation_split=0.5, class_weight={0: 2}, verbose=0)
    model.evaluate(x, y, sample_weight=weights, verbose=0)


@pytest.mark.one_table
def test_both_tables_train_alike():
    x, y = data(200)
    results = []
    for table in _kernels.TABLES:
        _kernels.use(table)
        nnlite.utils.set_random_seed(0)
        model = classifier()
        results.append(model.fit(x, y, epochs=3, verbose=0).history["loss"])
    np.testing.assert_allclose(*results, rtol=1e-5)  # other orders of summing, in 21 steps
