"""The bytes of an HDF5 file, of which nothing can be read that is not there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NoReturn

from .errors import FileRefused
from .limits import Limits

#: An address that leads nowhere.
UNDEFINED = 2**64 - 1

#: What to do about files in a format that the reader does not know.
NEWER = "isolate=True reads it with the HDF5 library, in a child process"


class Source:
    """A file's bytes, where in it the reader is, and what it has spent of the limits.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What the file is called in a refusal.
    limits : Limits
    """

    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        self.data = data
        self.name = name
        self.limits = limits
        self.place = "/"
        self.spent = {"weight_bytes": 0, "attribute_bytes": 0, "records": 0}
        self.heaps: dict[int, dict[int, bytes]] = {}

    def refuse(self, reason: str) -> NoReturn:
        """Raise the refusal of the file for what is wrong where the reader is."""
        raise FileRefused(self.name, self.place, reason)

    def spend(self, limit: str, amount: int) -> None:
        """Count what is about to be read or allocated, and refuse the file where it is too much."""
        self.spent[limit] += amount
        allowed = getattr(self.limits, limit)
        if self.spent[limit] > allowed:
            self.refuse(
                f"up to here the file asks for {self.spent[limit]:,} {limit.replace('_', ' ')}, "
                f"and {allowed:,} are allowed (Limits.{limit})"
            )

    def at(self, address: int, size: int | None = None) -> Cursor:
        """Return a cursor over `size` bytes from an address, or over all that follow it."""
        end = len(self.data) if size is None else address + size
        if not 0 <= address <= end <= len(self.data):
            self.refuse(
                f"{'' if size is None else f'{size:,} '}bytes at {address:,} are asked for, and "
                f"the file has {len(self.data):,}"
            )
        return Cursor(self, address, end)


class Cursor:
    """A walk over some bytes of a source, in steps that cannot leave them."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = self.position = start
        self.end = end

    @property
    def left(self) -> int:
        """How many bytes are still to come."""
        return self.end - self.position

    def skip(self, size: int) -> None:
        """Step over bytes."""
        if size > self.left:
            self.source.refuse(
                f"a record at {self.start:,} needs {size:,} bytes more, and {self.left:,} are left"
            )
        self.position += size

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        start = self.position
        self.skip(size)
        return self.source.data[start : self.position]

    def part(self, size: int) -> Cursor:
        """Return a cursor over the next bytes alone."""
        start = self.position
        self.skip(size)
        return Cursor(self.source, start, self.position)

    def align(self) -> None:
        """Step to where a multiple of 8 bytes has been walked."""
        self.skip(-(self.position - self.start) % 8)

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Return the next numbers, little-endian, in the notation of the module struct."""
        layout = f"<{layout}"
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def expect(self, signature: bytes) -> None:
        """Step over the four letters that a record begins with, and count the record."""
        self.source.spend("records", 1)
        found = self.take(4)
        if found != signature:
            self.source.refuse(f"at {self.start:,} {signature!r} was expected, and is {found!r}")


def leaves(source: Source, root: int, kind: int, key_size: int) -> Iterator[Cursor]:
    """Walk a B-tree (of version 1), and give a cursor at each key and child of its leaves.

    Every node counts as a record, and each is one level below its parent, so that the walk ends.
    """
    waiting: list[tuple[int, int | None]] = [(root, None)]
    while waiting:
        address, expected = waiting.pop()
        cursor = source.at(address)
        cursor.expect(b"TREE")
        found, level, count = cursor.unpack("BBH16x")
        if found != kind or expected not in (None, level):
            source.refuse(f"the B-tree node at {address:,} is not one of this tree")
        source.spend("records", count)
        entries = [cursor.part(key_size + 8) for _ in range(count)]
        if level == 0:
            yield from entries
        else:
            for entry in reversed(entries):
                entry.skip(key_size)
                (child,) = entry.unpack("Q")
                waiting.append((child, level - 1))
