"""Where the numbers of a dataset stand in an HDF5 file, and how they are read."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .hdf5_source import NEWER, UNDEFINED, Cursor, Source, leaves

#: Filters by number, and the pipelines of them that Keras's files may have.
SHUFFLE, GZIP = 2, 1
PIPELINES = ((), (SHUFFLE,), (GZIP,), (SHUFFLE, GZIP))
FILTERS = {3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf"}

COMPACT, CONTIGUOUS, CHUNKED = 0, 1, 2


class Chunk(NamedTuple):
    """One block of a dataset: where it begins there, and where it stands in the file."""

    offset: tuple[int, ...]
    address: int
    size: int
    skipped: int  # bit i: filter i was not applied


@dataclass
class Whole:
    """Numbers that stand in the file one after another."""

    address: int

    def read(self, source: Source, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """Return a copy of them."""
        data = source.at(self.address, math.prod(shape) * dtype.itemsize)
        values = np.frombuffer(source.data, dtype, math.prod(shape), data.start)
        return values.reshape(shape).astype(dtype.newbyteorder("="))


@dataclass
class Chunked:
    """Numbers that stand in blocks of one shape, each perhaps shuffled and compressed."""

    block: tuple[int, ...]
    filters: tuple[int, ...]
    chunks: list[Chunk]

    def read(self, source: Source, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """Return them put together."""
        values = np.empty(shape, dtype.newbyteorder("="))
        for chunk in self.chunks:
            data = source.at(chunk.address, chunk.size).take(chunk.size)
            block = self._unfiltered(source, data, chunk.skipped, dtype)
            ends = [min(start + size, end) for start, size, end in
                    zip(chunk.offset, self.block, shape, strict=True)]  # fmt: skip
            inside = tuple(
                slice(0, end - start) for start, end in zip(chunk.offset, ends, strict=True)
            )
            place = tuple(slice(start, end) for start, end in zip(chunk.offset, ends, strict=True))
            values[place] = block[inside]
        return values

    def _unfiltered(
        self, source: Source, data: bytes, skipped: int, dtype: np.dtype[Any]
    ) -> np.ndarray:
        size = math.prod(self.block) * dtype.itemsize
        applied = [one for bit, one in enumerate(self.filters) if not skipped >> bit & 1]
        if GZIP in applied:
            data = _inflated(source, data, size)
        if len(data) != size:
            source.refuse(f"a chunk of {len(data):,} bytes, where {size:,} belong")
        if SHUFFLE in applied:
            data = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1).T.tobytes()
        return np.frombuffer(data, dtype).reshape(self.block)


def _inflated(source: Source, data: bytes, size: int) -> bytes:
    """Return what zlib compressed, but never more than `size` bytes and one."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(data, size + 1)
    except zlib.error as error:
        source.refuse(f"a chunk cannot be decompressed: {error}")
    if not stream.eof:
        source.refuse(f"a compressed chunk is cut, or holds more than its {size:,} bytes")
    return data


def read_filters(message: Cursor) -> tuple[int, ...]:
    """Read the numbers of the filters; refuses all but shuffle and gzip, in this order."""
    source = message.source
    version, count = message.unpack("BB")
    if version not in (1, 2):
        source.refuse(f"filters of version {version}; 1 and 2 are read")
    message.skip(6 if version == 1 else 0)
    found = []
    for _ in range(count):
        (number,) = message.unpack("H")
        (name_size,) = message.unpack("H") if version == 1 or number >= 256 else (0,)
        _, values = message.unpack("HH")
        message.skip(name_size + -name_size % (8 if version == 1 else 1))
        message.skip(4 * (values + values % 2 if version == 1 else values))
        found.append(number)
    if tuple(found) not in PIPELINES:
        names = ", ".join(FILTERS.get(one, str(one)) for one in found if one not in (SHUFFLE, GZIP))
        source.refuse(f"the filters {names or 'in another order'}; shuffle and gzip are read")
    return tuple(found)


def read_layout(
    message: Cursor, shape: tuple[int, ...], itemsize: int, filters: tuple[int, ...]
) -> Whole | Chunked:
    """Read where the numbers of a dataset of this shape stand.

    Nothing is allocated: what the shape asks for has to be in the file, or within the limits.
    """
    source = message.source
    size = math.prod(shape) * itemsize
    if math.prod(max(one, 1) for one in shape) * itemsize > source.limits.weight_bytes:
        source.refuse(
            f"the shape {shape} of {itemsize}-byte numbers is more than the "
            f"{source.limits.weight_bytes:,} bytes that are allowed (Limits.weight_bytes)"
        )
    source.spend("weight_bytes", size)
    version, kind = message.unpack("BB")
    if (version, kind) == (4, 3):
        source.refuse("a virtual dataset: its numbers would come from other datasets or files")
    if version != 3:
        source.refuse(f"a layout of version {version}, where 3 is read. {NEWER}")
    if kind == CHUNKED:
        return _read_chunked(message, shape, itemsize, filters)
    if filters:
        source.refuse("filters without chunks")
    if kind == COMPACT:
        address, stored = message.position + 2, *message.unpack("H")
        message.skip(stored)
    elif kind == CONTIGUOUS:
        address, stored = message.unpack("QQ")
    else:
        source.refuse(f"the unknown layout {kind}")
    if size == 0:
        return Whole(0)
    if address == UNDEFINED:
        source.refuse(f"the shape {shape} is declared, but the file holds no numbers for it")
    if stored != size:
        source.refuse(f"the shape {shape} needs {size:,} bytes, and the file holds {stored:,}")
    source.at(address, size)
    return Whole(address)


def _read_chunked(
    message: Cursor, shape: tuple[int, ...], itemsize: int, filters: tuple[int, ...]
) -> Chunked:
    source = message.source
    dimensionality, root = message.unpack("BQ")
    if dimensionality != len(shape) + 1:
        source.refuse(f"chunks of {dimensionality - 1} axes, for the shape {shape}")
    *block, element = message.unpack(f"{dimensionality}I")
    if element != itemsize or 0 in block:
        source.refuse(f"chunks of the shape {tuple(block)} of {element}-byte numbers")
    counts = [-(-size // part) for size, part in zip(shape, block, strict=True)]
    if math.prod(shape) == 0:
        return Chunked(tuple(block), filters, [])
    # What the chunks hold beyond the shape is decompressed too.
    padded = math.prod(counts) * math.prod(block) * itemsize
    source.spend("weight_bytes", padded - math.prod(shape) * itemsize)
    if root == UNDEFINED:
        source.refuse(f"the shape {shape} is declared, but the file holds no numbers for it")
    chunks = list(_chunks(source, root, len(shape)))
    starts = itertools.product(
        *(range(0, size, part) for size, part in zip(shape, block, strict=True))
    )
    if len(chunks) != math.prod(counts) or {chunk.offset for chunk in chunks} != set(starts):
        source.refuse(f"the chunks of {tuple(block)} do not make up the shape {shape}")
    return Chunked(tuple(block), filters, chunks)


def _chunks(source: Source, root: int, rank: int) -> Iterator[Chunk]:
    """Walk the leaves of a B-tree of chunks."""
    for cursor in leaves(source, root, kind=1, key_size=8 + 8 * (rank + 1)):
        size, skipped, *offset = cursor.unpack(f"II{rank + 1}Q")
        (address,) = cursor.unpack("Q")
        source.at(address, size)
        yield Chunk(tuple(offset[:-1]), address, size, skipped)
