"""Every loss against the installed Keras: names, arguments, shapes, values, gradients, reductions.

Keras runs on jax, in float64 but for its means, which it takes in float32.
"""

import inspect
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from nnlite import Tensor, losses

pytestmark = [
    pytest.mark.one_table,  # the tables agree by tests of their own
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # jax's and Keras's own
]

#: A mean of a few numbers in float32 is right to some 1e-7, of them or of the largest one.
TOLERANCE = {"rtol": 1e-6, "atol": 1e-6}


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras


def of_keras(function, *arrays):
    """Return what a function of Keras's gives for arrays, in float64.

    They are jax's, since Keras takes numpy's through float32.
    """
    import jax

    with jax.enable_x64(True):
        return np.asarray(
            function(*(None if one is None else jax.numpy.asarray(one) for one in arrays))
        )


Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def real(random, shape):
    return random.normal(size=shape) * 2


def positive(random, shape):
    return random.uniform(0.1, 4, shape)


def fraction(random, shape):
    return random.uniform(0.02, 0.98, shape)


def probability(random, shape):
    values = fraction(random, shape)
    return values / values.sum(axis=-1, keepdims=True)


def bit(random, shape):
    return random.integers(0, 2, shape).astype(float)


def sign(random, shape):
    return 2 * bit(random, shape) - 1


def label(random, shape):
    return random.integers(0, shape[-1], shape[:-1])


def one_hot(random, shape):
    return np.eye(shape[-1])[label(random, shape)]


class Case(NamedTuple):
    targets: Draw
    predictions: Draw
    arguments: dict[str, list[Any]] = {}  # noqa: RUF012, read only
    logits: bool = False  # whether predictions are any numbers where `from_logits` is drawn


SMOOTHED = {"from_logits": [False, True], "label_smoothing": [0.0, 0.1]}
GAMMAS = {"gamma": [2.0, 0.0, 1.5]}
CASES = {
    "MeanSquaredError": Case(real, real),
    "MeanAbsoluteError": Case(real, real),
    "MeanAbsolutePercentageError": Case(real, real),
    "MeanSquaredLogarithmicError": Case(positive, real),
    "Huber": Case(real, real, {"delta": [1.0, 0.3, 5.0]}),
    "LogCosh": Case(real, real),
    "CosineSimilarity": Case(real, real, {"axis": [-1, 1]}),
    "BinaryCrossentropy": Case(bit, fraction, SMOOTHED | {"axis": [-1, 1]}, logits=True),
    "BinaryFocalCrossentropy": Case(
        bit, fraction, SMOOTHED | GAMMAS | {"apply_class_balancing": [False, True]}, logits=True
    ),
    "CategoricalCrossentropy": Case(one_hot, positive, SMOOTHED, logits=True),
    "CategoricalFocalCrossentropy": Case(
        one_hot, positive, SMOOTHED | GAMMAS | {"alpha": [0.25, [0.1, 0.2, 0.3, 0.4]]}, logits=True
    ),
    "SparseCategoricalCrossentropy": Case(
        label, probability, {"from_logits": [False, True], "ignore_class": [None, 1]}, logits=True
    ),
    "KLDivergence": Case(probability, probability),
    "Poisson": Case(positive, positive),
    "Hinge": Case(sign, real),
    "SquaredHinge": Case(bit, real),
    "CategoricalHinge": Case(one_hot, real),
    "Dice": Case(bit, fraction, {"axis": [None, -1, (1,)]}),
    "Tversky": Case(bit, fraction, {"alpha": [0.5, 0.2], "beta": [0.5, 0.9], "axis": [None, 1]}),
}
every_loss = pytest.mark.parametrize("name", CASES)


def quickly(examples):
    """Try some examples; none is made smaller, for which jax is too slow."""
    return settings(max_examples=examples, deadline=None, phases=[Phase.generate])


#: Two shapes of predictions: jax compiles anew for each.
SHAPES = [(3, 4), (2, 3, 4)]


