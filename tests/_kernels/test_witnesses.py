"""A third witness for every kernel, so that twins cannot be wrong together.

Forward kernels are compared with Python's own arithmetic, number by number, or with values worked
by hand; gradients with central differences of the forward kernel of the same table.
"""

import math

import numpy as np
import pytest
from calls import SIZES, run_active, sample
from closeness import both_types, close

from nnlite import _kernels

# --------------------------------------------------------------------------------- dense layer

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
}


@both_types
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_dense_forward(activation, dtype):
    arguments = sample("dense_forward", dtype) | {"activation": activation}
    x, w, b = (arguments[key].astype(float) for key in "xwb")
    expected = [
        [
            ACTIVATIONS[activation](math.fsum([*(row * column), shift]))
            for column, shift in zip(w.T, b, strict=True)
        ]
        for row in x
    ]
    # 7 products of at most 9 each: their rounding is 7 eps of at most 63
    close(run_active("dense_forward", arguments)["out"], expected, dtype, roundings=7 * 63)


@both_types
def test_dense_backward(dtype):
    arguments = sample("dense_backward_input", dtype)
    expected = np.einsum("bo,io->bi", arguments["dz"].astype(float), arguments["w"].astype(float))
    close(run_active("dense_backward_input", arguments)["out"], expected, dtype, 6 * 54)
    expected[arguments["out"] <= 0] = 0
    masked = {"dz": arguments["dz"], "w": arguments["w"], "y": arguments["out"]}
    out = np.empty_like(arguments["out"])
    found = run_active("dense_backward_input_relu", masked | {"out": out})["out"]
    close(found, expected, dtype, 6 * 54)
    arguments = sample("dense_backward_kernel", dtype)
    expected = np.einsum("bi,bo->io", arguments["x"].astype(float), arguments["dz"].astype(float))
    close(run_active("dense_backward_kernel", arguments)["out"], expected, dtype, 5 * 45)
    arguments = sample("dense_backward_bias", dtype)
    expected = [math.fsum(column.tolist()) for column in arguments["dz"].T]
    close(run_active("dense_backward_bias", arguments)["out"], expected, dtype, 5 * 15)


# --------------------------------------------------------------------------------- activations


@both_types
@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_elementwise_activations(name, dtype):
    x = np.array([-30, -2.5, -1e-6, -0.0, 0, 1e-6, 0.7, 1, 20], dtype)
    out = run_active(f"{name}_forward", {"x": x, "out": np.empty_like(x)})["out"]
    expected = [ACTIVATIONS[name](value) for value in x.tolist()]
    # rtol alone: sigmoid(-30) is 9e-14 and shall be right to the last digits too
    np.testing.assert_allclose(out, expected, rtol=8 * np.finfo(dtype).eps)


@both_types
def test_sigmoid_and_softmax_do_not_overflow(dtype):
    x = np.array([-1e4, -100, 0, 100, 1e4], dtype)
    out = run_active("sigmoid_forward", {"x": x, "out": np.empty_like(x)})["out"]
    assert out.dtype == dtype
    np.testing.assert_array_equal(out[[0, 2, 4]], [0, 0.5, 1])
    assert 0 < out[1] < 1e-40  # e^-100, a denormal in float32
    assert out[3] == 1
    out = run_active("softmax_forward", {"x": x[None], "out": np.empty_like(x[None])})["out"]
    np.testing.assert_array_equal(out, [[0, 0, 0, 0, 1]])


def softmax(row):
    """Softmax by definition, for small numbers."""
    powers = [math.exp(value) for value in row]
    return [power / math.fsum(powers) for power in powers]


@both_types
def test_softmax(dtype):
    arguments = sample("softmax_forward", dtype)
    expected = [softmax(row) for row in arguments["x"].tolist()]
    close(run_active("softmax_forward", arguments)["out"], expected, dtype)


# -------------------------------------------------------------------------------------- losses


