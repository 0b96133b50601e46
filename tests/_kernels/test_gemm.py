"""The register-tiled matmul: values, the order of its sums, and the same bits on every path."""

import hashlib
import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few

from nnlite import _kernels

pytestmark = pytest.mark.one_table

both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])

#: (B, I, O): nothing, one, primes, around the tiles (8 x 48, 8 x 24, 6 x 16, 6 x 8), a classifier's
#: layers, past the blocks (384 k's; 512 or 384 rows), and then what is packed: odd, past the blocks
#: (768 k's; 128 columns; in an update 1,024 k's), and pieces too narrow for it.
SHAPES = [
    (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 1, 1), (7, 13, 5), (8, 8, 48), (9, 7, 49), (6, 6, 16),
    (5, 7, 17), (31, 9, 47), (33, 47, 23), (12, 24, 97), (32, 100, 10), (4, 383, 3), (3, 385, 9),
    (2, 3, 769), (50, 800, 30), (520, 4, 5), (385, 3, 9), (32, 784, 300),
    (101, 117, 133), (97, 800, 99), (97, 99, 800), (1030, 97, 98), (98, 97, 600),
]  # fmt: skip
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))


def compiled(name, *arguments):
    """Run a compiled kernel whatever table is in use."""
    _kernels._tables["compiled"][name](*arguments)


def operands(shape, dtype, seed=0):
    """Random x[B,I], w[I,O], b[O], dz[B,O], and three results full of rubbish."""
    random = np.random.default_rng(seed)
    batch, inputs, outputs = shape
    axes = [(batch, inputs), (inputs, outputs), (outputs,), (batch, outputs)]
    x, w, b, dz = (random.standard_normal(s).astype(dtype) for s in axes)
    y, dx, dw = (np.full_like(array, np.nan) for array in (dz, x, w))
    return x, w, b, dz, y, dx, dw


def products(shape, dtype, seed=0, activation="linear"):
    """y = activation(x w + b), dx = dz wᵀ and dw = xᵀ dz from the compiled kernels."""
    x, w, b, dz, y, dx, dw = operands(shape, dtype, seed)
    compiled("dense_forward", x, w, b, activation, y)
    compiled("dense_backward_input", dz, w, dx)
    compiled("dense_backward_kernel", x, dz, dw)
    return y, dx, dw


def assert_product(result, left, right, shift=0.0):
    """`result` = left right + shift, computed here in long double.

    A sum of k products rounds k times, each time by at most eps/2 of Σ|terms|.
    """
    wide_left, wide_right = left.astype(np.longdouble), right.astype(np.longdouble)
    expected = wide_left @ wide_right + shift
    size = np.abs(wide_left) @ np.abs(wide_right) + np.abs(shift)
    bound = (left.shape[1] + 2) * np.finfo(result.dtype).eps / 2 * size
    assert (np.abs(result - expected) <= bound).all()


@every_shape
@both_types
def test_values(shape, dtype):
    x, w, b, dz, *_ = operands(shape, dtype)
    y, dx, dw = products(shape, dtype)
    assert_product(y, x, w, b.astype(np.longdouble))
    assert_product(dx, dz, w.T)
    assert_product(dw, x.T, dz)


@every_shape
@both_types
def test_nothing_is_written_beside_the_result(shape, dtype):
    x, w, b, dz, *results = operands(shape, dtype)
    calls = [
        ("dense_forward", x, w, b, "relu"),
        ("dense_backward_input", dz, w),
        ("dense_backward_kernel", x, dz),
    ]
    for call, result in zip(calls, results, strict=True):
        home = np.full(result.size + 200, 77, dtype)
        compiled(*call, home[100 : 100 + result.size].reshape(result.shape))
        assert (home[:100] == 77).all()
        assert (home[100 + result.size :] == 77).all()


def fused_dot(left, right):
    """Σ left right over ascending k, rounded once per term: Python's float(Fraction) is exact."""
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total = float(Fraction(float(a)) * Fraction(float(b)) + Fraction(total))
    return total


