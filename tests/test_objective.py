"""Objective: the losses and the metrics of all outputs."""

import numpy as np
import pytest

import nnlite
from nnlite import Tensor, metrics
from nnlite.objective import Objective
from nnlite.slots import Slots

Y_TRUE = np.array([[0.0], [2.0], [5.0]], np.float32)
Y_PRED = Tensor(np.array([[1.0], [2.0], [3.0]], np.float32))


def objective(loss="mse", loss_weights=None, metric_names=None, weighted=None):
    made = Objective(loss, loss_weights, metric_names, weighted)
    made.resolve(Slots(["output"]))
    return made


def take(both, y_true, y_pred, weights=None):
    """Take one batch into the means."""
    both.update_loss(both.loss(y_true, y_pred, weights), y_pred)
    both.update_metrics(y_true, y_pred, weights)


def results(both):
    return metrics.results_of(both.named)


def test_the_loss_by_hand():
    assert float(objective().loss(Y_TRUE, Y_PRED, None)) == pytest.approx((1 + 0 + 4) / 3)
    assert float(objective("mae").loss(Y_TRUE, Y_PRED, None)) == 1.0


def test_a_loss_weight_multiplies_the_loss_and_its_gradient():
    y_pred = Tensor(Y_PRED.data.copy())
    loss = objective("mae", 0.25).loss(Y_TRUE, y_pred, None)
    assert float(loss) == 0.25
    loss.backward()
    np.testing.assert_allclose(y_pred.grad, [[0.25 / 3], [0.0], [-0.25 / 3]], rtol=1e-6)


def test_sample_weights_divide_by_the_number_of_samples_not_by_their_sum():
    weights = np.array([3.0, 1.0, 0.0], np.float32)
    assert float(objective().loss(Y_TRUE, Y_PRED, weights)) == pytest.approx(3 * 1 / 3)


def test_batches_count_by_their_size():
    both = objective(metric_names=["mae"])
    for part in (slice(0, 1), slice(1, 3)):
        y_pred = Y_PRED[part]
        take(both, Y_TRUE[part], y_pred)
    assert results(both) == pytest.approx({"loss": 5 / 3, "mae": 1.0})


def test_weighted_metrics_are_means_by_weight_and_take_another_name_where_theirs_is_taken():
    both = objective(metric_names=["mae"], weighted=["mae", "mse"])
    weights = np.array([3.0, 1.0, 0.0], np.float32)
    take(both, Y_TRUE, Y_PRED, weights)
    expected = {"loss": 1.0, "mae": 1.0, "weighted_mae": 3 / 4, "mse": 3 / 4}
    assert results(both) == pytest.approx(expected)
    assert list(results(both)) == list(expected)


def test_results_are_plain_floats():
    both = objective(metric_names=["mae", "RootMeanSquaredError"])
    take(both, Y_TRUE, Y_PRED)
    assert {type(value) for value in results(both).values()} == {float}


def test_reset_forgets():
    both = objective(metric_names=["mae"])
    take(both, Y_TRUE, Y_PRED)
    both.reset()
    assert results(both) == {"loss": 0.0, "mae": 0.0}


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["accuracy"], ["accuracy"]),
        (["acc", "mae"], ["acc", "mae"]),
        (["RootMeanSquaredError"], ["RootMeanSquaredError"]),  # as Keras 3 names it
        ([metrics.RootMeanSquaredError()], ["root_mean_squared_error"]),
        ([metrics.RootMeanSquaredError], ["root_mean_squared_error"]),
        ([metrics.MeanAbsoluteError(name="mine")], ["mine"]),
        ([nnlite.losses.mean_absolute_error], ["mean_absolute_error"]),
    ],
)
def test_metrics_are_named_as_in_keras(given, names):
    assert [metric.name for metric in objective(metric_names=given).all_metrics] == names


@pytest.mark.one_table
@pytest.mark.parametrize("given", [["mae", "mae"], [metrics.MeanAbsoluteError(name="loss")]])
def test_two_quantities_of_one_name_are_refused(given):
    with pytest.raises(ValueError, match=r"two quantities would be called '(mae|loss)'.*name="):
        objective(metric_names=given)


@pytest.mark.one_table
def test_unknown_names_get_a_did_you_mean():
    with pytest.raises(ValueError, match=r"Unknown loss 'msee'\. Did you mean 'mse'"):
        objective("msee")
    with pytest.raises(ValueError, match=r"Unknown metric 'acuracy'\. Did you mean 'accuracy'"):
        objective(metric_names=["acuracy"])


@pytest.mark.one_table
def test_what_there_is_one_of_may_stand_in_a_list_of_one():
    listed = objective(["mae"], [0.25], ["mse"])
    plain = objective("mae", 0.25, "mse")
    (one,), (other,) = listed.outputs, plain.outputs
    assert type(one.loss_function) is type(other.loss_function)
    assert one.loss_weight == other.loss_weight == 0.25
    assert [m.name for m in listed.all_metrics] == [m.name for m in plain.all_metrics] == ["mse"]
    with pytest.raises(ValueError, match="one output, so loss takes one entry, got 2"):
        objective(["mse", "mae"])
    with pytest.raises(ValueError, match="one output, so loss_weights takes one entry, got 2"):
        objective("mse", [1, 2])


@pytest.mark.one_table
def test_targets_are_brought_into_the_outputs_form():
    (output,) = objective().outputs
    prepared = output.prepare(np.array([1, 2, 3]), (None, 1), "float32", "y")
    assert prepared.shape == (3, 1)
    assert prepared.dtype == np.float32
    (output,) = objective("sparse_categorical_crossentropy").outputs
    labels = output.prepare(np.array([[2], [0]]), (None, 3), "float32", "y")
    assert labels.shape == (2,)
    assert labels.dtype == np.int64


@pytest.mark.parametrize("reduction", ["none", None])
def test_a_loss_that_is_no_number_cannot_be_minimised(reduction):
    model = nnlite.Sequential([nnlite.Input((2,)), nnlite.layers.Dense(1)])
    model.compile("sgd", nnlite.losses.MeanSquaredError(reduction))
    before = model.get_weights()
    with pytest.raises(ValueError, match=rf"shape \(4,\), and training .* than {reduction!r}"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
