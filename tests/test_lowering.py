"""What a recorded step becomes does the same in less memory, and nothing that is needed is lost."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlite as keras
from nnlite import _kernels, lowering, optimizers, plan
from nnlite.lowering import Call, Lifetime, fused, owner_of
from nnlite.origins import Origin

pytestmark = pytest.mark.one_table

#: What counts as large for a user; for the tests everything does.
LARGE = lowering.LARGE


@pytest.fixture(autouse=True, scope="module")
def everything_is_large():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "LARGE", 0)
        yield


def span(array):
    """The first byte of an array and the one after its last."""
    start = array.ctypes.data
    return start, start + array.nbytes


def apart(a, b):
    return a[1] <= b[0] or b[1] <= a[0]


def arrays_in(calls):
    return [value for call in calls for value in call.arguments if isinstance(value, np.ndarray)]


def own_bytes(calls, kept=()):
    """How many bytes the arrays of some calls take, those that are kept left out."""
    stay = {id(owner_of(array)) for array in kept}
    owners = {id(owner_of(array)): owner_of(array) for array in arrays_in(calls)}
    return sum(owner.nbytes for key, owner in owners.items() if key not in stay)


# ------------------------------------------------------------------------ places in memory

lifetimes = st.lists(
    st.builds(
        lambda first, length, size: Lifetime(first, first + length, size),
        *(st.integers(0, 12), st.integers(0, 6), st.integers(0, 300)),
    ),
    max_size=12,
).map(sorted)


@given(lifetimes)
def test_what_is_alive_at_once_lies_apart(found):
    starts, size = lowering.assigned(found)
    spans = [(start, start + life.size) for start, life in zip(starts, found, strict=True)]
    assert all(start % 64 == 0 and end <= size for start, end in spans)
    for call in range(20):
        alive = [
            place
            for place, life in zip(spans, found, strict=True)
            if life.size and life.first <= call <= life.last
        ]
        assert all(apart(a, b) for a, b in itertools.combinations(alive, 2))
    assert size <= sum(-(-life.size // 64) * 64 for life in found)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((640, 128, 256, 100), [0, 640, 768, 640]),  # the smallest that is large enough
        ((640, 96, 100), [0, 640, 0]),  # though another is nearer
        ((64, 128, 256, 300), [0, 64, 192, 192]),  # the largest is made larger
    ],
)
def test_best_fit(sizes, expected):
    found = [Lifetime(0, 0, size) for size in sizes[:-1]] + [Lifetime(1, 1, sizes[-1])]
    assert lowering.assigned(found)[0] == expected


def test_the_last_call_of_one_is_not_the_first_of_another():
    assert lowering.assigned([Lifetime(0, 1, 64), Lifetime(1, 2, 64)]) == ([0, 64], 128)
    assert lowering.assigned([Lifetime(0, 1, 64), Lifetime(2, 2, 64)]) == ([0, 0], 64)


# ------------------------------------------------------------------------ random lists of calls


@st.composite
def programs(draw):
    """Calls on some arrays that the doors let through, and those of the arrays that are kept."""
    sizes = draw(st.lists(st.integers(0, 40), min_size=2, max_size=8))
    arrays = [np.arange(1, size + 1, dtype=np.float32) * (i + 1) for i, size in enumerate(sizes)]
    calls = []
    for _ in range(draw(st.integers(1, 14))):
        kernel = draw(st.sampled_from(["scale", "combine", "relu_forward", "insert", "sgd_update"]))
        out, a, b = (arrays[draw(st.integers(0, len(arrays) - 1))] for _ in range(3))
        size = min(out.size, a.size, b.size) if draw(st.booleans()) else out.size
        if min(a.size, b.size) < size or (out is b) or (out is a and kernel != "relu_forward"):
            continue
        shifts = [draw(st.integers(0, array.size - size)) for array in (out, a, b)]
        shifts[1] = shifts[0] if out is a else shifts[1]
        out, a, b = (
            array[shift : shift + size] for array, shift in zip((out, a, b), shifts, strict=True)
        )
        matrices = a[: size // 2].reshape(1, -1), 0, out.reshape(1, -1)
        arguments = {
            "scale": (a, 0.5, out),
            "combine": (a, b, "add", out),
            "relu_forward": (a, out),
            "insert": matrices,
            "sgd_update": (out, a, 0.25),
        }
        name = "insert_columns" if kernel == "insert" else kernel
        calls.append(Call(name, arguments[kernel]))
    kept = [array for array in arrays if draw(st.booleans())]
    return calls, arrays, kept


def results(calls, start, arrays, kept):
    """What is kept holds after two steps."""
    for array, values in zip(arrays, start, strict=True):
        array[...] = values
    for _ in range(2):
        for kernel, arguments, _ in calls:
            getattr(_kernels, kernel)(*arguments)
    return [array.tolist() for array in kept]


@settings(max_examples=300, deadline=None)
@given(programs())
def test_the_same_from_any_calls(program):
    calls, arrays, kept = program
    start = [array.copy() for array in arrays]
    lowered = lowering.lowered(calls, kept)
    moved = [array for array in arrays_in(lowered) if id(owner_of(array)) not in map(id, arrays)]
    for array in moved:
        owner_of(array)[...] = 0x7F  # no kernel may see what was there before
    expected = results(calls, start, arrays, kept)
    assert results(lowered, start, arrays, kept) == expected


@settings(max_examples=300, deadline=None)
@given(programs())
def test_no_array_that_is_still_needed_is_overwritten(program):
    calls, _, kept = program
    shared = lowering.with_shared_memory(calls, [*kept, None])
    uses = {}  # by array: at which calls it is used, and where each of its views lies now
    for place, (call, moved) in enumerate(zip(calls, shared, strict=True)):
        for old, new in zip(call.arguments, moved.arguments, strict=True):
            if not isinstance(old, np.ndarray):
                assert old == new
                continue
            assert (old.shape, old.dtype, old.strides) == (new.shape, new.dtype, new.strides)
            stays = any(owner_of(old) is array for array in kept)
            assert not stays or old is new
            uses.setdefault(id(owner_of(old)), []).append((place, span(new)))
    for one, other in itertools.combinations(uses.values(), 2):
        together = one[0][0] <= other[-1][0] and other[0][0] <= one[-1][0]
        for (_, a), (_, b) in itertools.product(one, other) if together else ():
            assert apart(a, b) or a[0] == a[1] or b[0] == b[1]


# ------------------------------------------------------------------------ which arrays move


def test_zeros_around_inserted_columns_stay():
    zeros, x = np.zeros((2, 5)), np.ones((2, 2))
    calls = [Call("scale", (np.ones(4), 2.0, x.reshape(-1))), Call("insert_columns", (x, 1, zeros))]
    scale, insert = lowering.with_shared_memory(calls, [])
    (_, _, x_moved), (x_read, start, same) = scale.arguments, insert.arguments
    assert same is zeros
    assert start == 1
    assert x_moved.ctypes.data == x_read.ctypes.data != x.ctypes.data


def test_views_move_along():
    x, y, out = np.arange(6.0), np.empty((2, 3)), np.empty(1)
    calls = [
        Call("scale", (x, 2.0, y.reshape(-1))),
        Call("take_columns", (y, 1, np.empty((2, 2)))),
        Call("scale", (y[1, 1:2], 0.5, out)),
    ]
    lowered = lowering.with_shared_memory(calls, [x, out])
    (_, _, flat), (rows, _, part), (one, _, same) = (call.arguments for call in lowered)
    assert same is out
    assert flat.ctypes.data == rows.ctypes.data == one.ctypes.data - 4 * 8
    assert (flat.shape, rows.shape, one.shape) == ((6,), (2, 3), (1,))
    assert all(array.ctypes.data % 64 == 0 for array in (flat, part))
    for kernel, arguments, _ in lowered:
        getattr(_kernels, kernel)(*arguments)
    assert out.tolist() == [4.0]
    assert part.tolist() == [[2.0, 4.0], [8.0, 10.0]]


def test_a_setting_in_an_array_is_read():
    rate, w, g = np.zeros(()), np.ones(3), np.ones(3)
    calls = [
        Call("scale", (np.ones(1), 0.5, rate.reshape(1))),
        Call("scale", (np.ones(1), 0.25, np.empty(1))),  # may not lie where the rate does
        Call("sgd_update", (w, g, rate)),
    ]
    lowered = lowering.lowered(calls, [w, g])
    assert [call.kernel for call in lowered] == ["scale", "sgd_update", "scale"]
    for kernel, arguments, _ in lowered:
        getattr(_kernels, kernel)(*arguments)
    assert w.tolist() == [0.5] * 3


# ------------------------------------------------------------------------ early updates


def test_an_update_waits_for_its_gradient_and_for_the_last_reader_of_its_weight():
    x, dz, w, dw, dx, y = (np.ones((2, 2)) for _ in range(6))
    calls = [
        Call("dense_backward_kernel", (x, dz, dw)),
        Call("dense_backward_input", (dz, w, dx)),
        Call("dense_backward_input", (dx, x, y)),
        Call(
            "adam_update", (*(a.reshape(-1) for a in (w, dw, x, y)), None, 0.1, 0.9, 0.9, 1e-7, 1)
        ),
        Call("sgd_update", (w.reshape(-1), dw.reshape(-1), 0.1)),
    ]
    assert lowering.with_early_updates(calls) == calls  # Adam's writes x and y, SGD's its weight
    assert lowering.with_early_updates(calls[:3] + calls[4:]) == [*calls[:2], calls[4], calls[2]]
    assert lowering.with_early_updates([calls[0], calls[2], calls[4]]) == [
        *(calls[0], calls[4], calls[2])
    ]


# ------------------------------------------------------------------------ whole models

X = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
LABELS = np.arange(40) % 3


def network(optimizer="sgd", depth=3, **arguments):
    keras.utils.set_random_seed(2)
    hidden = [keras.layers.Dense(9, ("relu", "tanh", "sigmoid")[i % 3]) for i in range(depth)]
    model = keras.Sequential([*hidden, keras.layers.Dense(3, "softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
    return model


def outcome(model):
    """All that training, evaluating and predicting give."""
    history = model.fit(X, LABELS, 16, 4, verbose=0, validation_data=(X[:20], LABELS[:20]))
    scores = model.evaluate(X, LABELS, 8, verbose=0)
    predicted = [model.predict(X, 16, verbose=0).tobytes() for _ in range(2)]
    numbers = [*model.weights, *model.optimizer.variables]
    return [number.numpy().tobytes() for number in numbers], history.history, scores, predicted


@pytest.fixture
def recorded(monkeypatch):
    """The steps that were recorded: their calls, what they become, and what is kept."""
    found = []
    lowered = lowering.lowered

    def spy(calls, kept):
        found.append((calls, lowered(calls, kept), [a for a in kept if a is not None]))
        return found[-1][1]

    monkeypatch.setattr(plan, "lowered", spy)
    return found


@pytest.mark.parametrize("optimizer", list(optimizers.registry.entries))
def test_the_same_bits_as_unlowered_and_as_on_the_tape(optimizer, recorded, monkeypatch):
    lowered = outcome(network(optimizer))
    assert len(recorded) >= 5  # two sizes of steps of each kind
    assert lowered == outcome(network(optimizer, run_eagerly=True))
    monkeypatch.setattr(plan, "lowered", lambda calls, kept: calls)
    assert lowered == outcome(network(optimizer))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_deep_network_needs_less_memory(optimizer, recorded):
    network(optimizer, depth=12).fit(X, LABELS, 20, 2, verbose=0)
    ((calls, lowered, kept),) = recorded
    assert own_bytes(lowered, kept) < 0.5 * own_bytes(calls, kept)


def test_a_deep_prediction_needs_the_memory_of_two_layers(recorded):
    network(depth=12).predict(X, 40, verbose=0)
    ((_, lowered, kept),) = recorded
    layer = 40 * 9 * 4
    assert own_bytes(lowered, kept) <= 2 * layer + 3 * 64


@pytest.mark.parametrize(("units", "moves"), [(9, False), (300, True)])
def test_what_is_small_stays(units, moves, recorded, monkeypatch):
    monkeypatch.setattr(lowering, "LARGE", LARGE)
    model = keras.Sequential([keras.layers.Dense(units) for _ in range(3)])
    model.compile("rmsprop", "mse")
    model.fit(X, np.zeros((40, units), np.float32), 20, 2, verbose=0)
    ((calls, lowered, kept),) = recorded
    calls = lowering.fused(calls)
    before, after = (
        [(call.kernel, *map(id, call.arguments)) for call in step] for step in (calls, lowered)
    )
    assert (before != after) == moves
    assert (own_bytes(lowered, kept) < own_bytes(calls, kept)) == moves


def test_the_gradient_of_a_slice_keeps_its_zeros():
    outcomes = []
    for eagerly in (True, False):
        keras.utils.set_random_seed(2)
        inputs = keras.Input([6])
        wide = keras.layers.Dense(8, "tanh")(inputs)
        parts = [keras.layers.Dense(4, "relu")(wide[:, start : start + 3]) for start in (0, 4)]
        model = keras.Model(inputs, keras.layers.Concatenate()([*parts, wide]))
        model.compile("adam", "mse", run_eagerly=eagerly)
        model.fit(X, np.zeros((40, 16), np.float32), 8, 3, verbose=0)
        outcomes.append([weight.tobytes() for weight in model.get_weights()])
    assert outcomes[0] == outcomes[1]


# -------------------------------------------------------------------------------- fused products


#: A product and its reader in one.
TOGETHER = "dense_sgd_momentum_update"


def products(reads_once=True, between=()):
    """Both products of a dense layer's gradient, and kernels that read them."""
    x, dz, w, dw, velocity = (np.ones((2, 2), np.float32) for _ in range(5))
    dx, y, out = (np.ones((2, 2), np.float32) for _ in range(3))
    flat = [array.reshape(-1) for array in (w, dw, velocity)]
    calls = [
        Call("dense_backward_kernel", (x, dz, dw), (Origin("backward", "above"),)),
        Call("dense_backward_input", (dz, w, dx), (Origin("backward", "above"),)),
        *[Call(kernel, (flat[0], flat[2], 0.1)) for kernel in between],
        Call(
            "relu_vjp",
            (y.reshape(-1), dx.reshape(-1), out.reshape(-1)),
            (Origin("backward", "below"),),
        ),
        Call(
            "sgd_momentum_update",
            (*flat, 0.1, np.array(0.9)),
            (Origin("optimizer"),),
        ),
    ]
    return calls if reads_once else [*calls, Call("relu_forward", (dx.reshape(-1), flat[1]))]


