"""What single checks measure, against numbers that are known otherwise."""

import math

import numpy as np
import pytest

from nnlite import Input, Sequential, layers, optimizers
from nnlite.diagnosis.findings import NotLookedAt
from nnlite.diagnosis.learning import range_test
from nnlite.diagnosis.patient import data_loss

from . import faults
from .test_faults import found, patient_of

pytestmark = pytest.mark.one_table


def test_the_range_test_ends_where_gradient_descent_must_diverge():
    """loss = mean (w x - 2 x)², x = ±3: a step is w ← w - η 2·9 (w - 2), stable up to η = 1/9."""
    x = np.tile([[3.0], [-3.0]], (32, 1))
    model = Sequential([Input((1,)), layers.Dense(1, use_bias=False)])
    model.compile(optimizers.SGD(0.01), "mse")
    test = range_test(patient_of(model, x, 2 * x))
    assert test.own == pytest.approx(0.01)
    assert test.rates[0] == pytest.approx(1e-6)
    falling = np.diff(test.losses)
    below = np.array(test.rates[:-1]) < 1 / 9
    assert (falling[below] <= 0).all()
    assert test.useful[0] < 1 / 9 < test.rates[-1]
    assert test.smoothed[-1] > 4 * min(test.smoothed)
    w = float(model.weights[0].data[0, 0])
    followed = 0
    for rate, loss in zip(test.rates, test.losses, strict=True):
        if loss < 0.01:  # from here on float32 rounds w - 2
            break
        assert loss == pytest.approx(9 * (w - 2) ** 2, rel=1e-3)
        w -= rate * 18 * (w - 2)
        followed += 1
    assert followed > 50


def test_first_losses():
    """A model whose last kernel is 0 knows nothing; one that is larger is worse than that."""
    for make, y, scale in ((faults.classifier, faults.LABELS, 30), (faults.binary, faults.YES, 30)):
        model = make()
        kernel, bias = model.layers[-1].get_weights()
        model.layers[-1].set_weights([0 * kernel, bias])
        assert found("first loss", model, faults.X, y) == []
        model.layers[-1].set_weights([scale * kernel, bias])
        (finding,) = found("first loss", model, faults.X, y)
        assert finding.numbers["expected"] == pytest.approx(
            math.log(3 if y is faults.LABELS else 2)
        )
        expected = model.evaluate(faults.X, y, verbose=0, return_dict=True)["loss"]
        assert finding.numbers["loss"] == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_a_batch_is_that_of_training_without_penalties():
    patient = patient_of(faults.subclassed(), faults.X, faults.LABELS)
    model = patient.twin()
    model.drop.rate = 0
    loss = data_loss(model, patient.probe)
    total = model.evaluate(faults.X, faults.LABELS, verbose=0, return_dict=True)["loss"]
    penalty = 0.01 * float((model.hidden.kernel.data**2).sum())
    assert loss + penalty == pytest.approx(total, rel=1e-5)
    assert penalty > 0.05


def test_dead_units_are_those_that_are_never_active():
    model = faults.dead()
    (finding,) = found("dead units", model, faults.X, faults.LABELS)
    assert finding.numbers["units"].tolist() == list(range(15))
    model.layers[1].bias.assign(np.full(20, -100.0))
    (finding,) = found("dead units", model, faults.X, faults.LABELS)
    assert (finding.severity, finding.numbers["share"]) == ("error", 1.0)


def test_nan_is_not_dead():
    model = faults.classifier()
    model.layers[0].kernel.assign(np.full((6, 20), np.nan))
    assert found("dead units", model, faults.X, faults.LABELS) == []


def test_a_leaky_relu_is_not_dead():
    model = faults.classifier(function="leaky_relu")
    model.layers[0].bias.assign(np.full(20, -100.0))
    assert found("dead units", model, faults.X, faults.LABELS) == []


def test_a_relu_layer_may_be_dead_as_well():
    model = Sequential([Input((6,)), layers.Dense(8), layers.ReLU(name="rectifier")])
    model.add(layers.Dense(3, activation="softmax"))
    model.layers[0].bias.assign(np.full(8, -100.0))
    found_ = found("dead units", faults.compiled(model), faults.X, faults.LABELS)
    assert [finding.numbers["layer"] for finding in found_] == ["rectifier"]


def test_the_output_of_a_trained_sigmoid_may_be_sure():
    model = faults.binary()
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([1000 * kernel, bias])
    assert found("saturation", model, faults.X, faults.YES) == []


def test_a_softmax_of_one_unit_lets_no_gradient_through():
    (finding,) = found("gradients", faults.binary("softmax"), faults.X, faults.YES)
    assert finding.severity == "error"
    assert finding.seen == "the gradient is 0 for all weights"


