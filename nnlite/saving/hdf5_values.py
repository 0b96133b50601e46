"""What an HDF5 file says about values: their type, their shape, and the attributes themselves."""

from __future__ import annotations

import math
import struct
from typing import Any, NamedTuple

import numpy as np

from .hdf5_source import Cursor, Source

#: Of the classes of types, those that are understood, and what the others are called.
INTEGER, FLOAT, STRING, VARIABLE = 0, 1, 3, 9
OTHER_CLASSES = {
    2: "times",
    4: "bit fields",
    5: "opaque bytes",
    6: "compounds",
    7: "references",
    8: "enumerations",
    10: "arrays as elements",
}

#: IEEE 754, by bytes: bits, exponent's place and size, mantissa's place and size, exponent's bias.
IEEE = {
    2: (16, 10, 5, 0, 10, 15),
    4: (32, 23, 8, 0, 23, 127),
    8: (64, 52, 11, 0, 52, 1023),
}

#: An element of a variable-length string: its length, and the address and number of its text.
HEAP_REFERENCE = struct.Struct("<IQI")

#: As many as numpy has.
MOST_AXES = 64


class Datatype(NamedTuple):
    """The type of the elements: a dtype of numpy, which for text is "S" or, if it varies, object.

    Text of variable length stands elsewhere, and an element says only where.
    """

    dtype: np.dtype[Any]
    itemsize: int

    @property
    def is_number(self) -> bool:
        """Whether the elements are integers or floats."""
        return self.dtype.kind in "iuf"


def read_datatype(message: Cursor) -> Datatype:
    """Read the description of a type; refuses all but IEEE floats, integers and text."""
    kind, bits, size = _split(message)
    source = message.source
    if kind == INTEGER:
        offset, precision = message.unpack("HH")
        if size in (1, 2, 4, 8) and (offset, precision) == (0, 8 * size):
            return _number("i" if bits & 8 else "u", bits, size)
        source.refuse(f"integers of {precision} bits in {size} bytes, and only whole ones are read")
    if kind == FLOAT:
        return _float(message, bits, size)
    if kind == STRING:
        if 0 < size <= source.limits.attribute_bytes < 2**31:
            return Datatype(np.dtype(f"S{size}"), size)
        source.refuse(f"text of {size:,} bytes")
    if kind == VARIABLE and bits & 15 == 1 and size == HEAP_REFERENCE.size:
        return Datatype(np.dtype(object), size)
    name = "sequences of variable length" if kind == VARIABLE else OTHER_CLASSES.get(kind)
    source.refuse(f"holds {name or f'the unknown type {kind}'}; numbers and text are read")


def _split(message: Cursor) -> tuple[int, int, int]:
    """Read what every type begins with: its class, 24 bits of details, the size of an element."""
    first, low, high, size = message.unpack("BHBI")
    if first >> 4 not in (1, 2, 3):
        message.source.refuse(f"a type of version {first >> 4}; 1 to 3 are read")
    return first & 15, low | high << 16, size


def _number(kind: str, bits: int, size: int) -> Datatype:
    return Datatype(np.dtype(f"{'>' if bits & 1 else '<'}{kind}{size}"), size)


def _float(message: Cursor, bits: int, size: int) -> Datatype:
    offset, precision, *fields = message.unpack("HHBBBBI")
    normalized = bits >> 4 & 3 == 2
    usual = offset == 0 and normalized and not bits & 64 and bits >> 8 == 8 * size - 1
    if usual and (precision, *fields) == IEEE.get(size):
        return _number("f", bits, size)
    message.source.refuse(f"floats of {size} bytes that are not those of IEEE 754, such as float32")


def read_dataspace(message: Cursor) -> tuple[int, ...]:
    """Read a shape; () is that of a single value."""
    source = message.source
    version, rank, flags = message.unpack("BBB")
    if version == 1:
        message.skip(5)
    elif version == 2:
        (kind,) = message.unpack("B")
        if kind > 1 or (kind == 0 and rank):
            source.refuse("there is no value at all (a null dataspace)")
    else:
        source.refuse(f"a shape of version {version}; 1 and 2 are read")
    if rank > MOST_AXES or flags > 1:
        source.refuse(f"a shape of {rank} axes with flags {flags}")
    return message.unpack(f"{rank}Q")


def read_attribute(message: Cursor) -> tuple[str, Any]:
    """Read a name and its value: str, list of str, or a scalar or array of numpy."""
    source = message.source
    version, flags, name_size, type_size, space_size = message.unpack("BBHHH")
    if version == 3:
        message.skip(1)  # the name's encoding; ASCII is UTF-8 too
    elif version != 1:
        source.refuse(f"an attribute of version {version}; 1 and 3 are read")
    if flags:
        source.refuse("an attribute whose type or shape stands somewhere else")
    parts = []
    for size in (name_size, type_size, space_size):
        parts.append(message.part(size))
        if version == 1:
            message.align()
    name = _text(source, parts[0].take(name_size).partition(b"\0")[0])
    before, source.place = source.place, f"{source.place}, attribute {name!r}"
    value = _value(source, read_datatype(parts[1]), read_dataspace(parts[2]), message)
    source.place = before
    return name, value


def _value(source: Source, kind: Datatype, shape: tuple[int, ...], message: Cursor) -> Any:
    """Read the elements of an attribute, which follow its description."""
    if math.prod(max(size, 1) for size in shape) > source.limits.attribute_bytes:
        source.refuse(f"the shape {shape}")
    size = math.prod(shape) * kind.itemsize
    source.spend("attribute_bytes", size)
    data = message.take(size)
    if kind.is_number:
        values = np.frombuffer(data, kind.dtype).astype(kind.dtype.newbyteorder("=")).reshape(shape)
        return values[()]
    if len(shape) > 1:
        source.refuse(f"text of the shape {shape}; single ones and lists are read")
    if kind.dtype.kind == "S":
        texts = [_text(source, one) for one in np.frombuffer(data, kind.dtype).tolist()]
    else:
        texts = [_from_heap(source, *one) for one in HEAP_REFERENCE.iter_unpack(data)]
    return texts if shape else texts[0]


def _from_heap(source: Source, length: int, address: int, number: int) -> str:
    """Return a text of variable length."""
    if length == 0:
        return ""
    if address not in source.heaps:
        source.heaps[address] = _read_heap(source, address)
    text = source.heaps[address].get(number)
    if text is None or length > len(text):
        source.refuse(f"text {number} of {length:,} bytes, which is not among those at {address:,}")
    source.spend("attribute_bytes", length)
    return _text(source, text[:length])


def _read_heap(source: Source, address: int) -> dict[int, bytes]:
    """Read a collection of texts (a "global heap"), by number."""
    cursor = source.at(address)
    cursor.expect(b"GCOL")
    version, size = cursor.unpack("B3xQ")
    if version != 1 or size < 16:
        source.refuse(f"texts of version {version} in {size} bytes at {address:,}; 1 is read")
    cursor = source.at(address + 16, size - 16)
    texts: dict[int, bytes] = {}
    while cursor.left >= 16:
        number, text_size = cursor.unpack("H6xQ")
        if number == 0:
            break  # the rest is free
        source.spend("records", 1)
        source.spend("attribute_bytes", text_size)
        texts[number] = cursor.take(text_size)
        cursor.skip(min(-text_size % 8, cursor.left))
    return texts


def _text(source: Source, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        source.refuse(f"text that is not UTF-8: {error.reason} at byte {error.start}")
