"""California housing: two forms of the same numbers, and Keras's shuffling and split."""

import hashlib

import numpy as np
import pytest

from nnlite.datasets import california_housing

from .files import npz_bytes, put, sha256

pytestmark = pytest.mark.one_table

#: The first two rows as StatLib publishes them, in the order of COLUMNS, with their targets.
FIRST = [
    [-122.23, 37.88, 41, 880, 129, 322, 126, 8.3252],
    [-122.22, 37.86, 21, 7099, 1106, 2401, 1138, 8.3014],
]
FIRST_DOLLARS = [452600, 358500]


@pytest.fixture
def real(machine, shared_folder, monkeypatch):
    """A machine that has the real file, in scikit-learn's form; its arrays."""
    monkeypatch.setenv("NNLITE_DATASETS", str(shared_folder / "datasets"))
    with np.load(shared_folder / "datasets" / california_housing.FILE) as file:
        return file["X"], file["y"]


def counts(x) -> dict[str, np.ndarray]:
    return dict(zip(california_housing.COLUMNS, x.T, strict=True))


@pytest.mark.parametrize(
    ("version", "train", "test"), [("large", 16512, 4128), ("small", 480, 120)]
)
def test_form(real, version, train, test):
    (x_train, y_train), (x_test, y_test) = california_housing.load_data(version=version)
    assert (x_train.shape, y_train.shape) == ((train, 8), (train,))
    assert (x_test.shape, y_test.shape) == ((test, 8), (test,))
    for array in (x_train, y_train, x_test, y_test):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous


def test_targets_printed_in_the_book(real):
    # F. Chollet, Deep Learning with Python, 3rd edition, chapter 4, from the real Keras:
    # [252300., 146900., 290900., ..., 140500., 217100.], dtype float32, prices from 60,000 to
    # 500,000. The beginning is that of the large version, the end that of the small one.
    (_, large), _ = california_housing.load_data()
    (_, small), _ = california_housing.load_data(version="small")
    assert large[:3].tolist() == [252300, 146900, 290900]
    assert small[-2:].tolist() == [140500, 217100]
    assert (small.min(), small.max()) == (60000, 500001)


def test_rows_of_the_census(real):
    (x, y), (x_test, _) = california_housing.load_data(test_split=0)
    assert len(x_test) == 0
    for row, dollars in zip(np.float32(FIRST), FIRST_DOLLARS, strict=True):
        places = np.flatnonzero((x == row).all(axis=1))
        assert y[places].tolist() == [dollars]
    column = counts(x.astype(np.float64))
    # Smallest and largest as A. Géron's book, chapter 2, prints them of its `housing.csv`.
    assert (column["total_rooms"].min(), column["total_rooms"].max()) == (2, 39320)
    assert (column["total_bedrooms"].min(), column["total_bedrooms"].max()) == (1, 6445)
    assert (column["households"].min(), column["households"].max()) == (1, 6082)
    assert column["population"].mean() == pytest.approx(1425.476744, abs=5e-7)
    assert y.min() == 14999
    assert (y == 500001).sum() == 965


def test_recovered_counts_and_dollars_are_whole_numbers(real):
    census = california_housing._from_per_household(*real)
    whole = census.counts[:, 2:7]  # all but the degrees and the income
    np.testing.assert_array_equal(whole, np.rint(whole))
    np.testing.assert_array_equal(census.dollars, np.rint(census.dollars))


def test_small_is_the_first_600_rows(real):
    x, _ = california_housing.load_per_household()
    (first, _), _ = california_housing.load_data(version="small", test_split=0)
    # Sorted, because load_data shuffles.
    np.testing.assert_array_equal(
        np.sort(counts(first)["median_income"]), np.sort(np.float32(x[:600, 0]))
    )


def test_split_and_seed(real):
    (x, y), _ = california_housing.load_data(test_split=0)
    (x_train, y_train), (x_test, y_test) = california_housing.load_data(test_split=0.3)
    assert len(x_train) == int(20640 * 0.7)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), x)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y)
    (_, other), _ = california_housing.load_data(test_split=0, seed=114)
    assert (other != y).any()
    np.testing.assert_array_equal(np.sort(other), np.sort(y))


