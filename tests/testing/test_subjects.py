"""What `check_subject` takes, and what it refuses."""

import numpy as np
import pytest

from nnlite import Input, Sequential, layers, losses
from nnlite.testing import check_subject

pytestmark = pytest.mark.one_table

X = np.linspace(0.1, 1, 6).reshape(2, 3)


def model(compiled=True):
    made = Sequential([Input((3,)), layers.Dense(2)])
    if compiled:
        made.compile("sgd", "mse")
    return made


@pytest.mark.parametrize(
    ("subject", "given"),
    [
        ((layers.Add(), X, X), r"\(layer, inputs\), of several inputs with a list of them"),
        ((losses.MeanSquaredError(), X), r"\(loss, y_true, y_pred\), not with 1 inputs"),
        ((model(), X, X[:, :2], None, True), r"\(model, x, y, sample_weight\), not with 4"),
        ((model(compiled=False), X, X), r"\(model, x\), and with y only if it is compiled"),
    ],
)
def test_other_numbers_of_inputs_are_refused(subject, given):
    """The second of two inputs would be taken for `training`."""
    with pytest.raises(TypeError, match=given):
        check_subject(subject)


def test_each_number_that_fits_is_taken():
    assert check_subject((layers.Add(), [X, X]))
    assert check_subject((losses.MeanSquaredError(), X, X + 0.5))
    assert check_subject((model(), X, X[:, :2], np.ones(2)))
    assert check_subject((model(compiled=False), X))
