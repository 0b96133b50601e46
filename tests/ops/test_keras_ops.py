"""The ops of Keras: its values, in both float types, and gradients by differences."""

import numpy as np
import pytest
from keras_numbers import arrays as given
from keras_numbers import keras_says, parts

import nnlite
from nnlite import Tensor, ops
from nnlite.tape import Op
from nnlite.testing.keras_op_cases import CASES as ROWS

#: Names without a row here, and where they are tested.
ELSEWHERE = {
    "empty": "of zeros here: test_keras_ops.py",
    "empty_like": "of zeros here: test_keras_ops.py",
    "is_tensor": "test_keras_ops.py",
    "dtype": "test_keras_ops.py",
    "get_item": "getitem by Keras's name",
}

# hardly any of them is a kernel; those that are have tests on both
pytestmark = pytest.mark.one_table

names = [f"{place}-{row.name}" for place, row in enumerate(ROWS)]
every_row = pytest.mark.parametrize("row", ROWS, ids=names)


@every_row
def test_its_values_are_those_of_keras(row):
    ours = parts(row.call(ops, *map(Tensor, given(row, np.float32))))
    theirs = keras_says()["ops"][ROWS.index(row)]
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        mine = np.asarray(mine)
        assert mine.shape == other.shape
        assert mine.dtype == other.dtype if other.dtype.kind == "f" else mine.dtype.kind != "f"
        # float32, a dozen roundings; inverses and determinants lose a digit
        np.testing.assert_allclose(mine, other, rtol=2e-5, atol=2e-6)


@every_row
def test_its_gradient_is_that_of_differences(row):
    arrays = given(row, np.float64)
    if not row.differentiable or not any(a.dtype.kind == "f" for a in arrays):
        return

    floats = [place for place, array in enumerate(arrays) if array.dtype.kind == "f"]

    def whole(*values):
        filled = list(arrays)
        for place, value in zip(floats, values, strict=True):
            filled[place] = value
        found = [ops.reshape(part, (-1,)) for part in parts(row.call(ops, *filled))]
        return ops.concatenate(found, 0)

    assert nnlite.gradcheck(whole, *(arrays[place] for place in floats))


@every_row
def test_its_dtype_is_float64_where_the_input_is(row):
    arrays = given(row)
    if not any(a.dtype.kind == "f" for a in arrays) or row.name in ("convert_to_tensor",):
        return
    for part in parts(row.call(ops, *map(Tensor, arrays))):
        array = np.asarray(part)
        assert array.dtype == np.float64 or array.dtype.kind != "f"


def test_every_op_of_keras_that_is_here_has_a_row():
    from ops.table import ROWS as OLDER
    from ops.test_ops import COMPARISONS

    public = {
        name
        for name, value in vars(ops).items()
        if not name.startswith("_")
        and (isinstance(value, Op) or getattr(value, "__module__", "").startswith(ops.__name__))
    }
    known = {row.name for row in [*ROWS, *OLDER]} | set(ELSEWHERE) | set(COMPARISONS)
    assert public - known == {"stop_gradient"}
    assert {row.name for row in ROWS} <= set(keras_says()["names"])


def test_what_is_to_be_written_into_is_of_zeros():
    assert ops.empty((2, 3)).numpy().tolist() == [[0, 0, 0]] * 2
    assert ops.empty_like(Tensor([1.0, 2.0])).numpy().tolist() == [0, 0]


def test_what_is_a_tensor_and_of_what_type():
    x = Tensor([1.0])
    assert ops.is_tensor(x)
    assert not ops.is_tensor(np.ones(1))
    assert ops.convert_to_tensor(x) is x
    assert ops.dtype(x) == "float32"
    assert ops.dtype(np.ones(2, np.int64)) == "int64"


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="axis 1 of the shape \\(3, 4\\) cannot be divided into 3"):
        ops.split(Tensor(np.ones((3, 4))), 3, axis=1)
    with pytest.raises(ValueError, match="index 'i' don't match"):
        ops.einsum("ii->i", Tensor(np.ones((3, 4))))
    with pytest.raises(ValueError, match="is of 2 operands, got 1"):
        ops.einsum("i,j->ij", Tensor(np.ones(3)))
    with pytest.raises(ValueError, match="quantile 'lineal'"):
        ops.quantile(Tensor(np.ones(3)), 0.5, method="lineal")
    with pytest.raises(ValueError, match="ord='nuc' is not there for 2 axes"):
        ops.norm(Tensor(np.ones((3, 3))), "nuc")
    with pytest.raises(ValueError, match="the only mode is 'constant', got 'reflect'"):
        ops.pad(Tensor(np.ones(3)), 1, mode="reflect")


