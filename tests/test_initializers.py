"""Every initializer: its shape, its type, its statistics, its seed."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from nnlite import initializers
from nnlite.config import set_floatx
from nnlite.initializers import GlorotUniform, Initializer, RandomInitializer, fans
from nnlite.random import set_random_seed

pytestmark = pytest.mark.one_table  # no kernel is at work here

SHAPE = (300, 200)


class Row(NamedTuple):
    cls: type
    low: float  # for SHAPE
    high: float
    deviation: float
    fills: bool = False  # whether the values reach both limits


GLOROT = math.sqrt(6 / 500)

ROWS = [
    Row(initializers.Zeros, 0, 0, 0),
    Row(initializers.Ones, 1, 1, 0),
    Row(GlorotUniform, -GLOROT, GLOROT, GLOROT / math.sqrt(3), fills=True),
    Row(initializers.RandomUniform, -0.05, 0.05, 0.05 / math.sqrt(3), fills=True),
]
every_initializer = pytest.mark.parametrize("row", ROWS, ids=[row.cls.__name__ for row in ROWS])


def test_every_initializer_has_a_row():
    assert set(initializers.registry.entries.values()) == {row.cls for row in ROWS}
    public = {value for value in vars(initializers).values() if is_initializer(value)}
    assert public == {row.cls for row in ROWS}


def is_initializer(value: Any) -> bool:
    bases = (Initializer, RandomInitializer)
    return isinstance(value, type) and issubclass(value, Initializer) and value not in bases


@every_initializer
def test_its_statistics(row):
    values = row.cls()(SHAPE, "float64")
    assert values.shape == SHAPE
    assert row.low <= values.min() <= values.max() <= row.high
    # 60,000 draws: the mean and the deviation err by about deviation / 245; five times that.
    error = 5 * row.deviation / 245
    assert values.mean() == pytest.approx((row.low + row.high) / 2, abs=error)
    assert values.std() == pytest.approx(row.deviation, abs=error)
    if row.fills:  # the outermost of 60,000 uniform draws
        assert values.min() < 0.999 * row.low
        assert values.max() > 0.999 * row.high


@every_initializer
def test_its_type(row):
    assert row.cls()((2, 3)).dtype == np.float32
    assert row.cls()((2, 3), "float64").dtype == np.float64
    assert row.cls()(()).shape == ()
    set_floatx("float64")
    try:
        assert row.cls()((2,)).dtype == np.float64
    finally:
        set_floatx("float32")


def test_fans():
    assert fans((300, 200)) == (300, 200)
    assert fans((7,)) == (7, 7)
    assert fans(()) == (1, 1)
    assert fans((3, 3, 16, 32)) == (9 * 16, 9 * 32)  # a convolution's kernel


def test_draws_follow_one_another_and_set_random_seed_starts_again():
    first, second = GlorotUniform()(SHAPE), GlorotUniform()(SHAPE)
    assert (first != second).any()
    set_random_seed(0)
    np.testing.assert_array_equal(GlorotUniform()(SHAPE), first)


def test_a_seed_of_its_own_gives_the_same_values_at_every_call():
    seeded = GlorotUniform(seed=3)
    first = seeded(SHAPE)
    np.testing.assert_array_equal(seeded(SHAPE), first)
    np.testing.assert_array_equal(GlorotUniform(seed=3)(SHAPE), first)
    assert (GlorotUniform(seed=4)(SHAPE) != first).any()


def test_get():
    assert isinstance(initializers.get("glorot_uniform"), GlorotUniform)
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    assert initializers.get({"class_name": "GlorotUniform", "config": {"seed": 5}}).seed == 5
    assert initializers.get(np.zeros) is np.zeros
    with pytest.raises(ValueError, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")
    with pytest.raises(TypeError, match=r"GlorotUniform\(\) has no argument 'sead'.*'seed'"):
        GlorotUniform(sead=1)
    with pytest.raises(NotImplementedError):
        Initializer()((2,))
