"""The compiled kernels and their numpy twins: one signature, one result."""

import inspect
from itertools import combinations

import numpy as np
import pytest
from calls import EXACT, run, sample, sides
from hypothesis import given
from hypothesis import strategies as st
from strategies import few

from nnlite import _kernels
from nnlite._kernels import reference

pytestmark = pytest.mark.one_table

every_kernel = pytest.mark.parametrize("name", _kernels.KERNELS)
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])

#: Nothing, one, primes, and around the widths of the vectors and tiles. (There are always
#: classes and rows, for labels and indices to choose.)
extents = st.sampled_from([0, 1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 31, 33, 47, 48, 49])
sizes = st.fixed_dictionaries(
    {letter: extents if letter in "BIO" else extents.filter(bool) for letter in "BIOCNLT"}
)


def assert_agree(name, arguments):
    """Both tables write the same, or differ by the rounding of their sums at most."""
    numpy, compiled = run("numpy", name, arguments), run("compiled", name, arguments)
    for key, expected in numpy.items():
        if name in EXACT:
            np.testing.assert_array_equal(compiled[key], expected, strict=True)
            continue
        # A sum of k <= 49 terms has an error of at most k eps Σ|terms|, in either order; no term
        # is above 9, and with exp, log or a division there are a few roundings more.
        typed = {"state": "values", "seed_state": "out"}.get(key)
        eps = np.finfo(arguments.get(typed, expected).dtype).eps
        np.testing.assert_allclose(
            compiled[key], expected, rtol=100 * eps, atol=49 * eps * 9, strict=True
        )


@every_kernel
def test_signatures(name):
    numpy, compiled = getattr(reference, name), _kernels._tables["compiled"][name]
    assert list(inspect.signature(compiled).parameters) == list(inspect.signature(numpy).parameters)


@every_kernel
def test_the_formula_is_documented_alike(name):
    documented = inspect.getdoc(_kernels._tables["compiled"][name])
    if name == "dense_forward":  # the compiled one has no EPILOGUES to refer to
        assert documented.startswith("out = activation(x w + b), with activation ")
    else:
        assert documented == inspect.getdoc(getattr(reference, name))


@every_kernel
@both_types
@few
@given(sizes=sizes, seed=st.integers(0, 99))
def test_values(name, dtype, sizes, seed):
    assert_agree(name, sample(name, dtype, sizes, seed))


def without_some_optional_arrays():
    """Every kernel with every choice of its optional arrays that are left out."""
    for name in _kernels.KERNELS:
        optional = [key for key, argument in sides(name)[0].items() if argument.optional]
        for count in range(1, len(optional) + 1):
            yield from ((name, missing) for missing in combinations(optional, count))


@pytest.mark.parametrize(("name", "missing"), list(without_some_optional_arrays()))
@both_types
def test_values_without_optional_arrays(name, missing, dtype):
    assert_agree(name, sample(name, dtype) | dict.fromkeys(missing))


@pytest.mark.parametrize("operation", reference.OPERATIONS)
@both_types
def test_combine_with_every_operation(operation, dtype):
    arguments = sample("combine", dtype) | {"operation": operation}
    if operation == "power":  # C's and numpy's differ in the last digit
        arguments["a"] = np.abs(arguments["a"])
        numpy, compiled = (run(table, "combine", arguments)["out"] for table in _kernels.TABLES)
        np.testing.assert_allclose(compiled, numpy, rtol=4 * np.finfo(dtype).eps)
    else:
        assert_agree("combine", arguments)


@pytest.mark.parametrize("function", reference.FUNCTIONS)
@both_types
def test_transform_with_every_function(function, dtype):
    x = np.array([0, 0.3, 1, 2, 50, np.inf, np.nan], dtype)
    if function in ("abs", "sign", "exp"):
        x = np.concatenate([x, -x])
    arguments = {"x": x, "function": function, "out": np.empty_like(x)}
    numpy, compiled = (run(table, "transform", arguments)["out"] for table in _kernels.TABLES)
    # exp and log are polynomials of our own, right to about an ulp
    np.testing.assert_allclose(compiled, numpy, rtol=4 * np.finfo(dtype).eps)