def test_products_are_fused_with_what_alone_reads_them():
    calls = products()
    (x, dz, _), (_, w, _), (y, _, out), (*_, momentum) = (call.arguments for call in calls)
    mask, update = fused(calls)
    assert (mask.kernel, update.kernel) == ("dense_backward_input_relu", TOGETHER)
    assert mask.origins == (Origin("backward", "above"), Origin("backward", "below"))
    assert update.origins == (Origin("backward", "above"), Origin("optimizer"))
    for found, array in zip(mask.arguments, (dz, w, y, out), strict=True):
        assert found.shape == (2, 2)
        assert np.shares_memory(found, array)
    assert update.arguments[0] is x
    assert update.arguments[1] is dz
    assert np.shares_memory(update.arguments[2], w)
    assert update.arguments[3].shape == (2, 2)
    assert update.arguments[4] == 0.1
    assert update.arguments[5] is momentum


def test_products_that_something_else_reads_are_not_fused():
    kernels = [call.kernel for call in fused(products(reads_once=False))]
    assert kernels == ["dense_backward_input", "relu_vjp", TOGETHER, "relu_forward"]


def test_a_product_is_not_moved_past_what_writes_its_operands():
    kernels = [call.kernel for call in fused(products(between=["sgd_update"]))]
    assert kernels == ["dense_backward_input", "sgd_update", "relu_vjp", TOGETHER]