@both_types
def test_sparse_softmax_crossentropy(dtype):
    arguments = sample("sparse_softmax_crossentropy", dtype)
    out = run_active("sparse_softmax_crossentropy", arguments)
    rows = [softmax(row) for row in arguments["logits"].tolist()]
    close(out["probabilities"], rows, dtype)
    labels = arguments["labels"].tolist()
    close(out["loss"], [-math.log(row[k]) for row, k in zip(rows, labels, strict=True)], dtype, 32)


@both_types
def test_softmax_crossentropy(dtype):
    arguments = sample("softmax_crossentropy", dtype)
    out = run_active("softmax_crossentropy", arguments)
    rows = [softmax(row) for row in arguments["logits"].tolist()]
    close(out["probabilities"], rows, dtype)
    expected = [
        -math.fsum(t * math.log(p) for t, p in zip(targets, row, strict=True))
        for targets, row in zip(arguments["targets"].tolist(), rows, strict=True)
    ]
    close(out["loss"], expected, dtype, 64)


@both_types
def test_a_certain_and_wrong_prediction_costs_its_logit(dtype):
    logits = np.array([[0, 1e4]], dtype)
    probabilities, loss = np.empty_like(logits), np.empty(1, dtype)
    _kernels.sparse_softmax_crossentropy(np.array([0]), logits, loss, probabilities)
    assert loss == 1e4
    targets = np.array([[1, 0]], dtype)
    _kernels.softmax_crossentropy(targets, logits, loss, probabilities)
    assert loss == 1e4


@both_types
def test_weighted_mean(dtype):
    values, weights = np.array([1, 2, 6], dtype), np.array([1, 0, 0.5], dtype)
    out = np.empty(1, dtype)
    _kernels.weighted_mean(values, None, out)
    assert out == 3
    _kernels.weighted_mean(values, weights, out)
    assert out == dtype(4 / 3)
    _kernels.weighted_mean(values[:0], None, out)
    assert out == 0


def test_means_are_summed_in_float64():
    values = np.full(2**12, 0.1, np.float32)
    values[0] = 2**24  # in float32 nothing below 1 could be added to it
    exact = math.fsum(values.tolist())
    out, state = np.empty(1, np.float32), np.array([0.0, 1.0])
    _kernels.weighted_mean(values, None, out)
    assert out == np.float32(exact / 2**12)
    _kernels.accumulate_mean(values, None, state)
    # 4096 roundings of a sum of about 2^24
    np.testing.assert_allclose(state, [exact, 1 + 2**12], rtol=2**12 * np.finfo(float).eps)


# ----------------------------------------------------------- gradients, by central differences

STEP = 1e-5


def slope(forward, x, direction):
    """The derivative of a forward kernel's result along `direction`; off by STEP² and eps / STEP,
    some 1e-10.
    """
    return (forward(x + STEP * direction) - forward(x - STEP * direction)) / (2 * STEP)


def assert_gradient(forward, x, upstream, gradient):
    """<upstream, J v> = <gradient, v> for a few directions v."""
    for seed in range(3):
        direction = np.random.default_rng(seed).standard_normal(x.shape)
        numerical = np.sum(upstream * slope(forward, x, direction))
        np.testing.assert_allclose(np.sum(gradient * direction), numerical, rtol=1e-6, atol=1e-7)


def forward_of(name, result, **arguments):
    """The kernel `name` as a function of the one argument that is left open (an ellipsis)."""
    (key,) = (key for key, value in arguments.items() if value is ...)
    return lambda value: run_active(name, arguments | {key: value})[result]


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_elementwise_vjp(name):
    x = np.array([-3, -0.5, -0.01, 0.02, 0.5, 1, 3])  # away from relu's kink
    forward = forward_of(f"{name}_forward", "out", x=..., out=np.empty_like(x))
    dy = np.arange(1.0, 8)
    gradient = run_active(f"{name}_vjp", {"y": forward(x), "dy": dy, "out": np.empty_like(x)})
    assert_gradient(forward, x, dy, gradient["out"])


