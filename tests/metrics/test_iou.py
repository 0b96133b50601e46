"""Intersection over union: forms of classes, and thresholds in both float types."""

import numpy as np
import pytest

from nnlite import metrics

PAIRS = [[1, 0, 0], [1, 1, 0], [0, 0, 1]]  # of true and predicted classes, worked by hand
LABELS, PREDICTED = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2])


@pytest.mark.parametrize("column", [(False, True), (True, False), (True, True), (False, False)])
@pytest.mark.parametrize("dtype", ["int64", "int32", "float32", "float64"])
def test_classes_may_stand_in_a_column(column, dtype):
    y_true, y_pred = (
        (values[:, None] if one else values).astype(dtype)
        for one, values in zip(column, (LABELS, PREDICTED), strict=True)
    )
    metric = metrics.MeanIoU(3)
    metric.update_state(y_true, y_pred, np.ones((4, 1)))
    assert metric.confusion_matrix().tolist() == PAIRS
    assert metric.result() == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)


def test_classes_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"classes of \(4,\) and predictions those of \(3,\)"):
        metrics.MeanIoU(3).update_state(LABELS, PREDICTED[:3])


@pytest.mark.parametrize("types", [("float32", "float64"), ("float64", "float32")])
def test_a_prediction_at_the_threshold_is_of_class_1_in_every_float_type(types):
    metric = metrics.BinaryIoU(threshold=0.3)
    for dtype in types:
        at = np.array([0.3], dtype)
        metric.update_state(np.ones(2), np.concatenate([at, np.nextafter(at, at - 1)]))
    assert metric.confusion_matrix().tolist() == [[0, 0], [2, 2]]
