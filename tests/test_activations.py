"""Every activation: its formula, its gradient, its limits, its name, and what Keras makes of it."""

import functools
import math
import os
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import few, fewer, one

from nnlite import Tensor, activations, gradcheck, layers, ops, set_num_threads

INF = math.inf
E, E2, E3 = math.e, math.exp(2), math.exp(-3)


class Row(NamedTuple):
    name: str
    formula: Any  # of one row of Python numbers, and the arguments
    by_hand: list[float]  # its values at `at`
    limits: tuple[float, float] | None = None  # at -inf and inf; None where it works along rows
    arguments: dict[str, float] = {}  # noqa: RUF012, nobody changes it
    at: tuple[float, ...] = (-1, 0, 2)


def each(function: Any) -> Any:
    return lambda row, **arguments: [function(x, **arguments) for x in row]


def softmax(row: list[float]) -> list[float]:
    total = math.fsum(map(math.exp, row))
    return [math.exp(x) / total for x in row]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def clip(x: float, low: float, high: float) -> float:
    return sorted([low, x, high])[1]


def gelu(x: float) -> float:
    return x / 2 * (1 + math.erf(x / math.sqrt(2)))


def glu(row: list[float]) -> list[float]:
    half = len(row) // 2
    return [a * sigmoid(b) for a, b in zip(row[:half], row[half:], strict=True)]


def sparsemax(row: list[float]) -> list[float]:
    """The threshold by bisection, until Σ max(x - τ, 0) = 1."""
    low, high = max(row) - 1, max(row)
    for _ in range(60):
        middle = (low + high) / 2
        above = math.fsum(max(x - middle, 0) for x in row) > 1
        low, high = (middle, high) if above else (low, middle)
    return [max(x - low, 0) for x in row]


def elu(x: float, alpha: float = 1.0) -> float:
    return x if x > 0 else alpha * math.expm1(x)


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # selu's, by its paper
W, N2 = 1 / E * (1 / E + 2), E2 * (E2 + 2)  # of mish: e^x (e^x + 2)

