"""A group of an HDF5 file with more than eight members, one with a name that is not ASCII.

Its links stand in the blocks of a "fractal heap", and a B-tree of version 2 says where.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .hdf5_source import NEWER, UNDEFINED, Cursor, Source

#: How the library makes the heap and the tree of a group's links. Others are not read.
LINKS_BY_NAME = 5  # the type of the tree
RECORD_SIZE = 11  # of the tree: a hash of the name, and the place in the heap
PLACE_SIZE, OFFSET_BITS = 7, 32

#: What stands before the addresses in an indirect block, and before the records in a node.
INDIRECT_START, NODE_START, CHECKSUM = 17, 6, 4


class Heap(NamedTuple):
    """The blocks of a fractal heap, in rows: two with blocks of one size, then doubling."""

    root: int
    rows: int  # 0 where the root is itself the one block
    width: int
    first_size: int


def dense_links(source: Source, heap_address: int, tree_address: int) -> Iterator[Cursor]:
    """Give a cursor at each link of a group."""
    heap = _read_heap(source, heap_address)
    for record in _records(source, tree_address):
        kind, offset, length = record.unpack("4xBIH")
        if kind != 0:
            source.refuse(f"a link that is kept in the way {kind >> 4}. {NEWER}")
        source.spend("records", 1)
        yield source.at(_address(source, heap, offset), length)


def _read_heap(source: Source, address: int) -> Heap:
    cursor = source.at(address)
    cursor.expect(b"FRHP")
    version, place_size, filters, _ = cursor.unpack("BHHB")
    width, first_size, _, bits, _, root, rows = cursor.unpack("100xHQQHHQH")
    if (version, place_size, filters, bits) != (0, PLACE_SIZE, 0, OFFSET_BITS) or width == 0:
        source.refuse(f"the links of a group in a heap of another kind. {NEWER}")
    if first_size == 0 or root == UNDEFINED:
        source.refuse("the heap of a group's links is empty")
    return Heap(root, rows, width, first_size)


def _address(source: Source, heap: Heap, offset: int) -> int:
    """Return where in the file an offset of the heap is."""
    if heap.rows == 0:
        start, block = 0, heap.root
    else:
        row, start, size = 0, 0, heap.first_size
        while offset >= start + heap.width * size:
            row, start = row + 1, start + heap.width * size
            size *= 1 if row == 1 else 2
        if row >= heap.rows:
            source.refuse(f"a link at {offset:,}, which is beyond the heap of a group's links")
        column = (offset - start) // size
        start += column * size
        cursor = source.at(heap.root)
        cursor.expect(b"FHIB")
        entry = source.at(heap.root + INDIRECT_START + 8 * (row * heap.width + column), 8)
        (block,) = entry.unpack("Q")
    source.at(block).expect(b"FHDB")  # an indirect one, of more than 512 KiB of links, is refused
    return block + offset - start


def _records(source: Source, address: int) -> Iterator[Cursor]:
    """Give a cursor at each record of a B-tree of version 2."""
    cursor = source.at(address)
    cursor.expect(b"BTHD")
    version, kind, node_size, record_size, depth = cursor.unpack("BBIHH")
    if (version, kind, record_size) != (0, LINKS_BY_NAME, RECORD_SIZE):
        source.refuse(f"the names of a group in a tree of another kind. {NEWER}")
    root, count = cursor.unpack("xxQH")
    # Of a child its parent says how many records it has, and below its leaves' parents in all.
    most = (node_size - NODE_START - CHECKSUM) // RECORD_SIZE
    count_size = _bytes_for(most)
    waiting = [(root, count, depth)]
    while waiting:
        address, count, depth = waiting.pop()
        if depth > 1:
            source.refuse(
                f"a group of some thousand members with names that are not ASCII. {NEWER}"
            )
        node = source.at(address)
        node.expect(b"BTIN" if depth else b"BTLF")
        node.skip(2)
        source.spend("records", count)
        yield from [node.part(RECORD_SIZE) for _ in range(count)]
        for _ in range(count + 1 if depth else 0):
            (child,) = node.unpack("Q")
            number = int.from_bytes(node.take(count_size), "little")
            waiting.append((child, number, depth - 1))


def _bytes_for(most: int) -> int:
    return max(1, (most.bit_length() + 7) // 8)
