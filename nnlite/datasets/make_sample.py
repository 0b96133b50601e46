"""Make the sample of Fashion-MNIST that comes with nnlite, from the full data set.

    python -m nnlite.datasets.make_sample

takes the first 600 training images and the first 100 test images of each class, in the order of
the full data set, and writes them to `fashion_mnist_sample.npz` beside this file. The zip archive
is compressed by LZMA (2.6 MB; deflate would need 3.1) and holds no date, so that
the same images give the same file.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from . import fashion_mnist

#: Images of each class in the training part and in the test part.
TRAIN_PER_CLASS, TEST_PER_CLASS = 600, 100


def first_of_each_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Return, in ascending order, the places of the first `count` labels of each class."""
    places = [np.flatnonzero(labels == label)[:count] for label in np.unique(labels)]
    return np.sort(np.concatenate(places))


def make_sample(path: Path) -> None:
    """Write the sample to `path`; the full data set is loaded from wherever it is to be had."""
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    train = first_of_each_class(y_train, TRAIN_PER_CLASS)
    test = first_of_each_class(y_test, TEST_PER_CLASS)
    arrays = {
        "x_train": x_train[train],
        "y_train": y_train[train],
        "x_test": x_test[test],
        "y_test": y_test[test],
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so that no clock is in the file
            entry.compress_type = zipfile.ZIP_LZMA
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def main() -> None:
    """Make the sample and say what was written."""
    path = Path(__file__).with_name(fashion_mnist.SAMPLE_FILE)
    make_sample(path)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
