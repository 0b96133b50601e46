"""nnlite.random: distributions by keras.random's names, and what their seeds do."""

import numpy as np
import pytest

from nnlite import Tensor, random

#: Each function with arguments, mean and variance of what it draws.
DRAWS = {
    "normal": (lambda seed: random.normal((200, 500), 1.0, 2.0, seed=seed), 1, 4),
    # the variance of a normal distribution that ends at ±2: 1 - 4 φ(2) / (2 Φ(2) - 1)
    "truncated_normal": (lambda seed: random.truncated_normal((200, 500), seed=seed), 0, 0.77374),
    "uniform": (lambda seed: random.uniform((200, 500), -1, 3, seed=seed), 1, 16 / 12),
    "dropout": (lambda seed: random.dropout(np.ones((200, 500)), 0.2, seed=seed), 1, 0.25),
    "randint": (lambda seed: random.randint((200, 500), 2, 6, seed=seed), 3.5, 15 / 12),
    "gamma": (lambda seed: random.gamma((200, 500), 2.0, seed=seed), 2, 2),
    "beta": (lambda seed: random.beta((200, 500), 2.0, 2.0, seed=seed), 0.5, 0.05),
    "binomial": (lambda seed: random.binomial((200, 500), 10, 0.3, seed=seed), 3, 2.1),
    "categorical": (
        lambda seed: random.categorical(np.log([[0.2, 0.5, 0.3]] * 200), 500, seed=seed),
        *(1.1, 0.49),
    ),
    "shuffle": (lambda seed: random.shuffle(np.arange(100_000) / 1e5, seed=seed), 0.5, 1 / 12),
}
every_draw = pytest.mark.parametrize("name", DRAWS)


@pytest.mark.one_table
def test_no_distribution_is_forgotten():
    assert DRAWS.keys() == set(random.__all__) - {"SeedGenerator", "set_random_seed", "stream"}


@every_draw
def test_mean_and_variance(name):
    draw, mean, variance = DRAWS[name]
    values = draw(1).numpy()
    assert isinstance(draw(1), Tensor)
    # of 100,000 draws the mean is off by 0.003 deviations, the variance by about 0.5 %
    assert abs(values.mean() - mean) < 0.015 * variance**0.5
    assert abs(values.var() - variance) < 0.03 * variance


@every_draw
def test_a_number_gives_the_same_draw_and_a_generator_goes_on(name):
    draw = DRAWS[name][0]
    first, again, other = (draw(seed).numpy().tobytes() for seed in (1, 1, 2))
    assert first == again != other
    generator = random.SeedGenerator(1)
    assert draw(generator).numpy().tobytes() == first
    assert draw(generator).numpy().tobytes() != first
    assert generator.state.data.tolist() == [1, 2]


@every_draw
def test_without_a_seed_set_random_seed_decides(name):
    draw, found = DRAWS[name][0], []
    for seed in (5, 5, 6):
        random.set_random_seed(seed)
        found.append((draw(None).numpy().tobytes(), draw(None).numpy().tobytes()))
    assert found[0] == found[1] != found[2]
    assert found[0][0] != found[0][1]


def test_types_and_limits():
    assert random.normal((3,)).dtype == np.float32
    assert random.uniform((3,), dtype="float64").dtype == np.float64
    assert random.normal((2, 2), dtype="float16").dtype == np.float16
    assert random.randint((3,), 0, 2).dtype == np.int32
    assert random.randint((0,), 0, 2, dtype="uint8").dtype == np.uint8
    assert random.normal(()).shape == ()
    assert np.abs(random.truncated_normal((10_000,), 1.0, 3.0, seed=1).data - 1).max() <= 6
    whole = random.randint((1000,), -2, 2, seed=0).data
    assert sorted(set(whole.tolist())) == [-2, -1, 0, 1]


def test_shuffle_keeps_slices_whole():
    x = np.arange(12).reshape(3, 4)
    rows = random.shuffle(x, seed=3).numpy()
    assert sorted(rows[:, 0].tolist()) == [0, 4, 8]
    assert (np.diff(rows, axis=1) == 1).all()
    columns = random.shuffle(Tensor(x), axis=1, seed=3).numpy()
    assert (np.diff(columns, axis=0) == 4).all()


def test_dropout_is_differentiable_and_takes_lists():
    x = Tensor(np.ones((3, 50)))
    y = random.dropout(x, 0.5, seed=1)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)
    assert random.dropout([1.0, 2.0], 0.0).numpy().tolist() == [1.0, 2.0]
    assert random.dropout([1, 2], 1.0).numpy().tolist() == [0.0, 0.0]


@pytest.mark.one_table
def test_a_generator_and_its_config():
    generator = random.SeedGenerator(42, name="mine")
    assert generator.next().tolist() == [42, 0]
    assert generator.next().tolist() == [42, 1]
    assert generator.get_config() == {"seed": 42, "name": "mine"}
    assert random.SeedGenerator.from_config(generator.get_config()).next().tolist() == [42, 0]
    drawn = random.SeedGenerator()
    assert drawn.get_config()["seed"] is None
    assert 1 <= drawn.state.data[0] < 10**9


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: random.normal((2,), dtype="int32"), ValueError, "floats, got the dtype 'int32'"),
        (lambda: random.randint((2,), 0, 3, dtype="float32"), ValueError, "draws whole numbers"),
        (lambda: random.categorical([0.1], 2), ValueError, r"\(samples, classes\), got \(1,\)"),
        (lambda: random.dropout([1.0], 2), ValueError, "rate must be from 0 to 1"),
        (lambda: random.normal((2,), seed=1.5), TypeError, "a SeedGenerator"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
