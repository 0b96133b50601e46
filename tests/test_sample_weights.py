"""Sample weights: one for each sample, or one for each row of each sample."""

import numpy as np
import pytest

import nnlite
from nnlite import losses, metrics
from nnlite.layers import Dense

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(20, 6, 4)).astype(np.float32)
Y = RANDOM.normal(size=(20, 6, 2)).astype(np.float32)
LABELS = RANDOM.integers(0, 3, (20, 6))
WEIGHTS = RANDOM.uniform(0, 2, (20, 6)).astype(np.float32)


def sequences(units, activation, loss, metric, **arguments):
    nnlite.utils.set_random_seed(0)
    inputs = nnlite.Input((6, 4))
    model = nnlite.Model(inputs, Dense(units, activation=activation)(inputs))
    model.compile("sgd", loss, weighted_metrics=[metric], **arguments)
    return model


def errors(p):
    return ((p - Y) ** 2).mean(-1), np.abs(p - Y).mean(-1)


def misses(p):
    return -np.log(np.take_along_axis(p, LABELS[..., None], -1)[..., 0]), p.argmax(-1) == LABELS


CASES = {
    "regression": ((2, None, "mse", "mae"), Y, errors),
    "classes": ((3, "softmax", "sparse_categorical_crossentropy", "accuracy"), LABELS, misses),
}


@pytest.mark.parametrize("case", CASES)
def test_a_weight_for_each_row_of_each_sample(case, kernels, replayed):
    arguments, y, by_hand = CASES[case]
    model = sequences(*arguments)
    loss, metric = by_hand(model.predict(X, verbose=0))
    for given in (WEIGHTS, WEIGHTS[..., None]):
        found = model.evaluate(X, y, batch_size=8, sample_weight=given, verbose=0)
        expected = [(loss * WEIGHTS).mean(), (metric * WEIGHTS).sum() / WEIGHTS.sum()]
        assert found == pytest.approx(expected, rel=1e-5)  # float32 sums in another order
    replayed.clear()
    fitting = {"sample_weight": WEIGHTS, "batch_size": 5, "epochs": 2, "verbose": 0}
    history = model.fit(X, y, **fitting).history
    assert sum(replayed) == (6 if kernels == "compiled" else 0)
    eager = sequences(*arguments, run_eagerly=True)
    assert eager.fit(X, y, **fitting).history == history


def test_a_weight_for_each_sample_is_one_for_all_its_rows():
    model = sequences(*CASES["regression"][0])
    weights = WEIGHTS[:, 0]
    rows = np.repeat(weights[:, None], 6, axis=1)
    one, other = (
        model.evaluate(X, Y, sample_weight=given, verbose=0) for given in (weights[:, None], rows)
    )
    assert one == pytest.approx(other, rel=1e-6)


@pytest.mark.parametrize("shape", [(20, 5), (19, 6), (20, 6, 2), (20, 1, 6)])
def test_weights_that_do_not_fit(shape):
    model = sequences(*CASES["regression"][0])
    message = r"sample_weight must hold one weight per sample, shape \(20,\), or one for each of"
    with pytest.raises(ValueError, match=message):
        model.evaluate(X, Y, sample_weight=np.ones(shape), verbose=0)


def test_losses_and_metrics_by_themselves():
    y_true, y_pred = [[0, 1], [2, 0]], np.array([[[2, 1, 0.0], [0, 3, 0]], [[0, 0, 1], [0, 1, 0]]])
    weights = [[1, 0], [0, 2.0]]
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    each = [-2 + np.log(np.exp([2, 1, 0]).sum()), np.log(np.exp([0, 1, 0]).sum())]
    assert float(loss(y_true, y_pred, weights)) == pytest.approx((each[0] + 2 * each[1]) / 4)
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state(y_true, y_pred, weights)
    assert metric.result() == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="sample_weight must hold one weight per sample"):
        metric.update_state(y_true, y_pred, [[1, 2, 3], [4, 5, 6]])