def test_relu_vjp_at_the_kink_is_0():
    dy = np.ones(3)
    out = run_active("relu_vjp", {"y": np.array([0.0, -0.0, 2]), "dy": dy, "out": dy.copy()})["out"]
    np.testing.assert_array_equal(out, [0, 0, 1])


def test_softmax_vjp():
    arguments = sample("softmax_vjp")
    x, dy, out = sample("softmax_forward")["x"], arguments["dy"], arguments["out"]
    forward = forward_of("softmax_forward", "out", x=..., out=out)
    gradient = run_active("softmax_vjp", {"y": forward(x), "dy": dy, "out": out})["out"]
    assert_gradient(forward, x, dy, gradient)


@pytest.mark.parametrize("key", ["x", "w", "b"])
def test_dense_backward_by_differences(key):
    arguments = sample("dense_forward") | {"activation": "linear"}
    dz = sample("dense_backward_bias")["dz"]
    gradients = {
        "x": ("dense_backward_input", {"dz": dz, "w": arguments["w"]}),
        "w": ("dense_backward_kernel", {"x": arguments["x"], "dz": dz}),
        "b": ("dense_backward_bias", {"dz": dz}),
    }
    name, sources = gradients[key]
    out = np.empty_like(arguments[key])
    forward = forward_of("dense_forward", "out", **arguments | {key: ...})
    assert_gradient(forward, arguments[key], dz, run_active(name, sources | {"out": out})["out"])


@pytest.mark.parametrize("name", ["softmax_crossentropy", "sparse_softmax_crossentropy"])
def test_crossentropy_vjp(name):
    arguments = sample(name)
    logits, dloss = arguments["logits"], sample(f"{name}_vjp")["dloss"]
    forward = forward_of(name, "loss", **arguments | {"logits": ...})
    probabilities = run_active(name, arguments)["probabilities"]
    given = {"probabilities": probabilities, "dloss": dloss}
    gradient = run_active(f"{name}_vjp", sample(f"{name}_vjp") | given)["out"]
    assert_gradient(forward, logits, dloss, gradient)


@pytest.mark.parametrize("weighted", [True, False])
def test_weighted_mean_vjp(weighted):
    arguments = sample("weighted_mean")
    if not weighted:
        arguments["weights"] = None
    dmean, out = np.array([1.7]), np.empty(SIZES["B"])
    forward = forward_of("weighted_mean", "out", **arguments | {"values": ...})
    given = {"weights": arguments["weights"], "dmean": dmean, "out": out}
    gradient = run_active("weighted_mean_vjp", given)["out"]
    assert_gradient(forward, arguments["values"], dmean, gradient)


# --------------------------------------------------------------- metrics, optimizers and data


@both_types
def test_accuracies(dtype):
    nan = np.nan
    y_pred = np.array([[1, 3, 2], [5, 5, 0], [1, nan, nan], [-np.inf] * 3, [0, 0, -1]], dtype)
    # the largest stands at 1, 0 (the first of equals), 1 (the first NaN), 0, 0
    out = np.empty(5, dtype)
    _kernels.sparse_categorical_accuracy(np.array([1, 1, 1, 0, 0]), y_pred, out)
    np.testing.assert_array_equal(out, [1, 0, 1, 1, 1])
    one_hot = np.eye(3, dtype=dtype)[[1, 0, 2, 0, 1]]
    _kernels.categorical_accuracy(one_hot, y_pred, out)
    np.testing.assert_array_equal(out, [1, 1, 0, 1, 0])


@both_types
def test_accumulate_mean(dtype):
    state = np.array([1.0, 10])
    _kernels.accumulate_mean(np.array([1, 2, 3], dtype), np.array([1, 0, 2], dtype), state)
    np.testing.assert_array_equal(state, [8, 13])
    _kernels.accumulate_mean(np.array([4, 5], dtype), None, state)
    np.testing.assert_array_equal(state, [17, 15])