@pytest.mark.parametrize(
    "call",
    [
        lambda convert: ops.norm(convert([[3.0, 4.0]])),
        lambda convert: ops.normalize(convert([[3.0, 4.0]])),
        lambda convert: ops.dot(convert([3.0, 4.0]), convert([1.0, 2.0])),
        lambda convert: ops.moveaxis(convert([[3.0, 4.0]]), 0, 1),
        lambda convert: ops.swapaxes(convert([[3.0, 4.0]]), 0, 1),
        lambda convert: ops.split(convert([3.0, 4.0]), 2)[1],
        lambda convert: ops.unstack(convert([[3.0], [4.0]]))[1],
        lambda convert: ops.logsumexp(convert([3.0, 4.0])),
        lambda convert: ops.hstack([convert([3.0]), convert([4.0])]),
        lambda convert: ops.diag(convert([3.0, 4.0])),
        lambda convert: ops.cross(convert([1.0, 0, 0]), convert([0, 1.0, 0])),
    ],
)
def test_a_list_is_as_good_as_an_array(call):
    array = call(lambda x: np.array(x, np.float32))
    assert call(lambda x: x).dtype == array.dtype == np.float32
    np.testing.assert_array_equal(call(lambda x: x), array)


def test_a_label_that_is_no_class_is_zeros_as_in_keras():
    """With Keras's backend jax, and its others but numpy, which raises IndexError."""
    keras = pytest.importorskip("keras")
    labels = np.array([0, 3, -1, 2, 7])
    for axis in (-1, 0):
        expected = np.asarray(keras.ops.one_hot(labels, 3, axis=axis))
        np.testing.assert_array_equal(ops.one_hot(labels, 3, axis=axis), expected)


def test_of_equals_the_first_is_among_the_largest_and_nan_is_the_largest():
    values, places = ops.top_k(np.array([1.0, 3.0, np.nan, 3.0]), 3)
    assert places.numpy().tolist() == [2, 1, 3]
    assert np.isnan(values.numpy()[0])
    assert ops.top_k(np.array([True, False, True]), 2)[1].numpy().tolist() == [0, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "int64", "uint64"])
def test_a_saturated_number_is_the_largest_or_smallest_of_its_type(kind, dtype):
    limits = np.iinfo(kind)
    beyond = np.array([1e30, -1e30, np.inf, -np.inf, limits.max, limits.min, 7], dtype)
    expected = [limits.max, limits.min] * 3 + [7]
    assert ops.saturate_cast(beyond, kind).numpy().tolist() == expected


def test_a_saturated_float_keeps_its_gradient():
    x = Tensor(np.array([1.0, 1e300]), requires_grad=True)
    y = ops.saturate_cast(x, "float32")
    assert y.numpy().tolist() == [1, np.finfo("float32").max]
    ops.sum(y).backward()
    assert x.grad.tolist() == [1, 0]


def test_what_is_at_no_class_or_nan_is_not_among_the_first():
    predictions = np.array([[np.nan, 1.0], [1.0, 2.0], [1.0, 2.0], [1.0, 1.0]])
    found = ops.in_top_k(np.array([0, 5, -1, 1]), predictions, 1)
    assert found.numpy().tolist() == [False, False, False, True]


def test_the_bounds_of_clip_may_be_tensors_symbolic_ones_too():
    x = nnlite.Input((3,))
    model = nnlite.Model(x, ops.clip(x, x * 0.0 + 1.0, 2.0))
    values = np.array([[0.0, 1.5, 3.0]], np.float32)
    assert model.predict(values, verbose=0).tolist() == [[1, 1.5, 2]]
    assert ops.clip(values, Tensor(1.0), Tensor(2.0)).numpy().tolist() == [[1, 1.5, 2]]


