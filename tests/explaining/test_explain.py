"""explain: every number is that of the step which the model would really have done."""

import numpy as np
import pytest
from layers.table import ROWS as LAYERS
from layers.table import made, model_with
from optimizer_table import ROWS

import nnlite
from nnlite import GradientTape, Sequential, _kernels, explain, layers, optimizers
from nnlite._kernels import reference
from nnlite.naming import _counts
from nnlite.random import states
from nnlite.tensor import Tensor

from . import models


def op_of(step, name):
    (found,) = (op for op in step.ops if op.name == name)
    return found


def values_of(step):
    found = {}
    for op in step.ops:
        for value in (*(argument.value for argument in op.arguments), op.result):
            found[id(value)] = value
    return list(found.values())


def state_of(model):
    """Everything of a model that a step could change, as bytes, and what will be drawn next."""
    arrays = [*model.variables, *model.optimizer.variables]
    seen = [array for metric in model.metrics for array in metric.arrays()]
    return (
        model.built,
        [one.data.tobytes() for one in arrays],
        [array.tobytes() for array in seen],
        repr(states.get_state()),
        dict(_counts),
    )


@pytest.mark.parametrize("make", models.ALL)
def test_the_model_and_all_that_is_random_stay_as_they_are(make):
    model, x, y = make()
    before = state_of(model)
    explain(model, x, y)
    assert state_of(model) == before
    if model.built:
        model.train_on_batch(x, y)  # now the optimizer has a state, and the metrics have seen data
    before = state_of(model)
    explain(model, x, y)
    assert state_of(model) == before


@pytest.mark.parametrize("make", models.ALL)
def test_the_step_that_follows_has_the_numbers_that_were_explained(make):
    model, x, y = make()
    step = explain(model, x, y).step
    logs = model.train_on_batch(x, y, return_dict=True)
    assert {name: float(value) for name, value in step.logs.items()} == logs
    if "loss" in logs:
        assert float(step.loss.data) == logs["loss"]
    for weight, update in zip(model.weights, step.updates, strict=True):
        assert weight.path.endswith(update.name)
        assert update.after.tobytes() == weight.data.tobytes()
        assert (update.before != update.after).any()
    before = {update.name: update.before for update in step.updates}
    for value in values_of(step):
        if value.kind == "weight":
            assert value.data.tobytes() == before[value.name].tobytes()


def test_the_numbers_of_a_linear_layer_are_those_worked_by_hand():
    model, x, y = models.linear()
    w, b = (one.data.astype(np.float64) for one in model.weights)
    step = explain(model, x, y).step
    p = x @ w + b
    dz = 2 * (p - y) / 2 / len(x)  # two outputs, and the mean over the samples
    dense = op_of(step, "dense")
    assert [a.name for a in dense.arguments] == ["x", "w", "b"]
    assert [a.value.name for a in dense.arguments] == ["x", "only/kernel", "only/bias"]
    close = {"rtol": 1e-5, "atol": 1e-6}  # float32 against float64
    np.testing.assert_allclose(dense.result.data, p, **close)
    np.testing.assert_allclose(dense.result.gradient, dz, **close)
    kernel, bias = step.updates
    np.testing.assert_allclose(kernel.gradient, x.T @ dz, **close)
    np.testing.assert_allclose(bias.gradient, dz.sum(axis=0), **close)
    np.testing.assert_allclose(kernel.after, w - 0.1 * (x.T @ dz), **close)
    np.testing.assert_allclose(step.loss.data, ((p - y) ** 2).mean(), **close)


def test_every_gradient_is_the_one_that_the_tape_gives_the_weight():
    model, x, y = models.functional()
    step = explain(model, x, y).step
    with GradientTape() as tape:
        y_pred = model([Tensor(one, False) for one in x], training=True)
        loss = model.compute_loss(x, y, y_pred)
    expected = tape.gradient(loss, model.trainable_weights)
    for update, gradient in zip(step.updates, expected, strict=True):
        assert update.gradient.tobytes() == gradient.data.tobytes()


@pytest.mark.parametrize("make", models.ALL)
def test_a_gradient_is_the_sum_of_what_the_ops_have_sent_back(make):
    step = explain(*make()).step
    with_flows = [value for value in values_of(step) if value.flows]
    assert len(with_flows) >= 4
    for value in with_flows:
        parts = sum(flow.gradient.astype(np.float64) for flow in value.flows)
        np.testing.assert_allclose(value.gradient, parts, rtol=1e-5, atol=1e-7)


def test_a_value_that_goes_two_ways_gets_its_gradient_from_both():
    step = explain(*models.functional()).step
    first = step.ops[0].result  # of h1: to h2, and around it
    assert [(flow.op.name, flow.argument) for flow in first.flows] == [("add", "a"), ("dense", "x")]
    assert first.flows[0].unchanged
    assert not first.flows[1].unchanged


def test_each_op_names_its_layer_its_formula_and_the_kernels_that_ran():
    step = explain(*models.sequential()).step
    assert step.table == _kernels.active()
    hidden = step.ops[0]
    assert (hidden.layer, hidden.layer_class, hidden.name) == ("hidden", "Dense", "dense")
    assert hidden.formula == nnlite.ops.dense.__doc__.partition("\n")[0].removesuffix(".")
    assert [str(kernel) for kernel in hidden.kernels] == ["dense_forward (relu)"]
    sent = {argument.name: flow.kernel.name for argument, flow in hidden.sent_back()}
    assert sent == {"w": "dense_backward_kernel", "b": "dense_backward_bias"}
    for op in step.ops:
        for kernel in (*op.kernels, *op.kernels_back):
            text = getattr(reference, kernel.name).__doc__.strip()
            assert kernel.formula
            assert text.startswith(kernel.formula)
    assert op_of(step, "sparse_softmax_crossentropy").place == "loss"