@both_types
def test_gradient_descent(dtype):
    w, g = np.array([1, -2], dtype), np.array([2, 4], dtype)
    _kernels.sgd_update(w, g, 0.25)
    np.testing.assert_array_equal(w, [0.5, -3])
    velocity = np.array([1, 2], dtype)
    _kernels.sgd_momentum_update(w, g, velocity, 0.25, 0.5)
    np.testing.assert_array_equal(velocity, [0, 0])  # 0.5 velocity - 0.25 g
    np.testing.assert_array_equal(w, [0.5, -3])
    velocity[:] = [4, 8]
    _kernels.sgd_nesterov_update(w, g, velocity, 0.25, 0.5)
    np.testing.assert_array_equal(velocity, [1.5, 3])
    np.testing.assert_array_equal(w, [0.75, -2.5])  # w + 0.5 velocity - 0.25 g


#: Rate and step are arrays, as replays need them; α = √3 √(3/4) / (3/4) = 2.
ALPHA = {"learning_rate": np.array(3**0.5), "beta_1": 0.5, "beta_2": 0.5, "step": np.array(2.0)}


@both_types
def test_adam(dtype):
    w, g, m, v = (np.array([value], dtype) for value in (1, 4, 2, 2))
    _kernels.adam_update(w, g, m, v, None, **ALPHA, epsilon=1.0)
    assert (m, v) == (3, 9)  # half of old and new
    close(w, [1 - 2 * 3 / (3 + 1)], dtype)
    w[:], g[:] = 1, 0
    largest_v = np.array([16], dtype)
    _kernels.adam_update(w, g, m, v, largest_v, **ALPHA, epsilon=1.0)
    assert (m, v, largest_v) == (1.5, 4.5, 16)
    close(w, [1 - 2 * 1.5 / (4 + 1)], dtype)
    largest_v[:] = 2
    _kernels.adam_update(w, g, m, v, largest_v, **ALPHA, epsilon=1.0)
    assert largest_v == v == 2.25


@both_types
def test_rmsprop(dtype):
    settings = {"learning_rate": np.array(0.5), "rho": 0.5, "momentum": 0.25, "epsilon": 1.0}
    w, g, v = (np.array([value], dtype) for value in (1, 4, 0))
    _kernels.rmsprop_update(w, g, v, None, None, **settings)
    assert v == 8
    close(w, [1 - 2 / 3], dtype)  # √(8 + 1)
    w[:], v[:] = 1, 0
    trace = np.array([4], dtype)
    _kernels.rmsprop_update(w, g, v, trace, None, **settings)
    close(trace, [1 + 2 / 3], dtype)
    close(w, [-2 / 3], dtype)
    average = np.array([0], dtype)
    w[:], v[:], trace[:] = 1, 8, 4
    _kernels.rmsprop_update(w, g, v, trace, average, **settings)
    assert (v, average) == (12, 2)
    close(trace, [1 + 2 / 3], dtype)  # √(12 - 2² + 1)
    average[:], w[:], v[:] = 0, 1, 0
    _kernels.rmsprop_update(w, g, v, None, average, **settings)
    close(w, [1 - 2 / math.sqrt(5)], dtype)  # 8 - 2² + 1


# ----------------------------------------------------------------------- penalties and limits


@both_types
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 35])
def test_l1_l2_penalty(size, dtype):
    arguments = sample("l1_l2_penalty", dtype, SIZES | {"N": size})
    values = arguments["values"].tolist()
    expected = math.fsum([0.03 * abs(v) for v in values] + [0.02 * v * v for v in values])
    close(run_active("l1_l2_penalty", arguments)["out"], [expected], dtype)


