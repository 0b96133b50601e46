"""The records of an event file: how many bytes there are, the bytes, and checksums of both.

    length    uint64, little-endian
    checksum  uint32, of the eight bytes of the length
    data      `length` bytes
    checksum  uint32, of the data

The checksums are CRC-32C, masked (`masked_crc32c`): TensorFlow's TFRecord format.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from .. import _kernels

_length = struct.Struct("<Q")
_checksum = struct.Struct("<I")

#: The bytes before the data and after it.
HEAD, TAIL = _length.size + _checksum.size, _checksum.size


class BrokenEventFileError(ValueError):
    """The event file at `path` does not hold what it should.

    Attributes
    ----------
    offset : int
        The byte, from 0, at which the record begins that cannot be read.
    """

    def __init__(self, path: str, offset: int, what: str) -> None:
        super().__init__(
            f"{path} is broken at byte {offset}: {what}. What stands before it was read; nothing "
            "after it can be, since where the next record begins is not known"
        )
        self.offset = offset


def masked_crc32c(data: bytes) -> int:
    """Turn the CRC-32C of bytes by 15 bits and add a number.

    So that bytes which hold a checksum of other bytes do not have one that means little.
    """
    crc = _kernels.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Frame the bytes of an event."""
    length = _length.pack(len(data))
    return b"".join(
        (
            length,
            _checksum.pack(masked_crc32c(length)),
            data,
            _checksum.pack(masked_crc32c(data)),
        )
    )


def records(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """Read the records of a file: at which byte each one begins, and its data.

    A file that ends inside a record, as it does while it is written or after its writer was killed,
    ends before that record.

    Raises
    ------
    BrokenEventFileError
        Where a checksum is not that of the bytes.
    """
    name = os.fspath(path)
    with open(name, "rb") as file:
        offset = 0
        while (data := _next(file, name, offset)) is not None:
            yield offset, data
            offset += HEAD + len(data) + TAIL


def _next(file: BinaryIO, name: str, offset: int) -> bytes | None:
    """Read one record; None at the end of the file."""
    head = file.read(HEAD)
    if len(head) < HEAD:
        return None
    (length,) = _length.unpack_from(head)
    if head[_length.size :] != _checksum.pack(masked_crc32c(head[: _length.size])):
        raise BrokenEventFileError(name, offset, "the checksum of a record's length is wrong")
    if length + TAIL > os.fstat(file.fileno()).st_size - offset - HEAD:
        return None
    data, tail = file.read(length), file.read(TAIL)
    if len(tail) < TAIL:  # it was cut just now
        return None
    if tail != _checksum.pack(masked_crc32c(data)):
        raise BrokenEventFileError(name, offset, "the checksum of a record's data is wrong")
    return data
