"""Every activation: its formula, its gradient, its name."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, one

from nnlite import Tensor, activations, gradcheck


class Row(NamedTuple):
    name: str
    formula: Any  # of one row of Python numbers
    by_hand: list[float]  # its values at -1, 0, 2


def softmax(row: list[float]) -> list[float]:
    total = math.fsum(map(math.exp, row))
    return [math.exp(x) / total for x in row]


E2, E3 = math.exp(2), math.exp(-3)

ROWS = [
    Row("linear", lambda row: row, [-1, 0, 2]),
    Row("relu", lambda row: [x if x > 0 else 0 for x in row], [0, 0, 2]),
    Row(
        "sigmoid",
        lambda row: [1 / (1 + math.exp(-x)) for x in row],
        [1 / (1 + math.e), 0.5, E2 / (E2 + 1)],
    ),
    Row(
        "tanh", lambda row: [math.tanh(x) for x in row], [-0.7615941559557649, 0, 0.964027580075817]
    ),
    Row(
        "softmax",
        softmax,
        [E3 / (1 + E3 + 1 / E2), 1 / (1 / math.e + 1 + E2), 1 / (1 + E3 + 1 / E2)],
    ),
]
every_activation = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


def test_every_activation_has_a_row():
    assert set(activations.registry.entries) == {row.name for row in ROWS}


@every_activation
def test_its_values_worked_by_hand(row):
    y = activations.get(row.name)(np.array([[-1.0, 0.0, 2.0]]))
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y.data, [row.by_hand], rtol=1e-14)  # a few roundings of 1e-16


@every_activation
@few
@given(arrays=one(min_dims=1, off_zero=True))
def test_its_values_by_the_formula(row, arrays):
    (x,) = arrays
    expected = np.apply_along_axis(lambda line: np.array(row.formula(list(line)), float), -1, x)
    # A few roundings of 1e-16 each.
    np.testing.assert_allclose(activations.get(row.name)(x).data, expected, rtol=1e-13)


@every_activation
@few
@given(arrays=one(min_dims=1, off_zero=True))
def test_its_gradient_is_the_slope(row, arrays):
    assert gradcheck(activations.get(row.name), *arrays)


@few
@given(arrays=one(min_dims=2), shift=st.integers(-100, 100))
def test_a_softmax_is_a_distribution_and_a_common_shift_does_not_matter(arrays, shift):
    (x,) = arrays
    y = activations.softmax(x).data
    assert (y > 0).all()
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-14)
    # x + shift is rounded: 100 times 1e-16, which the exponential makes relative.
    np.testing.assert_allclose(activations.softmax(x + shift).data, y, rtol=1e-12)


def test_a_softmax_remembers_its_logits_and_what_is_made_of_it_does_not():
    x = Tensor([[1.0, 2.0]])
    y = activations.softmax(x)
    assert y.logits is x
    assert (y * 1).logits is None
    assert Tensor(y).logits is None


def test_get_takes_names_functions_and_none():
    assert activations.get(None) is activations.linear
    assert activations.get("relu") is activations.relu
    assert activations.get(np.sin) is np.sin
    with pytest.raises(ValueError, match=r"Unknown activation 'rellu'. Did you mean 'relu'\?"):
        activations.get("rellu")
    with pytest.raises(TypeError, match="activation is given by its name"):
        activations.get(3)
