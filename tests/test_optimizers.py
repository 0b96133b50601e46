"""Every optimizer: steps worked by hand, clipping, the learning rate, its state."""

import math
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats

from nnlite import Parameter, Sequential, Tensor, optimizers
from nnlite.layers import Dense
from nnlite.optimizers import SGD, Adam, Optimizer, RMSprop
from nnlite.plan import Steps
from nnlite.random import set_random_seed

GRADIENTS = (1.0, -2.0, 0.5)


class Row(NamedTuple):
    case: str
    cls: type[Optimizer]
    arguments: dict[str, Any]
    by_hand: tuple[float, float, float]  # the weight, first 1, after steps along GRADIENTS


def down(first: float, second: float, third: float) -> tuple[float, float, float]:
    """The weight after steps of these lengths down from 1."""
    return 1 - first, 1 - first - second, 1 - first - second - third


ADAM = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.5}
ADAM_2 = -0.1 * sqrt(7) / 4 / (sqrt(19) / 4 + 0.5)  # the second step
RMS = {"learning_rate": 0.1, "rho": 0.5, "epsilon": 0.5}

ROWS = [
    # 1 - 0.1, + 0.2, - 0.05
    Row("plain", SGD, {"learning_rate": 0.1}, (0.9, 1.1, 1.05)),
    # v = -0.1;  0.9 v + 0.2 = 0.11;  0.9 v - 0.05 = 0.049
    Row("momentum", SGD, {"learning_rate": 0.1, "momentum": 0.9}, (0.9, 1.01, 1.059)),
    # w grows by 0.9 v - 0.1 g:  -0.09 - 0.1 = -0.19;  0.099 + 0.2 = 0.299;  0.0441 - 0.05 = -0.0059
    Row(
        "Nesterov",
        SGD,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        (0.81, 1.109, 1.1031),
    ),
    Row(
        "Nesterov without momentum", SGD, {"learning_rate": 0.1, "nesterov": True}, (0.9, 1.1, 1.05)
    ),
    # m = 1/2, -3/4, -1/8;  v = 1/4, 19/16, 61/64;  α = 0.1 √(1/4) / (1/2), √(7/16) / (3/4), ...
    Row("Adam", Adam, ADAM, down(0.05, ADAM_2, -0.1 * sqrt(37) / 56 / (sqrt(61) / 8 + 0.5))),
    # in the third step the second's v stays, being larger
    Row(
        "AMSGrad",
        Adam,
        {**ADAM, "amsgrad": True},
        down(0.05, ADAM_2, -0.1 * sqrt(37) / 56 / (sqrt(19) / 4 + 0.5)),
    ),
    # v = 1/2, 9/4, 5/4
    Row("RMSprop", RMSprop, RMS, down(0.1, -0.2 / sqrt(2.75), 0.05 / sqrt(1.75))),
    # u = 0.1, 0.09 + s, 0.9 u + s
    Row(
        "RMSprop with momentum",
        RMSprop,
        {**RMS, "momentum": 0.9},
        down(0.1, 0.09 - 0.2 / sqrt(2.75), 0.081 - 0.18 / sqrt(2.75) + 0.05 / sqrt(1.75)),
    ),
    # a = 1/2, -3/4, -1/8;  v - a² = 1/4, 27/16, 79/64
    Row(
        "centered RMSprop",
        RMSprop,
        {**RMS, "centered": True},
        down(0.1 / sqrt(0.75), -0.2 / sqrt(35 / 16), 0.05 / sqrt(111 / 64)),
    ),
    Row(
        "centered RMSprop with momentum",
        RMSprop,
        {**RMS, "centered": True, "momentum": 0.5},
        down(
            0.1 / sqrt(0.75),
            0.05 / sqrt(0.75) - 0.2 / sqrt(35 / 16),
            0.025 / sqrt(0.75) - 0.1 / sqrt(35 / 16) + 0.05 / sqrt(111 / 64),
        ),
    ),
]
every_case = pytest.mark.parametrize("row", ROWS, ids=[row.case for row in ROWS])


