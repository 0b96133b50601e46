"""model.gradcheck: right models of all kinds, seeded faults, and a model that is what it was."""

import copy
import random
from collections import deque

import numpy as np
import pytest

import nnlite
from nnlite import Sequential, Tensor, layers, losses, ops
from nnlite.changes import PASSING
from nnlite.inputs import held_dtypes
from nnlite.layers import BatchNormalization, Dense, Dropout, Embedding, Flatten, GaussianNoise
from nnlite.metrics import Mean
from nnlite.tape import op

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(8, 4)).astype("float32")
Y = RANDOM.normal(size=(8, 3)).astype("float32")
WEIGHTS = RANDOM.uniform(0.5, 2, 8)


def everything():
    """A model with nearly all that makes a step hard to repeat."""
    model = Sequential(
        [
            nnlite.Input((4,)),
            Dense(5, "relu", kernel_regularizer="l2", activity_regularizer="l1"),
            BatchNormalization(),
            Dropout(0.4),
            GaussianNoise(0.1, seed=3),
            Dense(3, "tanh", kernel_constraint="max_norm"),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def state_of(model):
    """All that a check must leave alone, by identity and by value."""
    parts = [*model.layers, *model.variables, *model._compiled.parts()]
    attributes = [{k: id(v) for k, v in vars(one).items() if k not in PASSING} for one in parts]
    arrays = [one.data for one in model.variables] + [m.state for m in model._compiled.means()]
    settings = model.dtype, nnlite.config.floatx(), held_dtypes(model, 1)
    return attributes, [(a.dtype, a.copy()) for a in arrays], *settings


def test_everything_at_once_is_right():
    model = everything()
    report = model.gradcheck(X, Y, WEIGHTS)
    assert report, report
    assert [one.path for one in report][:3] == ["input input_layer", "dense kernel", "dense bias"]
    assert report.verdict in ("right", "kink")
    assert all(len(one.places) == one.analytic.size for one in report)


def test_the_model_is_what_it_was():
    model = everything()
    twin = copy.deepcopy(model)
    for one in (model, twin):
        nnlite.random.set_random_seed(5)
        one.fit(X, Y, epochs=2, verbose=0)
    before, draws = state_of(model), nnlite.random.states.get_state()
    model.gradcheck(X, Y, WEIGHTS)
    after = state_of(model)
    assert (before[0], before[2:]) == (after[0], after[2:])
    for (dtype, array), (other, found) in zip(before[1], after[1], strict=True):
        assert dtype == other
        np.testing.assert_array_equal(array, found)
    assert repr(nnlite.random.states.get_state()) == repr(draws)
    histories = []
    for one in (model, twin):
        nnlite.random.set_random_seed(6)
        histories.append(one.fit(X, Y, epochs=2, verbose=0).history)
    assert histories[0] == histories[1]  # and goes on with the same bits


def test_it_is_put_back_also_after_an_error():
    class Fragile(layers.Layer):
        broken = False

        def call(self, inputs):
            if self.dtype == "float64":
                raise RuntimeError("not today")
            return inputs

    model = Sequential([nnlite.Input((4,)), Dense(3), Fragile()])
    model.compile("sgd", "mse")
    before = state_of(model)
    with pytest.raises(RuntimeError, match="not today"):
        model.gradcheck(X, Y)
    after = state_of(model)
    assert (before[0], before[2:]) == (after[0], after[2:])


@pytest.mark.one_table
def test_it_records_inside_no_grad():
    with nnlite.no_grad():
        assert everything().gradcheck(X, Y)


def test_it_fails_for_what_training_would_refuse():
    with pytest.raises(ValueError, match="not compiled"):
        Sequential([Dense(3)]).gradcheck(X, Y)
    model = everything()
    with pytest.raises(ValueError, match="8 samples, but y has 7"):
        model.gradcheck(X, Y[:7])


@pytest.mark.one_table
def test_a_kink_of_a_model_is_reported_as_such():
    model = Sequential([nnlite.Input((4,)), layers.ReLU(), Dense(3)])
    model.compile("sgd", "mse")
    report = model.gradcheck(0 * X, Y)
    assert report
    assert report.verdict == "kink"
    assert "input_layer: 32 of 32 elements lie at a kink" in str(report)


@pytest.mark.one_table
def test_inference_is_checked_on_demand():
    model = everything()
    model.fit(X, Y, verbose=0)
    assert model.gradcheck(X, Y, training=False)


# -------------------------------------------------------------------------------- kinds of models


def functional():
    a, b = nnlite.Input((4,), name="a"), nnlite.Input((2,), dtype="int32", name="ids")
    joined = layers.Concatenate()([Dense(3, "tanh")(a), Flatten()(Embedding(5, 2)(b))])
    model = nnlite.Model(
        [a, b], [Dense(3, name="p")(joined), Dense(1, "sigmoid", name="q")(joined)]
    )
    model.compile("sgd", ["mse", "binary_crossentropy"], loss_weights=[0.3, 2.0])
    ids = RANDOM.integers(0, 5, (8, 2))
    return model, {"a": X, "ids": ids}, [Y, RANDOM.integers(0, 2, (8, 1))]


class Own(nnlite.Model):
    """With losses, a metric and counters of its own, and an op outside of any layer."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = Dense(4, "sigmoid"), Dense(3, use_bias=False)
        self.seen, self.calls, self.kept = Mean("seen"), 0, []
        self.average = np.zeros(4)

    def call(self, inputs, training=None):
        self.calls += 1
        self.kept.append(self.calls)
        hidden, average = self.inner(inputs), float(self.average[0])
        self.average += hidden.data.mean(axis=0)
        self.seen.update_state(hidden)
        self.add_loss(0.01 * ops.sum(ops.square(hidden)))
        return self.outer(hidden * float(self.calls)) + average

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y, y_pred, sample_weight) + 0.1 * ops.mean(x * x)


def subclassed():
    model = Own()
    model.compile("sgd", losses.LogCosh())
    model.fit(X, Y, verbose=0)
    return model, X, Y


def of_images():
    model = Sequential([layers.Rescaling(1 / 255), Flatten(), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    images = RANDOM.integers(0, 256, (5, 3, 3), dtype=np.uint8)
    return model, images, RANDOM.integers(0, 3, 5)


def of_sequences():
    model = Sequential(
        [
            nnlite.Input((3, 2)),
            layers.Masking(0.5),
            BatchNormalization(),
            layers.TimeDistributed(Dense(2, "tanh")),
        ]
    )
    model.compile("sgd", "mse")
    x = RANDOM.normal(size=(4, 3, 2)).astype("float32")
    x[0, 2] = x[1, 1:] = 0.5
    return model, x, RANDOM.normal(size=(4, 3, 2))


@pytest.mark.parametrize("make", [functional, subclassed, of_images, of_sequences])
def test_all_kinds_of_models_are_right(make):
    model, x, y = make()
    report = model.gradcheck(x, y)
    assert report, report
    weights = model.trainable_weights
    assert [one.analytic.shape for one in report][-len(weights) :] == [w.shape for w in weights]


@pytest.mark.one_table
def test_what_a_model_of_ones_own_keeps_is_given_back():
    model, x, y = subclassed()
    calls, kept, average = model.calls, list(model.kept), model.average.copy()
    seen = model.seen.state.copy()
    assert model.gradcheck(x, y)
    assert (model.calls, model.kept) == (calls, kept)
    np.testing.assert_array_equal(model.average, average)
    np.testing.assert_array_equal(model.seen.state, seen)


class Account:
    """An object of a user's own, beside the library's."""

    def __init__(self):
        self.calls, self.sums = 0, [np.zeros(4)]


class Bookkeeping(layers.Layer):
    """Keeps what lies deeper than its attributes, and draws from a generator of its own."""

    def __init__(self):
        super().__init__()
        self.account = Account()
        self.books = {"calls": {"all": 0}, "rows": [[0]], "seen": set(), "last": deque(maxlen=3)}
        self.drawing = np.random.default_rng(3), random.Random(4)

    def call(self, inputs):
        self.account.calls += 1
        self.account.sums[0] += 1
        self.books["calls"]["all"] += 1
        self.books["rows"][0][0] += 1
        self.books["seen"].add(self.account.calls)
        self.books["last"].append(self.account.calls)
        return inputs * (self.drawing[0].uniform(0.5, 1) + self.drawing[1].random())

    def held(self):
        numpys, pythons = self.drawing
        held = vars(self.account), self.books, numpys.bit_generator.state, pythons.getstate()
        return repr(held)


@pytest.mark.one_table
def test_what_lies_deeper_is_given_back_too():
    model = Sequential([nnlite.Input((4,)), Bookkeeping(), Dense(3)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    before = model.layers[0].held()
    assert model.gradcheck(X, Y)
    assert model.layers[0].held() == before


@pytest.mark.one_table
def test_what_has_nothing_to_differentiate_is_refused():
    with pytest.raises(ValueError, match="nothing to differentiate"):
        nnlite.testing.check_layer(layers.ReLU(), np.array([[1, 2]]))


@pytest.mark.one_table
def test_what_is_drawn_without_a_seed_is_the_same_each_time():
    class Drawing(layers.Layer):
        def call(self, inputs):
            noise = nnlite.random.normal((4,), dtype="float64") + np.random.normal()  # noqa: NPY002
            return inputs * noise

    model = Sequential([nnlite.Input((4,)), Drawing(), Dense(3)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)  # for the first data layers are tried out, which draws too
    before = nnlite.random.states.get_state()
    assert model.gradcheck(X, Y)
    assert repr(nnlite.random.states.get_state()) == repr(before)


@pytest.mark.one_table
def test_large_weights_are_moved_along_directions():
    model = Sequential([nnlite.Input((30,)), Dense(40, "relu"), Dense(3)])
    model.compile("sgd", "mse")
    report = model.gradcheck(RANDOM.normal(size=(16, 30)), RANDOM.normal(size=(16, 3)))
    assert report
    assert len(report.comparisons[1].directions) == 4


@pytest.mark.one_table
def test_a_frozen_layer_is_left_out():
    model = everything()
    model.layers[0].trainable = False
    paths = [one.path for one in model.gradcheck(X, Y)]
    assert "dense kernel" not in paths
    assert "dense_1 kernel" in paths


# --------------------------------------------------------------------------------- seeded faults


@op(x=lambda dy: dy)
def relu_without_mask(x, /):
    return np.maximum(x, 0)


@op(a=lambda dy, b: dy @ b, b=lambda dy, a: a.T @ dy)
def product_not_transposed(a, b, /):
    return a @ b


@op(x=lambda dy: -dy)
def negative_gradient(x, /):
    return np.array(x)


@op(x=lambda dy, x: np.broadcast_to(dy, x.shape))
def mean_without_factor(x, /):
    return np.asarray(x.mean())


class Square(layers.Layer):
    """f(inputs, w), with a square w."""

    def __init__(self, f, **kwargs):
        super().__init__(**kwargs)
        self.f = f

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],) * 2, "random_normal", name="w")

    def call(self, inputs):
        return self.f(inputs, self.w)


#: By its name: what the layer computes, which quantities are wrong, the cause, and the wrong op.
FAULTS = {
    "not transposed": (
        product_not_transposed,
        ["input x"],
        "square_1 w) in place of dy (square_1 wᵀ)",
        "product_not_transposed",
    ),
    "no mask on the inputs": (
        lambda x, w: relu_without_mask(x) @ w,
        ["input x"],
        "a forgotten mask",
        "relu_without_mask",
    ),
    "no mask in the layer": (
        lambda x, w: relu_without_mask(x @ w),
        ["input x", "square w"],
        "a forgotten mask",
        "relu_without_mask",
    ),
    "sign": (
        lambda x, w: negative_gradient(x @ w),
        ["input x", "square w"],
        "the sign",
        "negative_gradient",
    ),
    "sign of the inputs alone": (
        lambda x, w: negative_gradient(x) @ w,
        ["input x"],
        "the sign",
        "negative_gradient",
    ),
    "a weight's own rule": (
        lambda x, w: x @ negative_gradient(w),
        ["square w"],
        "the sign",
        "negative_gradient",
    ),
    "no gradient": (
        lambda x, w: x @ ops.stop_gradient(w) + 0 * w[0, 0],
        ["square w"],
        "no gradient arrives",
        None,
    ),
}


def model_with(f, loss="mse"):
    model = Sequential([nnlite.Input((4,), name="x"), Square(f), Dense(3, "tanh")])
    model.compile("sgd", loss)
    return model


@pytest.mark.one_table
@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_found_placed_and_named(fault):
    f, wrong, cause, culprit = FAULTS[fault]
    assert model_with(lambda x, w: ops.relu(x) @ w).gradcheck(X, Y)
    report = model_with(f).gradcheck(X, Y)
    assert not report
    assert [one.path.replace("_1", "") for one in report.failures] == wrong
    assert cause in report.cause
    assert [part.subject for part in report.parts] == (
        [f"the op {culprit!r} in 'square_1'"] * bool(culprit)
    )


@pytest.mark.one_table
def test_where_a_chain_goes_wrong_is_said():
    text = str(model_with(FAULTS["sign"][0]).gradcheck(X, Y))
    assert "right from the loss back to dense kernel, wrong from square w on back" in text
    text = str(model_with(FAULTS["a weight's own rule"][0]).gradcheck(X, Y))
    assert "only square_1 w is wrong: it is likely to be its own rule" in text


@pytest.mark.one_table
def test_a_missing_factor_of_the_loss_is_found_in_every_weight():
    model = model_with(lambda x, w: x @ w, lambda y, p: mean_without_factor((p - y) ** 2))
    report = model.gradcheck(X, Y)
    assert len(report.failures) == len(report.comparisons) == 4
    assert {one.cause for one in report} == {
        "a missing factor 1/24, the number of all outputs: a sum in place of a mean?"
    }
    assert "everything is wrong, back from the loss" in str(report)
    assert [part.subject for part in report.parts] == ["the op 'mean_without_factor'"]
    assert "the op 'mean_without_factor', alone: x: a missing factor 1/24" in str(report)


@pytest.mark.one_table
def test_forgotten_sample_weights_are_recognised():
    class Forgetful(losses.Loss):
        def __call__(self, y_true, y_pred, sample_weight=None):
            weights = np.asarray(sample_weight)[:, np.newaxis]
            return forgetful(y_pred - y_true, weights)

    @op(x=lambda dy, x: dy * 2 * x / x.shape[0])
    def forgetful(x, weights, /):
        return np.asarray((weights * x * x).sum() / x.shape[0])

    model = Sequential([nnlite.Input((3,), name="x"), layers.Identity()])
    model.compile("sgd", Forgetful())
    report = model.gradcheck(Y, Y + 1, WEIGHTS)
    assert report.cause == "a forgotten factor: the sample weights"


@pytest.mark.parametrize("kernel", ["dense_backward_kernel", "dense_backward_input", "softmax_vjp"])
def test_a_wrong_kernel_is_found(kernel, monkeypatch):
    from nnlite import _kernels

    right = getattr(_kernels, kernel)

    def wrong(*args):
        right(*args)
        args[-1].reshape(-1)[-1] += 1e-3

    model = Sequential([nnlite.Input((4,)), Dense(5, "softmax"), Dense(3)])
    model.compile("sgd", "mse")
    assert model.gradcheck(X, Y)
    monkeypatch.setattr(_kernels, kernel, wrong)
    report = model.gradcheck(X, Y)
    assert not report
    assert {"dense": "'dense'", "softm": "'softmax'"}[kernel[:5]] in report.parts[0].subject


@pytest.mark.one_table
def test_a_layer_beyond_its_own_attributes_is_checked_as_it_is():
    """What a copy of the model would not reach: a weight in a closure."""
    outside = nnlite.Parameter(np.ones((4, 4), "float32"), "outside")
    model = Sequential([nnlite.Input((4,)), layers.Lambda(lambda x: x @ outside), Dense(3)])
    model.compile("sgd", "mse")
    assert model.gradcheck(X, Y)
    assert isinstance(outside, Tensor)
