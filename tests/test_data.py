"""Batches: every row once, in the order wanted, cast, whatever the array in memory is like."""

import tracemalloc

import numpy as np
import pytest

from nnlite.data import ArrayBatches, Column, Rows, refuse_non_finite


def rows(count=10, width=3):
    return np.arange(count * width, dtype=np.float32).reshape(count, width)


def epoch(batches):
    """The first column of every batch, as lists; copied, for the buffer is used again."""
    return [x[:, 0].tolist() for x, *_ in batches]


def test_batches_come_in_order_and_the_last_may_be_smaller():
    batches = ArrayBatches([rows(), np.arange(10), None], ["float32", "int64", "float32"], 4)
    assert len(batches) == 3
    found = [(x.copy(), y.copy(), w) for x, y, w in batches]
    assert [len(x) for x, _, _ in found] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([x for x, _, _ in found]), rows())
    np.testing.assert_array_equal(np.concatenate([y for _, y, _ in found]), np.arange(10))
    assert [w for _, _, w in found] == [None] * 3


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 10), (3, 4), (10, 1), (32, 1)])
def test_the_number_of_batches(batch_size, steps):
    batches = ArrayBatches([rows()], ["float32"], batch_size)
    assert len(batches) == steps == len(list(batches))


def test_a_shuffled_epoch_has_every_row_once_and_the_next_another_order():
    batches = ArrayBatches([rows(), rows()], ["float32"] * 2, 4, np.random.default_rng(0))
    epochs = []
    for _ in range(3):
        order = []
        for x, y in batches:
            np.testing.assert_array_equal(x, y)  # the columns stay together
            order += (x[:, 0] / 3).tolist()
        assert sorted(order) == list(range(10))
        epochs.append(order)
    assert epochs[0] != epochs[1] != epochs[2]
    assert epochs[0] != list(range(10))


def test_the_order_is_the_generators():
    found = [
        epoch(ArrayBatches([rows()], ["float32"], 4, np.random.default_rng(seed)))
        for seed in (0, 0, 1)
    ]
    assert found[0] == found[1] != found[2]


def test_rows_go_on_after_the_last_batch():
    taken = Rows(ArrayBatches([rows(5)], ["float32"], 2))
    found = [(indices.tolist(), steps) for indices, steps in (taken.take(9) for _ in range(4))]
    assert found == [([0, 1, 2, 3], 2), ([4], 1)] * 2


def test_rows_are_taken_by_steps_of_equal_size():
    taken = Rows(ArrayBatches([rows(5)], ["float32"], 2))
    found = [(indices.tolist(), steps) for indices, steps in (taken.take(1) for _ in range(3))]
    assert found == [([0, 1], 1), ([2, 3], 1), ([4], 1)]


def memory_layouts():
    """The same 10 x 3 numbers, in many forms."""
    wide = np.zeros((10, 7))
    wide[:, 2:5] = rows()
    big = np.zeros((20, 3))
    big[::2] = rows()
    read_only = rows()
    read_only.flags.writeable = False
    return {
        **{
            dtype: rows().astype(dtype)
            for dtype in ("uint8", "int8", "int32", "int64", "uint64", "float16", "float64")
        },
        "big-endian": rows().astype(">f4"),
        "big-endian integers": rows().astype(">i8"),
        "slice of columns": wide[:, 2:5],
        "every other row": big[::2],
        "backwards": np.ascontiguousarray(rows()[::-1])[::-1],
        "Fortran order": np.asfortranarray(rows()),
        "transposed": np.ascontiguousarray(rows().T).T,
        "read-only": read_only,
        "every other column": np.repeat(rows(), 2, axis=1)[:, ::2],
    }


@pytest.mark.parametrize("layout", memory_layouts())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layout_in_memory_gives_the_same_batches(layout, dtype):
    values = memory_layouts()[layout]
    (batch,) = next(iter(ArrayBatches([values], [dtype], 4, np.random.default_rng(3))))
    order = np.arange(10)
    np.random.default_rng(3).shuffle(order)
    assert batch.dtype == dtype
    np.testing.assert_array_equal(batch, rows()[order[:4]])


def test_booleans_become_zeros_and_ones():
    column = Column(np.array([[True, False], [False, True]]), "float32", 2)
    np.testing.assert_array_equal(column.batch(np.array([1, 0])), [[0, 1], [1, 0]])


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 2, 3), (6, 2, 0)])
def test_samples_keep_their_shape(shape):
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    for layout in (values, np.asfortranarray(values)):
        batch = Column(layout, "float32", 4).batch(np.array([5, 0]))
        np.testing.assert_array_equal(batch, values[[5, 0]])


@pytest.mark.one_table
def test_the_data_is_not_copied():
    values = np.zeros((1000, 1000), np.uint8)  # 1 MB; as float32 it would be 4
    sliced = values[:, 10:]
    tracemalloc.start()
    for _ in ArrayBatches([sliced], ["float32"], 10):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000  # the buffer of ten rows is 40 kB


@pytest.mark.one_table
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_its_place(wrong):
    values = np.zeros((5, 2, 3))
    values[3, 1, 2] = wrong
    with pytest.raises(ValueError, match=rf"x holds {wrong} at \[3, 1, 2\] \(1 such values"):
        refuse_non_finite(values, "x", "float32")


@pytest.mark.one_table
def test_its_place_is_right_in_large_arrays_too():
    values = np.zeros((5000, 300), np.float32)  # looked at in two pieces
    values[4321, 7] = np.nan
    with pytest.raises(ValueError, match=r"validation x holds nan at \[4321, 7\]; training on it"):
        refuse_non_finite(values, "validation x", "float32")


@pytest.mark.one_table
def test_what_becomes_infinite_by_the_cast_is_refused_too():
    values = np.array([1.0, -1e39])
    refuse_non_finite(values, "x", "float64")
    with pytest.raises(ValueError, match=r"x holds -1e\+39, which is infinity as float32, at \["):
        refuse_non_finite(values, "x", "float32")


@pytest.mark.one_table
@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float16", "float32", ">f8"])
def test_finite_numbers_of_every_type_pass(dtype):
    refuse_non_finite(np.ones((3, 2), dtype), "x", "float32")
    refuse_non_finite(np.ones((0, 2), dtype), "x", "float32")
