"""Every initializer: its shape, its type, its statistics, its seed."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

from nnlite import initializers
from nnlite.config import set_floatx
from nnlite.initializers import GlorotUniform, Initializer, RandomInitializer
from nnlite.initializers.scaling import NamedScaling, fans
from nnlite.random import set_random_seed

pytestmark = pytest.mark.one_table  # no kernel is at work here

SHAPE = (300, 200)


class Row(NamedTuple):
    cls: type
    low: float  # for SHAPE
    high: float
    deviation: float
    fills: bool = False  # whether the values reach both limits
    arguments: Mapping[str, Any] = MappingProxyType({})


def uniform(cls: type, limit: float, **arguments: Any) -> Row:
    return Row(cls, -limit, limit, limit / math.sqrt(3), True, arguments)


def truncated(cls: type, deviation: float, **arguments: Any) -> Row:
    limit = 2 * deviation / 0.87962566  # the deviation of a normal one within 2 is 0.8796
    return Row(cls, -limit, limit, deviation, True, arguments)


GLOROT = math.sqrt(6 / 500)

ROWS = [
    Row(initializers.Zeros, 0, 0, 0),
    Row(initializers.Ones, 1, 1, 0),
    Row(initializers.Constant, 0.25, 0.25, 0, arguments={"value": 0.25}),
    # 200 ones among 300 x 200
    Row(initializers.Identity, 0, 1, math.sqrt(299) / 300),
    # columns of length 1, with 300 numbers in each
    Row(initializers.Orthogonal, -1, 1, 1 / math.sqrt(300)),
    Row(initializers.RandomNormal, -1, 1, 0.05),
    Row(initializers.RandomNormal, -5, 9, 0.5, arguments={"mean": 2.0, "stddev": 0.5}),
    uniform(initializers.RandomUniform, 0.05),
    uniform(initializers.RandomUniform, 2, minval=-2, maxval=2),
    truncated(initializers.TruncatedNormal, 0.05 * 0.87962566),
    truncated(initializers.VarianceScaling, math.sqrt(1 / 300)),
    truncated(initializers.VarianceScaling, math.sqrt(3 / 200), scale=3.0, mode="fan_out"),
    uniform(
        initializers.VarianceScaling, math.sqrt(3 / 250), mode="fan_avg", distribution="uniform"
    ),
    Row(
        initializers.VarianceScaling,
        *(-1, 1, math.sqrt(1 / 300)),
        arguments={"distribution": "untruncated_normal"},
    ),
    uniform(GlorotUniform, GLOROT),
    truncated(initializers.GlorotNormal, math.sqrt(2 / 500)),
    uniform(initializers.HeUniform, math.sqrt(6 / 300)),
    truncated(initializers.HeNormal, math.sqrt(2 / 300)),
    uniform(initializers.LecunUniform, math.sqrt(3 / 300)),
    truncated(initializers.LecunNormal, math.sqrt(1 / 300)),
    truncated(initializers.LecunNormal, math.sqrt(1 / 200), input_axes=[1], output_axes=[0]),
]
every_initializer = pytest.mark.parametrize("row", ROWS, ids=[row.cls.__name__ for row in ROWS])
#: Those that are defined for every shape, and those that draw.
OF_ANY_SHAPE = [row for row in ROWS if row.cls.__name__ not in ("Identity", "Orthogonal")]
DRAWN = [row for row in ROWS if issubclass(row.cls, RandomInitializer)]


def test_every_initializer_has_a_row():
    assert set(initializers.registry.entries.values()) == {row.cls for row in ROWS}
    public = {value for value in vars(initializers).values() if is_initializer(value)}
    assert public == {row.cls for row in ROWS}


def is_initializer(value: Any) -> bool:
    bases = (Initializer, RandomInitializer, NamedScaling)
    return isinstance(value, type) and issubclass(value, Initializer) and value not in bases


@every_initializer
def test_its_statistics(row):
    values = row.cls(**row.arguments)(SHAPE, "float64")
    assert values.shape == SHAPE
    assert row.low <= values.min() <= values.max() <= row.high
    # 60,000 draws: the mean and the deviation err by about deviation / 245; five times that.
    error = 5 * row.deviation / 245
    if row.cls is not initializers.Identity:
        assert values.mean() == pytest.approx((row.low + row.high) / 2, abs=error)
    assert values.std() == pytest.approx(row.deviation, abs=error)
    if row.fills:  # the outermost of 60,000 draws
        assert values.min() < 0.999 * row.low
        assert values.max() > 0.999 * row.high


@pytest.mark.parametrize("row", OF_ANY_SHAPE, ids=[row.cls.__name__ for row in OF_ANY_SHAPE])
def test_its_type(row):
    axes = {"input_axes": None, "output_axes": None} if "input_axes" in row.arguments else {}
    initializer = row.cls(**{**row.arguments, **axes})
    assert initializer((2, 3)).dtype == np.float32
    assert initializer((2, 3), "float64").dtype == np.float64
    assert initializer(()).shape == ()
    assert initializer((0, 3)).shape == (0, 3)
    set_floatx("float64")
    try:
        assert initializer((2,)).dtype == np.float64
    finally:
        set_floatx("float32")


@every_initializer
def test_it_comes_back_from_its_configuration(row):
    config = initializers.serialize(row.cls(**row.arguments))
    again = initializers.deserialize(config)
    assert type(again) is row.cls
    assert initializers.serialize(again) == config
    assert config["module"] == "keras.initializers"


@pytest.mark.parametrize("row", DRAWN, ids=[row.cls.__name__ for row in DRAWN])
def test_seeds(row):
    def draw(seed):
        return row.cls(**row.arguments, seed=seed)(SHAPE)

    np.testing.assert_array_equal(draw(3), draw(3))
    assert (draw(3) != draw(4)).any()
    first, second = draw(None), draw(None)
    assert (first != second).any()
    set_random_seed(0)
    np.testing.assert_array_equal(draw(None), first)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (2, 3, 4)])
def test_orthogonal_vectors_are_orthogonal(shape):
    matrix = initializers.Orthogonal(gain=2.0)(shape, "float64").reshape(-1, shape[-1])
    gram = matrix.T @ matrix if len(matrix) >= len(matrix.T) else matrix @ matrix.T
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-14)  # a few roundings


def test_orthogonal_is_uniform():
    """Each entry of a uniform orthogonal matrix is as often negative as positive."""
    corner = [initializers.Orthogonal()((2, 2))[0, 0] for _ in range(400)]
    assert 140 < sum(value < 0 for value in corner) < 260  # 6 deviations of 10 around 200


def test_the_identity():
    np.testing.assert_array_equal(initializers.Identity(3.0)((2, 3)), [[3, 0, 0], [0, 3, 0]])
    for cls in (initializers.Identity, initializers.Orthogonal):
        with pytest.raises(ValueError, match=rf"{cls.__name__} makes matrices, .* \(4,\)"):
            cls()((4,))


def test_an_array_is_an_initializer():
    values = np.arange(6.0).reshape(2, 3)
    given = initializers.get(values)
    np.testing.assert_array_equal(given((2, 3)), values)
    assert given((2, 3)).dtype == np.float32
    with pytest.raises(ValueError, match=r"shape \(2, 3\) was given .* \(3, 2\)"):
        given((3, 2))
    assert initializers.get(None) is None
    np.testing.assert_array_equal(initializers.Constant([1, 2])((2, 2)), [[1, 2], [1, 2]])


def test_what_variance_scaling_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"Unknown mode 'fan_inn'. Did you mean 'fan_in'\?"):
        initializers.VarianceScaling(mode="fan_inn")
    with pytest.raises(
        ValueError, match=r"Unknown distribution 'unifrom'. Did you mean 'uniform'\?"
    ):
        initializers.VarianceScaling(distribution="unifrom")
    with pytest.raises(ValueError, match="VarianceScaling: scale must be positive, got 0"):
        initializers.VarianceScaling(scale=0)
    assert initializers.VarianceScaling(distribution="Normal").distribution == "truncated_normal"


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
