"""California housing: 20,640 block groups of the 1990 census, to predict their house prices from.

R. Kelley Pace and Ronald Barry, *Sparse Spatial Autoregressions*, Statistics and Probability
Letters 33 (1997) 291-297; distributed by StatLib.

The same numbers are published in two forms: Keras's holds the census counts (`load_data`),
scikit-learn's holds them per household (`load_per_household`). Either file serves both functions,
because each form can be computed from the other without loss:

    rooms per household = rooms / households      (the same for bedrooms and population)
    households          = population / (population per household), a whole number
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from ..errors import unknown_name
from . import _npz, _store

#: The columns of `load_data`.
COLUMNS = (
    "longitude",
    "latitude",
    "housing_median_age",
    "total_rooms",
    "total_bedrooms",
    "population",
    "households",
    "median_income",
)

#: The columns of `load_per_household`, named as scikit-learn names them.
PER_HOUSEHOLD_COLUMNS = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)

#: Rows that each version of `load_data` has.
VERSIONS = {"small": 600, "large": 20640}

SOURCE = _store.Source(
    name="california_housing",
    title="California housing",
    urls=("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",),
)

#: The file's name on the network and, unless chosen otherwise, in the local folders.
FILE = "california_housing.npz"

#: SHA-256 of Keras's file, and of the bytes of the arrays X and y in scikit-learn's form.
SHA256_FILE = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
SHA256_X = "c8f43774aa27b7ec034e60db31b6124e12b4a0d42b55b0c8eb1320089e2ebc37"
SHA256_Y = "ae80bb98487c04d7383ed8aecda8e207583dfd3e66f6679fded97597c3f6c87e"


class Census(NamedTuple):
    """The data as the census has it: counts (20640, 8) in the order of `COLUMNS`, and US dollars.

    Both arrays are float64 and hold the published decimal numbers exactly rounded.
    """

    counts: np.ndarray
    dollars: np.ndarray


def load_data(
    version: str = "large", path: str = FILE, test_split: float = 0.2, seed: int = 113
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Load the census counts, shuffled and split as Keras does.

    The file is looked for in the folder that the environment variable NNLITE_DATASETS names and in
    nnlite's cache, and then downloaded into the cache. It may be Keras's, or one that holds
    scikit-learn's `X` and `y`.

    Parameters
    ----------
    version : {"large", "small"}
        All 20,640 rows, or the first 600 of them (around San Francisco Bay).
    path : str
        The file's name in those folders, or an absolute path.
    test_split : float
        The fraction of the rows, the last ones after shuffling, that are for testing: 0 <= it < 1.
    seed : int
        Seeds the shuffling.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        float32 arrays of the shapes (rows, 8) and (rows,). The columns of x are `COLUMNS`
        (degrees, years, counts, and tens of thousands of US dollars); y is the median house value
        in US dollars, from 14,999 to 500,001, where it was capped.

    Raises
    ------
    ValueError
        For an unknown version, a `test_split` outside its range, or a damaged file.
    FileNotFoundError
        Where the file is nowhere to be had; the message names all the places and what to do.

    Notes
    -----
    From a file in scikit-learn's form: the five targets that F. Chollet prints from Keras in *Deep
    Learning with Python* (3rd edition, chapter 4) come out at their places, so rows, shuffling and
    split are Keras's. The order of the columns is the one that others who read Keras's file give
    (Keras's documentation lists columns that its file does not have); x was not compared with
    that file itself.
    """
    if version not in VERSIONS:
        raise unknown_name("version of california_housing", version, VERSIONS)
    if not 0 <= test_split < 1:
        raise ValueError(
            "california_housing.load_data: test_split is the fraction of the rows kept for "
            f"testing: expected 0 <= test_split < 1, got {test_split}"
        )
    rows = VERSIONS[version]
    census = _store.load(SOURCE, FILE, _decode, saved_as=path)
    # A generator of this old kind, because its shuffling is the one that Keras's splits come from.
    order = np.arange(rows)
    np.random.RandomState(seed).shuffle(order)
    x = census.counts[order].astype(np.float32)
    y = census.dollars[order].astype(np.float32)
    train = int(rows * (1 - test_split))
    return (x[:train], y[:train]), (x[train:], y[train:])


def load_per_household(path: str = FILE) -> tuple[np.ndarray, np.ndarray]:
    """Load the data in scikit-learn's form, all rows in their original order, not split.

    The look-up is that of `load_data`; the arrays are those of scikit-learn's
    `fetch_california_housing(return_X_y=True)`, bit for bit.

    Parameters
    ----------
    path : str
        The file's name in the folders of `load_data`, or an absolute path.

    Returns
    -------
    x : ndarray of float64, shape (20640, 8)
        The columns are `PER_HOUSEHOLD_COLUMNS`: rooms, bedrooms and occupants are means per
        household of the block group.
    y : ndarray of float64, shape (20640,)
        The median house value in units of 100,000 US dollars.

    Raises
    ------
    ValueError, FileNotFoundError
        As `load_data` does.
    """
    return _per_household(_store.load(SOURCE, FILE, _decode, saved_as=path))


def _per_household(census: Census) -> tuple[np.ndarray, np.ndarray]:
    """Turn the census form into scikit-learn's."""
    longitude, latitude, age, rooms, bedrooms, population, households, income = census.counts.T
    columns = (
        income,
        age,
        rooms / households,
        bedrooms / households,
        population,
        population / households,
        latitude,
        longitude,
    )
    return np.stack(columns, axis=1), census.dollars / 100_000.0


def _decode(content: bytes) -> Census:
    """Read the bytes of either form's file; ValueError where they are not what was published."""
    arrays = _npz.decode(content)
    if set(arrays) == {"x", "y"}:
        _check(content, SHA256_FILE, "the file")
        return _from_keras(arrays["x"], arrays["y"])
    if set(arrays) == {"X", "y"}:
        _check(arrays["X"].tobytes(), SHA256_X, "X")
        _check(arrays["y"].tobytes(), SHA256_Y, "y")
        return _from_per_household(arrays["X"], arrays["y"])
    raise ValueError(
        "expected the arrays x and y (Keras's file) or X and y (scikit-learn's form), "
        f"got {', '.join(sorted(arrays)) or 'none'}"
    )


def _check(content: bytes, sha256: str, what: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ValueError(f"the sha256 of {what} is {digest}, expected {sha256}")


def _from_keras(x: np.ndarray, y: np.ndarray) -> Census:
    """Undo Keras's rounding to float32: no published number has more than four decimals."""
    return Census(np.round(x.astype(np.float64), 4), np.rint(y.astype(np.float64)))


def _from_per_household(x: np.ndarray, y: np.ndarray) -> Census:
    """Recover the counts from the means per household; they are whole numbers."""
    income, age, rooms, bedrooms, population, occupants, latitude, longitude = x.T
    households = np.rint(population / occupants)
    columns = (
        longitude,
        latitude,
        age,
        np.rint(rooms * households),
        np.rint(bedrooms * households),
        population,
        households,
        income,
    )
    return Census(np.stack(columns, axis=1), np.rint(y * 100_000.0))
