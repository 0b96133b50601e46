"""What holds of every metric: Keras's numbers and names, configurations, the replay, float64."""

import json

import numpy as np
import pytest
from keras_numbers import batches, keras_says

import nnlite
from metrics.table import CASES, OTHERS
from nnlite import metrics
from nnlite.metrics import Metric

every_case = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


def test_every_metric_has_a_row():
    public = {
        name
        for name, value in vars(metrics).items()
        if isinstance(value, type) and issubclass(value, Metric)
    }
    assert public == {case.cls for case in CASES} | OTHERS


@every_case
@pytest.mark.parametrize("weighted", [False, True])
def test_it_has_the_value_and_the_configuration_of_keras(case, weighted):
    if weighted and not case.weighted:
        return
    result, its_name, its_configuration = keras_says()["metrics"][CASES.index(case), weighted]
    metric = case.make(metrics)
    for batch in batches(case, weighted):
        metric.update_state(*batch)
    # Keras adds up in float32 (some hundred roundings), and adds its epsilon, 1e-7, to quotients.
    np.testing.assert_allclose(metric.result(), result, rtol=3e-5, atol=2e-6)
    configuration = metric.get_config()
    assert configuration["name"] == its_name.rstrip("_0123456789") or case.cls == "F1Score"
    for name, value in its_configuration.items():
        if name not in ("name", "dtype"):  # theirs are numbered; their counts are int32 or float32
            assert np.array_equal(configuration[name], value) or configuration[name] == value


@every_case
def test_it_is_made_again_from_its_configuration_and_starts_anew_when_reset(case):
    random = np.random.default_rng(6)
    first, again = case.draw(random), case.draw(random)
    metric = case.make(metrics)
    metric.update_state(*first)
    configuration = json.loads(json.dumps(metric.get_config()))
    twin = type(metric).from_config(configuration)
    assert json.loads(json.dumps(twin.get_config())) == configuration
    metric.reset_state()
    for one in (metric, twin):
        one.update_state(*again)
    np.testing.assert_array_equal(metric.result(), twin.result())


@every_case
def test_batches_do_not_matter_nor_do_types(case):
    random = np.random.default_rng(7)
    y_true, y_pred = case.draw(random)
    whole, parts, double = (case.make(metrics) for _ in range(3))
    whole.update_state(y_true, y_pred)
    for rows in (slice(0, 1), slice(1, 7), slice(7, 7), slice(7, None)):
        some = y_pred[rows]  # an empty list would say nothing of its columns
        parts.update_state(np.asfortranarray(y_true[rows]), some.tolist() if len(some) else some)
    double.update_state(y_true, y_pred.astype(np.float64))
    # parts come as Python's numbers, which are float32 again; means are sums in another order
    np.testing.assert_allclose(parts.result(), whole.result(), rtol=1e-12)
    np.testing.assert_allclose(double.result(), whole.result(), rtol=1e-6)


@pytest.mark.one_table
@every_case
def test_it_is_replayed_with_the_same_value(case, replayed):
    random = np.random.default_rng(8)
    x = random.normal(size=(40, 5)).astype(np.float32)
    y = np.concatenate([case.draw(random)[0] for _ in range(4)])[:40]
    units = case.draw(random)[1].shape[1:] or (1,)
    sparse = y.dtype.kind == "i" and units != (1,)
    model = nnlite.Sequential([nnlite.Input((5,)), nnlite.layers.Dense(*units, "sigmoid")])
    loss = "sparse_categorical_crossentropy" if sparse else "mse"
    results = []
    for eagerly in (False, True):
        model.set_weights([np.linspace(-1, 1, 5 * units[0]).reshape(5, -1), np.zeros(units)])
        model.compile("sgd", loss, metrics=[case.make(metrics)], run_eagerly=eagerly)
        history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, shuffle=False).history
        results.append([np.asarray(value).tolist() for value in history.values()])

    assert results[0] == results[1]
    # A state that is made in the first step is a change that the second one is recorded after.
    assert sum(replayed) >= 7


@pytest.mark.one_table
@pytest.mark.parametrize(
    "make", [metrics.F1Score, metrics.R2Score, lambda: metrics.AUC(multi_label=True)]
)
def test_how_many_columns_there_are_outlives_a_reset_as_in_keras(make):
    metric = make()
    metric.update_state(np.eye(3), np.eye(3))
    metric.reset_state()
    with pytest.raises(ValueError, match="their number of columns must stay the same"):
        metric.update_state(np.eye(2), np.eye(2))
