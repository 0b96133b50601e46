"""A profile as a Chrome trace, which Perfetto (ui.perfetto.dev) and chrome://tracing show.

The format is the JSON of Chrome's "Trace Event Format": an object with a list of events. Those
used here are complete events ("ph": "X", with "ts" and "dur" in microseconds) and metadata ("M").
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable
from typing import Any

from .slices import Slice

#: The one process and the one thread of a profile.
_PLACE = {"pid": 1, "tid": 1}


def chrome_trace(slices: Iterable[Slice]) -> dict[str, Any]:
    """Return a trace as plain data."""
    return {
        "displayTimeUnit": "ns",
        "traceEvents": [
            {"ph": "M", "name": "process_name", **_PLACE, "args": {"name": "nnlite"}},
            {"ph": "M", "name": "thread_name", **_PLACE, "args": {"name": "Python"}},
            *map(_event, slices),
        ],
    }


def _event(one: Slice) -> dict[str, Any]:
    return {
        "ph": "X",
        "name": one.name,
        "cat": "kernel" if one.kernel else "Python",
        "ts": microseconds(one.began),
        "dur": microseconds(one.ended - one.began),
        **_PLACE,
        "args": {
            **({"kernel": one.kernel} if one.kernel else {}),
            **{name: _plain(value) for name, value in one.about.items()},
        },
    }


def _plain(value: Any) -> Any:
    """Return NaN and infinities, for which JSON has no numbers, as text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def microseconds(nanoseconds: int) -> float:
    """Return a time of which a reader that multiplies by 1000 and cuts off has all nanoseconds.

    One less, and slices that lie side by side would overlap, or one reach out of another.
    """
    time = nanoseconds / 1000
    return time if int(time * 1000) == nanoseconds else math.nextafter(time, math.inf)


def compressed(trace: dict[str, Any]) -> bytes:
    """Return what stands in a file `<name>.trace.json.gz`."""
    text = json.dumps(trace, separators=(",", ":"), default=str, allow_nan=False)
    return gzip.compress(text.encode(), 6, mtime=0)