def test_every_optimizer_has_a_row():
    public = {
        value
        for value in vars(optimizers).values()
        if isinstance(value, type) and issubclass(value, Optimizer) and value is not Optimizer
    }
    assert public == {row.cls for row in ROWS}
    assert set(optimizers.registry.entries.values()) == public


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_three_steps_worked_by_hand(row, dtype):
    optimizer = row.cls(**row.arguments)
    weight = Parameter(np.ones((2, 1), dtype), "kernel")
    data = weight.data
    for step, (gradient, value) in enumerate(zip(GRADIENTS, row.by_hand, strict=True)):
        assert int(optimizer.iterations) == step
        optimizer.apply([np.full((2, 1), gradient, dtype)], [weight])
        # A few roundings of the type's last digit.
        np.testing.assert_allclose(weight.data, value, rtol=4 * np.finfo(dtype).eps)
    assert weight.data is data
    assert data.dtype == dtype
    assert int(optimizer.iterations) == 3


@every_case
@few
@given(gradients=floats((4, 2, 3)), start=floats((2, 3)))
def test_many_weights_step_as_each_would_alone(row, gradients, start):
    together = [Parameter(column) for column in start.T]
    optimizer = row.cls(**row.arguments)
    for step in gradients:
        optimizer.apply(list(step.T), together)
    for i, weight in enumerate(together):
        alone, other = Parameter(start[:, i]), row.cls(**row.arguments)
        for step in gradients:
            other.apply([step[:, i]], [alone])
        np.testing.assert_array_equal(weight.data, alone.data)


def test_a_gradient_may_be_a_view_or_of_another_type():
    weight = Parameter(np.zeros((2, 3), np.float32))
    SGD(1.0).apply([np.arange(6.0).reshape(3, 2).T], [weight])
    assert weight.data.tolist() == [[0, -2, -4], [-1, -3, -5]]


# ------------------------------------------------------------------------------------ clipping


def applied(gradients: list[list[float]], **limits: Any) -> list[list[float]]:
    """The gradients as they are after clipping: what steps of size 1 from 0 leave, negated."""
    weights = [Parameter(np.zeros(len(g))) for g in gradients]
    SGD(1.0, **limits).apply([np.array(g) for g in gradients], weights)
    return [(-weight.data).tolist() for weight in weights]


def test_clipping_by_hand():
    gradients = [[3.0, -4.0], [0.0, 12.0], [0.3, 0.4]]  # norms 5, 12, 0.5; together √169.25
    assert applied(gradients, clipvalue=1.0) == [[1.0, -1.0], [0.0, 1.0], [0.3, 0.4]]
    assert applied(gradients, clipnorm=5.0) == [[3.0, -4.0], [0.0, 5.0], [0.3, 0.4]]
    factor = 6.5 / math.sqrt(169.25)
    found = applied(gradients, global_clipnorm=6.5)
    for clipped, gradient in zip(found, gradients, strict=True):
        np.testing.assert_allclose(clipped, factor * np.array(gradient), rtol=1e-15)
    assert applied(gradients, global_clipnorm=14.0) == gradients


@few
@given(
    gradients=st.lists(floats(3), min_size=1, max_size=3), limit=st.sampled_from([0.5, 1.0, 4.0])
)
def test_no_clipping_leaves_more_than_it_allows(gradients, limit):
    lists = [g.tolist() for g in gradients]
    assert np.abs(applied(lists, clipvalue=limit)).max() <= limit
    for clipped, g in zip(applied(lists, clipnorm=limit), lists, strict=True):
        assert math.hypot(*clipped) == pytest.approx(min(limit, math.hypot(*g)), rel=1e-14)
    together = np.concatenate(applied(lists, global_clipnorm=limit))
    assert math.hypot(*together) <= limit * (1 + 1e-14)  # the rounding of three products


