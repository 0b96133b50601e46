"""A machine without any data set, and the means to put some there."""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nnlite.datasets import _store

from .files import idx_bytes, sha256


class Machine(NamedTuple):
    """The three local places where data sets are looked for; at first there is nothing there."""

    own: Path  # named in NNLITE_DATASETS
    cache: Path
    debian: Path


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Machine:
    places = Machine(tmp_path / "own", tmp_path / "cache", tmp_path / "debian")
    monkeypatch.setenv("NNLITE_DATASETS", str(places.own))
    monkeypatch.setenv("NNLITE_CACHE", str(places.cache))
    monkeypatch.setattr(_store, "DEBIAN_FOLDER", places.debian)
    return places


class Tiny(NamedTuple):
    """Something of MNIST's form: the four arrays, their files' bytes and their hashes."""

    arrays: list[np.ndarray]
    files: dict[str, bytes]
    sha256: tuple[str, ...]


@pytest.fixture
def tiny() -> Tiny:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    shapes = ((5, 3, 2), (5,), (4, 3, 2), (4,))
    arrays = [np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) for shape in shapes]
    contents = [idx_bytes(array) for array in arrays]
    return Tiny(
        arrays,
        {f"{n}-ubyte.gz": gzip.compress(c) for n, c in zip(names, contents, strict=True)},
        tuple(map(sha256, contents)),
    )