def test_a_row_of_no_segment_does_not_count():
    ids = np.array([0, -1, 1, 2])
    values = np.arange(1.0, 5.0)
    assert ops.segment_sum(values, ids, 2).numpy().tolist() == [1, 3]
    assert nnlite.gradcheck(lambda x: ops.segment_sum(x, ids, 2), values)


def test_empty_parts_and_sums_over_nothing():
    assert [part.shape for part in ops.split(Tensor(np.ones((0, 2))), 2)] == [(0, 2)] * 2
    found = ops.tensordot(np.zeros((2, 0)), np.zeros((0, 3)), 1)
    assert found.numpy().tolist() == [[0] * 3] * 2


def test_a_slice_may_lie_between_tensors():
    x = Tensor([0.0, 1.0, 2.0, 3.0])
    one, three = Tensor(np.array(1)), Tensor(np.array(3))
    assert x[one:three].numpy().tolist() == [1, 2]


def test_sizes_that_depend_on_the_batch():
    x = nnlite.Input((4,))
    assert ops.size(x) is None
    assert ops.size(Tensor(np.ones((3, 4)))) == 12
    with pytest.raises(ValueError, match=r"axis 0 of the shape \(None, 4\) cannot be divided"):
        ops.split(x, 2)
    with pytest.raises(ValueError, match=r"give num, since axis 0 of \(None, 4\) has any size"):
        ops.unstack(x)


def test_axes_that_are_not_there_are_named():
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match="axis -3 is out of bounds for array of dimension 2"):
        ops.concatenate([x, x], axis=-3)
    with pytest.raises(ValueError, match=r"as many axes as x, 2, got the shape \(2,\)"):
        ops.take_along_axis(x, np.array([0, 1]), 0)


def test_ops_work_on_symbolic_tensors():
    x = nnlite.Input((4,))
    y = ops.top_k(ops.logsumexp(ops.tile(x, (1, 2)), axis=1, keepdims=True) + ops.sin(x), 2)[0]
    parts = [ops.var(x, axis=1, keepdims=True), ops.norm(x, axis=1, keepdims=True)]
    z = ops.concatenate([*parts, ops.tensordot(x, np.ones((4, 2), np.float32), 1)])
    model = nnlite.Model(x, [y, z])
    values = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    found = model.predict(values, verbose=0)
    assert [part.shape for part in found] == [(5, 2), (5, 4)]
    expected = np.log(2 * np.exp(values).sum(1, keepdims=True)) + np.sin(values)
    np.testing.assert_allclose(found[0], -np.sort(-expected, axis=1)[:, :2], rtol=1e-5)
    np.testing.assert_allclose(found[1][:, 1], np.linalg.norm(values, axis=1), rtol=1e-5)


def test_normalization_and_crossentropies_of_symbolic_tensors():
    x, t = nnlite.Input((4,)), nnlite.Input((4,))
    scaled = ops.layer_normalization(x, np.arange(4.0), axis=-1)
    p = ops.softmax(scaled)
    parts = [scaled, ops.binary_crossentropy(t, p), ops.categorical_crossentropy(t, p)]
    model = nnlite.Model([x, t], parts)
    random = np.random.default_rng(0)
    values = random.normal(size=(5, 4)).astype(np.float32)
    targets = random.integers(0, 2, (5, 4)).astype(np.float32)
    found = model.predict([values, targets], verbose=0)
    centred = values - values.mean(1, keepdims=True)
    z = np.arange(4) * centred / values.std(1, keepdims=True)
    q = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    np.testing.assert_allclose(found[0], z, rtol=1e-4, atol=1e-5)  # float32, and epsilon
    np.testing.assert_allclose(found[1], -np.log(np.where(targets, q, 1 - q)), rtol=1e-4)
    np.testing.assert_allclose(found[2], -(targets * np.log(q)).sum(1), rtol=1e-4)