def test_a_gradient_that_is_clipped_is_not_changed_itself():
    gradient = np.array([3.0, 4.0])
    for limits in ({"clipnorm": 1.0}, {"clipvalue": 1.0}, {"global_clipnorm": 1.0}):
        SGD(1.0, **limits).apply([gradient], [Parameter(np.zeros(2))])
    assert gradient.tolist() == [3.0, 4.0]


def test_a_large_float32_norm_does_not_overflow():
    weight = Parameter(np.zeros(2, np.float32))
    SGD(1.0, clipnorm=1.0).apply([np.array([3e30, 4e30], np.float32)], [weight])
    np.testing.assert_allclose(weight.data, [-0.6, -0.8], rtol=1e-6)  # float32


def test_limits_are_checked():
    with pytest.raises(ValueError, match="SGD: choose one of clipnorm and clipvalue, not both"):
        SGD(clipnorm=1.0, clipvalue=1.0)
    for limit in ("clipnorm", "clipvalue", "global_clipnorm"):
        for value in (0, -1.0, math.nan):
            with pytest.raises(ValueError, match=f"SGD: {limit} must be positive, got"):
                SGD(**{limit: value})


# --------------------------------------------------------------------------- the learning rate


def test_the_learning_rate_can_be_read_and_assigned():
    optimizer = SGD(0.1)
    weight = Parameter(np.zeros(1))
    assert float(optimizer.learning_rate) == 0.1
    optimizer.apply([np.ones(1)], [weight])
    optimizer.learning_rate = 0.5
    optimizer.apply([np.ones(1)], [weight])
    optimizer.learning_rate.assign(0.25)
    optimizer.apply([np.ones(1)], [weight])
    assert float(optimizer.learning_rate) == 0.25
    assert weight.data[0] == pytest.approx(-0.85, rel=1e-15)
    optimizer.learning_rate = Tensor(0.125)
    assert float(optimizer.learning_rate) == 0.125
    optimizer.learning_rate *= 0.5
    assert optimizer.learning_rate.numpy() == 0.0625
    assert (2 * optimizer.learning_rate + 1).item() == 1.125
    optimizer.lr = optimizer.lr / 2
    assert f"{optimizer.learning_rate:.5f}" == "0.03125"


def test_a_learning_rate_may_be_a_function_of_the_steps_done():
    optimizer = SGD(lambda step: 1 / (1 + step))
    weight = Parameter(np.zeros(1))
    for _ in range(3):
        optimizer.apply([np.ones(1)], [weight])
    assert weight.data[0] == pytest.approx(-(1 + 1 / 2 + 1 / 3), rel=1e-15)
    assert float(optimizer.learning_rate) == 1 / 4
    optimizer.learning_rate = 1.0  # from now on a number
    optimizer.apply([np.ones(1)], [weight])
    assert float(optimizer.learning_rate) == 1.0


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_what_is_no_learning_rate_is_refused(value):
    optimizer = SGD(0.1)
    with pytest.raises(ValueError, match="SGD: learning_rate must be a number >= 0, got"):
        optimizer.learning_rate = value
    assert float(optimizer.learning_rate) == 0.1
    with pytest.raises(ValueError, match="learning_rate"):
        SGD(value)


@pytest.mark.parametrize("momentum", [-0.1, 1.1])
def test_momentum_is_checked(momentum):
    with pytest.raises(ValueError, match=r"SGD: momentum must lie in \[0, 1\]"):
        SGD(momentum=momentum)


@pytest.mark.parametrize(
    ("cls", "name"),
    [(Adam, "beta_1"), (Adam, "beta_2"), (RMSprop, "rho"), (RMSprop, "momentum")],
)
@pytest.mark.parametrize("value", [-0.1, 1.0, math.nan])
def test_what_is_kept_of_the_past_is_less_than_all(cls, name, value):
    with pytest.raises(ValueError, match=rf"{cls.__name__}: {name} must lie in \[0, 1\), got"):
        cls(**{name: value})