def test_the_tables_of_curves_have_the_same_rows():
    with pytest.raises(ValueError, match="curve must be one of") as refused:
        run("compiled", "activate", sample("activate") | {"curve": "no such"})
    assert f"one of {', '.join(reference.CURVES)}, not" in str(refused.value)


@pytest.mark.parametrize("curve", reference.CURVES)
@pytest.mark.parametrize("name", ["activate", "activate_vjp"])
@both_types
def test_activate_with_every_curve(name, curve, dtype):
    kinks = [0, 0.5, 0.75, 1, 1.25, 3, 6]
    near = np.random.default_rng(0).uniform(-9, 9, 4000)
    x = np.array([*kinks, *near, 1e-20, 90, 1000, 1e25, np.inf, np.nan], dtype)
    x = np.concatenate([x, -x])
    arguments = {"x": x, "dy": np.ones_like(x), "curve": curve, "out": np.empty_like(x)}
    numbers = {"a": 0.75, "b": 1.25, "c": 0.5}
    names = inspect.signature(getattr(reference, name)).parameters
    arguments = {key: (arguments | numbers)[key] for key in names}
    numpy, compiled = (run(table, name, arguments)["out"] for table in _kernels.TABLES)
    # A few roundings each, of numbers up to 4 x², which cancel in x - tanh x and the gelu's slope.
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(compiled, numpy, rtol=8 * eps, atol=64 * eps)


@pytest.mark.parametrize("activation", reference.EPILOGUES)
@both_types
def test_dense_forward_with_every_activation(activation, dtype):
    assert_agree("dense_forward", sample("dense_forward", dtype) | {"activation": activation})


@every_kernel
@both_types
@few
@given(seed=st.integers(0, 999), value=st.sampled_from([np.nan, np.inf, -np.inf, -0.0]))
def test_nan_and_inf_propagate_alike(name, dtype, seed, value):
    arguments = sample(name, dtype, seed=seed)
    random = np.random.default_rng(seed)
    floating = [key for key in sides(name)[0] if np.issubdtype(arguments[key].dtype, np.floating)]
    floating = [key for key in floating if key != "thresholds"]  # they have to ascend
    if not floating:  # fill reads nothing
        return
    spoilt = arguments[random.choice(floating)]
    spoilt.flat[random.choice(spoilt.size, min(2, spoilt.size), replace=False)] = value
    assert_agree(name, arguments)


@pytest.mark.parametrize("source", [np.uint8, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("target", [np.int64, np.float32, np.float64])
def test_gather_rows_casts_between_all_types(source, target):
    x = np.random.default_rng(0).uniform(0, 255, (9, 6)).astype(source)
    indices = np.array([8, 0, 3, 3])
    for rows in (x, x[::-1], x[:, ::2], np.asfortranarray(x), x[::2].repeat(2, axis=0)):
        out = np.zeros((4, rows.shape[1]), target)
        arguments = {"x": rows, "indices": indices, "out": out}
        _kernels._tables["compiled"]["gather_rows"](**arguments)
        np.testing.assert_array_equal(out, rows[indices].astype(target), strict=True)


@every_kernel
@both_types
def test_arrays_between_vector_boundaries(name, dtype):
    """Arrays that begin one element behind a 64-byte boundary give the same bits, and no kernel
    writes beside its results.
    """
    arguments = sample(name, dtype, {"B": 9, "I": 50, "O": 49, "C": 10, "N": 35})
    expected = run("compiled", name, arguments)
    homes = {}
    for key, array in arguments.items():
        if isinstance(array, np.ndarray):
            homes[key] = np.full(array.size + 64, 77, array.dtype)
            start = -homes[key].ctypes.data % 64 // array.itemsize + 1
            arguments[key] = homes[key][start : start + array.size].reshape(array.shape)
            arguments[key][...] = array
    _kernels._tables["compiled"][name](**arguments)
    for key, array in expected.items():
        assert arguments[key].tobytes() == array.tobytes()
        assert np.count_nonzero(homes[key] == 77) >= 64