ROWS = [
    Row("celu", each(elu), [1 / E - 1, 0, 2], (-1, INF)),
    Row("elu", each(elu), [1 / E - 1, 0, 2], (-1, INF)),
    Row("exponential", each(math.exp), [1 / E, 1, E2], (0, INF)),
    Row("gelu", each(gelu), [-0.15865525393145707, 0, 1.9544997361036416], (0, INF)),
    Row("glu", glu, [-0.5, 3 * E2 / (1 + E2)], at=(-1, 3, 0, 2)),
    Row("hard_shrink", each(lambda x: x if abs(x) > 0.5 else 0), [-1, 0, 2], (-INF, INF)),
    Row("hard_sigmoid", each(lambda x: clip(x / 6 + 0.5, 0, 1)), [1 / 3, 0.5, 5 / 6], (0, 1)),
    Row(
        "hard_sigmoid_of_keras_2",
        each(lambda x: clip(x / 5 + 0.5, 0, 1)),
        *([0.3, 0.5, 0.9], (0, 1)),
    ),
    Row("hard_silu", each(lambda x: x * clip(x / 6 + 0.5, 0, 1)), [-1 / 3, 0, 5 / 3], (0, INF)),
    Row("hard_tanh", each(lambda x: clip(x, -1, 1)), [-1, 0, 1], (-1, 1)),
    Row("leaky_relu", each(lambda x: max(x, x / 5)), [-0.2, 0, 2], (-INF, INF)),
    Row("linear", lambda row: row, [-1, 0, 2], (-INF, INF)),
    Row(
        "log_sigmoid",
        each(lambda x: math.log(sigmoid(x))),
        [-math.log(1 + E), -math.log(2), -math.log(1 + 1 / E2)],
        (-INF, 0),
    ),
    Row(
        "log_softmax",
        lambda row: [math.log(y) for y in softmax(row)],
        [-3 - math.log(1 + 1 / E2 + E3), -2 - math.log(1 + 1 / E2 + E3), -math.log1p(1 / E2 + E3)],
    ),
    Row(
        "mish",
        each(lambda x: x * math.tanh(math.log1p(math.exp(x)))),
        [-W / (W + 2), 0, 2 * N2 / (N2 + 2)],
        (0, INF),
    ),
    Row("relu", each(lambda x: x if x > 0 else 0), [0, 0, 2], (0, INF)),
    Row("relu6", each(lambda x: clip(x, 0, 6)), [0, 0, 2], (0, 6)),
    Row(
        "selu",
        each(lambda x: SCALE * elu(x, ALPHA)),
        [SCALE * ALPHA * (1 / E - 1), 0, 2 * SCALE],
        (-SCALE * ALPHA, INF),
    ),
    Row("sigmoid", each(sigmoid), [1 / (1 + E), 0.5, E2 / (E2 + 1)], (0, 1)),
    Row("silu", each(lambda x: x * sigmoid(x)), [-1 / (1 + E), 0, 2 * E2 / (E2 + 1)], (0, INF)),
    Row("soft_shrink", each(lambda x: x - clip(x, -0.5, 0.5)), [-0.5, 0, 1.5], (-INF, INF)),
    Row("softmax", softmax, [E3 / (1 + E3 + 1 / E2), 1 / (1 / E + 1 + E2), 1 / (1 + E3 + 1 / E2)]),
    Row(
        "softplus",
        each(lambda x: math.log(1 + math.exp(x))),
        [math.log(1 + 1 / E), math.log(2), math.log(1 + E2)],
        (0, INF),
    ),
    Row("softsign", each(lambda x: x / (1 + abs(x))), [-0.5, 0, 2 / 3], (-1, 1)),
    Row(
        "sparse_plus",
        each(lambda x: (clip(x, -1, 1) + 1) ** 2 / 4 if x < 1 else x),
        [0, 0.25, 2],
        (0, INF),
    ),
    Row("sparse_sigmoid", each(lambda x: clip((x + 1) / 2, 0, 1)), [0, 0.5, 1], (0, 1)),
    Row("sparsemax", sparsemax, [0, 0, 1]),
    Row(
        "squareplus",
        each(lambda x: (x + math.sqrt(x * x + 4)) / 2),
        [(math.sqrt(5) - 1) / 2, 1, 1 + math.sqrt(2)],
        (0, INF),
    ),
    Row("tanh", each(math.tanh), [-0.7615941559557649, 0, 0.964027580075817], (-1, 1)),
    Row(
        "tanh_shrink",
        each(lambda x: x - math.tanh(x)),
        [-0.23840584404423515, 0, 1.0359724199241831],
        (-INF, INF),
    ),
    Row(
        "threshold",
        each(lambda x, threshold, default_value: x if x > threshold else default_value),
        [-7, -7, 2],
        (-7, INF),
        {"threshold": 0.5, "default_value": -7},
    ),
]
every_activation = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
elementwise = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.limits], ids=[row.name for row in ROWS if row.limits]
)


def function_of(row: Row) -> Any:
    return functools.partial(activations.get(row.name), **row.arguments)


def off_kinks(row: Row, x: np.ndarray) -> np.ndarray:
    """The same with no multiple of 1/8, and no sum of differences that is 1; halves for glu."""
    x = 0.9173 * x + 1 / 16
    return np.concatenate([x, 0.7 * x[..., ::-1]], axis=-1) if row.name == "glu" else x


def test_every_activation_has_a_row():
    functions = {
        name for name, entry in activations.registry.entries.items() if not isinstance(entry, type)
    }
    assert functions == {row.name for row in ROWS} | {"swish", "hard_swish"}


@every_activation
def test_its_values_worked_by_hand(row):
    y = function_of(row)(np.array([row.at], float))
    assert isinstance(y, Tensor)
    # a few roundings of 1e-16, relative to numbers of about 1
    np.testing.assert_allclose(y.data, [row.by_hand], rtol=1e-14, atol=1e-15)


