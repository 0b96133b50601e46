"""Losses of yes and no: from a sigmoid, or from its log-odds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats

from losses.table import BC, bits
from nnlite import Tensor, activations, layers, losses


@few
@given(data=st.data())
def test_a_sigmoid_and_its_log_odds_give_one_loss_and_one_gradient(data):
    shape = data.draw(BC)
    array, y_true = data.draw(floats(shape)), data.draw(bits(shape))
    for cls in (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy):
        found = []
        for case in ("logits", "sigmoid", "probabilities"):
            x = Tensor(array)
            y = x if case == "logits" else activations.sigmoid(x)
            y = y * 1 if case == "probabilities" else y  # forgets its log-odds
            value = cls(from_logits=case == "logits")(y_true, y)
            value.backward()
            found.append((value.item(), x.grad))
        assert found[0][0] == found[1][0]
        np.testing.assert_array_equal(found[0][1], found[1][1])
        assert found[2][0] == pytest.approx(found[0][0], rel=1e-10)
        np.testing.assert_allclose(found[2][1], found[0][1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layer", [layers.Dense(1, "sigmoid"), layers.Activation("sigmoid")])
def test_a_sigmoid_layer_that_is_sure_and_wrong_still_learns(layer):
    x = Tensor(np.full((1, 1), 200.0, np.float32))
    layer(x)
    layer.set_weights([np.ones_like(weight) for weight in layer.get_weights()])
    loss = losses.BinaryCrossentropy()(np.zeros((1, 1)), layer(x))
    loss.backward()
    assert loss.item() >= 200  # of probabilities it would be 16, with no slope
    assert x.grad.item() == 1