def test_a_dropout_mask_names_the_kernel_that_drew_it():
    step = explain(*models.sequential()).step
    (mask,) = (v for v in values_of(step) if v.made_by and v.made_by.name == "random_mask")
    assert mask.kind == "constant"
    assert set(mask.data.ravel()) == {0, 2}


@pytest.mark.one_table
def test_ops_that_numpy_computes_say_so():
    model = Sequential([nnlite.Input((3,)), layers.Lambda(nnlite.ops.sin), layers.Dense(1)])
    model.compile("sgd", "mse")
    sine = op_of(explain(model, models.X, models.TARGETS[:, :1]).step, "sin")
    assert sine.kernels == []
    assert sine.layer_class == "Lambda"


@pytest.mark.one_table
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_the_update_of_every_optimizer(row):
    model, x, y = models.linear()
    model.compile(row.cls(**row.arguments), "mse")
    model.train_on_batch(x, y)
    step = explain(model, x, y).step
    slots = {name: one.data.copy() for w in model.weights for name, one in slots_of(model, w)}
    model.train_on_batch(x, y)
    for weight, update in zip(model.weights, step.updates, strict=True):
        assert update.after.tobytes() == weight.data.tobytes()
        assert update.calls
        assert all(call.kernel.formula for call in update.calls)
        for slot, (name, now) in zip(update.slots, slots_of(model, weight), strict=True):
            assert slot.name == name
            assert slot.after.tobytes() == now.data.tobytes()
            assert slot.before is not None
    assert slots.keys() == {slot.name for update in step.updates for slot in update.slots}


def slots_of(model, weight):
    return list(model.optimizer._state[weight].items())


@pytest.mark.one_table
@pytest.mark.parametrize("row", LAYERS, ids=lambda row: f"{row.name} {row.case}".strip())
def test_a_step_with_any_layer(row):
    model, x, y = model_with(row, made(row))
    x = [one[:4] for one in x] if isinstance(x, list) else x[:4]
    explanation = explain(model, x, y[:4])
    model.train_on_batch(x, y[:4])
    updates = {update.name: update for update in explanation.step.updates}
    for weight in model.trainable_weights:
        update = updates[weight.path.removeprefix(f"{model.name}/")]
        assert update.after.tobytes() == weight.data.tobytes()
        assert update.gradient is not None
    assert len(explanation.to_html()) > len(explanation.text()) > 1000


@pytest.mark.one_table
def test_a_constraint_is_named_behind_the_optimizers_kernel():
    model = Sequential([nnlite.Input((3,)), layers.Dense(2, kernel_constraint="non_neg", name="d")])
    model.compile("sgd", "mse")
    step = explain(model, models.X, models.TARGETS)
    kernel, bias = step.step.updates
    assert kernel.constraint.startswith("NonNeg: ")
    assert bias.constraint == ""
    for shown in (step.text(), step.to_html()):
        assert shown.count("then its constraint, ") == 1


def test_what_clipping_makes_of_a_gradient_is_shown_beside_it():
    model, x, y = models.linear()
    model.compile(optimizers.SGD(1.0, clipnorm=1e-3), "mse")
    update = explain(model, x, y).step.updates[0]
    made = update.made_of_gradient(update.calls[0])
    assert np.linalg.norm(made) == pytest.approx(1e-3, rel=1e-5)
    np.testing.assert_allclose(update.before - made, update.after, atol=1e-7)
    assert "what the optimizer made of it" in explain(model, x, y).text()


@pytest.mark.one_table
def test_parts_that_learn_nothing_are_left_out_and_moving_averages_are_not():
    model, x, y = models.sequential()
    model.get_layer("hidden").trainable = False
    names = [update.name for update in explain(model, x, y).step.updates]
    assert "hidden/kernel" not in names
    assert "norm/moving_mean" in names


@pytest.mark.one_table
def test_more_samples_than_one_can_read_are_refused():
    model, _, _ = models.linear()
    with pytest.raises(ValueError, match=r"a step of 300 samples .* explain\(model, x\[:4\]"):
        explain(model, np.zeros((300, 3)), np.zeros((300, 2)))


@pytest.mark.one_table
@pytest.mark.parametrize("other", [models.X, layers.Dense(1)], ids=["array", "layer"])
def test_what_is_no_model(other):
    with pytest.raises(TypeError, match="explain takes a model that is compiled, got "):
        explain(other, models.X, models.TARGETS)


@pytest.mark.one_table
def test_batches_are_not_samples():
    model, x, y = models.linear()
    with pytest.raises(ValueError, match=r"explain: x comes batch by batch; .*\(model, \*batch\)"):
        explain(model, iter([(x, y)]))


@pytest.mark.one_table
def test_a_model_that_is_not_compiled_says_so():
    with pytest.raises(ValueError, match="not compiled"):
        explain(Sequential([nnlite.Input((3,)), layers.Dense(2)]), models.X, models.TARGETS)


@pytest.mark.one_table
def test_a_model_that_cannot_be_copied_says_why():
    import threading

    model, x, y = models.linear()
    model.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"works on a copy of the model, and 'sequential'.*lock"):
        explain(model, x, y)
