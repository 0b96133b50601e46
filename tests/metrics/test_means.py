"""Metrics that are means: values worked by hand, exact means over batches of any sizes."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Arrays, few, floats, labels, one_hot, probabilities

import nnlite
from nnlite import Tensor, metrics
from nnlite.metrics import Mean, MeanMetricWrapper, Metric


class Row(NamedTuple):
    cls: type[Metric]
    arrays: Arrays  # y_true and y_pred
    sample: Callable[..., float]  # the number of one sample, by Python's arithmetic
    by_hand: tuple  # y_true, y_pred, result
    finish: Callable[[float], float] = float


def first_largest(row: np.ndarray) -> int:
    return list(row).index(max(row))


def squared(t: np.ndarray, p: np.ndarray) -> float:
    return math.fsum((a - b) ** 2 for a, b in zip(t, p, strict=True)) / len(t)


BC = st.tuples(st.integers(1, 5), st.integers(2, 4))
ALIKE = BC.flatmap(lambda shape: st.tuples(floats(shape), floats(shape)))
LABELLED = BC.flatmap(lambda shape: st.tuples(labels(*shape), probabilities(shape)))
ONE_HOT = BC.flatmap(lambda shape: st.tuples(one_hot(*shape), probabilities(shape)))
BINARY = st.integers(1, 5).flatmap(lambda n: st.tuples(labels(n, 2), floats((n, 1), 0, 1)))

ROWS = [
    Row(
        metrics.SparseCategoricalAccuracy,
        LABELLED,
        lambda label, p: float(first_largest(p) == label),
        ([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]], 0.5),
    ),
    Row(
        metrics.CategoricalAccuracy,
        ONE_HOT,
        lambda t, p: float(first_largest(p) == first_largest(t)),
        ([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], 0.5),
    ),
    Row(
        metrics.BinaryAccuracy,
        BINARY,
        lambda label, p: float((p[0] > 0.5) == label),
        ([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]], 0.75),
    ),
    Row(metrics.MeanSquaredError, ALIKE, squared, ([[0, 1], [0, 0]], [[1, 1], [0, 0]], 0.25)),
    Row(
        metrics.RootMeanSquaredError,
        ALIKE,
        squared,
        ([[0, 1], [0, 0]], [[1, 1], [0, 0]], 0.5),
        math.sqrt,
    ),
    Row(
        metrics.MeanAbsoluteError,
        ALIKE,
        lambda t, p: math.fsum(abs(a - b) for a, b in zip(t, p, strict=True)) / len(t),
        ([[0, 1], [0, 0]], [[3, 1], [0, -1]], 1.0),
    ),
    Row(
        metrics.SparseCategoricalCrossentropy,
        LABELLED,
        lambda label, p: -math.log(p[label]),
        ([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]], (-math.log(0.95) - math.log(0.1)) / 2),
    ),
    Row(
        metrics.CategoricalCrossentropy,
        ONE_HOT,
        lambda t, p: -math.log(p[first_largest(t)]),
        (
            [[0, 1, 0], [0, 0, 1]],
            [[0.05, 0.95, 0], [0.1, 0.8, 0.1]],
            (-math.log(0.95) - math.log(0.1)) / 2,
        ),
    ),
]
every_metric = pytest.mark.parametrize("row", ROWS, ids=[row.cls.__name__ for row in ROWS])


@every_metric
def test_its_value_worked_by_hand(row):
    y_true, y_pred, result = row.by_hand
    metric = row.cls()
    assert metric.result() == 0.0  # nothing was seen
    # Single precision where lists of whole numbers are cast; probabilities are kept off 0.
    assert metric(y_true, y_pred) == pytest.approx(result, rel=1e-6)
    assert isinstance(metric.result(), float)
    metric.reset_state()
    assert metric.result() == 0.0


@every_metric
@few
@given(data=st.data())
def test_it_is_the_mean_over_all_samples_however_they_are_batched(row, data):
    batches = data.draw(st.lists(row.arrays, min_size=1, max_size=3))
    metric, weighted = row.cls(), row.cls()
    values, weights = [], []
    for y_true, y_pred in batches:
        weight = data.draw(floats(len(y_pred), 0, 2))
        metric.update_state(y_true, Tensor(y_pred))
        weighted.update_state(y_true, y_pred, weight)
        values += [row.sample(t, p) for t, p in zip(y_true, y_pred, strict=True)]
        weights += weight.tolist()
    mean = math.fsum(values) / len(values)
    # A few dozen roundings; near 0 the root of the error makes 1e-16 1e-8.
    assert metric.result() == pytest.approx(row.finish(mean), rel=1e-10, abs=1e-7)
    total = math.fsum(weights)
    mean = math.fsum(w * v for w, v in zip(weights, values, strict=True)) / total if total else 0.0
    assert weighted.result() == pytest.approx(row.finish(mean), rel=1e-10, abs=1e-7)


@every_metric
def test_weights_may_stand_in_a_column(row):
    y_true, y_pred, _ = row.by_hand
    flat, column = row.cls(), row.cls()
    weights = np.arange(len(y_true), dtype=np.float32)
    assert flat(y_true, y_pred, weights) == column(y_true, y_pred, weights[:, np.newaxis])


# ---------------------------------------------------------------------------------------- Mean


def test_a_mean_by_hand():
    mean = Mean("loss")
    assert (mean.name, mean.result()) == ("loss", 0.0)
    mean.update_state([1.0, 3.0, 5.0, 7.0])
    assert mean.result() == 4.0
    mean.update_state(10.0, sample_weight=4)
    assert mean.result() == (16 + 40) / 8
    mean.reset_state()
    mean.update_state([1.0, 3.0], [0.0, 2.0])
    assert mean.result() == 3.0


def test_a_mean_of_a_matrix_takes_weights_of_its_shape_or_one_for_all():
    values = np.array([[1.0, 2.0], [3.0, 6.0]])
    mean = Mean()
    mean.update_state(values, [[1.0, 0.0], [0.0, 1.0]])
    assert mean.result() == 3.5
    mean.reset_state()
    mean.update_state(values, [[1.0], [0.0]])
    assert mean.result() == 1.5


def test_weights_of_samples_hold_for_all_values_of_a_sample():
    values = np.array([[1.0, 2.0], [3.0, 6.0]])
    for rows in (values, np.hstack([values, values])):  # square, and not
        for weights in ([1.0, 3.0], [[1.0], [3.0]]):
            mean, total = Mean(), metrics.Sum()
            for metric in (mean, total):
                metric.update_state(rows, weights)
            assert mean.result() == (1.5 + 3 * 4.5) / 4
            assert total.result() == (3 + 3 * 9) * rows.shape[1] / 2
    assert mean(values, 2.0) == ((1.5 + 3 * 4.5) * 4 + 2 * 12) / (4 * 4 + 2 * 4)
    with pytest.raises(ValueError, match=r"metric 'mean': sample_weight of the shape \(3,\)"):
        mean.update_state(values, [1.0, 2.0, 3.0])


def test_a_mean_of_many_float32_numbers_is_exact():
    mean = Mean()
    for _ in range(100):
        mean.update_state(np.full(1000, 0.1, np.float32))
    assert mean.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)  # a float64 sum


# ------------------------------------------------------------------------------------ accuracy


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ([0, 1, 1], [[0.2], [0.7], [0.4]], [1, 1, 0]),  # one output: binary
        ([[0], [1]], [[0.2], [0.4]], [1, 0]),
        ([0, 1], [0.2, 0.4], [1, 0]),  # the same without the last axis
        ([2, 0], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], [1, 0]),  # labels
        ([[2], [0]], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], [1, 0]),
        (np.eye(3)[[2, 0]], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], [1, 0]),  # one-hot
    ],
)
def test_accuracy_is_of_the_kind_that_the_shapes_say(y_true, y_pred, expected):
    for predictions in (y_pred, np.array(y_pred, np.float32), Tensor(y_pred)):
        assert metrics.accuracy(y_true, predictions).tolist() == expected
        assert metrics.get("accuracy")(y_true, predictions) == np.mean(expected)


def test_the_first_of_equal_predictions_counts():
    assert metrics.sparse_categorical_accuracy([0, 1], [[0.5, 0.5], [0.5, 0.5]]).tolist() == [1, 0]


def test_binary_accuracy_of_several_outputs_and_another_threshold():
    found = metrics.binary_accuracy([[1, 0], [1, 1]], [[0.9, 0.8], [0.9, 0.8]], threshold=0.85)
    assert found.tolist() == [1.0, 0.5]


# ------------------------------------------------------------------------ metrics of one's own


def test_a_function_becomes_a_metric():
    def largest_error(y_true, y_pred):
        return np.abs(y_pred - y_true).max(axis=1)

    metric = metrics.get(largest_error)
    assert metric.name == "largest_error"
    metric.update_state(np.zeros((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert metric.result() == 3.0


def test_a_function_may_return_a_matrix_a_scalar_or_a_tensor_and_leaves_no_tape():
    x = Tensor(np.array([[1.0, 3.0], [5.0, 7.0]]))
    for function in (lambda t, p: p * 1, lambda t, p: (p * 1).mean(), lambda t, p: p.data):
        metric = MeanMetricWrapper(function)
        assert metric(np.zeros((2, 2)), x, [1.0, 1.0]) == 4.0
    seen = []
    MeanMetricWrapper(lambda t, p: seen.append(p * 1) or p).update_state(np.zeros((2, 2)), x)
    assert not seen[0].requires_grad


def test_a_metric_without_its_methods_is_refused():
    for method in ("result", "reset_state"):
        with pytest.raises(NotImplementedError, match=f"Metric has no {method}"):
            getattr(Metric(), method)()
    with pytest.raises(NotImplementedError, match="Metric has no update_state"):
        Metric().update_state(1, 2)


# --------------------------------------------------------------------------------------- names


def test_names_are_those_of_keras():
    assert [row.cls().name for row in ROWS] == [
        "sparse_categorical_accuracy",
        "categorical_accuracy",
        "binary_accuracy",
        "mean_squared_error",
        "root_mean_squared_error",
        "mean_absolute_error",
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
    ]
    assert metrics.MeanSquaredError(name="error").name == "error"


@pytest.mark.parametrize("alias", ["acc", "accuracy", "mse", "mae", "rmse", "MeanSquaredError"])
def test_a_metric_is_called_what_the_user_called_it(alias):
    metric = metrics.get(alias)
    assert metric.name == alias
    assert metrics.get(alias) is not metric  # each model has its own state
    assert metrics.get(metric) is metric


def test_unknown_names_and_arguments():
    with pytest.raises(ValueError, match=r"Unknown metric 'acuracy'. Did you mean 'accuracy'\?"):
        metrics.get("acuracy")
    with pytest.raises(TypeError, match=r"BinaryAccuracy\(\) has no argument 'nam'.*'name'"):
        metrics.BinaryAccuracy(nam="x")


def test_weights_that_fit_no_sample_are_refused():
    for weights in (1.0, [1.0], np.ones((2, 2))):
        with pytest.raises(ValueError, match=r"metric 'mae': sample_weight .* shape \(2,\), got"):
            metrics.get("mae")(np.zeros((2, 3)), np.zeros((2, 3)), weights)


def test_accuracies_go_by_the_rows_of_larger_outputs():
    y_pred = np.random.default_rng(0).random((4, 5, 2)).astype(np.float32)
    labels = y_pred.argmax(-1)
    labels[0, 0] = 1 - labels[0, 0]
    for y_true in (labels, labels[..., None], np.eye(2)[labels]):
        found = metrics.accuracy(y_true, y_pred)
        np.testing.assert_allclose(found, [0.8, 1, 1, 1], rtol=1e-6)  # float32


def test_a_metric_function_of_another_length_is_named():
    metric = metrics.MeanMetricWrapper(lambda y_true, y_pred: y_pred[:2], name="short")
    with pytest.raises(ValueError, match=r"^metric 'short' returned the shape \(2,\) for 3"):
        metric.update_state(np.ones(3), np.ones(3))


class Counted(nnlite.metrics.Metric):
    """The share of predictions above a limit, kept in variables as in the book's HuberMetric."""

    def __init__(self, limit=0.5, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit
        self.above = self.add_weight("above", initializer="zeros")
        self.count = self.add_variable((), "zeros", name="count")
        self.seen = self.add_weight(shape=(2,), initializer="ones", dtype="int64")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.above.assign_add(nnlite.ops.sum(nnlite.ops.cast(y_pred > self.limit, "float32")))
        self.count.assign_add(y_pred.size)
        self.seen.assign_add([1, 2])

    def result(self):
        return self.above / self.count


def test_a_metric_with_variables_of_its_own():
    metric = Counted(0.25)
    assert [v.path for v in metric.variables] == [
        "counted/above",
        "counted/count",
        "counted/variable",
    ]
    assert [v.dtype for v in metric.variables] == [np.float32, np.float32, np.int64]
    assert not any(v.trainable for v in metric.variables)
    y = Tensor(np.array([0.0, 0.5, 1.0, 2.0]))
    assert metric(y, y).item() == 0.75
    metric.update_state(y, y * 0)
    assert float(metric.result()) == 0.375
    assert metric.seen.numpy().tolist() == [3, 5]
    for reset in (metric.reset_state, metric.reset_states):
        metric.update_state(y, y)
        reset()
        assert [v.numpy().tolist() for v in metric.variables] == [0, 0, [1, 1]]
    assert metric.get_config() == {"limit": 0.25, "name": "counted", "dtype": "float32"}
    assert Counted.from_config(metric.get_config()).limit == 0.25


def test_a_metric_with_variables_is_reset_between_epochs():
    x = np.linspace(0, 1, 8).reshape(-1, 1)
    model = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=[1])])
    model.compile(nnlite.optimizers.SGD(0.0), "mse", metrics=[Counted(0.25)])
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    history = model.fit(x, x, epochs=3, batch_size=4, verbose=0, shuffle=False)
    assert history.history["counted"] == [0.75, 0.75, 0.75]
    assert model.optimizer.iterations.numpy() == 6


def test_a_mean_is_called_with_values_alone():
    mean = nnlite.metrics.Mean(name="mean_loss")
    mean(Tensor(1.0))
    assert mean(3.0) == 2.0
