"""exp, log, tanh and sigmoid, our own: their error in ulp, their limits, and their bits.

exp and log are reached through the kernels that are made of them, softmax and crossentropy.
"""

import hashlib

import numpy as np
import pytest
from test_gemm import both_types, compiled, in_another_process

pytestmark = pytest.mark.one_table

#: The largest errors that vmath.h and curves.h state, in ulp.
BOUNDS = {
    "exp": 1.01,
    "log": 0.85,
    "tanh": 1.35,
    "sigmoid": 1.0,
    "expm1": 1.2,
    "softplus": 1.95,
    "tanh_shrink": 30.0,
}

#: What the exact value is computed in, and its own error in ulp of the narrower type: none to speak
#: of, except where long double is no wider than float64.
WIDE = {np.float32: np.float64, np.float64: np.longdouble}
WIDE_ERROR = {
    np.float32: 0.0,
    np.float64: 0.01 if np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant else 2.0,
}
BITS = {np.float32: np.int32, np.float64: np.int64}

#: Functions that are reached through a curve: expm1, below 0, is the elu.
IN_CURVES = {"expm1": "elu", "softplus": "softplus", "tanh_shrink": "tanh_shrink"}

both_functions = pytest.mark.parametrize("name", ["tanh", "sigmoid"])


def elementwise(name, x):
    """tanh, sigmoid or one of `IN_CURVES` of an array by its compiled kernel."""
    out = np.full_like(x, 77)
    if name in IN_CURVES:
        compiled("activate", x, IN_CURVES[name], 1.0, 1.0, 1.0, out)
    else:
        compiled(f"{name}_forward", x, out)
    return out


def exactly(name, x):
    """tanh or sigmoid in the wider type."""
    wide = x.astype(WIDE[x.dtype.type])
    if name == "tanh":
        return np.tanh(wide)
    if name == "expm1":
        return np.expm1(wide)
    if name == "softplus":
        return np.maximum(wide, 0) + np.log1p(np.exp(-np.abs(wide)))
    if name == "tanh_shrink":
        one = WIDE[x.dtype.type](1)  # the series' coefficients need its digits too
        terms = (-one / 3, 2 * one / 15, -17 * one / 315, 62 * one / 2835, -1382 * one / 155925)
        near = np.where(np.abs(wide) < 0.01, wide, 0)
        small = sum(-c * near ** (2 * k + 3) for k, c in enumerate(terms))
        return np.where(np.abs(wide) < 0.01, small, wide - np.tanh(wide))
    e = np.exp(-np.abs(wide))
    return np.where(wide < 0, e, 1) / (1 + e)


def ulps(found, exact):
    """The error of `found` in units of its last place."""
    exact_here = exact.astype(found.dtype)
    return float((np.abs(found - exact) / np.spacing(np.abs(exact_here))).max())


