"""Metrics of yes or no: what is refused, and which forms of weights are one and the same."""

import numpy as np
import pytest

from nnlite import metrics


@pytest.mark.one_table
@pytest.mark.parametrize("name", ["TruePositives", "Precision", "Recall", "AUC"])
@pytest.mark.parametrize("thresholds", [50, [-1, 2], [0.5, np.nan], [], [[0.1, 0.2]]])
def test_thresholds_outside_of_0_to_1_are_refused(name, thresholds):
    with pytest.raises(ValueError, match=f"{name}: thresholds must be a number in \\[0, 1\\]"):
        getattr(metrics, name)(thresholds=thresholds)


@pytest.mark.one_table
@pytest.mark.parametrize("thresholds", [0, 1, 0.25, [0.0, 1.0], (0.7, 0.1)])
def test_thresholds_from_0_to_1_stay_as_they_were_given(thresholds):
    metric = metrics.Recall(thresholds)
    assert metric.thresholds == np.atleast_1d(thresholds).tolist()
    assert metric.get_config()["thresholds"] == thresholds


def test_weights_may_have_a_last_axis_that_predictions_lack():
    y_true, y_pred, weights = (
        np.array([0, 1, 1.0]),
        np.array([0.6, 0.7, 0.2]),
        np.array([1.0, 2, 3]),
    )
    for given in (weights, weights[:, None]):
        metric = metrics.Precision()
        metric.update_state(y_true, y_pred, given)
        assert metric.result() == 2 / 3