def test_crossentropies_of_a_sigmoid_and_a_softmax_lose_nothing_to_rounding():
    logits = Tensor([[-60.0, 60.0]])
    found = ops.binary_crossentropy([[1.0, 0.0]], nnlite.activations.sigmoid(logits))
    assert found.numpy().tolist() == [[60.0, 60.0]]
    assert ops.sparse_categorical_crossentropy(
        [0], nnlite.activations.softmax(logits)
    ).numpy().tolist() == [120.0]


def test_targets_of_another_shape_are_refused():
    x = Tensor(np.full((2, 3), 0.5))
    with pytest.raises(ValueError, match=r"ops.binary_crossentropy: .*same shape, got \(2,\) and"):
        ops.binary_crossentropy(np.ones(2), x)
    with pytest.raises(ValueError, match=r"ops.categorical_crossentropy: .*got \(2, 1\) and"):
        ops.categorical_crossentropy(np.ones((2, 1)), x)
    with pytest.raises(ValueError, match=r"labels of the shape \(2,\), got \(3,\)"):
        ops.sparse_categorical_crossentropy(np.ones(3), x)
    with pytest.raises(ValueError, match="3"):
        ops.sparse_categorical_crossentropy([3, 0], x)


def test_a_solution_is_exact_where_an_inverse_is_not():
    hilbert = 1 / (np.arange(8)[:, None] + np.arange(8) + 1)  # its condition number is 1e10
    b = hilbert @ np.ones(8)
    assert np.abs(hilbert @ ops.solve(hilbert, b).numpy() - b).max() < 1e-15
    assert np.abs(hilbert @ (np.linalg.inv(hilbert) @ b) - b).max() > 1e-10


def test_a_vector_for_each_matrix_is_solved_for():
    random = np.random.default_rng(0)
    a, y = random.normal(size=(2, 3, 3)), random.normal(size=(2, 3))
    np.testing.assert_allclose(ops.solve(a, np.einsum("bij,bj->bi", a, y)), y, rtol=1e-12)
    assert nnlite.gradcheck(ops.solve, a, y)


ONE_NUMBER = (
    *(
        [
            "abs",
            "exp",
            "log",
            "log2",
            "log1p",
            "sqrt",
            "rsqrt",
            "square",
            "cbrt",
            "reciprocal",
            "sin",
            "arctan",
            "tanh",
            "sigmoid",
        ]
    ),
    *(
        [
            "relu",
            "floor",
            "sign",
            "negative",
            "sum",
            "mean",
            "max",
            "prod",
            "var",
            "std",
            "logsumexp",
            "median",
            "copy",
        ]
    ),
)
TWO_NUMBERS = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "maximum",
    "arctan2",
    "hypot",
    "logaddexp",
    "mod",
]
WHOLE = {"abs", "square", "negative", "sign", "floor", "sum", "max", "prod", "copy"}


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("name", ONE_NUMBER)
def test_python_s_numbers_and_whole_ones_become_the_default_float_type(name, floatx, monkeypatch):
    monkeypatch.setattr(
        nnlite.config, "_settings", nnlite.config.settings()._replace(floatx=floatx)
    )
    for x in (0.5, [0.25, 0.5], [[1, 2], [3, 4]], np.array([1, 2])):
        y = getattr(ops, name)(x).numpy()
        if name not in WHOLE or np.asarray(x).dtype.kind == "f":
            assert y.dtype == floatx
        np.testing.assert_allclose(y, getattr(ops, name)(np.array(x, float)), rtol=1e-6)


@pytest.mark.parametrize("name", TWO_NUMBERS)
def test_two_of_python_s_numbers_become_the_default_float_type(name):
    for a, b in ((2.0, 3.0), ([1, 2], [0.5, 1.5]), ([1, 2], 0.5), (0.5, [0.25, 2.0]), (2, [0.5])):
        y = getattr(ops, name)(a, b).numpy()
        assert y.dtype == np.float32
        expected = getattr(ops, name)(np.array(a, float), np.array(b, float))
        np.testing.assert_allclose(y, expected, rtol=1e-6)
    assert ops.divide([1, 2], [3, 4]).dtype == np.float32
    wide = Tensor(np.array([1.0, 2.0]))
    assert getattr(ops, name)(wide, 0.5).dtype == getattr(ops, name)([0.5, 1], wide).dtype == float
