"""Losses of probabilities: by hand, from a softmax or its logits, labels that do not count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats, labels

from losses.table import BC
from nnlite import Tensor, activations, losses


def test_crossentropy_by_hand():
    y_pred = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    # -ln 0.95 = 0.0513 and -ln 0.1 = 2.3026: Keras's own example
    sparse = losses.sparse_categorical_crossentropy([1, 2], y_pred)
    dense = losses.categorical_crossentropy([[0, 1, 0], [0, 0, 1]], y_pred)
    for values in (sparse, dense):
        np.testing.assert_allclose(values.data, [0.0512933, 2.3025851], rtol=1e-5)  # float32
    mean = losses.CategoricalCrossentropy()([[0, 1, 0], [0, 0, 1]], y_pred, [0.3, 0.7])
    assert mean.item() == pytest.approx((0.3 * 0.0512933 + 0.7 * 2.3025851) / 2, rel=1e-5)


def test_label_smoothing_by_hand():
    # targets 0.9 * (0, 1) + 0.1 / 2 = (0.05, 0.95), so the loss is -0.05 ln 0.2 - 0.95 ln 0.8
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1)
    assert loss([[0, 1]], [[0.2, 0.8]]).item() == pytest.approx(0.2924583, rel=1e-5)  # float32
    assert losses.CategoricalCrossentropy(label_smoothing=1.0)([[0, 1]], [[0.5, 0.5]]).item() == (
        pytest.approx(math.log(2), rel=1e-6)
    )
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 1\], got 1.5"):
        losses.CategoricalCrossentropy(label_smoothing=1.5)


@few
@given(data=st.data())
def test_a_softmax_and_its_logits_give_one_loss_and_one_gradient(data):
    shape = data.draw(BC)
    array, label = data.draw(floats(shape)), data.draw(labels(*shape))
    found = []
    for case in ("logits", "softmax", "probabilities"):
        x = Tensor(array)
        y = x if case == "logits" else activations.softmax(x)
        if case == "probabilities":
            y = y * 1  # forgets its logits
        for target, loss in (
            (label, losses.SparseCategoricalCrossentropy(from_logits=case == "logits")),
            (np.eye(shape[1])[label], losses.CategoricalCrossentropy(case == "logits")),
        ):
            value = loss(target, y)
            x.grad = None
            value.backward()
            found.append((value.item(), x.grad))
    for value, gradient in found[1:]:
        assert value == pytest.approx(found[0][0], rel=1e-10)
        np.testing.assert_allclose(gradient, found[0][1], rtol=1e-9, atol=1e-12)


def test_extreme_logits_lose_nothing():
    for y in (Tensor([[1e4, -1e4, 0.0]]), activations.softmax(Tensor([[1e4, -1e4, 0.0]]))):
        from_logits = y.logits is None
        for label, value in ((0, 0.0), (1, 2e4), (2, 1e4)):
            assert losses.sparse_categorical_crossentropy([label], y, from_logits).item() == value
            target = np.eye(3)[[label]]
            assert losses.categorical_crossentropy(target, y, from_logits).item() == value


def test_the_gradient_at_extreme_logits_is_that_of_the_formula():
    x = Tensor([[1e4, -1e4, 0.0]])
    losses.SparseCategoricalCrossentropy()([1], activations.softmax(x)).backward()
    assert x.grad.tolist() == [[1.0, -1.0, 0.0]]  # softmax - one-hot


def test_probabilities_are_kept_off_zero():
    # -ln(1e-7) = 16.118, as in Keras
    value = losses.sparse_categorical_crossentropy([0], np.array([[0.0, 1.0]])).item()
    assert value == pytest.approx(-math.log(1e-7), rel=1e-7)


def test_labels_that_do_not_count():
    y_pred = np.array([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]])
    values = losses.sparse_categorical_crossentropy([0, -1, 0], y_pred, ignore_class=-1).numpy()
    np.testing.assert_allclose(values, [math.log(2), 0, -math.log(0.9)])
    for reduction, weights, expected in (
        ("sum_over_batch_size", None, values.sum() / 2),
        ("sum_over_batch_size", [3.0, 5, 1], (3 * values[0] + values[2]) / 2),
        ("mean_with_sample_weight", [3.0, 5, 1], (3 * values[0] + values[2]) / 4),
        ("sum", None, values.sum()),
    ):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
        assert loss([0, -1, 0], y_pred, weights).item() == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"holds the label -1 \(sample 1\)"):
        losses.sparse_categorical_crossentropy([0, -1, 0], y_pred, ignore_class=-2)