@st.composite
def problems(draw, name):
    """One loss's arguments, targets and predictions."""
    case = CASES[name]
    arguments = {key: draw(st.sampled_from(values)) for key, values in case.arguments.items()}
    random = np.random.default_rng(draw(st.integers(0, 99)))
    shape = draw(st.sampled_from(SHAPES))
    kind = real if case.logits and arguments.get("from_logits") else case.predictions
    return arguments, case.targets(random, shape), kind(random, shape)


def function_of(module, name):
    pairs = {cls.__name__: function.__name__ for function, cls in losses.FUNCTIONS.items()}
    return getattr(module, pairs[name])


def test_every_loss_has_a_case():
    assert CASES.keys() == {cls.__name__ for cls in losses.FUNCTIONS.values()}


@every_loss
def test_arguments_and_defaults_are_those_of_keras(name, keras):
    for mine, theirs in (
        (getattr(losses, name), getattr(keras.losses, name)),
        (function_of(losses, name), function_of(keras.losses, name)),
    ):
        expected, found = (
            [(p.name, p.default) for p in inspect.signature(one).parameters.values()]
            for one in (theirs, mine)
        )
        assert found == expected


@every_loss
def test_each_understands_the_configuration_of_the_other(name, keras):
    mine, theirs = getattr(losses, name)(), getattr(keras.losses, name)()
    config = mine.get_config()
    assert theirs.get_config().items() <= config.items()
    assert getattr(losses, name).from_config(theirs.get_config()).get_config() == config
    assert type(theirs).from_config(config).get_config() == theirs.get_config()


def test_every_name_of_keras_is_known(keras):
    from keras.src.losses import ALL_OBJECTS_DICT

    beyond = {"Loss", "LossFunctionWrapper", "Circle", "circle", "CTC", "ctc"}
    for name in ALL_OBJECTS_DICT.keys() - beyond:
        if "eneralized" not in name:
            assert losses.get(name) is not None


@every_loss
@quickly(4)
@given(data=st.data())
def test_functions(name, keras, data):
    arguments, y_true, y_pred = data.draw(problems(name))
    found = function_of(losses, name)(y_true, y_pred, **arguments)
    theirs = function_of(keras.losses, name)
    expected = of_keras(lambda t, p: theirs(t, p, **arguments), y_true, y_pred)
    np.testing.assert_allclose(found.numpy(), expected, strict=True, **TOLERANCE)


@st.composite
def weights_for(draw, values):
    """Weights that Keras takes for values of this shape: none, one each, one for each sample."""
    random = np.random.default_rng(draw(st.integers(0, 99)))
    shapes = [None, values]
    if len(values) == 1:
        shapes.append((*values, 1))
    elif values:
        shapes.append((values[0],) + (1,) * (len(values) - 1))
    shape = draw(st.sampled_from(shapes))
    return None if shape is None else random.uniform(0, 2, shape)


@every_loss
@quickly(6)
@given(reduction=st.sampled_from(losses.REDUCTIONS), data=st.data())
def test_reductions_and_gradients(name, keras, reduction, data):
    import jax

    arguments, y_true, y_pred = data.draw(problems(name))
    arguments = {**arguments, "reduction": reduction}
    values = function_of(losses, name)(y_true, y_pred, **without(arguments, "reduction"))
    weights = data.draw(weights_for(values.shape))
    mine = getattr(losses, name)(**arguments)
    theirs = getattr(keras.losses, name)(**arguments, dtype="float64")

    x = Tensor(y_pred)
    found = mine(y_true, x, weights)
    expected = of_keras(theirs, y_true, y_pred, weights)
    np.testing.assert_allclose(found.numpy().reshape(-1), expected.reshape(-1), **TOLERANCE)
    found.sum().backward()
    slopes = of_keras(jax.grad(lambda p, t, w: theirs(t, p, w).sum()), y_pred, y_true, weights)
    np.testing.assert_allclose(x.grad, slopes, **TOLERANCE)


def without(arguments: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key != name}
