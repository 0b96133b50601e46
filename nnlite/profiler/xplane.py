"""A profile as TensorFlow's `XSpace`, which TensorBoard's plugin `xprof` reads, by hand.

    XSpace         planes=1 hostnames=4
    XPlane         id=1 name=2 lines=3 event_metadata=4 stat_metadata=5
    XLine          id=1 name=2 timestamp_ns=3 events=4 duration_ps=9
    XEvent         metadata_id=1 offset_ps=2 duration_ps=3 stats=4
    XStat          metadata_id=1 double_value=2 uint64_value=3 int64_value=4 str_value=5
    XEventMetadata id=1 name=2
    XStatMetadata  id=1 name=2

Those are the field numbers of `xplane.proto`. The maps event_metadata and stat_metadata are rows of
entries {key=1, value=2}. Times are counted from the beginning of the profile: the plugin overflows
at those of a clock.

What the plugin makes of it hangs on names. An event "path/of/op:KindOfOp" counts as an operation,
and those of one path as the same. One whose name begins with "train" or "test", with the stats `_r`
(a root) and `step_num`, is a step, and what lies inside it on the same line belongs to it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from ..summary.wire import part, text, varint, whole
from .slices import Slice

#: The plane of what the processor does, by the name that the plugin looks for.
HOST_PLANE = "/host:CPU"


class Names:
    """The names of events or of stats, each written once and then meant by its number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers) + 1)

    def written(self, field: int) -> bytes:
        """Write the map from numbers to metadata."""
        return b"".join(
            part(field, whole(1, number) + part(2, whole(1, number) + text(2, name)))
            for name, number in self.numbers.items()
        )


def xspace(slices: Iterable[Slice], host: str) -> bytes:
    """Write a trace as an XSpace with one plane and one line."""
    events, stats = Names(), Names()
    rows, end = [], 0
    for one in slices:
        rows.append(part(4, _event(one, events, stats)))
        end = max(end, one.ended)
    line = whole(1, 1) + text(2, "Python") + b"".join(rows) + whole(9, 1000 * end)
    plane = whole(1, 1) + text(2, HOST_PLANE) + part(3, line) + events.written(4) + stats.written(5)
    return part(1, plane) + text(4, host)


def _event(one: Slice, events: Names, stats: Names) -> bytes:
    about = dict(one.about)
    if "step" in about:  # as TensorFlow marks a step
        about = {"_r": 1, "step_num": about.pop("step"), **about}
    kind = camel(one.kernel)
    return (
        whole(1, events[f"{one.name}/{kind}:{kind}" if kind else one.name])
        + whole(2, 1000 * one.began)
        + whole(3, 1000 * (one.ended - one.began))
        + b"".join(part(4, _stat(stats[name], value)) for name, value in about.items())
    )


def _stat(number: int, value: Any) -> bytes:
    head = whole(1, number)
    if isinstance(value, float):
        return head + b"\x11" + struct.pack("<d", value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return head + varint(4 << 3) + varint(int(value))  # a zero too
    return head + part(5, str(value).encode())


def camel(kernel: str) -> str:
    """Write a kernel's name as TensorFlow writes kinds of ops: "DenseForward"."""
    return "".join(word.capitalize() for word in kernel.split("_"))
