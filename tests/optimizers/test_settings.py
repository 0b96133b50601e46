"""What stands beside an optimizer's own numbers: exclusions, rounds of gradients, refusals."""

import json
import pickle

import numpy as np
import pytest

from nnlite import Parameter, optimizers
from nnlite.optimizers import SGD


def two_weights() -> list[Parameter]:
    return [Parameter(np.ones(2), "kernel"), Parameter(np.ones(2), "bias")]


@pytest.mark.parametrize("by", ["name", "weight"])
def test_weights_can_be_excluded_from_weight_decay(by):
    optimizer, weights = SGD(0.5, weight_decay=0.5), two_weights()
    if by == "name":
        optimizer.exclude_from_weight_decay(var_names=["bia"])
    else:
        optimizer.exclude_from_weight_decay(var_list=[weights[1]])
    optimizer.apply([np.zeros(2), np.zeros(2)], weights)
    assert [weight.data.tolist() for weight in weights] == [[0.75, 0.75], [1.0, 1.0]]
    with pytest.raises(ValueError, match="SGD: exclude weights from weight decay before the first"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


@pytest.mark.parametrize("by", ["name", "weight"])
@pytest.mark.parametrize("again", ["config", "pickle"])
def test_what_is_excluded_stays_so_in_a_copy(by, again):
    optimizer, weights = SGD(0.5, weight_decay=0.5), two_weights()
    assert "exclude_from_weight_decay" not in optimizer.get_config()  # which Keras does not know
    kinds = {"var_names": ["bia"]} if by == "name" else {"var_list": [weights[1]]}
    optimizer.exclude_from_weight_decay(**kinds)
    if again == "config":
        config = json.loads(json.dumps(optimizer.get_config()))
        optimizer = SGD.from_config(SGD.from_config(config).get_config())
        weights = two_weights()
    else:
        optimizer, weights = pickle.loads(pickle.dumps((optimizer, weights)))  # noqa: S301
    optimizer.apply([np.zeros(2), np.zeros(2)], weights)
    assert [weight.data.tolist() for weight in weights] == [[0.75, 0.75], [1.0, 1.0]]


def test_gradients_are_accumulated_by_hand():
    optimizer, (weight, _) = SGD(1.0, gradient_accumulation_steps=2), two_weights()
    seen = []
    for gradient in (1.0, 3.0, 5.0, 5.0):
        optimizer.apply([np.full(2, gradient)], [weight])
        seen.append((weight.data[0], int(optimizer.iterations)))
    # the means of two gradients are 2 and 5
    assert seen == [(1.0, 0), (-1.0, 1), (-1.0, 1), (-6.0, 2)]


def test_means_by_hand():
    optimizer, (weight, _) = SGD(1.0, use_ema=True, ema_momentum=0.75), two_weights()
    seen = []
    for _ in range(3):
        optimizer.apply([np.ones(2)], [weight])
        seen.append(optimizer.means()[0][1].data[0])
    # w is 0, -1, -2; the mean is w at first, then 3/4 of it and 1/4 of w
    assert seen == [0.0, -0.25, -0.6875]
    optimizer.finalize_variable_values([weight])
    assert weight.data.tolist() == [-0.6875] * 2


def test_means_take_the_weights_place():
    settings = {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}
    optimizer, (weight, _) = SGD(1.0, **settings), two_weights()
    seen = []
    for _ in range(4):
        optimizer.apply([np.ones(2)], [weight])
        seen.append(weight.data[0])
    # 0;  -1, mean -1/2;  -3/2, mean -1;  -5/2, mean -7/4
    assert seen == [0.0, -0.5, -1.5, -1.75]


def test_the_loss_and_the_gradients_are_scaled_and_scaled_back():
    optimizer, (weight, _) = SGD(1.0, loss_scale_factor=4.0), two_weights()
    assert optimizer.scale_loss(3.0) == 12.0
    optimizer.apply([np.full(2, 4.0)], [weight])
    assert weight.data.tolist() == [0.0, 0.0]
    assert SGD().scale_loss(3.0) == 3.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight_decay": -0.1}, "SGD: weight_decay must be a number >= 0, got -0.1"),
        ({"ema_momentum": 1.5}, r"SGD: ema_momentum must lie in \[0, 1\), got 1.5"),
        ({"ema_overwrite_frequency": 0}, "ema_overwrite_frequency must be a whole number >= 1"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps must be .* >= 2"),
        ({"gradient_accumulation_steps": 2.5}, "gradient_accumulation_steps must be .* got 2.5"),
        ({"loss_scale_factor": 0.0}, "loss_scale_factor must be positive, got 0.0"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        SGD(**settings)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.AdamW(weight_decay=None), "AdamW: weight_decay must be a number"),
        (lambda: optimizers.Lion(beta_1=0), r"Lion: beta_1 must lie in \(0, 1\], got 0"),
        (lambda: optimizers.Ftrl(learning_rate_power=0.5), "learning_rate_power must be a number"),
        (lambda: optimizers.Ftrl(l1_regularization_strength=-1), "l1_regularization_strength must"),
        (lambda: optimizers.Adagrad(initial_accumulator_value=-1), "initial_accumulator_value"),
        (lambda: optimizers.Adafactor(beta_2_decay=0.8), "beta_2_decay must be negative"),
        (lambda: optimizers.Adafactor(clip_threshold=0), "clip_threshold must be positive"),
    ],
)
def test_own_numbers_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_adafactor_takes_matrices_on_matrices():
    """Weights of three axes are matrices, each with rows and columns of its own."""
    draws = np.random.default_rng(0)
    start, gradient = draws.normal(size=(2, 2, 4, 3))
    weight = Parameter(start, "kernel")
    optimizer = optimizers.Adafactor(0.1)
    optimizer.apply([gradient], [weight])
    rows, columns, v = (slot.numpy() for slot in optimizer.variables[2:])
    squares = gradient**2 + 1e-30
    np.testing.assert_allclose(rows, squares.mean(axis=-1), rtol=1e-14)
    np.testing.assert_allclose(columns, squares.mean(axis=-2), rtol=1e-14)
    expected = (rows / rows.mean(axis=-1, keepdims=True))[..., None] * columns[..., None, :]
    np.testing.assert_allclose(v, expected, rtol=1e-14)
    u = gradient / np.sqrt(v)
    step = 0.1 * np.sqrt((start**2).mean()) * u / max(1.0, np.sqrt((u**2).mean()))
    np.testing.assert_allclose(weight.numpy(), start - step, rtol=1e-12)