def test_per_household_is_bit_for_bit_the_file(real):
    x, y = california_housing.load_per_household()
    assert hashlib.sha256(x.tobytes()).hexdigest() == california_housing.SHA256_X
    assert hashlib.sha256(y.tobytes()).hexdigest() == california_housing.SHA256_Y
    first = [8.3252, 41, 6.98412698, 1.02380952, 322, 2.55555556, 37.88, -122.23]
    # As scikit-learn's documentation prints it, with eight decimals.
    np.testing.assert_allclose(x[0], first, rtol=0, atol=5e-9)
    assert y[0] == 4.526
    column = dict(zip(california_housing.PER_HOUSEHOLD_COLUMNS, x.T, strict=True))
    assert column["AveOccup"].max() == pytest.approx(1243.333333, abs=5e-7)
    assert column["Latitude"].min() == 32.54


def test_both_files_give_the_same(real, machine, monkeypatch):
    x, y = real
    expected = california_housing.load_data(test_split=0)[0]
    census = california_housing._from_per_household(x, y)
    file = npz_bytes(x=census.counts.astype(np.float32), y=census.dollars.astype(np.float32))
    put(machine.own, {"keras.npz": file})
    monkeypatch.setenv("NNLITE_DATASETS", str(machine.own))
    monkeypatch.setattr(california_housing, "SHA256_FILE", sha256(file))
    for loaded, array in zip(
        california_housing.load_data(path="keras.npz", test_split=0)[0], expected, strict=True
    ):
        np.testing.assert_array_equal(loaded, array, strict=True)
    for loaded, array in zip(
        california_housing.load_per_household("keras.npz"), (x, y), strict=True
    ):
        np.testing.assert_array_equal(loaded, array, strict=True)


def test_first_rows_by_hand():
    x = np.array([[8.3252, 41, 880 / 126, 129 / 126, 322, 322 / 126, 37.88, -122.23]])
    census = california_housing._from_per_household(x, np.array([4.526]))
    np.testing.assert_array_equal(census.counts, FIRST[:1])
    assert census.dollars.tolist() == FIRST_DOLLARS[:1]
    np.testing.assert_array_equal(california_housing._per_household(census)[0], x)
    rounded = np.float32(FIRST), np.float32(FIRST_DOLLARS)
    np.testing.assert_array_equal(california_housing._from_keras(*rounded).counts, FIRST)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "no .npz file"),
        (npz_bytes(x=np.zeros((2, 8)), y=np.zeros(2)), "sha256 of the file is"),
        (npz_bytes(X=np.zeros((2, 8)), y=np.zeros(2)), "sha256 of X is"),
        (npz_bytes(a=np.zeros(2)), "expected the arrays x and y .* got a"),
    ],
)
def test_a_damaged_file_is_named(machine, content, said):
    put(machine.own, {california_housing.FILE: content})
    with pytest.raises(ValueError, match=rf"own.california_housing\.npz is not .*{said}"):
        california_housing.load_data()


def test_changed_targets_are_noticed(real, machine, monkeypatch):
    x, y = real
    put(machine.own, {"changed.npz": npz_bytes(X=x, y=y[::-1])})
    monkeypatch.setenv("NNLITE_DATASETS", str(machine.own))
    with pytest.raises(ValueError, match="sha256 of y is"):
        california_housing.load_data(path="changed.npz")


def test_unknown_version(machine):
    with pytest.raises(ValueError, match=r"'lagre'.*Did you mean 'large'"):
        california_housing.load_data(version="lagre")


@pytest.mark.parametrize("test_split", [-0.1, 1, 20, float("nan")])
def test_test_split_outside_its_range(machine, test_split):
    with pytest.raises(ValueError, match=f"expected 0 <= test_split < 1, got {test_split}"):
        california_housing.load_data(test_split=test_split)
