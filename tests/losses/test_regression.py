"""Losses of numbers: worked by hand."""

import numpy as np
import pytest

from nnlite import losses


def test_squared_and_absolute_error_by_hand():
    y_true, y_pred = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]  # Keras's own example
    assert losses.MeanSquaredError()(y_true, y_pred).item() == 0.5
    assert losses.MeanSquaredError()(y_true, y_pred, [0.75, 0.25]).item() == 0.25
    assert losses.MeanAbsoluteError()(y_true, y_pred).item() == 0.5
    assert losses.mean_squared_error([1.0, 2.0], [[1.5], [4.0]]).data.tolist() == [0.25, 4.0]
    assert losses.mean_squared_error(np.zeros((2, 3, 2)), np.ones((2, 3, 2))).shape == (2, 3)
    assert losses.mean_absolute_error(np.zeros(3), np.ones(3)).data.tolist() == 1  # as Keras


def test_arrays_never_broadcast_in_a_loss():
    for loss in (losses.MeanSquaredError(), losses.MeanAbsoluteError()):
        for shape in ((3,), (2, 1), (1, 3), (3, 2)):
            with pytest.raises(ValueError, match="y has"):
                loss(np.zeros(shape), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"sample_weight must hold .*, shape \(2,\), got \(1,\)"):
        losses.MeanSquaredError()(np.zeros((2, 3)), np.zeros((2, 3)), [1.0])
