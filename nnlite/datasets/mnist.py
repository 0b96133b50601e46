"""MNIST: 70,000 grey pictures of handwritten digits, 28 by 28 pixels.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
recognition*, Proceedings of the IEEE 86 (1998) 2278-2324. Licence: CC BY-SA 3.0.
"""

from __future__ import annotations

from . import _idx, _npz, _store

SOURCE = _store.Source(
    name="mnist",
    title="MNIST",
    urls=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
)

#: SHA-256 of the files, in the order of `_idx.FILES`, uncompressed.
SHA256 = (
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)


def load_data(path: str = "mnist.npz") -> _idx.Split:
    """Load all of MNIST.

    Its four IDX files are looked for in the folder that the environment variable NNLITE_DATASETS
    names and in nnlite's cache, and then downloaded into the cache (11 MB).

    Parameters
    ----------
    path : str
        The name of Keras's file of the same data; where one of the two folders holds it (or where
        it is an absolute path and exists), it is read, and the IDX files are not needed.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays of the shapes (60000, 28, 28), (60000,), (10000, 28, 28), (10000,): pixels
        from 0 (background) to 255, and labels, the digits 0 to 9.

    Raises
    ------
    FileNotFoundError
        Where the files are nowhere to be had; the message names all the places and what to do.
    ValueError
        Where a file is damaged; the message names it.
    """
    keras_file = _store.find(SOURCE, path)
    if keras_file is None:
        return _idx.load_split(SOURCE, SHA256)
    return _store.read(SOURCE, keras_file, _decode_npz)


def _decode_npz(content: bytes) -> _idx.Split:
    """Read Keras's `mnist.npz`, whose arrays must be those of the IDX files."""
    names = ("x_train", "y_train", "x_test", "y_test")
    found = _npz.decode(content)
    if set(found) != set(names):
        raise ValueError(f"expected the arrays {', '.join(names)}, got {', '.join(found)}")
    arrays = [found[name] for name in names]
    for array, sha256 in zip(arrays, SHA256, strict=True):
        _idx.check(array, sha256)
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)
