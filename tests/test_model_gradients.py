"""Whole models: the tape's gradient against the slope along a random direction, in float64.

One direction that mixes all weights finds any wrong element of the gradient: it would have to be
orthogonal to the error by chance.
"""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nnlite
from nnlite import Tensor, _kernels
from nnlite.losses import CategoricalCrossentropy, SparseCategoricalCrossentropy
from nnlite.tape import gradients, no_grad

pytestmark = pytest.mark.one_table  # each example draws its table

STEP = 1e-6

#: Central differences with that step round by about 1e-16 / 1e-6 of the loss, and truncate less.
TOLERANCE = {"rtol": 1e-6, "atol": 1e-8}

LOSSES = {
    "mse": "mse",
    "mae": "mae",
    "sparse from softmax": "sparse_categorical_crossentropy",
    "sparse from logits": SparseCategoricalCrossentropy(from_logits=True),
    "categorical from softmax": "categorical_crossentropy",
    "categorical from logits": CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
}


class Case(NamedTuple):
    table: str
    hidden: list[tuple[int, str, bool]]
    loss: str
    outputs: int
    samples: int
    weighted: bool
    seed: int


cases = st.builds(
    Case,
    table=st.sampled_from(_kernels.TABLES),
    hidden=st.lists(
        st.tuples(
            st.integers(1, 6),
            st.sampled_from(["linear", "relu", "sigmoid", "tanh", "softmax"]),
            st.booleans(),
        ),
        max_size=3,
    ),
    loss=st.sampled_from(sorted(LOSSES)),
    outputs=st.integers(1, 5),
    samples=st.integers(1, 7),
    weighted=st.booleans(),
    seed=st.integers(0, 1000),
)


def model_of(case: Case) -> nnlite.Sequential:
    flatten = nnlite.layers.Flatten(dtype="float64")
    model = nnlite.Sequential([nnlite.Input((2, 2), dtype="float64"), flatten])
    last = (case.outputs, "softmax" if "softmax" in case.loss else "linear", True)
    for units, activation, use_bias in (*case.hidden, last):
        model.add(nnlite.layers.Dense(units, activation, use_bias, dtype="float64"))
    return model


def targets_of(case: Case, random: np.random.Generator) -> np.ndarray:
    if "sparse" in case.loss:
        return random.integers(0, case.outputs, case.samples)
    if "categorical" in case.loss:
        return np.eye(case.outputs)[random.integers(0, case.outputs, case.samples)]
    return random.normal(size=(case.samples, case.outputs))


def kinks(model: nnlite.Sequential, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """On which side of every kink (of relu, of |error|) each number lies."""
    sides = []
    with no_grad():
        for layer in model.layers:
            x = layer(x)
            if getattr(layer, "activation", None) is nnlite.activations.relu:
                sides.append(x.numpy() > 0)
    return [*sides, x.numpy() > y] if y.shape == x.shape else sides


@given(case=cases)
@settings(max_examples=150, deadline=None)
def test_the_gradient_of_a_random_model_is_its_slope(case):
    before = _kernels.active()
    _kernels.use(case.table)
    try:
        slope, expected = slopes(case)
    finally:
        _kernels.use(before)
    np.testing.assert_allclose(expected, slope, **TOLERANCE)


def slopes(case: Case) -> tuple[float, float]:
    """The slope of the loss along a random direction: by central differences and by the tape."""
    random = np.random.default_rng(case.seed)
    model = model_of(case)
    x = random.normal(size=(case.samples, 2, 2))
    y = targets_of(case, random)
    weights = random.uniform(0, 2, case.samples) if case.weighted else None
    objective = nnlite.losses.as_loss(LOSSES[case.loss])

    centre = [random.normal(size=weight.shape) for weight in model.weights]
    along = [random.normal(size=weight.shape) for weight in model.weights]
    x_along = random.normal(size=x.shape)

    values, sides = [], []
    for step in (STEP, -STEP):
        model.set_weights([w + step * d for w, d in zip(centre, along, strict=True)])
        moved = x + step * x_along
        with no_grad():
            values.append(float(objective(y, model(moved), weights)))
        sides.append(kinks(model, moved, y))
    same_side = all((a == b).all() for a, b in zip(*sides, strict=True))
    assume(same_side)  # between two sides of a kink there is no slope

    model.set_weights(centre)
    inputs = Tensor(x)
    found = gradients(objective(y, model(inputs), weights))
    by_tape = (found[inputs] * x_along).sum()
    for weight, direction in zip(model.weights, along, strict=True):
        by_tape += (found[weight] * direction).sum()
    return (values[0] - values[1]) / (2 * STEP), float(by_tape)


def test_a_step_of_sgd_goes_along_the_gradient():
    model = model_of(Case("numpy", [(4, "tanh", True)], "mse", 2, 5, False, 0))
    random = np.random.default_rng(0)
    x, y = random.normal(size=(5, 2, 2)), random.normal(size=(5, 2))
    model.compile(loss="mse", optimizer=nnlite.optimizers.SGD(0.5))
    before = model.get_weights()
    found = gradients(nnlite.losses.MeanSquaredError()(y, model(x)))
    expected = [w - 0.5 * found[p] for w, p in zip(before, model.weights, strict=True)]
    model.train_on_batch(x, y)
    for weight, wanted in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=1e-12, atol=1e-14)  # some roundings