def test_l1_l2_penalty_vjp():
    arguments = sample("l1_l2_penalty_vjp")
    forward = forward_of("l1_l2_penalty", "out", values=..., out=np.empty(1), l1=0.03, l2=0.02)
    gradient = run_active("l1_l2_penalty_vjp", arguments)["out"]
    assert_gradient(forward, arguments["values"], arguments["dpenalty"], gradient)
    arguments = {"values": np.array([0.0, -0.0, np.nan]), "dpenalty": np.ones(1)}
    arguments |= {"l1": 1.0, "l2": 1.0, "out": np.empty(3)}
    np.testing.assert_array_equal(run_active("l1_l2_penalty_vjp", arguments)["out"], [0, 0, np.nan])


@both_types
def test_limit_norms(dtype):
    # Norms 5, 1, 0 and 2; each is to lie within 1.5..3, and goes half the way there.
    w = np.array([[3, 0.6, 0, 2], [4, 0.8, 0, 0]], dtype)
    _kernels.limit_norms(w, 1.5, 3.0, 0.5, 1e-30)
    close(w, [[3 * 0.8, 0.6 * 1.25, 0, 2], [4 * 0.8, 0.8 * 1.25, 0, 0]], dtype)
    wide = np.full((4, 150), 2, dtype)  # several blocks of columns, all with the norm 4
    _kernels.limit_norms(wide, 0.0, 1.0, 1.0, 4.0)
    np.testing.assert_array_equal(wide, np.full((4, 150), 0.25, dtype))  # ε doubles the divisor


@both_types
def test_the_norm_of_several_arrays_is_limited(dtype):
    state = np.zeros(1)
    for values in ([1, 2], [2] * 10 + [6]):  # 5 + 76 = 9²
        _kernels.accumulate_squares(np.array(values, dtype), state)
    assert state.tolist() == [81]
    x, out = np.array([3, -6], dtype), np.zeros(2, dtype)
    _kernels.limit_norm(x, state, 3.0, out)
    assert out.tolist() == [np.asarray(1 / 3, dtype) * 3, -np.asarray(1 / 3, dtype) * 6]
    _kernels.limit_norm(x, state, 9.0, out)
    assert out.tolist() == [3, -6]
    _kernels.limit_norm(x, np.array([np.inf]), 9.0, out)
    assert out.tolist() == [0, 0]
    _kernels.limit_norm(x, np.array([np.nan]), 9.0, out)
    assert out.tolist() == [3, -6]


@pytest.mark.parametrize("source", [np.uint8, np.int64, np.float32, np.float64])
def test_gather_rows(source):
    x = np.array([[1, 2], [3, 4], [250, 6]], source)
    out = np.empty((4, 2), np.float32)
    _kernels.gather_rows(x, np.array([2, 0, 2, 1]), out)
    np.testing.assert_array_equal(out, [[250, 6], [1, 2], [250, 6], [3, 4]])
    _kernels.gather_rows(x[::-1], np.array([0, 0, 1, 2]), out)
    np.testing.assert_array_equal(out, [[250, 6], [250, 6], [3, 4], [1, 2]])


@both_types
def test_take_rows(dtype):
    w = np.array([[1, 2], [3, 4], [5, 6]], dtype)
    out = np.empty((4, 2), dtype)
    _kernels.take_rows(w, np.array([2, 0, 2, 1]), out)
    np.testing.assert_array_equal(out, [[5, 6], [1, 2], [5, 6], [3, 4]])


@both_types
def test_take_rows_vjp(dtype):
    # Row 2 occurs three times, 1 never; 1e8 swallows the 1 that comes after it, in float32 only.
    dy = np.array([[1e8, 1], [7, 8], [1, 2], [-1e8, 3]], dtype)
    out = np.full((3, 2), np.nan, dtype)
    _kernels.take_rows_vjp(dy, np.array([2, 0, 2, 2]), out)
    np.testing.assert_array_equal(out, [[7, 8], [0, 0], [0 if dtype == np.float32 else 1, 6]])
