"""The IDX format, in which MNIST and Fashion-MNIST are published.

An IDX file is a header and the array's bytes in C order. The header is the four bytes 00 00 08 NN
(08 for unsigned bytes, NN for the number of axes) and then the NN sizes, each a big-endian uint32.
The files are published compressed by gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Sequence
from functools import partial

import numpy as np

from . import _store

Images = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
Labels = np.ndarray[tuple[int], np.dtype[np.uint8]]
Split = tuple[tuple[Images, Labels], tuple[Images, Labels]]

#: The files of MNIST and of its kin: training images and labels, test images and labels.
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def load_split(source: _store.Source, sha256: Sequence[str]) -> Split:
    """Load the four `FILES`; `sha256` holds the hash of each one's uncompressed content."""
    x_train, y_train, x_test, y_test = (
        _store.load(source, name, partial(decode_checked, sha256=digest))
        for name, digest in zip(FILES, sha256, strict=True)
    )
    return (x_train, y_train), (x_test, y_test)


def decode_checked(content: bytes, sha256: str) -> np.ndarray:
    """Read an IDX file's bytes, compressed or not; ValueError where their hash is not `sha256`."""
    array = decode(content)
    check(array, sha256)
    return array


def check(array: np.ndarray, sha256: str) -> None:
    """Raise ValueError where `array`, written as an IDX file, has not the hash `sha256`."""
    digest = hashlib.sha256(header(array.shape))
    digest.update(np.ascontiguousarray(array).data)
    if digest.hexdigest() != sha256:
        raise ValueError(
            f"the sha256 of its uncompressed content is {digest.hexdigest()}, expected {sha256}"
        )


def header(shape: tuple[int, ...]) -> bytes:
    """Return the header of an IDX file that holds unsigned bytes in the given shape."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)


def decode(content: bytes) -> np.ndarray:
    """Read the bytes of an IDX file, compressed by gzip or not.

    Returns
    -------
    ndarray of uint8
        A new array, writeable and C-contiguous, in the shape that the header gives.

    Raises
    ------
    ValueError
        Where this is no whole IDX file of unsigned bytes.
    """
    if content[:2] == b"\x1f\x8b":
        content = _gunzip(content)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError(
            "it is no IDX file of unsigned bytes: expected it to begin with the bytes 00 00 08, "
            f"got {content[:3].hex(' ') or 'nothing'}"
        )
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise ValueError(f"it ends in its header: expected {start} bytes, got {len(content)}")
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"its header says shape {shape}: expected {math.prod(shape)} bytes after the header, "
            f"got {len(content) - start}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def _gunzip(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"its gzip compression is cut short or damaged ({error})") from error
