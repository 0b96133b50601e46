"""Every optimizer: steps worked by hand, clipping, the learning rate, its state."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimizer_table import GRADIENTS, ROWS
from strategies import few, floats

from nnlite import Parameter, Tensor, optimizers
from nnlite.optimizers import SGD, Adam, Optimizer, RMSprop

every_case = pytest.mark.parametrize("row", ROWS, ids=[row.case for row in ROWS])
by_hand = [row for row in ROWS if row.by_hand is not None]


def test_every_optimizer_has_a_row():
    public = {
        value
        for value in vars(optimizers).values()
        if isinstance(value, type) and issubclass(value, Optimizer) and value is not Optimizer
    }
    assert public == {row.cls for row in ROWS}
    assert set(optimizers.registry.entries.values()) == public


@pytest.mark.parametrize("row", by_hand, ids=[row.case for row in by_hand])
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
    weights = [Parameter(np.zeros((2, 3), np.float32), n) for n in ("kernel", "bias")]
    optimizer.build(weights)
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "learning_rate", "kernel_momentum", "bias_momentum"]
    assert [v.path for v in optimizer.variables][2] == "sgd/kernel_momentum"
    optimizer.apply([np.ones((2, 3)), np.ones((2, 3))], weights)
    assert optimizer.variables[3].data.tolist() == [pytest.approx([-0.1] * 3)] * 2
    assert len(SGD(lambda step: 1.0).variables) == 1


def trained(row, steps: int = 3) -> tuple[Optimizer, list[Parameter]]:
    optimizer, weights = row.cls(**row.arguments), two_weights()
    for step in range(steps):
        optimizer.apply([np.full(w.shape, step - 1.5) for w in weights], weights)
    return optimizer, weights


def two_weights() -> list[Parameter]:
    return [Parameter(np.ones((2, 3)), "kernel"), Parameter(np.ones(3), "bias")]


def values(parameters: list[Parameter]) -> list[bytes]:
    return [parameter.data.tobytes() for parameter in parameters]


@every_case
def test_it_comes_back_from_its_configuration(row):
    config = optimizers.serialize(row.cls(**row.arguments))
    again = optimizers.deserialize(config)
    assert type(again) is row.cls
    assert again.get_config() == config["config"]
    for name, value in row.arguments.items():
        assert getattr(again, name) == value


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))  # noqa: S301, our own


@every_case
@pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
def test_a_copy_goes_on_by_itself(row, copied):
    optimizer, weights = trained(row)
    other, others = copied((optimizer, weights))
    assert values(other.variables) == values(optimizer.variables)
    gradients = [np.full(w.shape, 0.5) for w in weights]
    optimizer.apply(gradients, weights)
    before = values(others)
    other.apply(gradients, others)
    assert values(others) == values(weights) != before
    assert values(other.variables) == values(optimizer.variables)


@every_case
def test_the_state_can_be_written_and_read(row):
    optimizer, weights = trained(row)
    other, others = row.cls(**row.arguments), two_weights()
    for weight, value in zip(others, weights, strict=True):
        weight.assign(value)
    other.build(others)
    store: dict[str, Any] = {}
    optimizer.save_own_variables(store)
    other.load_own_variables(store)
    for one, these in ((optimizer, weights), (other, others)):
        one.apply([np.full(w.shape, 0.5) for w in these], these)
    assert values(others) == values(weights)
    other.set_weights([v.numpy() for v in optimizer.variables])
    assert values(other.variables) == values(optimizer.variables)


def test_a_state_that_does_not_fit_is_refused_before_anything_is_changed():
    optimizer, weights = SGD(0.1, momentum=0.5), two_weights()
    with pytest.raises(ValueError, match=r"there are 2 variables, got 4 arrays; call build"):
        optimizer.set_weights([0, 0.2, np.ones((2, 3)), np.ones(3)])
    optimizer.build(weights)
    with pytest.raises(ValueError, match=r"sgd/bias_momentum: expected .* \(3,\), got \(4,\)"):
        optimizer.set_weights([3, 0.2, np.ones((2, 3)), np.ones(4)])
    assert int(optimizer.iterations) == 0
    assert not optimizer.variables[2].data.any()


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
    assert type(optimizers.get("adamw")) is type(optimizers.get("adam_w")) is optimizers.AdamW
    with pytest.raises(ValueError, match=r"Unknown optimizer 'sdg'. Did you mean 'sgd'\?"):
        optimizers.get("sdg")
    with pytest.raises(TypeError, match="such as 'sgd' or SGD"):
        optimizers.get(max)
    with pytest.raises(TypeError, match="Did you mean 'momentum'"):
        SGD(momentun=0.9)


def test_automatic_names_are_numbered():
    assert [RMSprop().name, Adam().name, Adam().name] == ["rm_sprop", "adam", "adam_1"]
    assert SGD(name="mine").name == "mine"


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
