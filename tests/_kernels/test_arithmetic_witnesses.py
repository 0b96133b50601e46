"""A third witness for arithmetic, tiles and columns: Python's own numbers, or values by hand."""

import math

import numpy as np
import pytest
from calls import run_active, sample
from closeness import both_types, close

OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: abs(a) ** b if a else 0.0,
    "maximum": max,
    "minimum": min,
}


@both_types
@pytest.mark.parametrize("operation", OPERATIONS)
def test_combine(operation, dtype):
    a, b = np.array([-1.5, 0, 2, 3], dtype), np.array([4, 0.5, 2, -8], dtype)
    out = run_active("combine", {"a": a, "b": b, "operation": operation, "out": a.copy()})["out"]
    expected = [OPERATIONS[operation](x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    close(out, expected, dtype)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "power"])
def test_combine_lets_nan_through(operation):
    a, b = np.array([np.nan, 1, np.nan]), np.array([1, np.nan, np.nan])
    out = run_active("combine", {"a": a, "b": b, "operation": operation, "out": np.zeros(3)})["out"]
    assert np.isnan(out).all()


@pytest.mark.parametrize(
    ("operation", "expected"), [("maximum", [2, 1, 0]), ("minimum", [0, 1, 2])]
)
def test_extreme_vjp(operation, expected):
    a, b, dy = np.array([3.0, 1.0, 0.0]), np.ones(3), np.full(3, 2.0)
    arguments = {"a": a, "b": b, "dy": dy, "operation": operation, "out": np.zeros(3)}
    assert run_active("extreme_vjp", arguments)["out"].tolist() == expected


@pytest.mark.parametrize("kernel", ["combine", "extreme_vjp"])
@pytest.mark.parametrize("operation", ["maximise", None])
def test_an_unknown_operation(kernel, operation):
    arguments = sample(kernel) | {"operation": operation}
    with pytest.raises(ValueError, match=f"{kernel}: operation must be one of .*maximum"):
        run_active(kernel, arguments)


@both_types
def test_scale(dtype):
    x = np.array([-1.5, 0, 2], dtype)
    out = run_active("scale", {"x": x, "factor": -0.5, "out": x.copy()})["out"]
    assert out.tolist() == [0.75, 0, -1]


@both_types
def test_fill(dtype):
    assert (
        run_active("fill", {"value": 0.5, "out": np.zeros(3, dtype)})["out"].tolist() == [0.5] * 3
    )


@both_types
@pytest.mark.parametrize("function", ["abs", "sqrt", "exp", "log"])
def test_transform(function, dtype):
    x = np.array([0.25, 1, 2.5, 30], dtype)
    out = run_active("transform", {"x": x, "function": function, "out": x.copy()})["out"]
    close(out, [getattr(math, function, abs)(one) for one in x.tolist()], dtype, 8 * out.max())


def test_the_sign():
    x = np.array([-3.0, -0.0, 0.0, 2.0, -np.inf])
    out = run_active("transform", {"x": x, "function": "sign", "out": x.copy()})["out"]
    assert out.tolist() == [-1, 0, 0, 1, -1]


def test_clip():
    x, dy = np.array([-2.0, -1.0, 0.5, 1.0, 7.0]), np.full(5, 3.0)
    limits = {"low": -1, "high": 1, "out": np.zeros(5)}
    assert run_active("clip", {"x": x, **limits})["out"].tolist() == [-1, -1, 0.5, 1, 1]
    assert run_active("clip_vjp", {"x": x, "dy": dy, **limits})["out"].tolist() == [0, 3, 3, 3, 0]


@both_types
def test_mask_fill(dtype):
    x, mask = np.array([[1, np.nan, np.inf, 4, 5], [1, 0, 0, 0.5, np.nan]], dtype)
    given = {"x": x, "mask": mask, "value": -0.25, "out": np.ones(5, dtype)}
    assert run_active("mask_fill", given)["out"].tolist() == [1, -0.25, -0.25, -0.25, -0.25]


@both_types
def test_tiles(dtype):
    x = np.array([[1, 2], [3, 4]], dtype)
    tiled = run_active("tile", {"x": x, "out": np.zeros((2, 6), dtype)})["out"]
    assert tiled.tolist() == [[1, 2, 1, 2, 1, 2], [3, 4, 3, 4, 3, 4]]
    sums = run_active("sum_tiles", {"x": tiled, "out": np.zeros((2, 2), dtype)})["out"]
    assert sums.tolist() == [[3, 6], [9, 12]]
    total = run_active("sum_tiles", {"x": tiled, "out": np.zeros((2, 1), dtype)})["out"]
    assert total.tolist() == [[9], [21]]


