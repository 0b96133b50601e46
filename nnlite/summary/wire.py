"""How protobuf writes numbers and bytes down, and how they are read back.

A message is a row of fields. Each begins with a varint, `number << 3 | kind`, and its kind says
what follows: a varint, eight bytes, four bytes, or a length and so many bytes, which may be a
message themselves. A varint has seven bits in each byte, the lowest first, and the top bit is set
in all but the last. What is zero or empty is left out. (protobuf.dev, "Encoding".)
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5

_FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
_64_BITS = (1 << 64) - 1
_ONE_BYTE = tuple(number.to_bytes(1, "little") for number in range(0x80))


def varint(number: int) -> bytes:
    """Write a whole number of 64 bits; a negative one as what is 2⁶⁴ larger."""
    if 0 <= number < 0x80:
        return _ONE_BYTE[number]
    number &= _64_BITS
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def whole(field: int, number: int) -> bytes:
    """Write a field that holds a whole number."""
    return varint(field << 3 | VARINT) + varint(number) if number else b""


def part(field: int, data: bytes) -> bytes:
    """Write a field that holds a message, a string or bytes, even where it is empty."""
    return varint(field << 3 | LENGTH) + varint(len(data)) + data


def text(field: int, text: str) -> bytes:
    """Write a field that holds a string."""
    return part(field, text.encode()) if text else b""


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Read a message: the number of each field, and a whole number or bytes.

    Raises
    ------
    ValueError
        Where the bytes are no message.
    """
    place = 0
    while place < len(message):
        key, place = read_varint(message, place)
        kind = key & 7
        if kind == VARINT:
            number, place = read_varint(message, place)
            yield key >> 3, number
            continue
        if kind == LENGTH:
            size, place = read_varint(message, place)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise ValueError(f"a field is of the unknown kind {kind}")
        if place + size > len(message):
            raise ValueError(f"field {key >> 3} is longer than the message that it stands in")
        yield key >> 3, message[place : place + size]
        place += size


def read_varint(message: bytes, place: int) -> tuple[int, int]:
    """Read a varint; return it and the place after it."""
    number = 0
    for i, byte in enumerate(message[place : place + 10]):
        number |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return number & _64_BITS, place + i + 1
    raise ValueError("a number has no end")


def varints(packed: bytes) -> Iterator[int]:
    """Read numbers that stand side by side."""
    place = 0
    while place < len(packed):
        number, place = read_varint(packed, place)
        yield number


def signed(number: int) -> int:
    """Return the number that a varint stands for where it may be negative."""
    return number - (1 << 64) if number >> 63 else number