@every_activation
@few
@given(arrays=one(min_dims=1))
def test_its_values_by_the_formula(row, arrays):
    x = off_kinks(row, *arrays)
    expected = np.apply_along_axis(
        lambda line: np.array(row.formula(list(line), **row.arguments), float), -1, x
    )
    # A few roundings of 1e-16 each, of numbers up to 3 that may cancel.
    np.testing.assert_allclose(function_of(row)(x).data, expected, rtol=1e-13, atol=1e-15)


@every_activation
@few
@given(arrays=one(min_dims=1))
def test_its_gradient_is_the_slope(row, arrays):
    assert gradcheck(function_of(row), off_kinks(row, *arrays))


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_its_limits_and_that_nan_is_not_hidden(row, dtype):
    x = Tensor(np.array([np.nan, -INF, INF, -1e30, 1e30], dtype))
    y = function_of(row)(x)
    y.backward(np.ones(5, dtype))
    assert y.dtype == dtype
    assert np.isnan(y.data[0])
    np.testing.assert_allclose(y.data[1:3], row.limits, rtol=1e-6)  # selu's is rounded
    if row.name == "exponential":
        return  # is infinite at 1e30 already
    for found, slope, limit in zip(y.data[3:], x.grad[3:], row.limits, strict=True):
        if np.isfinite(limit):
            np.testing.assert_allclose(found, limit, rtol=1e-6, atol=1e-29)  # squareplus's is 1e-30
            assert abs(slope) < 1e-29  # softsign's is 1e-60
        else:
            assert 1e29 < math.copysign(1, limit) * found < 1.1e30  # from 1/5 to selu's 1.05
            assert 0.1 < slope < 1.1


@pytest.mark.parametrize("name", ["celu", "elu", "gelu", "log_sigmoid", "mish", "silu", "softplus"])
def test_nothing_is_lost_far_below_zero(name):
    """Where the naive formula cancels or underflows, the digits are those of the leading term."""
    x = np.array([-12.0, -1e-9])
    y = activations.get(name)(x).data
    expected = {
        "celu": [math.expm1(-12), math.expm1(-1e-9)],
        "gelu": [
            -12 * math.erfc(12 / math.sqrt(2)) / 2,
            -1e-9 * (0.5 - 1e-9 / math.sqrt(2 * math.pi)),
        ],
        "log_sigmoid": [-12 - math.log1p(math.exp(-12)), -math.log(2) - 5e-10],
        "mish": [-12 * math.tanh(math.log1p(math.exp(-12))), -1e-9 * 0.6],
        "silu": [-12 / (1 + math.exp(12)), -5e-10],
        "softplus": [math.log1p(math.exp(-12)), math.log(2) - 5e-10],
    }
    expected["elu"] = expected["celu"]
    # The gelu's x / √2 is rounded twice, which erfc there takes 2 x² / 2 = 144 times each. Two
    # expected values are but the first terms of their series.
    rtol = {"mish": 1e-9, "silu": 1e-9, "gelu": 5e-14}.get(name, 1e-14)
    np.testing.assert_allclose(y, expected[name], rtol=rtol)


# ---------------------------------------------------------------------------------- real Keras

#: What else is compared with Keras: arguments that are not the defaults.
ARGUMENTS = [
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 0}),
    ("hard_shrink", {"threshold": 1.0}),
    ("leaky_relu", {"negative_slope": 0.5}),
    ("log_softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.5}),
    ("relu", {"max_value": 3.0}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"threshold": -1.0}),
    ("relu", {"max_value": 3.0, "threshold": -1.0}),
    ("relu", {"negative_slope": 0.25, "max_value": 3.0, "threshold": 0.5}),
    ("soft_shrink", {"threshold": 1.0}),
    ("softmax", {"axis": 0}),
    ("softmax", {"axis": (0, 1)}),
    ("squareplus", {"b": 1.0}),
]
#: Its sparsemax is wrong as soon as more than one is left: it sums the sums (see below); and what
#: Keras 2 meant is not there any more.
NOT_IN_KERAS = ("sparsemax", "hard_sigmoid_of_keras_2")
KERAS_CASES = [
    *((row.name, row.arguments) for row in ROWS if row.name not in NOT_IN_KERAS),
    *ARGUMENTS,
]


