"""Constraints: what they make of weights, their configurations, and when they are applied."""

import numpy as np
import pytest

import nnlite
from nnlite import Parameter, Tensor, constraints, ops
from nnlite.layers import Dense

W = np.array([[3.0, 0.3, -0.5], [4.0, 0.4, 0.0]])  # norms 5, 0.5 and 0.5 down the columns


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (constraints.NonNeg(), [[3, 0.3, 0], [4, 0.4, 0]]),
        (constraints.MaxNorm(2.5), [[1.5, 0.3, -0.5], [2, 0.4, 0]]),
        (constraints.UnitNorm(), [[0.6, 0.6, -1], [0.8, 0.8, 0]]),
        (constraints.MinMaxNorm(1, 2.5, rate=0.5), [[2.25, 0.45, -0.75], [3, 0.6, 0]]),
        (constraints.MaxNorm(2, axis=1), W * [[2 / np.sqrt(9.34)], [2 / np.sqrt(16.16)]]),
        (constraints.MaxNorm(2, axis=-1), W * [[2 / np.sqrt(9.34)], [2 / np.sqrt(16.16)]]),
        (constraints.UnitNorm(axis=(0, 1)), W / np.sqrt(25.5)),
    ],
    ids=["non_neg", "max_norm", "unit_norm", "min_max_norm", "rows", "last axis", "all"],
)
def test_what_becomes_of_weights(constraint, expected):
    # ε, 1e-7, in the divisor, as in Keras
    np.testing.assert_allclose(constraint(W), expected, rtol=3e-7)
    assert W[0, 0] == 3
    weight = Parameter(W)
    found = constraint(weight)
    assert isinstance(found, Tensor)
    assert weight.data[0, 0] == 3
    weight.constraint = constraint
    constraints.constrain(weight)
    np.testing.assert_array_equal(weight.data, found.data)


def test_axes_in_the_middle_and_vectors():
    w = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    norms = np.sqrt((w**2).sum(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(constraints.UnitNorm(axis=[1, 2])(w), w / norms, rtol=1e-6)
    np.testing.assert_allclose(constraints.UnitNorm()(np.array([3.0, 4.0])), [0.6, 0.8], rtol=1e-6)
    assert constraints.UnitNorm()(np.zeros((0, 3))).shape == (0, 3)


def test_the_defaults_are_those_of_keras():
    assert constraints.MaxNorm().get_config() == {"max_value": 2, "axis": 0}
    expected = {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}
    assert constraints.MinMaxNorm().get_config() == expected


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_axes_that_are_not_there_or_apart_are_refused(axis):
    w = np.ones((2, 2, 2) if axis == (0, 2) else (2, 2))
    with pytest.raises(ValueError, match=r"MaxNorm: axis must name axes .* that lie side"):
        constraints.MaxNorm(1, axis)(w)


@pytest.mark.parametrize("name", ["max_norm", "NonNeg", "unit_norm", "MinMaxNorm"])
def test_names_and_configurations(name):
    constraint = constraints.get(name)
    config = constraints.serialize(constraint)
    assert constraints.deserialize(config).get_config() == constraint.get_config()
    assert constraints.get(None) is None
    with pytest.raises(ValueError, match=r"constraint 'max_nrom'\. Did you mean 'max_norm'"):
        constraints.get("max_nrom")


# ---------------------------------------------------------------------------------- in a training


def trained(eager=False, **options):
    nnlite.random.set_random_seed(4)
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 5)).astype("f4"), random.normal(size=(40, 2)).astype("f4")
    model = nnlite.Sequential([Dense(6, "tanh", input_shape=[5], **options), Dense(2)])
    model.compile(nnlite.optimizers.SGD(0.5), "mse", run_eagerly=eager)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    return model


def test_weights_stay_in_bounds_from_step_to_step():
    model = trained(kernel_constraint=constraints.MaxNorm(0.5), bias_constraint="non_neg")
    kernel, bias = model.layers[0].get_weights()
    assert np.sqrt((kernel**2).sum(axis=0)).max() <= 0.5
    assert bias.min() >= 0
    assert (trained().layers[0].get_weights()[1] < 0).any()


@pytest.mark.parametrize("name", ["max_norm", "non_neg", "unit_norm", "min_max_norm"])
def test_a_constrained_step_is_replayed_with_the_same_bits(name, monkeypatch, kernels):
    recorded = []
    lower = nnlite._kernels.plan
    monkeypatch.setattr(
        nnlite._kernels, "plan", lambda calls, *rest: recorded.append(calls) or lower(calls, *rest)
    )
    options = {"kernel_constraint": name, "bias_constraint": name}
    eager, replayed = (trained(eager, **options).get_weights() for eager in (True, False))
    assert [a.tobytes() for a in eager] == [b.tobytes() for b in replayed]
    assert bool(recorded) == (kernels == "compiled")


class Clipped(constraints.Constraint):
    def __call__(self, w):
        return ops.maximum(w, 0.0)


@pytest.mark.parametrize(
    "constraint",
    [lambda w: ops.where(w < 0.0, 0.0, w), lambda w: np.maximum(w, 0), Clipped()],
    ids=["ops", "numpy", "class"],
)
def test_ones_own_constraint_does_as_nnlites(constraint):
    own, ours = trained(kernel_constraint=constraint), trained(kernel_constraint="non_neg")
    for a, b in zip(own.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
