"""The activation layers: against real Keras, their weights, their configurations, their errors."""

import functools
import os

import numpy as np
import pytest

import nnlite as keras
from nnlite import Tensor, gradcheck, layers

X = np.random.default_rng(3).normal(size=(5, 4, 6)).astype(np.float32) * 2

#: Layers with their arguments, as (name, arguments).
CASES = [
    ("Activation", {"activation": "mish"}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.3}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.5}),
    ("PReLU", {}),
    ("PReLU", {"alpha_initializer": "ones", "shared_axes": [1]}),
    ("PReLU", {"alpha_initializer": "ones", "shared_axes": [1, 2]}),
    ("ReLU", {}),
    ("ReLU", {"max_value": 1.5}),
    ("ReLU", {"max_value": 1.5, "negative_slope": 0.25, "threshold": 0.5}),
    ("Softmax", {}),
    ("Softmax", {"axis": 1}),
    ("Softmax", {"axis": [1, 2]}),
]
every_case = pytest.mark.parametrize(
    ("name", "arguments"), CASES, ids=[f"{n}-{list(a.values())}" for n, a in CASES]
)


@functools.cache
def keras_layers():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras.layers


def test_every_layer_has_a_case():
    own = {
        name
        for name, value in vars(layers).items()
        if getattr(value, "__module__", "") == "nnlite.layers.activation"
    }
    assert own == {name for name, _ in CASES}


@every_case
def test_its_outputs_are_those_of_keras(name, arguments):
    theirs, ours = (getattr(where, name)(**arguments) for where in (keras_layers(), layers))
    for layer in (theirs, ours):
        layer.build((None, 4, 6))
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert ours.compute_output_shape((None, 4, 6)) == (None, 4, 6)
    # float32 rounds to 6e-8, some dozen times
    np.testing.assert_allclose(ours(X).numpy(), np.asarray(theirs(X)), rtol=2e-6, atol=2e-7)


@every_case
def test_it_comes_back_from_its_configuration_with_what_keras_has_there(name, arguments):
    layer = getattr(layers, name)(**arguments, name="named")
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config
    theirs = getattr(keras_layers(), name)(**arguments, name="named").get_config()
    assert theirs.keys() <= config.keys()
    for key in arguments.keys() - {"alpha_initializer"}:
        assert config[key] == theirs[key]


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
@pytest.mark.parametrize("dtype", [bool, np.float32])
def test_a_mask_leaves_out_of_a_softmax_what_it_does_not_keep(axis, dtype):
    mask = (np.random.default_rng(0).uniform(size=(4, 6)) > 0.4).astype(dtype)
    mask[2] = 0
    y = layers.Softmax(axis)(X, mask=mask).numpy()
    theirs = keras_layers().Softmax(axis)(X, mask=mask)
    np.testing.assert_allclose(y, np.asarray(theirs), rtol=2e-6, atol=2e-7)
    assert not y[:, mask == 0].any()
    assert not np.isnan(y).any()
    layer = layers.Softmax(axis, dtype="float64")
    assert gradcheck(lambda x: layer(x, mask=mask), X.astype("float64"))


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"Softmax 'softmax': the mask must have a shape.*\(3,\)"):
        layers.Softmax()(X, mask=np.ones(3, bool))


def test_what_must_not_be_negative():
    for make, argument in (
        (layers.LeakyReLU, "negative_slope"),
        (layers.ReLU, "negative_slope"),
        (layers.ReLU, "threshold"),
        (layers.ReLU, "max_value"),
    ):
        for value in (-0.5, "1", np.nan):
            with pytest.raises(
                ValueError, match=rf"{argument} must be a number of at least 0, got"
            ):
                make(**{argument: value})
    for make in (layers.LeakyReLU, layers.ReLU):
        with pytest.raises(ValueError, match="negative_slope must be a number of at least 0"):
            make(negative_slope=None)


def test_the_old_name_of_a_negative_slope():
    assert layers.LeakyReLU(alpha=0.1).get_config()["negative_slope"] == 0.1


def test_a_prelu_learns_and_is_regularized_and_constrained():
    layer = layers.PReLU(alpha_regularizer="l2", alpha_constraint="non_neg")
    model = keras.Sequential([keras.Input((6,)), layer])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    x = -np.ones((8, 6), np.float32)
    y = np.repeat([[1.0, -0.5]], 3, axis=0).reshape(1, 6).repeat(8, axis=0).astype(np.float32)
    model.fit(x, y, epochs=300, verbose=0)
    # α wants to be -y, without the penalty 0.01 α²; below 0 the constraint holds it
    slopes = 0.5 / (1 + 0.01 * 6)
    np.testing.assert_allclose(layer.alpha.numpy(), [0, slopes] * 3, atol=1e-4)


def test_wrong_shared_axes_are_refused():
    for axes in (0, 3, [-3]):
        with pytest.raises(ValueError, match="shared_axes must name axes of the inputs behind"):
            layers.PReLU(shared_axes=axes).build((None, 4, 6))


@pytest.mark.parametrize("make", [lambda a: layers.Dense(6, activation=a), layers.Activation])
def test_a_layer_serves_as_an_activation_and_comes_back(make):
    outer = make(layers.PReLU("ones"))
    model = keras.Sequential([keras.Input((6,)), outer])
    assert outer.activation.alpha.shape == (6,)
    assert any(weight is outer.activation.alpha for weight in model.trainable_weights)
    back = type(outer).from_config(outer.get_config())
    assert isinstance(back.activation, layers.PReLU)
    back.build((None, 6))
    assert [w.shape for w in back.weights] == [w.shape for w in outer.weights]
    back.set_weights(outer.get_weights())
    assert back(X[0]).numpy().tolist() == outer(X[0]).numpy().tolist()


def test_a_softmax_layer_remembers_its_logits():
    z = Tensor(X)
    assert layers.Softmax()(z).logits is z
    assert layers.Softmax(axis=1)(z).logits is None