def sample(dtype, size=1_000_000, seed=0):
    """Numbers of random bits, so of all sizes, and uniform ones where the functions bend."""
    random = np.random.default_rng(seed)
    everywhere = np.frombuffer(random.bytes(size // 2 * dtype().itemsize), dtype)
    edge = np.log(np.finfo(dtype).max)
    near = [random.uniform(-a, a, size // 6).astype(dtype) for a in (1, 20, 1.1 * edge)]
    return np.concatenate([everywhere, *near, edges(dtype)])


def edges(dtype):
    """The numbers at which something changes, and their nearest neighbours."""
    limits, half_log_2 = np.finfo(dtype), np.log(2) / 2
    positive = [limits.smallest_subnormal, limits.tiny, limits.eps, 0.625, 1, 9.01, 19.06]
    positive += [np.log(limits.max), -np.log(limits.tiny), -np.log(limits.smallest_subnormal)]
    positive += [(2 * k + 1) * half_log_2 for k in range(60)]
    points = np.array(positive, dtype)
    around = [points, np.nextafter(points, dtype(0)), np.nextafter(points, dtype(np.inf))]
    found = np.concatenate([*around, [0, limits.max, np.inf, np.nan]]).astype(dtype)
    return np.concatenate([found, -found])


@both_types
@both_functions
def test_the_stated_error(name, dtype):
    x = sample(dtype)
    x = x[np.isfinite(x)]
    assert ulps(elementwise(name, x), exactly(name, x)) <= BOUNDS[name] + WIDE_ERROR[dtype]


@both_types
@pytest.mark.parametrize("name", IN_CURVES)
def test_the_stated_error_of_what_curves_are_made_of(name, dtype):
    x = sample(dtype)
    x = x[np.isfinite(x) & (np.abs(x) < (1e30 if dtype == np.float32 else 1e100))]
    x = x[np.abs(x) > 1e-12]  # the cube of less is denormal
    x = -np.abs(x) if name == "expm1" else x
    assert ulps(elementwise(name, x), exactly(name, x)) <= BOUNDS[name] + WIDE_ERROR[dtype]


@both_types
def test_the_error_of_exp_in_a_softmax(dtype):
    """e^x / (1 + e^x): the sum and the quotient add half an ulp each, the sum at most twice."""
    lowest = np.log(np.finfo(dtype).smallest_subnormal) - 2
    x = np.random.default_rng(0).uniform(lowest, 0, 100_000).astype(dtype)
    out = np.empty((len(x), 2), dtype)
    compiled("softmax_forward", np.stack([np.zeros_like(x), x], axis=1), out)
    assert ulps(out[:, 1], exactly("sigmoid", x)) <= BOUNDS["exp"] + 1.5 + WIDE_ERROR[dtype]
    deep = x < np.log(np.finfo(dtype).eps) - 2  # 1 + e^x = 1: what is left is e^x alone
    exact = np.exp(x[deep].astype(WIDE[dtype]))
    assert ulps(out[deep, 1], exact) <= BOUNDS["exp"] + WIDE_ERROR[dtype]


@both_types
def test_the_error_of_log_in_a_crossentropy(dtype):
    """With all logits alike the loss is log C."""
    for classes in range(1, 1000):
        loss, probabilities = np.empty(1, dtype), np.empty((1, classes), dtype)
        logits = np.full((1, classes), 3, dtype)
        compiled("sparse_softmax_crossentropy", np.array([0]), logits, loss, probabilities)
        exact = np.log(WIDE[dtype]([classes]))
        assert ulps(loss, exact) <= BOUNDS["log"] + WIDE_ERROR[dtype]


@both_types
def test_special_values(dtype):
    x = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0], dtype)
    np.testing.assert_array_equal(elementwise("tanh", x), [np.nan, np.nan, 1, -1, 0, 0])
    np.testing.assert_array_equal(np.signbit(elementwise("tanh", x[2:])), [0, 1, 0, 1])
    np.testing.assert_array_equal(elementwise("sigmoid", x), [np.nan, np.nan, 1, 0, 0.5, 0.5])
    smallest = np.finfo(dtype).smallest_subnormal
    assert elementwise("tanh", np.array([smallest, -smallest], dtype)).tolist() == [
        smallest,
        -smallest,
    ]
    # e^x is smallest / 2 at log(smallest / 2), and rounds to smallest above it and to 0 below.
    x = np.array([np.log(smallest) - np.log(2) + 0.01, np.log(smallest) - np.log(2) - 0.01], dtype)
    assert elementwise("sigmoid", x).tolist() == [smallest, 0]


@both_types
def test_softmax_with_nan_and_infinity(dtype):
    x = np.array([[1, np.nan], [-np.inf, 0], [np.inf, 0], [-np.inf, -np.inf]], dtype)
    out = np.empty_like(x)
    compiled("softmax_forward", x, out)
    nan = np.nan
    np.testing.assert_array_equal(out, [[nan, nan], [0, 1], [nan, nan], [nan, nan]])


@both_types
@both_functions
def test_rising_across_every_seam(name, dtype):
    """Where a polynomial begins, the exponent changes or numbers turn denormal, none steps back."""
    steps = np.arange(-2000, 2001)
    for point in edges(dtype):
        if not 0 < abs(point) < 1000:
            continue
        x = np.sort((point.view(BITS[dtype]) + steps).astype(BITS[dtype]).view(dtype))
        found = elementwise(name, x[np.isfinite(x)])
        assert (np.diff(found) >= 0).all(), point


@both_types
@both_functions
def test_an_element_alone_has_the_bits_that_it_has_among_others(name, dtype):
    x = sample(dtype, 6000)
    whole = elementwise(name, x)
    for first in range(40):
        for size in (0, 1, 7, 8, 9, 15, 16, 17, 63, 130):
            home = np.full(size + 2, 77, dtype)
            compiled(f"{name}_forward", x[first : first + size], home[1:-1])
            assert home[1:-1].tobytes() == whole[first : first + size].tobytes()
            assert home[0] == home[-1] == 77


@both_types
@pytest.mark.parametrize("classes", [1, 2, 10, 17, 100, 5000])
def test_a_row_alone_has_the_bits_that_it_has_in_a_batch(classes, dtype):
    """70 rows are more than one block."""
    random = np.random.default_rng(classes)
    logits = random.uniform(-9, 9, (70, classes)).astype(dtype)
    labels = random.integers(0, classes, 70)
    targets = random.uniform(0, 1, (70, classes)).astype(dtype)
    for name, truth in (
        ("sparse_softmax_crossentropy", labels),
        ("softmax_crossentropy", targets),
    ):
        loss, probabilities = np.empty(70, dtype), np.empty_like(logits)
        compiled(name, truth, logits, loss, probabilities)
        softmax = np.empty_like(logits)
        compiled("softmax_forward", logits, softmax)
        assert softmax.tobytes() == probabilities.tobytes()
        for row in range(70):
            here = slice(row, row + 1)
            alone, alone_loss = np.empty_like(logits[here]), np.empty(1, dtype)
            compiled(name, truth[here], logits[here], alone_loss, alone)
            assert alone.tobytes() == probabilities[here].tobytes()
            assert alone_loss.tobytes() == loss[here].tobytes()


def digest():
    """A hash over the bytes of all four functions' results."""
    found = hashlib.sha256()
    for dtype in (np.float32, np.float64):
        x = sample(dtype, 60_000)
        for name in ("tanh", "sigmoid"):
            found.update(elementwise(name, x).tobytes())
        rows = x[: len(x) // 10 * 10].reshape(-1, 10)[::-1].copy()
        softmax = np.empty_like(rows)
        compiled("softmax_forward", rows, softmax)  # NaN of all kinds among the rows
        found.update(softmax.tobytes())
        logits = np.random.default_rng(1).uniform(-300, 300, (500, 10)).astype(dtype)
        loss, probabilities = np.empty(500, dtype), np.empty_like(logits)
        labels = np.arange(500) % 10
        for scale in (0.01, 1, 3):
            scaled = logits * dtype(scale)
            compiled("sparse_softmax_crossentropy", labels, scaled, loss, probabilities)
            found.update(loss.tobytes() + probabilities.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("cap", ["avx512", "avx2", "neon", "plain"])
def test_every_vector_width_gives_the_same_bits(cap):
    done = in_another_process(cap, "import test_vmath; print(test_vmath.digest())")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest()
