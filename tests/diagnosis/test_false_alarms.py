"""What is no fault, though it looks like one."""

import tracemalloc

import numpy as np
import pytest

from nnlite import GradientTape, Model, Sequential, layers, losses, metrics, ops, optimizers
from nnlite.diagnosis import doctor, inputs
from nnlite.diagnosis.findings import NotLookedAt
from nnlite.diagnosis.learning import _useful as useful

from . import faults
from .test_faults import found, patient_of

pytestmark = pytest.mark.one_table


def own_loss(y_true, y_pred):
    return ops.mean(losses.sparse_categorical_crossentropy(y_true, y_pred))


def test_what_an_own_loss_asks_for_nobody_knows():
    model = faults.compiled(faults.network(), own_loss)
    assert found("targets", model, faults.X, faults.LABELS) == []


def test_a_loss_that_adds_up_is_judged_by_its_mean():
    for loss, units, y in (
        (losses.MeanSquaredError(reduction="sum"), 1, faults.NUMBERS),
        (losses.SparseCategoricalCrossentropy(reduction="sum"), 3, faults.LABELS),
    ):
        network = faults.network(units, None if units == 1 else "softmax")
        assert found("first loss", faults.compiled(network, loss), faults.X, y) == []


SOFT = np.exp(faults.X[:, :3]) / np.exp(faults.X[:, :3]).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("units", "activation", "loss", "y"),
    [
        (3, "softmax", "categorical_crossentropy", SOFT),
        (3, None, losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), SOFT),
        (3, "sigmoid", "binary_crossentropy", SOFT),
        (1, None, losses.BinaryCrossentropy(from_logits=True), SOFT[:, :1]),
        (3, "softmax", losses.CategoricalCrossentropy(label_smoothing=0.6), faults.ONE_HOT),
    ],
)
def test_probabilities_are_learned_by_heart_when_their_entropy_is_left(units, activation, loss, y):
    model = faults.compiled(faults.network(units, activation), loss)
    assert found("one batch", model, faults.X, y) == []


def test_where_the_least_loss_is_not_known_it_is_no_error():
    def far_from_0(y_true, y_pred):
        return 5 + ops.square(y_pred - y_true)

    model = faults.compiled(faults.network(1, None), far_from_0)
    (finding,) = found("one batch", model, faults.X, faults.NUMBERS)
    assert finding.severity == "warning"
    assert "unless your loss is never much less" in finding.why


def test_what_has_arrived_needs_no_other_rate():
    model = Sequential([layers.Dense(1)])
    model.compile(optimizers.SGD(0.01), "mse")
    model.fit(faults.X, faults.X[:, 0], epochs=30, batch_size=8, verbose=0)
    assert found("learning rate", model, faults.X, faults.X[:, 0]) == []


def test_few_samples_say_nothing_of_units_and_losses():
    model = faults.dead()
    diagnosis = doctor.diagnose(model, faults.X[:1], faults.LABELS[:1])
    assert {"first loss", "dead units"} <= diagnosis.left_out.keys()


def test_a_hundred_different_numbers_are_no_classes():
    x, y = faults.X[:100], faults.NUMBERS[:100]
    for given in ({}, {"validation_split": 0.2}):
        assert found("order", faults.regression(), x, y, **given) == []


def test_targets_that_are_mostly_0_have_no_outliers():
    y = np.where(np.arange(400) % 5 == 0, 40 * np.abs(faults.NUMBERS), 0.01 * (faults.X[:, 0] > 1))
    assert found("targets", faults.regression(), faults.X, y) == []
    pictures = np.zeros((400, 300))
    pictures[:, ::7] = faults.RANDOM.exponential(1e-3, (400, 43))
    pictures[3, 0] = 1.0
    model = faults.compiled(faults.network(300, None), "mse")
    assert found("targets", model, faults.X, pictures) == []


def test_behind_a_kernel_of_zeros_there_is_a_gradient_from_the_second_step_on():
    model = faults.network()
    model.get_layer("out").kernel.assign(np.zeros((20, 3)))
    assert found("gradients", faults.compiled(model), faults.X, faults.LABELS) == []


def test_labels_that_the_loss_leaves_out_are_not_wrong():
    model = faults.network(hidden=[])
    model.get_layer("out").set_weights([30 * np.eye(6, 3), np.zeros(3)])
    right = faults.X[:, :3].argmax(axis=1)
    some = np.where(np.arange(400) % 2, right, 7)
    loss = losses.SparseCategoricalCrossentropy(ignore_class=7)
    assert found("saturation", faults.compiled(model, loss), faults.X, some) == []
    assert found("saturation", faults.compiled(model), faults.X, (right + 1) % 3) != []


def test_labels_of_several_places_have_no_order():
    """Where the largest label of a sample stands says nothing of it."""
    labels = np.where(np.arange(400)[:, None] < 320, [0, 0, 1, 2], [2, 1, 0, 0])
    model = Sequential([layers.Reshape((4, 1)), layers.Dense(3, activation="softmax")])
    with pytest.raises(NotLookedAt, match="no targets with one number"):
        found("order", faults.compiled(model), faults.X[:, :4], labels, validation_split=0.2)