def test_every_sum_is_one_ascending_chain_of_fused_multiply_adds():
    shape = (3, 401, 2)  # 401 > 384: two blocks of k in y, and none but one in dx and dw
    x, w, b, dz, *_ = operands(shape, np.float64)
    y, _, _ = products(shape, np.float64)
    assert y.tolist() == [
        [fused_dot(row, column) + c for column, c in zip(w.T, b, strict=True)] for row in x
    ]
    x, w, b, dz, *_ = operands((401, 2, 3), np.float64)
    _, _, dw = products((401, 2, 3), np.float64)
    assert dw.tolist() == [[fused_dot(row, column) for column in dz.T] for row in x.T]
    x, w, b, dz, *_ = operands((2, 3, 401), np.float64)
    _, dx, _ = products((2, 3, 401), np.float64)
    assert dx.tolist() == [[fused_dot(row, column) for column in w] for row in dz]


@both_types
@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh"])
def test_a_row_alone_has_the_bits_that_it_has_in_a_batch(dtype, activation):
    for shape in ((33, 50, 29), (11, 400, 49), (520, 5, 3), (131, 800, 99), (131, 99, 800)):
        x, w, b, dz, *_ = operands(shape, dtype)
        y, dx, _ = products(shape, dtype, activation=activation)
        for row in range(0, len(x), 5):
            alone_y, alone_dx = np.empty_like(dz[:1]), np.empty_like(x[:1])
            compiled("dense_forward", x[row : row + 1], w, b, activation, alone_y)
            compiled("dense_backward_input", dz[row : row + 1], w, alone_dx)
            assert alone_y.tobytes() == y[row].tobytes()
            assert alone_dx.tobytes() == dx[row].tobytes()


@both_types
@few
@given(st.tuples(*[st.integers(1, 70)] * 3), st.integers(0, 69), st.integers(0, 69))
def test_an_input_alone_has_the_bits_that_it_has_among_others(dtype, shape, first, last):
    """xᵀ dz for some columns of x is those rows of the whole."""
    x, _, _, dz, *_ = operands(shape, dtype)
    chosen = slice(min(first, last), max(first, last) + 1)
    _, _, dw = products(shape, dtype)
    some = np.ascontiguousarray(x[:, chosen])
    part = np.empty((some.shape[1], shape[2]), dtype)
    compiled("dense_backward_kernel", some, dz, part)
    assert part.tobytes() == dw[chosen].tobytes()


@both_types
@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh"])
def test_the_epilogue_gives_the_bits_of_the_kernels_one_after_the_other(dtype, activation):
    x, w, b, _, y, *_ = operands((19, 400, 61), dtype)
    x[3, 5], x[4, 6], b[7] = np.nan, np.inf, -np.inf
    compiled("dense_forward", x, w, b, activation, y)
    z = np.empty_like(y)
    compiled("dense_forward", x, w, None, "linear", z)
    z += b
    if activation != "linear":
        compiled(f"{activation}_forward", z.reshape(-1), z.reshape(-1))
    np.testing.assert_array_equal(y, z)  # not their bytes: a NaN's sign may differ


def test_relu_in_the_epilogue_keeps_nan():
    x = np.array([[np.nan, 0], [-1, 0], [1, 0]], np.float32)
    y = np.empty((3, 2), np.float32)
    compiled("dense_forward", x, np.ones((2, 2), np.float32), None, "relu", y)
    np.testing.assert_array_equal(y[:, 0], [np.nan, 0, 1])


#: Updates: the kernel, how many states it has, and its settings.
UPDATES = {
    "sgd": ("sgd_update", 0, (0.1,)),
    "momentum": ("sgd_momentum_update", 1, (0.1, 0.9)),
    "nesterov": ("sgd_nesterov_update", 1, (0.1, 0.9)),
}


def updated(arrays, update, fused=True):
    """w and the states after one update of a dense layer's kernel: fused, or by its gradient."""
    x, w, _, dz, _, _, g = arrays
    kernel, states, settings = UPDATES[update]
    random = np.random.default_rng(1)
    results = [w.copy(), *random.standard_normal((states, *w.shape)).astype(w.dtype)]
    if fused:
        compiled(f"dense_{kernel}", x, dz, *results, *settings)
    else:
        compiled("dense_backward_kernel", x, dz, g)
        flat_w, *states = (array.reshape(-1) for array in results)
        compiled(kernel, flat_w, g.reshape(-1), *states, *settings)
    return results


@every_shape
@both_types
@pytest.mark.parametrize("update", UPDATES)
def test_the_fused_update_gives_the_bits_of_the_gradient_and_the_update(shape, dtype, update):
    arrays = operands(shape, dtype)
    expected = updated(arrays, update, fused=False)
    for found, array in zip(updated(arrays, update), expected, strict=True):
        assert found.tobytes() == array.tobytes()


