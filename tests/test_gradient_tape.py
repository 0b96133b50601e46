"""GradientTape: gradients of what, with respect to what, and what is refused."""

import numpy as np
import pytest

import nnlite
from nnlite import GradientTape, Parameter, Tensor, no_grad, ops

pytestmark = pytest.mark.one_table


def f(w1, w2):
    return 3 * w1**2 + 2 * w1 * w2


def weights():
    return Parameter(np.array(5.0), "w1"), Parameter(np.array(3.0), "w2")


def test_the_book_s_example():
    w1, w2 = weights()
    with GradientTape() as tape:
        z = f(w1, w2)
    gradients = tape.gradient(z, [w1, w2])
    assert [g.numpy().tolist() for g in gradients] == [36, 10]
    assert isinstance(gradients[0], Tensor)
    assert not gradients[0].requires_grad
    assert w1.grad is None


def test_sources_in_any_structure():
    w1, w2 = weights()
    with GradientTape(persistent=True) as tape:
        z = f(w1, w2)
    assert tape.gradient(z, w1).item() == 36
    found = tape.gradient(z, {"first": w1, "both": (w1, [w2])})
    assert found["first"].item() == 36
    assert isinstance(found["both"], tuple)
    assert found["both"][1][0].item() == 10


def test_results_on_the_way_are_sources_too():
    x = Parameter(np.array([1.0, -2.0]))
    with GradientTape() as tape:
        hidden = ops.tanh(x)
        y = (hidden * hidden).sum()
    to_x, to_hidden, to_y = tape.gradient(y, [x, hidden, y])
    np.testing.assert_allclose(to_hidden.numpy(), 2 * hidden.numpy(), rtol=1e-15)
    np.testing.assert_allclose(to_x.numpy(), 2 * hidden.numpy() * (1 - hidden.numpy() ** 2))
    assert to_y.item() == 1


def test_several_targets_add_up_and_a_vector_counts_as_its_sum():
    w1, w2 = weights()
    with GradientTape(persistent=True) as tape:
        z = [f(w1, w2), f(w1, w2 + 2.0)]
        vector = ops.stack(z)
    assert tape.gradient(z, w1).item() == 36 + 40
    assert tape.gradient(vector, w1).item() == 36 + 40
    assert tape.gradient(vector, w1, output_gradients=[1.0, 10.0]).item() == 36 + 400
    assert tape.gradient(z, w1, output_gradients=[2.0, 0.0]).item() == 72


def test_a_tape_is_for_one_call_unless_it_is_persistent():
    w1, w2 = weights()
    with GradientTape() as tape:
        z = f(w1, w2)
    tape.gradient(z, w1)
    with pytest.raises(RuntimeError, match=r"was called already.*persistent=True"):
        tape.gradient(z, w2)
    with pytest.raises(RuntimeError, match="make a new one for each step"), tape:
        pass
    with pytest.raises(RuntimeError, match="inside `with"):
        GradientTape().gradient(z, w2)


def test_what_is_not_connected():
    w1, w2 = weights()
    with GradientTape(persistent=True) as tape:
        z = w1 * 2.0
    found = tape.gradient(z, [w1, w2])
    assert found[1] is None
    assert tape.gradient(z, [w1, w2], unconnected_gradients="zero")[1].item() == 0
    assert tape.gradient(z, w2, unconnected_gradients="zero").item() == 0
    with pytest.raises(ValueError, match=r"depends on none of the sources\. Are"):
        tape.gradient(z, w2)
    with no_grad():
        z = w1 * 2.0
    with pytest.raises(ValueError, match=r"depends on nothing .* under no_grad"):
        tape.gradient(z, w1)
    with pytest.raises(ValueError, match=r"unconnected_gradients 'zeros'.*'zero'"):
        tape.gradient(z, w1, unconnected_gradients="zeros")


def test_what_is_no_tensor_is_named():
    w1, _ = weights()
    with GradientTape(persistent=True) as tape:
        z = w1 * 2.0
    with pytest.raises(TypeError, match=r"the target must be a Tensor, got float.*\.numpy\(\)"):
        tape.gradient(float(z), w1)
    with pytest.raises(TypeError, match="a source must be a Tensor, got ndarray"):
        tape.gradient(z, [w1, np.ones(2)])


def test_watch():
    x = Tensor(np.array(3.0), requires_grad=False)
    w1, _ = weights()
    frozen = Parameter(np.array(2.0), trainable=False)
    with GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch([x, frozen])
        y = x * x * w1 * frozen
    assert [g.item() for g in tape.gradient(y, [x, frozen])] == [60, 45]
    assert tape.gradient(y, [x, w1])[1] is None
    assert not x.requires_grad
    assert not frozen.trainable
    assert tape.watched_variables() == (frozen,)
    for wrong in (np.ones(2), Tensor([1])):
        with pytest.raises(TypeError, match="watch takes tensors of floats"):
            GradientTape().watch(wrong)


def test_recording_starts_inside_no_grad_and_stops_where_it_is_told_to():
    w1, w2 = weights()
    with no_grad():
        with GradientTape() as tape:
            z = w1 * w2
            with tape.stop_recording():
                factor = w1 * 2.0
            z = z * factor
        assert not (w1 * w2).requires_grad
    assert [g.item() for g in tape.gradient(z, [w1, w2])] == [30, 50]


def test_a_step_by_hand_is_train_on_batch():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(16, 3)).astype("f4"), random.normal(size=(16, 1)).astype("f4")
    models = []
    for _ in range(2):
        nnlite.random.set_random_seed(1)
        model = nnlite.Sequential(
            [
                nnlite.layers.Dense(5, "relu", kernel_regularizer="l2", input_shape=[3]),
                nnlite.layers.Dense(1, kernel_constraint=nnlite.constraints.MaxNorm(0.1)),
            ]
        )
        model.compile(nnlite.optimizers.Adam(0.1), "mse")
        models.append(model)
    by_hand, compiled = models
    optimizer = nnlite.optimizers.Adam(0.1)
    for _ in range(3):
        with GradientTape() as tape:
            loss = ops.mean(nnlite.losses.mean_squared_error(y, by_hand(x, training=True)))
            loss = sum(by_hand.losses, loss)
        gradients = tape.gradient(loss, by_hand.trainable_variables)
        optimizer.apply_gradients(zip(gradients, by_hand.trainable_variables, strict=True))
        compiled.train_on_batch(x, y)
    for a, b in zip(by_hand.get_weights(), compiled.get_weights(), strict=True):
        np.testing.assert_allclose(
            a, b, rtol=1e-5, atol=1e-6
        )  # the mean is summed in another order