@functools.cache
def keras_of(name: str, arguments: tuple[tuple[str, Any], ...]) -> Any:
    """Return a function (x, dy) -> (y, dx) by Keras on jax."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax
    import keras

    function = functools.partial(getattr(keras.activations, name), **dict(arguments))

    def both(x, dy):
        y, vjp = jax.vjp(function, x)
        return y, vjp(dy[tuple(map(slice, y.shape))].astype(y.dtype))[0]

    return jax.jit(both)


#: A grid with all kinks on it, and numbers of all sizes at which exp does not overflow.
ELEMENTS = st.one_of(
    st.integers(-64, 64).map(lambda n: n / 8), st.floats(-60, 60, width=32, allow_subnormal=False)
)


@pytest.mark.one_table  # the twins agree; see tests/_kernels
@pytest.mark.parametrize(
    ("name", "arguments"), KERAS_CASES, ids=[f"{n}-{list(a.values())}" for n, a in KERAS_CASES]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@few
@given(x=hnp.arrays(np.float32, (4, 6), elements=ELEMENTS), seed=st.integers(0, 9))
def test_values_and_slopes_are_those_of_keras(name, arguments, dtype, x, seed):
    import jax

    x = x.astype(dtype)
    dy = np.random.default_rng(seed).uniform(0.5, 1, (4, 6)).astype(dtype)
    with jax.enable_x64(dtype == np.float64):
        expected, slope = map(np.asarray, keras_of(name, tuple(arguments.items()))(x, dy))
    tensor = Tensor(x)
    y = activations.get(name)(tensor, **arguments)
    y.backward(dy[tuple(map(slice, y.shape))])
    assert y.dtype == tensor.grad.dtype == dtype
    # Both round some dozen times. Where Keras's formulas cancel, as in x - tanh x, or in the gelu's
    # 1 + tanh u, it is off by roundings of numbers as large as x is.
    eps = np.finfo(expected.dtype).eps  # Keras's tanh of float64 is float32
    np.testing.assert_allclose(y.data, expected, rtol=40 * eps, atol=40 * eps * 4)
    np.testing.assert_allclose(tensor.grad, slope, rtol=100 * eps, atol=100 * eps * 4)


@pytest.mark.one_table
def test_the_sparsemax_of_keras_is_still_wrong():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    x = np.array([[0.5, 0.4, 0.1]])
    assert np.asarray(keras.activations.sparsemax(x)).sum() < 0.1
    np.testing.assert_allclose(activations.sparsemax(x).data, [[1.5 / 3, 1.2 / 3, 0.3 / 3]])


@pytest.mark.one_table
def test_keras_has_no_other_names():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import inspect

    import keras

    names = {name for name in vars(keras.activations) if not name.startswith("_")}
    assert {name for name in names if not hasattr(activations, name)} == set()
    for name in names - {"deserialize", "get", "serialize"}:
        theirs, ours = getattr(keras.activations, name), getattr(activations, name)
        takes = inspect.signature(theirs).parameters.values()
        own = inspect.signature(getattr(ours, "forward", ours)).parameters.values()
        assert [(p.name, p.default) for p in own] == [(p.name, p.default) for p in takes], name


# ------------------------------------------------------------------------------------ properties


@fewer
@given(x=hnp.arrays(np.float64, (2, 3, 4), elements=st.floats(-5, 5)))
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax", "glu"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_along_any_axis(name, axis, x):
    x = np.concatenate([x, x[::-1]], axis=axis) if name == "glu" else x
    function = activations.get(name)
    expected = np.moveaxis(function(np.moveaxis(x, axis, -1).copy()).data, -1, axis)
    assert function(x, axis=axis).data.tolist() == expected.tolist()


def test_a_wrong_axis_is_refused():
    x = np.ones((2, 3))
    for axis in (2, -3, (), (0, -2), (1, 1)):
        with pytest.raises(ValueError, match=r"^softmax: axis must name one axis.*\(2, 3\)"):
            activations.softmax(x, axis=axis)
    for axis in (1, 2):
        with pytest.raises(ValueError, match=rf"^glu: axis {axis} of the shape \(2, 3\) cannot be"):
            activations.glu(x, axis=axis)


def test_a_sparsemax_is_a_distribution_on_few():
    x = np.random.default_rng(0).normal(size=(50, 30)) * 3
    y = activations.sparsemax(x).data
    assert (y >= 0).all()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-14)  # 30 roundings
    assert ((y > 0).sum(axis=1) < 15).all()
    assert activations.sparsemax(np.zeros((1, 4))).data.tolist() == [[0.25] * 4]
    assert activations.sparsemax(np.array([[1e30, 0.0, -INF]])).data.tolist() == [[1, 0, 0]]
    assert np.isnan(activations.sparsemax(np.array([[np.nan, 0.0]])).data).all()


def test_log_softmax_of_far_logits():
    y = activations.log_softmax(np.array([[0.0, 1000.0, -1000.0], [-1e30, 0.0, 0.0]])).data
    np.testing.assert_allclose(
        y, [[-1000, 0, -2000], [-1e30, -math.log(2), -math.log(2)]], rtol=1e-15
    )


def test_many_elements_have_the_same_bits_with_any_number_of_threads():
    """100,000 are shared by threads, in pieces that are no multiple of a vector."""
    x = np.random.default_rng(0).normal(size=100_003).astype(np.float32)
    found = []
    for threads in (1, 2, 7):
        set_num_threads(threads)
        tensor = Tensor(x)
        y = activations.gelu(tensor, approximate=True)
        y.backward(x)
        found.append(y.data.tobytes() + tensor.grad.tobytes())
    set_num_threads(1)
    assert found[0] == found[1] == found[2]


@few
@given(arrays=one(min_dims=2), shift=st.integers(-100, 100))
def test_a_softmax_is_a_distribution_and_a_common_shift_does_not_matter(arrays, shift):
    (x,) = arrays
    y = activations.softmax(x).data
    assert (y > 0).all()
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-14)
    # x + shift is rounded: 100 times 1e-16, which the exponential makes relative.
    np.testing.assert_allclose(activations.softmax(x + shift).data, y, rtol=1e-12)


def test_a_softmax_remembers_its_logits_and_what_is_made_of_it_does_not():
    x = Tensor([[1.0, 2.0]])
    y = activations.softmax(x)
    assert y.logits is x
    assert (y * 1).logits is None
    assert Tensor(y).logits is None


def test_get_takes_names_functions_layers_and_none():
    assert activations.get(None) is activations.linear
    assert activations.get("relu") is activations.relu
    assert activations.get("swish") is activations.get("silu") is activations.swish
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.get(np.sin) is np.sin
    layer = layers.LeakyReLU()
    assert activations.get(layer) is layer
    with pytest.raises(ValueError, match=r"Unknown activation 'rellu'. Did you mean 'relu'\?"):
        activations.get("rellu")
    with pytest.raises(TypeError, match="activation is given by its name"):
        activations.get(3)


@every_activation
def test_it_comes_back_from_its_name(row):
    function = activations.get(row.name)
    assert activations.serialize(function) == row.name
    assert activations.deserialize(row.name) is function


def test_a_layer_comes_back_from_its_configuration():
    config = activations.serialize(layers.LeakyReLU(0.7))
    back = activations.deserialize(config)
    assert isinstance(back, layers.LeakyReLU)
    assert back.negative_slope == 0.7


def test_ops_nn_has_the_same_ops():
    assert set(ops.nn.__all__) <= vars(ops).keys()
    assert all(getattr(ops.nn, name) is getattr(ops, name) for name in ops.nn.__all__)
    assert ops.nn.swish is ops.silu
