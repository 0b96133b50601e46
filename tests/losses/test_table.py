"""What holds of every loss: each sample's number, the batch's mean, its gradient, its names."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats

from losses.table import ROWS, Row
from nnlite import Tensor, gradcheck, losses

every_loss = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.cls.__name__}-{row.case}" for row in ROWS]
)


def expected(row: Row, y_true: np.ndarray, y_pred: np.ndarray) -> list[float]:
    """The loss of each sample; that of a whole batch counts for every one."""
    if row.whole:
        return [row.sample(y_true, y_pred)] * len(y_true)
    return [row.sample(t, p) for t, p in zip(y_true, y_pred, strict=True)]


def test_every_loss_has_a_row():
    classes = {
        value
        for value in vars(losses).values()
        if inspect.isclass(value) and issubclass(value, losses.Loss)
    }
    assert classes - {losses.Loss, losses.FunctionLoss} == {row.cls for row in ROWS}
    assert {row.function: row.cls for row in ROWS} == losses.FUNCTIONS
    assert not {name for name in losses.ALIASES if name not in losses.registry.entries}
    known = {row.cls for row in ROWS} | {row.function for row in ROWS}
    assert set(losses.registry.entries.values()) == known


@every_loss
@few
@given(data=st.data())
def test_the_loss_of_each_sample(row, data):
    y_true, y_pred = data.draw(row.arrays)
    values = row.function(y_true, y_pred, **row.arguments)
    assert isinstance(values, Tensor)
    # Logarithms of numbers near 1 lose a few digits of 16.
    wanted = expected(row, y_true, y_pred)
    np.testing.assert_allclose(
        values.data, wanted[0] if row.whole else wanted, rtol=1e-11, atol=1e-13
    )
    assert values.shape == (() if row.whole else (len(y_true),))


@every_loss
@few
@given(data=st.data())
def test_the_class_gives_the_weighted_sum_over_the_number_of_samples(row, data):
    y_true, y_pred = data.draw(row.arrays)
    weights = data.draw(floats(len(y_true), low=0))
    loss = row.cls(**row.arguments)
    values = expected(row, y_true, y_pred)
    assert loss(y_true, y_pred).item() == pytest.approx(math.fsum(values) / len(values), rel=1e-11)
    total = math.fsum(w * v for w, v in zip(weights, values, strict=True))
    for shape in ((-1,), (-1, 1)):
        found = loss(y_true, y_pred, weights.reshape(shape)).item()
        assert found == pytest.approx(total / len(values), rel=1e-11, abs=1e-13)


@every_loss
@few
@given(data=st.data())
def test_the_gradient_is_the_slope(row, data):
    y_true, y_pred = data.draw(row.arrays)
    weights = data.draw(floats(len(y_true), low=0))
    assert gradcheck(lambda p: row.function(y_true, p, **row.arguments), y_pred)
    assert gradcheck(lambda p: row.cls(**row.arguments)(y_true, p, weights), y_pred)


@every_loss
def test_float32_stays_float32(row):
    y_true, y_pred = np.array([1, 0]), np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    if row.function is not losses.sparse_categorical_crossentropy:
        y_true = np.eye(2)[y_true]
    loss = row.cls(**row.arguments)
    x = Tensor(y_pred)
    y = loss(y_true, x, [1.0, 2.0])
    y.backward()
    assert y.shape == ()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)
    assert loss(y_true.tolist(), y_pred.tolist()).dtype == np.float32
    wide = loss(y_true, y_pred.astype(np.float64), [1.0, 2.0]).item()
    assert y.item() == pytest.approx(wide, rel=1e-6)  # float32 keeps 7 digits


@every_loss
def test_odd_arrays(row):
    random = np.random.default_rng(0)
    y_pred = random.uniform(0.1, 0.9, (6, 8))
    y_true = np.eye(4)[random.integers(0, 4, 6)]
    if row.function is losses.sparse_categorical_crossentropy:
        y_true = y_true.argmax(axis=1)
    loss = row.cls(**row.arguments, reduction="none")
    plain = loss(y_true[::2].copy(), y_pred[::2, ::2].copy()).numpy()
    np.testing.assert_array_equal(loss(y_true[::2], y_pred[::2, ::2]).numpy(), plain)
    assert loss(y_true[:0], y_pred[:0, :4]).shape == (() if row.whole else (0,))
    if not row.whole and "of 0 and 1" not in row.case:  # there labels of the whole batch count
        alone = [loss(y_true[i : i + 1], y_pred[i : i + 1, ::2]).item() for i in (0, 2, 4)]
        np.testing.assert_array_equal(alone, plain)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("mse", losses.MeanSquaredError),
        ("MSE", losses.MeanSquaredError),
        ("mae", losses.MeanAbsoluteError),
        *((row.function.__name__, row.cls) for row in ROWS),
        *((row.cls.__name__, row.cls) for row in ROWS),
        *((row.cls, row.cls) for row in ROWS),
        *((row.function, row.cls) for row in ROWS),
    ],
)
def test_as_loss(name, cls):
    assert type(losses.as_loss(name)) is cls


def test_names_are_those_of_keras():
    for row in ROWS:
        special = {"huber": "huber_loss"}  # Keras's only exception
        assert row.cls().name == special.get(row.function.__name__, row.function.__name__)
    assert losses.MeanSquaredError(name="mine").name == "mine"