def test_what_is_rescaled_by_a_layer_is_scaled():
    images = np.random.default_rng(0).integers(0, 256, (200, 4, 4), np.uint8)
    y = images[:, 0, 0] > 127
    bare, scaled = [], [layers.Rescaling(1 / 255)]
    for first, count in ((bare, 1), (scaled, 0)):
        model = Sequential([Input((4, 4)), *first, layers.Flatten(), layers.Dense(1, "sigmoid")])
        findings = found("scale", faults.compiled(model, "binary_crossentropy"), images, y)
        assert len(findings) == count
    assert found("values", model, images, y) == []


def test_pixels_are_to_be_divided_by_255():
    images = np.random.default_rng(0).integers(0, 256, (200, 4, 4), np.uint8)
    model = Sequential([Input((4, 4)), layers.Flatten(), layers.Dense(1, "sigmoid")])
    (finding,) = found("scale", faults.compiled(model, "binary_crossentropy"), images, np.ones(200))
    assert "x / 255.0" in finding.advice


def test_ids_of_an_embedding_need_no_scale():
    ids = np.random.default_rng(0).integers(0, 5000, (200, 3))
    model = Sequential([Input((3,), dtype="int32"), layers.Embedding(5000, 4), layers.Flatten()])
    model.add(layers.Dense(1))
    assert found("scale", faults.compiled(model, "mse"), ids, ids[:, 0] / 5000) == []


def test_which_rows_leak():
    x, y = faults.X[:300], faults.LABELS[:300]
    held_out = faults.X[290:310].astype(np.float64)  # the same numbers in another type
    data = {"validation_data": (held_out, faults.LABELS[290:310])}
    (finding,) = found("leakage", faults.classifier(), x, y, **data)
    assert finding.numbers["rows"].tolist() == list(range(10))
    almost = faults.X[:20] * np.float32(1.0001)
    data = {"validation_data": (almost, faults.LABELS[:20])}
    assert found("leakage", faults.classifier(), x, y, **data) == []


def test_leakage_of_several_inputs_means_that_all_of_them_agree():
    model, x, y = faults.functional()
    mixed = {"wide": x["wide"][:50], "deep": x["deep"][50:100]}
    targets = {name: one[:50] for name, one in y.items()}
    assert found("leakage", model, x, y, validation_data=(mixed, targets)) == []
    same = {name: one[:50] for name, one in x.items()}
    (finding,) = found("leakage", model, x, y, validation_data=(same, targets))
    assert finding.numbers["share"] == 1


def test_nothing_to_compare_the_training_rows_with():
    with pytest.raises(NotLookedAt, match="neither validation_data nor validation_split"):
        found("leakage", faults.classifier(), faults.X, faults.LABELS)
    data = {"validation_data": (faults.X[:, :2], faults.LABELS)}
    (finding,) = found("shapes", faults.classifier(), faults.X, faults.LABELS, **data)
    assert finding.advice.startswith("validation x does not fit")


def test_mixed_rows_are_not_in_order():
    for y in (faults.LABELS, faults.NUMBERS):
        model = faults.classifier() if y is faults.LABELS else faults.regression()
        for options in ({"validation_split": 0.1}, {"shuffle": False}, {}):
            assert found("order", model, faults.X, y, **options) == []


def test_the_output_that_is_at_fault_is_named():
    model, x, y = faults.functional()
    (finding,) = found("targets", model, x, y | {"main": 1e6 * y["main"]})
    assert "the output 'main'" in finding.seen


def test_where_the_loss_explodes_at_once_the_range_test_begins_far_lower():
    test = range_test(patient_of(faults.regression(), 3e4 * faults.X, faults.NUMBERS))
    assert test.rates[0] == pytest.approx(1e-12)
    assert test.useful[0] < 1e-6


def test_a_training_that_has_arrived_may_tremble():
    """At the end the loss goes up and down by steps that are no larger than they need to be."""
    model = faults.compiled(faults.network(), optimizer=optimizers.Adam(0.01))
    model.fit(faults.X, faults.LABELS, epochs=60, verbose=0)
    assert model.evaluate(faults.X, faults.LABELS, verbose=0)[0] < 0.1
    assert found("learning rate", model, faults.X, faults.LABELS) == []


def test_pixels_that_are_always_0_are_not_worth_a_note():
    x = np.pad(faults.X, ((0, 0), (0, 300)))
    model = Sequential([Input((306,)), layers.Dense(3, activation="softmax")])
    assert found("values", faults.compiled(model), x, faults.LABELS) == []