def test_noise_at_the_smallest_rates_is_no_fall():
    """At rates that change nothing the loss of single batches goes up and down."""
    noise = 1 + 0.4 * np.sin(np.arange(20.0))
    assert useful([*np.geomspace(1e-6, 10, 100)], [*noise, *np.full(80, 1.0)]) is None
    falls = [*np.geomspace(100, 10, 15), *np.full(30, 400.0)]
    assert useful([*np.geomspace(1e-6, 10, 45)], falls)[1] < 1e-4
    falls = [*noise, *np.full(40, 1.0), *np.full(20, 0.2), *np.full(20, 4.0)]
    low, high = useful([*np.geomspace(1e-6, 10, 100)], falls)
    assert 1e-3 < low < high < 1e-2


def test_inputs_of_which_there_are_but_few_do_not_leak():
    classes = np.random.default_rng(0).integers(0, 6, 400)
    x = np.eye(6)[classes]
    (finding,) = found("leakage", faults.regression(), x, faults.NUMBERS, validation_split=0.2)
    assert finding.severity == "note"
    assert "but 6 different ones" in finding.seen


def test_held_out_rows_of_their_own_leave_the_order_alone():
    x, y = faults.X[faults.SORTED], faults.LABELS[faults.SORTED]
    given = {"validation_split": 0.2, "validation_data": (faults.X[:50], faults.LABELS[:50])}
    assert found("order", faults.classifier(), x, y, **given) == []


class OwnStep(Model):
    """A model that computes its loss in its train_step."""

    def __init__(self):
        super().__init__()
        self.out, self.mean = layers.Dense(1), metrics.Mean(name="loss")

    def call(self, inputs):
        return self.out(inputs)

    def train_step(self, data):
        x, y = data
        with GradientTape() as tape:
            loss = ops.mean(ops.square(self(x, training=True) - y))
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}


class OwnLoss(Model):
    """A model that computes its loss itself."""

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(1)

    def call(self, inputs):
        return self.out(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.square(y_pred - y))


def test_a_model_with_a_loss_that_compile_knows_nothing_of():
    y = faults.X[:, :1]
    for kind, unknown in ((OwnStep, {"learning rate", "one batch"}), (OwnLoss, set())):
        model = kind()
        model.compile("adam")
        diagnosis = doctor.diagnose(model, faults.X, y)
        assert diagnosis.healthy, str(diagnosis)
        assert diagnosis.left_out.keys() == unknown | {
            "targets", "first loss", "saturation", "leakage",
        }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [{"validation_split": 0.999}, {"validation_split": 1.5}, {"validation_data": faults.X}],
    ids=["too much", "no share", "no pair"],
)
def test_what_fit_refuses_of_the_held_out_rows(data):
    (finding,) = found("shapes", faults.classifier(), faults.X, faults.LABELS, **data)
    with pytest.raises(ValueError) as refused:
        faults.classifier().fit(faults.X, faults.LABELS, **data)
    assert finding.advice == str(refused.value)


def test_no_rows_at_all():
    diagnosis = doctor.diagnose(faults.classifier(), faults.X[:0], faults.LABELS[:0])
    (finding,) = diagnosis.findings
    assert "holds no samples" in finding.advice


def typed(code, x):
    """What a piece of advice comes to."""
    return eval(code, {"np": np, "x": x})  # noqa: S307  the code is the doctor's own


def test_what_the_advice_says_can_be_typed():
    x = np.hstack([faults.X, np.ones((400, 9))])
    x[:, 0] *= 100
    model = faults.compiled(Sequential([layers.Dense(3, activation="softmax")]))
    (constant,) = found("values", model, x, faults.LABELS)
    left = typed(constant.advice.partition(": ")[2], x)
    np.testing.assert_array_equal(left, x[:, :6])
    (scale,) = found("scale", model, x, faults.LABELS)
    code = scale.advice.partition("rows, ")[2].partition(", or")[0]
    assert np.isfinite(typed(code, x)).all()
    for shape in ((4,), (4, 3), (4, 3, 2)):
        x = np.zeros(shape)
        x[1] = np.nan
        (finding,) = inputs.not_finite("x", x)
        code = finding.advice.partition("keep = ")[2].partition(";")[0]
        np.testing.assert_array_equal(typed(code, x), [True, False, True, True])


def test_large_data_are_not_copied():
    x = np.random.default_rng(0).standard_normal((100_000, 100), np.float32)
    patient = patient_of(faults.regression(), faults.X, faults.NUMBERS)
    patient.__dict__["inputs"] = [("x", x)]
    tracemalloc.start()
    try:
        assert list(inputs.values(patient)) == []
        assert tracemalloc.get_traced_memory()[1] < x.nbytes / 2
    finally:
        tracemalloc.stop()