def test_tiles_are_summed_in_float64():
    x = np.array([[1e8] + [1.0] * 1000], np.float32)  # 1e8 + 1 = 1e8 in float32
    out = run_active("sum_tiles", {"x": x, "out": np.zeros((1, 1), np.float32)})["out"]
    assert out[0, 0] == np.float32(1e8 + 1000)


@both_types
def test_extremes_of_tiles(dtype):
    x = np.array([[1, 2, 3, -4, 1, 9], [5, np.nan, np.nan, 6, 0, 0]], dtype)
    for operation, expected in [
        ("maximum", [[3, 9], [np.nan] * 2]),
        ("minimum", [[1, -4], [np.nan] * 2]),
    ]:
        arguments = {"x": x, "operation": operation, "out": np.zeros((2, 2), dtype)}
        found = run_active("extreme_of_tiles", arguments)["out"]
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="of no tiles there is no extreme"):
        run_active("extreme_of_tiles", {**arguments, "x": x[:, :0].copy()})
    with pytest.raises(ValueError, match="operation must be one of maximum, minimum, not 'median'"):
        run_active("extreme_of_tiles", {**arguments, "operation": "median"})


@both_types
def test_transposed_blocks(dtype):
    x = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]], dtype)  # 2 matrices (2, 3)
    out = run_active("transpose_blocks", {"x": x, "out": np.zeros((6, 2), dtype)})["out"]
    assert out.tolist() == [[1, 4], [2, 5], [3, 6], [7, 10], [8, 11], [9, 12]]
    large = np.arange(37 * 50, dtype=dtype).reshape(37, 50)  # several squares, the last cut short
    out = run_active("transpose_blocks", {"x": large, "out": np.zeros((50, 37), dtype)})["out"]
    np.testing.assert_array_equal(out, large.T)


@pytest.mark.parametrize("shape", [(6, 3), (4, 2), (0, 2), (4, 0)])
def test_blocks_that_do_not_fit(shape):
    with pytest.raises(ValueError, match="transpose_blocks: blocks of the shape"):
        run_active("transpose_blocks", {"x": np.zeros((4, 3)), "out": np.zeros(shape)})


@pytest.mark.parametrize("kernel", ["tile", "sum_tiles"])
@pytest.mark.parametrize(("columns", "width"), [(2, 3), (0, 3), (4, 2)])
def test_tiles_that_do_not_fit(kernel, columns, width):
    narrow, wide = np.zeros((2, columns)), np.zeros((2, width))
    x, out = (narrow, wide) if kernel == "tile" else (wide, narrow)
    with pytest.raises(ValueError, match=f"{kernel}: {width} columns are no multiple of {columns}"):
        run_active(kernel, {"x": x, "out": out})


@both_types
def test_binary_accuracy(dtype):
    y_true, y_pred = np.array([[1, 0], [0, 0]], dtype), np.array([[0.6, 0.4], [0.7, 0.5]], dtype)
    arguments = {"y_true": y_true, "y_pred": y_pred, "threshold": 0.5, "out": np.zeros(2, dtype)}
    assert run_active("binary_accuracy", arguments)["out"].tolist() == [1, 0.5]


def test_columns():
    x, wide = np.array([[1.0, 2], [3, 4]]), np.arange(8.0).reshape(2, 4)
    out = run_active("insert_columns", {"x": x, "start": 1, "out": wide})["out"]
    assert out.tolist() == [[0, 1, 2, 3], [4, 3, 4, 7]]
    out = run_active("take_columns", {"x": wide, "start": 2, "out": x})["out"]
    assert out.tolist() == [[2, 3], [6, 7]]


@pytest.mark.parametrize("start", [-1, 3])
def test_columns_that_are_not_there(start):
    x, wide = np.zeros((2, 2)), np.arange(8.0).reshape(2, 4)
    message = f"2 columns from {start} on are not within 4"
    with pytest.raises(ValueError, match=f"insert_columns: {message}"):
        run_active("insert_columns", {"x": x, "start": start, "out": wide})
    with pytest.raises(ValueError, match=f"take_columns: {message}"):
        run_active("take_columns", {"x": wide, "start": start, "out": x})
