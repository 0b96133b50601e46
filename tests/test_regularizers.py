"""Regularizers: their values, gradients and configurations, and how they enter a training."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats

import nnlite
from nnlite import Tensor, gradcheck, ops, regularizers
from nnlite.layers import Dense

MATRICES = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: floats(shape, off_zero=True)
)


@few
@given(w=MATRICES)
def test_l1_and_l2_by_definition(w):
    absolute, squares = math.fsum(abs(w).ravel()), math.fsum((w * w).ravel())
    for regularizer, expected in (
        (regularizers.L1(0.5), 0.5 * absolute),
        (regularizers.L2(0.25), 0.25 * squares),
        (regularizers.L1L2(0.5, 0.25), 0.5 * absolute + 0.25 * squares),
    ):
        penalty = regularizer(w)
        assert penalty.shape == ()
        # A few roundings of sums of at most 16 numbers.
        np.testing.assert_allclose(penalty.data, expected, rtol=1e-14)
        assert gradcheck(regularizer, w)


def test_the_defaults_are_those_of_keras():
    assert regularizers.L1().l1 == regularizers.L2().l2 == 0.01
    assert (regularizers.L1L2().l1, regularizers.L1L2().l2) == (0.0, 0.0)


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_the_orthogonal_regularizer_is_the_mean_cosine(mode):
    w = np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 0.5]])
    vectors = w if mode == "rows" else w.T
    pairs = [(a, b) for i, a in enumerate(vectors) for j, b in enumerate(vectors) if i < j]
    cosines = [abs(a @ b) / math.hypot(*a) / math.hypot(*b) for a, b in pairs]
    regularizer = regularizers.OrthogonalRegularizer(0.3, mode)
    np.testing.assert_allclose(regularizer(w).item(), 0.3 * sum(cosines) / len(cosines), rtol=1e-14)
    assert gradcheck(regularizer, w)
    assert regularizer(np.eye(3)).item() == 0
    assert np.isfinite(regularizer(np.zeros((2, 2))).item())


def test_float32_stays_float32():
    w = Tensor(np.ones((2, 3), np.float32))
    for regularizer in (regularizers.L1L2(0.1, 0.1), regularizers.OrthogonalRegularizer()):
        penalty = regularizer(w)
        penalty.backward()
        assert penalty.dtype == w.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: regularizers.L1(-1), "L1: l1 must be a number >= 0, got -1"),
        (lambda: regularizers.L2(math.inf), "L2: l2 must be a number >= 0, got inf"),
        (lambda: regularizers.get("l3"), "Unknown regularizer 'l3'"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), "'rows' or 'columns', got 'row'"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), "rows of a matrix, .* \\(3,\\)"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "regularizer",
    [
        regularizers.L1(0.1),
        regularizers.L2(0.2),
        regularizers.L1L2(0.1, 0.2),
        regularizers.OrthogonalRegularizer(0.5, "columns"),
    ],
    ids=lambda r: type(r).__name__,
)
def test_configurations_make_the_same_again(regularizer):
    config = regularizers.serialize(regularizer)
    twin = regularizers.deserialize(config)
    assert type(twin) is type(regularizer)
    assert twin.get_config() == regularizer.get_config() == config["config"]


def test_names_and_functions():
    assert isinstance(regularizers.get("l2"), regularizers.L2)
    assert isinstance(regularizers.get("L1L2"), regularizers.L1L2)
    assert isinstance(regularizers.get("l1_l2"), regularizers.L1L2)
    assert isinstance(regularizers.l1(0.1), regularizers.L1)
    assert regularizers.get(None) is None
    assert regularizers.get(abs) is abs


# ---------------------------------------------------------------------------------- in a training


def data():
    random = np.random.default_rng(3)
    return random.normal(size=(40, 5)).astype("f4"), random.normal(size=(40, 2)).astype("f4")


def model(**options):
    nnlite.random.set_random_seed(4)
    made = nnlite.Sequential([Dense(6, "tanh", input_shape=[5], **options), Dense(2)])
    made.compile("sgd", "mse")
    return made


def my_l1(weights):
    return 0.01 * ops.sum(ops.abs(weights))


class MyL1(regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, weights):
        return self.factor * ops.sum(ops.abs(weights))


@pytest.mark.parametrize("regularizer", [my_l1, MyL1(0.01)], ids=["function", "class"])
def test_ones_own_regularizer_trains_as_nnlites(regularizer):
    own, ours = model(kernel_regularizer=regularizer), model(kernel_regularizer="l1")
    for one in (own, ours):
        one.fit(*data(), batch_size=8, epochs=2, verbose=0, shuffle=False)
    for a, b in zip(own.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)  # float32 roundings of 10 steps


def test_the_loss_is_that_of_the_outputs_and_the_penalties():
    x, y = data()
    made = model(kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2")
    outputs, hidden = made.predict(x, verbose=0), made.layers[0](x).numpy()
    kernel, bias = made.layers[0].get_weights()
    expected = np.mean((outputs - y) ** 2) + 0.01 * (
        np.sum(kernel**2) + np.sum(abs(bias)) + np.sum(hidden**2) / len(x)
    )
    # Sums of about 200 float32 numbers, in another order.
    np.testing.assert_allclose(made.evaluate(x, y, batch_size=40, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(made.train_on_batch(x, y), expected, rtol=1e-5)


def test_a_frozen_weight_has_no_penalty():
    made = model(kernel_regularizer="l2")
    assert len(made.losses) == 1
    made.layers[0].trainable = False
    assert made.losses == []


@pytest.mark.parametrize("name", ["kernel", "bias", "activity"])
def test_a_penalised_step_is_replayed_with_the_same_bits(name, monkeypatch, kernels):
    recorded = []
    lower = nnlite._kernels.plan
    monkeypatch.setattr(
        nnlite._kernels, "plan", lambda calls, *rest: recorded.append(calls) or lower(calls, *rest)
    )
    weights = []
    for eager in (True, False):
        made = model(**{f"{name}_regularizer": regularizers.L1L2(0.01, 0.02)})
        made.compile("adam", "mse", run_eagerly=eager)
        made.fit(*data(), batch_size=8, epochs=3, verbose=0)
        weights.append([array.tobytes() for array in made.get_weights()])
    assert weights[0] == weights[1]
    assert bool(recorded) == (kernels == "compiled")
    # The gradient that a penalty is added to is no part of a fused update.
    assert all("l1_l2_penalty_vjp" in [kernel for kernel, _ in calls] for calls in recorded)


def test_a_factor_set_between_epochs_is_noticed():
    def trained(eager):
        made = model(kernel_regularizer=regularizers.L2(0.01))
        made.compile("sgd", "mse", run_eagerly=eager)

        class Stronger(nnlite.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                made.layers[0].kernel_regularizer.l2 = 0.1 * epoch

        made.fit(*data(), batch_size=8, epochs=4, verbose=0, callbacks=[Stronger()])
        return [array.tobytes() for array in made.get_weights()]

    assert trained(True) == trained(False)
