"""Files as Keras writes them, broken in ways that know a little of what they are made of."""

import functools
import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

#: What records begin with, and the parts of a zip file.
SIGNATURES = re.compile(rb"TREE|SNOD|HEAP|GCOL|FRHP|FHDB|FHIB|BTHD|BTLF|BTIN|PK[\1-\6][\1-\6]")

#: Numbers that readers get wrong, besides those that the file itself is made of.
NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1,
           2**40, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1)  # fmt: skip


class Places(NamedTuple):
    """What of a file is worth breaking."""

    records: tuple[int, ...]  # where one begins
    pointers: tuple[int, ...]  # where the address of one stands


@functools.cache
def places_of(content: bytes) -> Places:
    """Find the records of a file, and what leads to them."""
    records = [match.start() for match in SIGNATURES.finditer(content)]
    # An object's header has no signature: version 1, a count, and so on; what leads there counts.
    words = range(0, len(content) - 8, 8)
    headers = {
        value
        for (value,) in (struct.unpack_from("<Q", content, at) for at in words)
        if 96 <= value < len(content) - 16 and content[value : value + 2] == b"\1\0"
    }
    records = sorted({*records, *headers})
    found = set(records)
    pointers = [at for at in words if struct.unpack_from("<Q", content, at)[0] in found]
    return Places(tuple(records) or (0,), tuple(pointers) or (0,))


Mutation = Callable[[bytearray, Places, int, int, int], None]


def flip(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    """Any byte becomes any other."""
    data[a % len(data)] = b % 256


def flip_bit(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    data[a % len(data)] ^= 1 << b % 8


def set_number(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    """A number near the beginning of a record becomes one that readers get wrong."""
    at = places.records[a % len(places.records)] + b % 96
    size = 1 << c % 4
    value = NUMBERS[c // 4 % len(NUMBERS)] % 2 ** (8 * size)
    data[at : at + size] = value.to_bytes(size, "little")


def set_size(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    """A number becomes one near the size of the file."""
    at = places.records[a % len(places.records)] + b % 96 // 8 * 8
    data[at : at + 8] = struct.pack("<Q", max(0, len(data) + c % 65 - 32))


def lead_elsewhere(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    """What leads to a record leads to another: circles, records of the wrong kind."""
    at = places.pointers[a % len(places.pointers)]
    target = places.records[b % len(places.records)] + (c % 17 - 8 if c % 3 == 0 else 0)
    data[at : at + 8] = struct.pack("<Q", max(target, 0))


def copy(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    """A piece of the file stands where another was."""
    at, start, size = a % len(data), b % len(data), 1 + c % 512
    data[at : at + size] = data[start : start + size]


def cut(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    del data[1 + a % len(data) :]


def take_out(data: bytearray, places: Places, a: int, b: int, c: int) -> None:
    at = 1 + a % len(data)
    del data[at : at + 1 + b % 64]


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, flip_bit, set_number, set_number, set_size, lead_elsewhere, copy, cut, take_out),
)
ANY = st.integers(0, 2**32)
BROKEN = st.lists(
    st.tuples(st.sampled_from(MUTATIONS), ANY, ANY, ANY), min_size=1, max_size=4
)  # fmt: skip


def broken(content: bytes, mutations: list[tuple[Mutation, int, int, int]]) -> bytes:
    """Return the file after these mutations."""
    places = places_of(content)
    data = bytearray(content)
    for mutation, *numbers in mutations:
        mutation(data, places, *numbers)
    return bytes(data)
