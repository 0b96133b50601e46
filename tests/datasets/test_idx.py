"""Reading IDX files, whole and damaged."""

import gzip

import numpy as np
import pytest

from nnlite.datasets import _idx, _store

from .files import idx_bytes, put, sha256

pytestmark = pytest.mark.one_table

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
SOURCE = _store.Source("set", "The Set", ())


@pytest.mark.parametrize("shape", [(0,), (7,), (2, 3, 4), (0, 28, 28), (1, 1, 1, 1)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_decode_gives_the_array(shape, compress):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    decoded = _idx.decode(compress(idx_bytes(array)))
    np.testing.assert_array_equal(decoded, array, strict=True)
    assert decoded.flags.writeable
    assert decoded.flags.c_contiguous


def test_header_by_hand():
    assert _idx.header((60000, 28, 28)) == bytes.fromhex("00000803 0000ea60 0000001c 0000001c")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "got nothing"),
        (b"\x00\x00\x08", "got 00 00 08"),
        (b"<html>", "got 3c 68 74"),
        (b"\x00\x00\x0d\x01" + bytes(8), "got 00 00 0d"),  # IDX, but of float32
        (idx_bytes(ARRAY)[:15], "expected 16 bytes, got 15"),
        (idx_bytes(ARRAY)[:-1], r"shape \(2, 3, 4\): expected 24 bytes after the header, got 23"),
        (idx_bytes(ARRAY) + b"\x00", "got 25"),
        (gzip.compress(idx_bytes(ARRAY), mtime=0)[:-9], "gzip compression is cut short"),
        (gzip.compress(idx_bytes(ARRAY), mtime=0)[:-8] + bytes(8), "CRC"),
        (b"\x1f\x8b\x08\x00" + bytes(6) + b"\xff" * 20, "gzip compression"),
    ],
)
def test_decode_refuses_what_is_no_whole_file(content, said):
    with pytest.raises(ValueError, match=said):
        _idx.decode(content)


def test_the_hash_is_that_of_the_uncompressed_content():
    content = idx_bytes(ARRAY)
    for level in (1, 9):
        compressed = gzip.compress(content, level)
        np.testing.assert_array_equal(_idx.decode_checked(compressed, sha256(content)), ARRAY)
    with pytest.raises(ValueError, match=f"expected {'0' * 64}"):
        _idx.decode_checked(content, "0" * 64)


def test_a_changed_pixel_is_noticed():
    changed = ARRAY.copy()
    changed[1, 2, 3] ^= 1
    with pytest.raises(ValueError, match="sha256"):
        _idx.check(changed, sha256(idx_bytes(ARRAY)))


def test_load_split(machine, tiny):
    put(machine.own / "set", tiny.files)
    (x_train, y_train), (x_test, y_test) = _idx.load_split(SOURCE, tiny.sha256)
    for loaded, expected in zip((x_train, y_train, x_test, y_test), tiny.arrays, strict=True):
        np.testing.assert_array_equal(loaded, expected, strict=True)


def test_load_split_names_the_damaged_file(machine, tiny):
    put(machine.own, tiny.files | {"t10k-labels-idx1-ubyte.gz": b"\x1f\x8b"})
    with pytest.raises(ValueError, match=r"own.t10k-labels-idx1-ubyte\.gz is not"):
        _idx.load_split(SOURCE, tiny.sha256)
