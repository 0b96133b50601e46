"""The few protobuf messages that an event file is made of, written and read by hand.

    Event            wall_time=1 step=2 file_version=3 graph_def=4 summary=5 source_metadata=10
    SourceMetadata   writer=1
    Summary          value=1, any number of times
    Value            tag=1 simple_value=2 image=4 histo=5 audio=6 tensor=8 metadata=9
    SummaryMetadata  plugin_data=1 display_name=2 summary_description=3 data_class=4
    PluginData       plugin_name=1 content=2
    TensorProto      dtype=1 tensor_shape=2 tensor_content=4 *_val=5..17 (see DTYPES) string_val=8
    TensorShape      dim=2, any number of times
    Dim              size=1

Those are the field numbers of TensorFlow's `event.proto`, `summary.proto`, `tensor.proto`,
`tensor_shape.proto` and `types.proto`. Fields are written in their order, as TensorFlow does.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .wire import fields, part, signed, text, varints, whole

Array = np.ndarray

#: The number of each dtype, and the field that holds values where they are not in tensor_content.
DTYPES = {
    np.dtype(name): (number, field)
    for name, number, field in (
        *(("float16", 19, 13), ("float32", 1, 5), ("float64", 2, 6)),
        *(("int8", 6, 7), ("int16", 5, 7), ("int32", 3, 7), ("int64", 9, 10)),
        *(("uint8", 4, 7), ("uint16", 17, 7), ("uint32", 22, 16), ("uint64", 23, 17)),
        *(("complex64", 8, 9), ("complex128", 18, 12), ("bool", 10, 11)),
    )
}
STRING, STRING_VAL = 7, 8

#: No array of an event file is larger than that when it is read; some bytes could claim to be.
MOST_BYTES = 1 << 30

_double = struct.Struct("<d")


class Metadata(NamedTuple):
    """What a value says of itself: the plugin of TensorBoard that shows it, and a description.

    Attributes
    ----------
    plugin_name : str
        "scalars", "histograms", "images", "audio", "text", ...
    content : bytes
        What that plugin wants to know.
    description : str
        Markdown that TensorBoard shows beside the value.
    display_name : str
        A title in place of the tag.
    data_class : int
        1 scalars, 2 tensors, 3 blobs; 0 unknown, which TensorBoard then finds by the plugin.
    """

    plugin_name: str = ""
    content: bytes = b""
    description: str = ""
    display_name: str = ""
    data_class: int = 0


class Value(NamedTuple):
    """One value of an event.

    Attributes
    ----------
    tag : str
        Its name.
    kind : str
        "tensor", or of older writers "simple_value", "image", "histo" or "audio".
    data : array, float or bytes
        A tensor's array, of dtype object with `bytes` in it where it holds strings; the number of
        a simple value; the message, undecoded, of the others.
    metadata : Metadata
    """

    tag: str
    kind: str
    data: Any
    metadata: Metadata = Metadata()


class Event(NamedTuple):
    """A record of an event file.

    Attributes
    ----------
    wall_time : float
        When it was written: seconds since 1970, UTC.
    step : int
    values : tuple of Value
        Of the writers of today one value or none.
    file_version : str
        "brain.Event:2" in the first event of a file.
    writer : str
        There too: what wrote the file.
    graph_def : bytes
        A TensorFlow graph, undecoded.
    """

    wall_time: float = 0.0
    step: int = 0
    values: tuple[Value, ...] = ()
    file_version: str = ""
    writer: str = ""
    graph_def: bytes = b""


# ------------------------------------------------------------------------------- writing


def first_event(wall_time: float, writer: str) -> bytes:
    """Write the event that opens a file."""
    source_metadata = text(1, writer)
    return b"\x09" + _double.pack(wall_time) + text(3, "brain.Event:2") + part(10, source_metadata)


def graph_event(wall_time: float, graph_def: bytes) -> bytes:
    """Write the event of a TensorFlow graph, whose step is 0."""
    return b"\x09" + _double.pack(wall_time) + part(4, graph_def)


def summary_event(wall_time: float, step: int, summary: bytes) -> bytes:
    """Write an event with a Summary."""
    return b"\x09" + _double.pack(wall_time) + whole(2, step) + part(5, summary)


def summary(tag: str, tensor: bytes, metadata: bytes) -> bytes:
    """Write a Summary with one value: a tensor."""
    value = text(1, tag) + part(8, tensor) + (part(9, metadata) if metadata else b"")
    return part(1, value)


@functools.lru_cache(maxsize=1024)
def around_number(tag: str, metadata: bytes) -> tuple[bytes, bytes]:
    """Write a Summary of a float32, but for its four bytes; return what is before and after them.

    That is the same at each step, and there may be a hundred thousand scalars a second.
    """
    all_of_it = summary(tag, numbers(np.zeros((), np.float32)), metadata)
    place = len(all_of_it) - len(part(9, metadata))
    return all_of_it[: place - 4], all_of_it[place:]


def metadata(about: Metadata) -> bytes:
    """Write a SummaryMetadata."""
    plugin_data = text(1, about.plugin_name) + (part(2, about.content) if about.content else b"")
    return (
        part(1, plugin_data)
        + text(2, about.display_name)
        + text(3, about.description)
        + whole(4, about.data_class)
    )


def numbers(array: Array) -> bytes:
    """Write a TensorProto of numbers; their bytes stand in it as they are, little-endian.

    Raises
    ------
    TypeError
        For a dtype that TensorFlow has not.
    """
    if array.dtype not in DTYPES:
        raise TypeError(f"an event file cannot hold an array of dtype {array.dtype}")
    content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    head = whole(1, DTYPES[array.dtype][0]) + part(2, _shape(array.shape))
    return head + (part(4, content) if content else b"")


def strings(shape: Sequence[int], items: Iterable[bytes]) -> bytes:
    """Write a TensorProto of strings, in the order of an array of this shape."""
    head = whole(1, STRING) + part(2, _shape(shape))
    return head + b"".join(part(STRING_VAL, item) for item in items)


def _shape(shape: Sequence[int]) -> bytes:
    return b"".join(part(2, whole(1, size)) for size in shape)


# ------------------------------------------------------------------------------- reading


def read_event(message: bytes) -> Event:
    """Read an Event.

    Raises
    ------
    ValueError
        Where the bytes are none, or hold what they cannot.
    """
    found: dict[str, Any] = {}
    values: list[Value] = []
    for number, data in fields(message):
        if number == 2:
            found["step"] = signed(_number(data))
            continue
        if number == 1:
            (found["wall_time"],) = _double.unpack(_bytes(data, 8))
        elif number == 3:
            found["file_version"] = _text(data)
        elif number == 4:
            found["graph_def"] = _bytes(data)
        elif number == 5:
            values += [_value(_bytes(one)) for field, one in fields(_bytes(data)) if field == 1]
        elif number == 10:
            found["writer"] = _last_text(_bytes(data), 1)
    return Event(values=tuple(values), **found)


#: The fields of a Value that hold a message of older writers.
_OLD_KINDS = {4: "image", 5: "histo", 6: "audio"}


def _value(message: bytes) -> Value:
    tag, kind, found, about = "", "", None, Metadata()
    for number, data in fields(message):
        if number == 1:
            tag = _text(data)
        elif number == 2:
            kind, (found,) = "simple_value", struct.unpack("<f", _bytes(data, 4))
        elif number in _OLD_KINDS:
            kind, found = _OLD_KINDS[number], _bytes(data)
        elif number == 8:
            kind, found = "tensor", read_tensor(_bytes(data))
        elif number == 9:
            about = read_metadata(_bytes(data))
    return Value(tag, kind, found, about)


def read_metadata(message: bytes) -> Metadata:
    """Read a SummaryMetadata."""
    found: dict[str, Any] = {}
    for number, data in fields(message):
        if number == 1:
            for field, one in fields(_bytes(data)):
                if field == 1:
                    found["plugin_name"] = _text(one)
                elif field == 2:
                    found["content"] = _bytes(one)
        elif number == 2:
            found["display_name"] = _text(data)
        elif number == 3:
            found["description"] = _text(data)
        elif number == 4:
            found["data_class"] = _number(data)
    return Metadata(**found)


def read_tensor(message: bytes) -> Array:
    """Read a TensorProto: an array, of dtype object with `bytes` in it where it holds strings.

    Where there are fewer values than elements, the last one counts for the rest.
    """
    dtype, content = 0, b""
    shape: tuple[int, ...] = ()
    values: dict[int, list[int | bytes]] = {}
    for number, data in fields(message):
        if number == 1:
            dtype = _number(data)
        elif number == 2:
            shape = tuple(_sizes(_bytes(data)))
        elif number == 4:
            content = _bytes(data)
        else:
            values.setdefault(number, []).append(data)
    if dtype == STRING:
        found = np.array([_bytes(one) for one in values.get(STRING_VAL, [])], object)
    else:
        found = _numbers(dtype, content, values)
    return _filled(found, shape).reshape(shape)


def _numbers(code: int, content: bytes, values: dict[int, list[int | bytes]]) -> Array:
    by_code = {number: (dtype, field) for dtype, (number, field) in DTYPES.items()}
    if code not in by_code:
        raise ValueError(f"a tensor is of the unknown dtype number {code}")
    dtype, field = by_code[code]
    if content:
        return np.frombuffer(content, dtype.newbyteorder("<")).astype(dtype)
    parts = values.get(field, [])
    if field in (5, 6, 9, 12):  # floats, each in its own bytes, one by one or side by side
        packed = b"".join(_bytes(one) for one in parts)
        return np.frombuffer(packed, dtype.newbyteorder("<")).astype(dtype)
    whole_numbers = [n for one in parts for n in ([one] if isinstance(one, int) else varints(one))]
    bits = np.array(whole_numbers, np.uint64)
    return bits.astype(np.uint16).view(dtype) if code == 19 else bits.astype(dtype)


def _filled(found: Array, shape: tuple[int, ...]) -> Array:
    """Repeat the last value until the shape is full."""
    size = 1
    for axis in shape:
        size *= axis
    missing = size - len(found)
    if not missing:
        return found
    if missing < 0 or not len(found) or size * found.itemsize > MOST_BYTES:
        raise ValueError(f"a tensor of shape {shape} has {len(found)} values")
    return np.concatenate([found, np.repeat(found[-1:], missing)])


def _sizes(message: bytes) -> Iterable[int]:
    for number, data in fields(message):
        if number == 2:
            sizes = [signed(_number(one)) for field, one in fields(_bytes(data)) if field == 1]
            if sizes and sizes[-1] < 0:
                raise ValueError("a tensor's shape is unknown")
            yield sizes[-1] if sizes else 0


def _last_text(message: bytes, field: int) -> str:
    found = [_text(data) for number, data in fields(message) if number == field]
    return found[-1] if found else ""


def _number(data: int | bytes) -> int:
    if not isinstance(data, int):
        raise ValueError("bytes stand where a whole number should")
    return data


def _bytes(data: int | bytes, size: int | None = None) -> bytes:
    if not isinstance(data, bytes) or (size is not None and len(data) != size):
        raise ValueError("a field is of another kind than it should be")
    return data


def _text(data: int | bytes) -> str:
    return _bytes(data).decode(errors="replace")
