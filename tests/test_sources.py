"""Rows out of everything that holds samples: read batch by batch, and always the same numbers."""

import tracemalloc

import h5py
import numpy as np
import pandas
import pytest
import scipy.sparse

import nnlite
from nnlite.data import ArrayBatches
from nnlite.sources import StoredRows, as_rows, in_memory

X = np.random.default_rng(0).integers(0, 3, (50, 4)).astype(np.float32)
Y = X[:, 0].astype(np.int64)


@pytest.fixture
def dataset(tmp_path):
    """X in an HDF5 file."""
    with h5py.File(tmp_path / "data.h5", "w") as file:
        yield file.create_dataset("x", data=X, chunks=(7, 4))


def memmap(tmp_path):
    mapped = np.memmap(tmp_path / "x.dat", np.float32, "w+", shape=X.shape)
    mapped[:] = X
    return mapped


@pytest.fixture(params=["h5py", "memmap", "csr", "csr array", "coo", "frame", "memoryview"])
def source(request, tmp_path, dataset):
    forms = {
        "h5py": lambda: dataset,
        "memmap": lambda: memmap(tmp_path),
        "csr": lambda: scipy.sparse.csr_matrix(X),
        "csr array": lambda: scipy.sparse.csr_array(X),
        "coo": lambda: scipy.sparse.coo_matrix(X),
        "frame": lambda: pandas.DataFrame({"a": X[:, 0].astype(int)} | dict(enumerate(X.T[1:]))),
        "memoryview": lambda: memoryview(X),
    }
    return forms[request.param]()


@pytest.mark.one_table
def test_rows_are_what_they_were(source):
    rows = as_rows(source, "x")
    assert rows.shape == X.shape
    assert len(rows) == 50
    np.testing.assert_array_equal(rows[3:9], X[3:9])
    np.testing.assert_array_equal(in_memory(source, "x"), X)
    if isinstance(rows, StoredRows):
        order = np.array([7, 3, 3, 40])
        np.testing.assert_array_equal(rows.read(order), X[order])
        part = rows.part(slice(10, 30))
        assert part.shape == (20, 4)
        np.testing.assert_array_equal(part.read(order[:3]), X[10:30][order[:3]])
        np.testing.assert_array_equal(part.part(slice(5, None))[:], X[15:30])


def trained(x):
    """The bits of everything that comes out of a training on x."""
    nnlite.utils.set_random_seed(0)
    model = nnlite.Sequential([nnlite.layers.Dense(3, "softmax", input_shape=(4,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, Y, 8, epochs=3, validation_split=0.3, verbose=0).history
    numbers = [*model.evaluate(x, Y, verbose=0), *model.train_on_batch(x, Y)]
    predicted = [model.predict(x, batch_size=50, verbose=0), model.predict_on_batch(x)]
    return history, numbers, [one.tobytes() for one in (*model.get_weights(), *predicted)]


def test_every_source_trains_to_the_same_bits_as_an_array(source):
    assert trained(source) == trained(X)


def test_rows_of_few_bytes_are_staged_many_batches_at_once(dataset):
    batches = ArrayBatches([as_rows(dataset, "x"), Y], ["float32", "int64"], 8)
    rows = batches.rows()
    taken = [rows.take(99) for _ in range(3)]
    assert [steps for _, steps in taken] == [6, 1, 6]
    assert taken[1][0].tolist() == [0, 1]  # places on the stage


@pytest.mark.one_table
@pytest.mark.parametrize("kind", ["h5py", "memmap"])
def test_memory_does_not_grow_with_what_is_not_in_memory(kind, tmp_path):
    samples, width = 20_000, 100  # 8 MB
    if kind == "h5py":
        file = h5py.File(tmp_path / "data.h5", "w")
        x = file.create_dataset("x", (samples, width), "float32", chunks=(500, width))
    else:
        x = np.memmap(tmp_path / "x.dat", np.float32, "w+", shape=(samples, width))
    y = np.zeros(samples, np.float32)
    model = nnlite.Sequential([nnlite.layers.Dense(1, input_shape=(width,))])
    model.compile("sgd", "mse")
    model.predict(np.zeros((1, width)), verbose=0)
    tracemalloc.start()
    model.fit(x, y, batch_size=500, verbose=0, shuffle=False)
    model.evaluate(x, y, batch_size=500, verbose=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A stage of 1 MB, twice while it is filled; pieces of 1 MB looked at for NaN, two at a time.
    assert peak < 4_000_000


@pytest.mark.one_table
def test_nan_far_into_a_dataset_is_refused(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        values = X.copy()
        values[33, 2] = np.nan
        x = file.create_dataset("x", data=values)
        model = nnlite.Sequential([nnlite.layers.Dense(3, input_shape=(4,))])
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match=r"x holds nan at \[33, 2\]"):
            model.fit(x, X[:, :3], verbose=0)


@pytest.mark.one_table
def test_columns_without_numbers_are_named():
    table = pandas.DataFrame({"age": [1, 2], "city": ["a", "b"], "land": ["c", "d"]})
    with pytest.raises(TypeError, match=r"these columns do not: city, land; .*get_dummies"):
        as_rows(table, "x")
    with pytest.raises(TypeError, match="these columns do not: city"):
        as_rows(table["city"], "x")


@pytest.mark.one_table
def test_pandas_own_numbers():
    table = pandas.DataFrame({"a": pandas.array([1, None], "Int64"), "b": [True, False]})
    np.testing.assert_array_equal(as_rows(table, "x"), [[1, 1], [np.nan, 0]])
