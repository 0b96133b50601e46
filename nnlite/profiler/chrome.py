"""A profile as a Chrome trace, which Perfetto (ui.perfetto.dev) and chrome://tracing show.

The format is the JSON of Chrome's "Trace Event Format": an object with a list of events. Those
used here are complete events ("ph": "X", with "ts" and "dur" in microseconds) and metadata ("M").
"""

from __future__ import annotations

import gzip
import json
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
        "ts": one.began / 1000,
        "dur": (one.ended - one.began) / 1000,
        **_PLACE,
        "args": {**({"kernel": one.kernel} if one.kernel else {}), **one.about},
    }


def compressed(trace: dict[str, Any]) -> bytes:
    """Return what stands in a file `<name>.trace.json.gz`."""
    text = json.dumps(trace, separators=(",", ":"), default=str)
    return gzip.compress(text.encode(), 6, mtime=0)