@both_types
@pytest.mark.parametrize("update", UPDATES)
def test_the_fused_update_propagates_nan_and_inf(dtype, update):
    x, w, _, dz, *_ = arrays = operands((9, 50, 49), dtype)
    x[2, 3], dz[4, 48], w[49, 0] = np.nan, np.inf, -np.inf
    expected = updated(arrays, update, fused=False)
    for found, array in zip(updated(arrays, update), expected, strict=True):
        np.testing.assert_array_equal(found, array)


def masked(shape, dtype, seed=0, fused=True):
    """dz wᵀ where y > 0: by one kernel, or by two."""
    _, w, _, dz, _, dx, _ = operands(shape, dtype, seed)
    y = np.random.default_rng(seed + 1).standard_normal(dx.shape).astype(dtype)
    y[::3, ::5], y[1::3, ::7] = 0, np.nan
    if fused:
        compiled("dense_backward_input_relu", dz, w, y, dx)
    else:
        compiled("dense_backward_input", dz, w, dx)
        compiled("relu_vjp", y.reshape(-1), dx.reshape(-1), dx.reshape(-1))
    return dx


@every_shape
@both_types
def test_the_fused_mask_gives_the_bits_of_the_product_and_the_mask(shape, dtype):
    assert masked(shape, dtype).tobytes() == masked(shape, dtype, fused=False).tobytes()


def test_the_fused_mask_takes_nan_for_not_above_0_and_covers_what_is_not_finite():
    dz = np.array([[np.nan], [np.inf], [1]], np.float32)
    y = np.array([[1, 0, np.nan]] * 3, np.float32)
    dx = np.empty((3, 3), np.float32)
    compiled("dense_backward_input_relu", dz, np.ones((3, 1), np.float32), y, dx)
    np.testing.assert_array_equal(dx, [[np.nan, 0, 0], [np.inf, 0, 0], [1, 0, 0]])


def digest():
    """A hash over the bytes of all products and updates, of both types."""
    found = hashlib.sha256()
    for dtype in (np.float32, np.float64):
        for seed, shape in enumerate(SHAPES):
            for activation in ("relu", "sigmoid"):
                for result in products(shape, dtype, seed, activation):
                    found.update(result.tobytes())
            for update in UPDATES:
                for result in updated(operands(shape, dtype, seed), update):
                    found.update(result.tobytes())
            found.update(masked(shape, dtype, seed).tobytes())
    return found.hexdigest()


def in_another_process(cap, code):
    """Run a line of Python with NNLITE_SIMD set to `cap`."""
    return subprocess.run(
        [sys.executable, "-c", f"import test_gemm; from nnlite import _kernels; {code}"],
        env=os.environ | {"NNLITE_SIMD": cap, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("cap", ["avx512", "avx2", "neon", "plain"])
def test_every_vector_width_gives_the_same_bits(cap):
    done = in_another_process(cap, "print(_kernels.vector_width(), test_gemm.digest())")
    assert done.returncode == 0, done.stderr
    width, found = done.stdout.split()
    order = ["plain", "NEON", "AVX2+FMA", "AVX-512"]
    allowed = {"plain": 0, "neon": 1, "avx2": 2, "avx512": 3}
    assert order.index(width) <= allowed[cap]
    assert found == digest()


def test_an_unknown_vector_width():
    done = in_another_process("avx1024", "pass")
    assert done.returncode != 0
    assert "NNLITE_SIMD must be avx512, avx2, neon or plain, not 'avx1024'" in done.stderr


def test_this_machines_width_is_named():
    assert _kernels.vector_width() in ("AVX-512", "AVX2+FMA", "NEON", "plain")


@both_types
def test_the_bias_gradient_is_summed_in_the_order_of_the_batch(dtype):
    dz = np.random.default_rng(0).standard_normal((37, 19)).astype(dtype)
    expected = np.zeros(19, dtype)
    for row in dz:
        expected += row
    out = np.full(19, np.nan, dtype)
    compiled("dense_backward_bias", dz, out)
    assert out.tobytes() == expected.tobytes()
    exact = [math.fsum(column.tolist()) for column in dz.T]
    np.testing.assert_allclose(out, exact, rtol=0, atol=37 * np.finfo(dtype).eps * 37)