@pytest.mark.parametrize("cls", [Adam, RMSprop])
@pytest.mark.parametrize("value", [-1e-7, math.nan, math.inf])
def test_epsilon_is_checked(cls, value):
    with pytest.raises(ValueError, match=f"{cls.__name__}: epsilon must be a number >= 0, got"):
        cls(epsilon=value)


# -------------------------------------------------------------------------------------- steps


def test_apply_gradients_takes_pairs():
    w, b = Parameter(np.ones(2)), Parameter(np.ones(()))
    (w * w).sum().backward()
    SGD(0.5).apply_gradients(zip([w.grad, Tensor(2.0)], [w, b], strict=True))
    assert w.data.tolist() == [0, 0]
    assert b.data == 0


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        ([np.ones((2, 3))], "1 gradients were given for 2 weights"),
        ([None, None], "none of the weights kernel, bias has a gradient; does the loss depend"),
        ([np.ones((3, 2)), np.ones(3)], r"'kernel' has the shape \(2, 3\), but its .*\(3, 2\)"),
        ([np.ones((2, 3)), np.ones(2)], r"'bias' has the shape \(3,\), but its gradient \(2,\)"),
    ],
)
def test_gradients_that_do_not_fit_are_refused_before_anything_is_changed(gradients, message):
    weights = [Parameter(np.zeros((2, 3)), "kernel"), Parameter(np.zeros(3), "bias")]
    optimizer = SGD(1.0)
    with pytest.raises(ValueError, match=message):
        optimizer.apply(gradients, weights)
    assert not any(weight.data.any() for weight in weights)
    assert int(optimizer.iterations) == 0


def test_a_weight_without_a_gradient_stays_as_it_is_with_a_warning():
    w, b = Parameter(np.ones(2), "kernel"), Parameter(np.ones(2), "bias")
    with pytest.warns(UserWarning, match="no gradient and stay as they are: bias"):
        SGD(0.5).apply_gradients(zip([np.ones(2), None], [w, b], strict=True))
    assert w.data.tolist() == [0.5, 0.5]
    assert b.data.tolist() == [1, 1]


def test_the_state_is_made_once_and_listed():
    optimizer = SGD(0.1, momentum=0.5)
    weights = [Parameter(np.zeros((2, 3), np.float32)), Parameter(np.zeros(3, np.float32))]
    optimizer.build(weights)
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "learning_rate", "momentum", "momentum"]
    optimizer.apply([np.ones((2, 3)), np.ones(3)], weights)
    assert [v.shape for v in optimizer.variables] == [(), (), (2, 3), (3,)]
    assert optimizer.variables[3].data.tolist() == pytest.approx([-0.1] * 3)
    assert len(SGD(lambda step: 1.0).variables) == 1


@pytest.mark.parametrize(
    ("cls", "arguments", "slots"),
    [
        (Adam, {}, "momentum_k velocity_k momentum_b velocity_b"),
        (
            Adam,
            {"amsgrad": True},
            "momentum_k velocity_k momentum_b velocity_b velocity_hat_k velocity_hat_b",
        ),
        (RMSprop, {}, "velocity_k velocity_b"),
        (
            RMSprop,
            {"momentum": 0.5, "centered": True},
            "velocity_k velocity_b momentum_k momentum_b average_gradient_k average_gradient_b",
        ),
    ],
    ids=["Adam", "AMSGrad", "RMSprop", "RMSprop with all"],
)
def test_the_state_is_listed_in_keras_order(cls, arguments, slots):
    optimizer = cls(**arguments)
    optimizer.build([Parameter(np.zeros((2, 3))), Parameter(np.zeros(3))])
    marks = {(2, 3): "k", (3,): "b"}
    found = [f"{v.name}_{marks[v.shape]}" for v in optimizer.variables[2:]]
    assert found == slots.split()


