"""Random layers: what they draw, when, and that nothing but seed and number of the call decides."""

import copy
import pickle

import numpy as np
import pytest

import nnlite as keras
from nnlite import Tensor, gradcheck, random
from nnlite.layers import AlphaDropout, Dense, Dropout, GaussianDropout, GaussianNoise

#: Each layer with a strength, and one that draws nothing.
LAYERS = [
    (Dropout, {"rate": 0.4}),
    (AlphaDropout, {"rate": 0.4}),
    (GaussianNoise, {"stddev": 0.4}),
    (GaussianDropout, {"rate": 0.4}),
]
every_layer = pytest.mark.parametrize(("kind", "arguments"), LAYERS)

X = np.random.default_rng(1).normal(size=(50, 40)).astype(np.float32)


@every_layer
def test_only_training_is_disturbed(kind, arguments):
    layer = kind(**arguments, seed=1)
    for outputs in (layer(X), layer(X, training=False)):
        np.testing.assert_array_equal(outputs.data, X)
    assert layer.seed_generator.state.data.tolist() == [1, 0]
    assert (layer(X, training=True).data != X).mean() > 0.3
    nothing = kind(**dict.fromkeys(arguments, 0), seed=1)
    np.testing.assert_array_equal(nothing(X, training=True).data, X)
    assert nothing.variables == []


@every_layer
def test_a_seed_decides_and_each_call_draws_anew(kind, arguments):
    first, again = (kind(**arguments, seed=7) for _ in range(2))
    other = kind(**arguments, seed=8)
    draws = [layer(X, training=True).data.tobytes() for layer in (first, first, other)]
    assert len(set(draws)) == 3
    assert [again(X, training=True).data.tobytes() for _ in range(2)] == draws[:2]
    first.seed_generator.state.assign([7, 1])  # the second call again
    assert first(X, training=True).data.tobytes() == draws[1]


@every_layer
def test_without_a_seed_set_random_seed_decides(kind, arguments):
    draws = []
    for seed in (3, 3, 4):
        random.set_random_seed(seed)
        layers = [kind(**arguments) for _ in range(2)]
        draws.append(tuple(layer(X, training=True).data.tobytes() for layer in layers))
    assert draws[0] == draws[1] != draws[2]
    assert draws[0][0] != draws[0][1]


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_is_the_slope_at_a_mask_that_stays(kind, arguments, dtype):
    layer = kind(**arguments, seed=3, dtype="float64")

    def f(x):
        layer.seed_generator.state.assign([3, 5])
        return layer(x, training=True)

    assert gradcheck(f, X[:4, :5])
    layer = kind(**arguments, seed=3, dtype=dtype)
    x = Tensor(X.astype(dtype))
    y = layer(x, training=True)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == dtype


def test_dropout_is_0_or_x_divided_by_what_is_kept():
    x = np.arange(1.0, 2001.0, dtype=np.float32).reshape(20, 100)
    y = Dropout(0.2, seed=0)(x, training=True).numpy()
    kept = y != 0
    np.testing.assert_allclose(y[kept], x[kept] / 0.8, rtol=1e-6)
    # 2,000 draws: the share is 0.8 ± 0.009, and beyond 4 of these once in 10,000 seeds
    assert abs(kept.mean() - 0.8) < 0.036
    assert (Dropout(1.0)(x, training=True).numpy() == 0).all()


def test_a_noise_shape_makes_the_mask_the_same_along_an_axis():
    x = np.ones((6, 5, 40), np.float32)
    y = Dropout(0.5, noise_shape=(None, 1, 40), seed=0)(x, training=True).numpy()
    assert (y == y[:, :1]).all()
    assert 0.3 < (y[:, 0] == 0).mean() < 0.7
    rows = AlphaDropout(0.5, noise_shape=[6, 1, 1], seed=1)(x, training=True).numpy()
    assert (rows == rows[:, :1, :1]).all()
    assert len(np.unique(rows)) == 2


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(1000, 100)).astype(np.float32)
    y = AlphaDropout(0.3, seed=2)(x, training=True).numpy()
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03
    # What is dropped is a single number, a α' + b in the words of the docstring.
    values, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / x.size - 0.3) < 0.01
    dropped, rate = -1.7580993, 0.3  # -1.6732632 x 1.0507010
    a = ((1 - rate) * (1 + rate * dropped**2)) ** -0.5
    np.testing.assert_allclose(values[counts.argmax()], a * dropped * (1 - rate), rtol=1e-5)


def test_gaussian_layers_have_the_moments_that_they_are_to_have():
    x = np.full((1000, 100), 2.0, np.float32)
    noise = GaussianNoise(0.5, seed=1)(x, training=True).numpy()
    assert abs(noise.mean() - 2) < 0.01
    assert abs(noise.std() - 0.5) < 0.01
    factors = GaussianDropout(0.2, seed=1)(x, training=True).numpy() / 2
    assert abs(factors.mean() - 1) < 0.01
    assert abs(factors.std() - 0.5) < 0.01  # √(0.2 / 0.8)


