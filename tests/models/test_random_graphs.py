"""Random graphs of layers: the gradient is the slope, and the replay has the bits of the tape."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import replays
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlite
from nnlite import Input, Model, Sequential, Tensor, _kernels, layers, ops
from nnlite.gradient_check import gradcheck
from nnlite.tape import gradients

pytestmark = pytest.mark.one_table  # each example draws its table

WIDTH = 3


class Step(NamedTuple):
    """How the next tensor of a graph is made, and of which of those before it."""

    kind: str
    first: int
    second: int


STEPS = ("dense", "shared", "nested", "operators", "slice", "concatenate", *(
    "add", "subtract", "multiply", "average"
))  # fmt: skip

steps = st.lists(
    st.builds(Step, st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=8,
)


def graph(chosen: list[Step], inputs: int, dtype: str) -> tuple[list[Any], list[Any]]:
    """Build it of tensors that are all (B, WIDTH); return its inputs and all other tensors."""
    own = {"dtype": dtype}
    shared = layers.Dense(WIDTH, "tanh", name="shared", **own)
    inner = Sequential([layers.Dense(2, "sigmoid", **own), layers.Dense(WIDTH, **own)])
    starts = [Input((WIDTH,), dtype=dtype) for _ in range(inputs)]
    made = list(starts)
    for kind, first, second in chosen:
        a, b = made[first % len(made)], made[second % len(made)]
        if kind == "operators":
            y = a * b - 0.5 * a
        elif kind == "slice":
            y = layers.concatenate([a[:, 1:], b[:, :1]], **own)
        elif kind == "concatenate":
            y = layers.Dense(WIDTH, "tanh", **own)(layers.concatenate([a, b, a], **own))
        elif kind in ("dense", "shared", "nested"):
            layer = {"shared": shared, "nested": inner}.get(kind)
            y = (layer or layers.Dense(WIDTH, "sigmoid", **own))(a)
        else:
            y = getattr(layers, kind)([a, b], **own)
        made.append(y)
    return starts, made[inputs:]


@settings(max_examples=40, deadline=None)
@given(
    chosen=steps,
    inputs=st.integers(1, 3),
    table=st.sampled_from(_kernels.TABLES),
    seed=st.integers(0, 99),
)
def test_the_gradient_is_the_slope(chosen, inputs, table, seed):
    nnlite.utils.set_random_seed(seed)
    starts, made = graph(chosen, inputs, "float64")
    model = Model(starts, made)
    random = np.random.default_rng(seed)
    data = [random.normal(size=(2, WIDTH)) for _ in starts]
    before = _kernels.active()
    _kernels.use(table)
    try:

        def total(*tensors):
            return sum(output.sum() for output in model(list(tensors)))

        assert gradcheck(total, *data)
        check_weights(model, [Tensor(x, requires_grad=False) for x in data], total)
    finally:
        _kernels.use(before)


def check_weights(model, data, total):
    """The slope along a random direction of all weights at once."""
    if not model.weights:
        return
    found = gradients(total(*data))
    random = np.random.default_rng(0)
    steps = [random.normal(size=w.shape) for w in model.weights]
    slope = sum(
        np.sum(found[w] * s) for w, s in zip(model.weights, steps, strict=True) if w in found
    )
    values, start = [], model.get_weights()
    for h in (1e-6, -1e-6):
        model.set_weights([w + h * s for w, s in zip(start, steps, strict=True)])
        values.append(total(*data).item())
    # central differences round by about 1e-16 / 1e-6 of the sum
    np.testing.assert_allclose(slope, (values[0] - values[1]) / 2e-6, rtol=1e-6, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(chosen=steps, seed=st.integers(0, 99), optimizer=st.sampled_from(["sgd", "adam"]))
def test_replayed_steps_have_the_bits_of_the_tape(chosen, seed, optimizer):
    nnlite.utils.set_random_seed(seed)
    starts, made = graph(chosen, 1, "float32")
    end = layers.Dense(2)(layers.concatenate([made[-1], *made[:-1][-2:]]))
    model = Model(starts, end)
    random = np.random.default_rng(seed)
    x = random.normal(size=(20, WIDTH)).astype("float32")
    y = random.normal(size=(20, 2)).astype("float32")
    start, ends = model.get_weights(), []
    for eagerly in (False, True):
        model.set_weights(start)
        model.compile(optimizer, "mse", run_eagerly=eagerly)
        with replays.counted() as counts:
            losses = model.fit(x, y, batch_size=4, epochs=3, verbose=0, shuffle=False)
            ends.append(
                [*losses.history["loss"], *model.get_weights(), model.predict(x, verbose=0)]
            )
        assert (sum(counts) > 0) != eagerly
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


# ------------------------------------------------------------------------------- three styles


def by_sequential():
    return Sequential(
        [Input((8,)), layers.Dense(30, "relu"), layers.Dense(30, "relu"), layers.Dense(1)]
    )


def by_functional():
    x = Input((8,))
    hidden = layers.Dense(30, "relu")(x)
    hidden = layers.Dense(30, "relu")(hidden)
    return Model(x, layers.Dense(1)(hidden))


class BySubclass(Model):
    def __init__(self):
        super().__init__()
        self.chain = [layers.Dense(30, "relu"), layers.Dense(30, "relu"), layers.Dense(1)]

    def call(self, inputs):
        for layer in self.chain:
            inputs = layer(inputs)
        return inputs


@pytest.mark.parametrize("table", _kernels.TABLES)
def test_the_same_network_in_three_styles_has_the_same_bits(table):
    _kernels.use(table)
    x = np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    found = []
    for make in (by_sequential, by_functional, BySubclass):
        nnlite.utils.set_random_seed(7)
        model = make()
        model.compile("sgd", "mse")
        with replays.counted() as counts:
            model.fit(x, x[:, :1] * x[:, 1:2], batch_size=8, epochs=3, verbose=0)
        # A subclass of one's own stays on the tape; the numpy kernels always do.
        assert bool(counts) == (make is not BySubclass and table == "compiled")
        found.append([*model.get_weights(), model.predict(x, verbose=0)])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert one.tobytes() == two.tobytes()


MERGES = {
    "wide and deep": lambda x, h: layers.concatenate([x, h]),
    "residual": lambda x, h: layers.add([h, layers.Dense(8, "relu")(h)]),
    "gate": lambda x, h: layers.multiply([h, layers.Dense(8, "sigmoid")(h)]),
    "maximum": lambda x, h: layers.maximum([h, layers.subtract([h, layers.Dense(8)(h)])]),
    "minimum": lambda x, h: layers.minimum([h, layers.average([h, layers.Dense(8)(h)])]),
    "slices": lambda x, h: ops.concatenate([x[:, :5], h * 2, x[:, 2:]]),
}


def test_new_graphs_of_its_layers_do_not_void_a_replay():
    model = by_functional()
    model.compile("sgd", "mse")
    x = np.ones((40, 8), "float32")

    class Builds(nnlite.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            model.layers[1](Input((8,)))

    with replays.counted() as counts:
        model.fit(x, x[:, :1], batch_size=4, epochs=3, verbose=0, callbacks=[Builds()])
    assert sum(counts) == 28


@pytest.mark.parametrize("name", MERGES)
def test_graphs_are_replayed(name):
    x = Input((8,))
    model = Model(x, layers.Dense(1)(MERGES[name](x, layers.Dense(8, "relu")(x))))
    model.compile("sgd", "mse")
    data = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")
    with replays.counted() as counts:
        model.fit(data, data[:, :1], batch_size=4, epochs=2, verbose=0)
    assert sum(counts) == 18  # all but the first two
    model.predict(data, verbose=0)
    assert list(model._predictor.plans.values()) != [None]