@every_case
@pytest.mark.parametrize("scheduled", [False, True], ids=["a number", "a schedule"])
def test_replayed_steps_give_the_bits_of_steps_on_the_tape(row, scheduled, monkeypatch):
    """Three epochs of four batches and an odd last one, with the state that they leave."""
    x, y = np.random.default_rng(0).random((35, 6)), np.arange(35) % 3

    def trained(replays: bool) -> list[bytes]:
        set_random_seed(7)
        optimizer = row.cls(**row.arguments)
        if scheduled:
            optimizer.learning_rate = lambda step: 0.1 / (1 + step)
        model = Sequential([Dense(5, "relu", input_shape=(6,)), Dense(3, "softmax")])
        model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer)
        if not replays:
            monkeypatch.setattr(Steps, "_plan", lambda self, size: None)
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        if not scheduled:
            optimizer.learning_rate = 0.01
        model.fit(x, y, batch_size=8, verbose=0)
        monkeypatch.undo()
        assert int(optimizer.iterations) == 15
        return [v.data.tobytes() for v in (*model.weights, *optimizer.variables)]

    assert trained(True) == trained(False)


@pytest.mark.one_table
@every_case
def test_every_optimizer_is_replayed(row, monkeypatch):
    replayed = []
    replay = Steps._replay
    monkeypatch.setattr(
        Steps, "_replay", lambda *given: (replayed.append(given[-1]), replay(*given))
    )
    model = Sequential([Dense(2, input_shape=(3,))])
    model.compile(loss="mse", optimizer=row.cls(**row.arguments))
    model.fit(np.ones((40, 3)), np.ones((40, 2)), batch_size=4, verbose=0)
    assert sum(replayed) == 8  # all but the first step and the one that is recorded


def test_an_optimizer_without_an_update_is_refused():
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        Optimizer().apply([np.ones(1)], [Parameter(np.ones(1))])


# -------------------------------------------------------------------------------------- names


def test_get():
    for identifier in ("sgd", "SGD", SGD, {"class_name": "SGD", "config": {}}):
        assert type(optimizers.get(identifier)) is SGD
    mine = SGD()
    assert optimizers.get(mine) is mine
    for identifier in ("rmsprop", "RMSprop"):
        assert type(optimizers.get(identifier)) is RMSprop
    for identifier in ("adam", "Adam"):
        assert type(optimizers.get(identifier)) is Adam
    assert (RMSprop().name, Adam().name) == ("rmsprop", "adam")
    with pytest.raises(ValueError, match=r"Unknown optimizer 'sdg'. Did you mean 'sgd'\?"):
        optimizers.get("sdg")
    with pytest.raises(TypeError, match="such as 'sgd' or SGD"):
        optimizers.get(max)
    with pytest.raises(TypeError, match="Did you mean 'momentum'"):
        SGD(momentun=0.9)


def test_the_older_names_of_arguments_are_answered():
    for old in ("lr", "decay"):
        with pytest.raises(TypeError, match=f"no argument '{old}'. Did you mean 'learning_rate'"):
            SGD(**{old: 0.1})


def test_apply_without_variables_takes_those_that_build_was_given():
    weight = Parameter(np.ones(2))
    optimizer = SGD(0.5)
    with pytest.raises(ValueError, match="1 gradients were given for 0 weights"):
        optimizer.apply([np.ones(2)])
    optimizer.build([weight])
    optimizer.apply([np.ones(2)])
    assert weight.numpy().tolist() == [0.5, 0.5]


def test_pairs_the_wrong_way_round_are_refused():
    weight, gradient = Parameter(np.ones(2, "float32")), Tensor(np.ones(2, "float32"))
    with pytest.raises(TypeError, match=r"pairs \(gradient, weight\).* is a Tensor"):
        optimizers.SGD(1.0).apply_gradients([(weight, gradient)])
    np.testing.assert_array_equal(weight.numpy(), 1)