@pytest.mark.one_table
@every_layer
def test_the_state_is_a_variable_but_no_weight(kind, arguments):
    model = keras.Sequential([keras.Input((3,)), Dense(2), kind(**arguments, seed=5), Dense(1)])
    state = model.layers[1].seed_generator.state
    assert model.layers[1].weights == []
    assert model.layers[1].variables == [state]
    assert [one is state for one in model.variables] == [False, False, True, False, False]
    assert [one is state for one in model.non_trainable_variables] == [True]
    assert state.name == "seed_generator_state"
    assert (state.dtype, state.shape, state.trainable) == (np.int64, (2,), False)
    model.trainable = False
    assert len(model.non_trainable_variables) == 5


def test_the_rest_of_a_training_is_the_same_after_its_state_was_restored():
    def model():
        random.set_random_seed(1)
        made = keras.Sequential(
            [
                keras.Input((40,)),
                Dense(9),
                keras.layers.BatchNormalization(),
                Dropout(0.5),
                Dense(1),
            ]
        )
        made.compile("sgd", "mse")
        return made

    y = X[:, :1]
    whole, first = model(), model()
    whole.fit(X, y, batch_size=10, epochs=4, shuffle=False, verbose=0)
    first.fit(X, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    second = model()
    for variable, saved in zip(second.variables, first.variables, strict=True):
        variable.assign(saved.data)
    second.fit(X, y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(second.variables, whole.variables, strict=True):
        assert one.data.tobytes() == other.data.tobytes()
    assert whole.layers[2].seed_generator.state.data[1] == 20


class Drops(keras.Model):
    """A model with a call of its own, whose steps stay on the tape."""

    def __init__(self):
        super().__init__()
        self.drop, self.out = Dropout(0.5, seed=9), Dense(1)

    def call(self, inputs):
        return self.out(self.drop(inputs))


def test_a_subclassed_model_draws_the_same_masks():
    weights, states = [], []
    for model in (Drops(), keras.Sequential([keras.Input((40,)), Dropout(0.5, seed=9), Dense(1)])):
        model.build((None, 40))
        model.set_weights([np.full((40, 1), 0.1), np.zeros(1)])
        model.compile("sgd", "mse")
        model.fit(X, X[:, :1], batch_size=10, epochs=2, shuffle=False, verbose=0)
        model.predict(X, verbose=0)
        model.evaluate(X, X[:, :1], verbose=0)
        weights.append([weight.data.tobytes() for weight in model.weights])
        states.append(model.variables[-1].data if isinstance(model, Drops) else None)
    assert weights[0] == weights[1]


class Tries(keras.layers.Layer):
    """Draws in its call, by itself and by a layer."""

    def __init__(self):
        super().__init__()
        self.drop, self.own = Dropout(0.5, seed=9), random.SeedGenerator(4)

    def call(self, inputs):
        return self.drop(inputs) + random.normal((1,), seed=self.own)


def test_trying_a_layer_for_its_shapes_draws_nothing():
    layer = Tries()
    layer(keras.Input((6,)), training=True)
    assert [state.data.tolist() for state in layer.variables] == [[4, 0], [9, 0]]
    layer(X, training=True)
    assert [state.data.tolist() for state in layer.variables] == [[4, 1], [9, 1]]


@pytest.mark.one_table
@every_layer
def test_configs_copies_and_pickles(kind, arguments):
    layer = kind(**arguments, seed=5, name="noise")
    config = layer.get_config()
    shape = {"noise_shape": None} if "Gaussian" not in kind.__name__ else {}
    assert config == {**arguments, **shape, "seed": 5, "name": "noise", **config}
    assert kind.from_config(config).get_config() == config
    layer(X, training=True)
    expected = layer(X, training=True).data
    layer.seed_generator.state.assign([5, 1])
    pickled = pickle.loads(pickle.dumps(layer))  # noqa: S301, its own bytes
    for one in (copy.deepcopy(layer), pickled):
        np.testing.assert_array_equal(one(X, training=True).data, expected)


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dropout(1.5), ValueError, "Dropout 'dropout': rate must be a number from 0 to 1"),
        (lambda: Dropout("half"), ValueError, "rate must be a number"),
        (lambda: AlphaDropout(1), ValueError, "from 0 up to, but not, 1"),
        (lambda: GaussianDropout(1.0), ValueError, "from 0 up to, but not, 1"),
        (lambda: GaussianNoise(2), ValueError, "stddev must be a number from 0 to 1"),
        (lambda: Dropout(0.5, noise_shape=(2, 0)), ValueError, "noise_shape holds a positive"),
        (lambda: Dropout(0.5, noise_shape="ab"), ValueError, "noise_shape holds a positive"),
        (
            lambda: Dropout(0.5, noise_shape=(3, 1))(X, training=True),
            ValueError,
            r"noise_shape must have the inputs' sizes or 1 .*\(3, 1\) for inputs .*\(50, 40\)",
        ),
        (lambda: Dropout(0.5, seed="x"), TypeError, "seed must be a whole number"),
        (lambda: Dropout(0.5, seed=2**63), ValueError, "64 bits"),
    ],
)
def test_what_cannot_be_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
