"""The ops of Keras: its values, in both float types, and gradients by differences."""

import numpy as np
import pytest
from keras_numbers import arrays as given
from keras_numbers import keras_says, parts

import nnlite
from nnlite import Tensor, ops
from nnlite.tape import Op
from ops.keras_table import ELSEWHERE, ROWS

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
        assert (mine.dtype.kind == "f") == (other.dtype.kind == "f")
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
    from op_table import ROWS as OLDER

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
    with pytest.raises(ValueError, match="'ii->i' has an ellipsis, or a letter twice"):
        ops.einsum("ii->i", Tensor(np.ones((3, 3))))
    with pytest.raises(ValueError, match="is of 2 operands, got 1"):
        ops.einsum("i,j->ij", Tensor(np.ones(3)))
    with pytest.raises(ValueError, match="ord='nuc' is not there for 2 axes"):
        ops.norm(Tensor(np.ones((3, 3))), "nuc")
    with pytest.raises(ValueError, match="the only mode is 'constant', got 'reflect'"):
        ops.pad(Tensor(np.ones(3)), 1, mode="reflect")


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
