"""Read event files."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .messages import Event, read_event
from .records import BrokenEventFileError, records


def read(path: str | os.PathLike[str]) -> Iterator[Event]:
    """Read an event file, of nnlite or of any other writer, event after event.

    A file that is still being written, or whose writer was killed, ends after its last whole
    record.

    Parameters
    ----------
    path : path
        An event file, `events.out.tfevents.*`; not its folder.

    Yields
    ------
    Event
        With `step`, `wall_time` and `values`; each value has a `tag` and `data`.

    Raises
    ------
    BrokenEventFileError
        A ValueError, where the bytes are not those that were written; its `offset` is the byte
        where the record begins.
    OSError
        Where the file cannot be read.

    Examples
    --------
    >>> for event in nnlite.summary.read(path):
    ...     for value in event.values:
    ...         print(event.step, value.tag, value.data)
    """
    for offset, data in records(path):
        try:
            event = read_event(data)
        except ValueError as error:
            raise BrokenEventFileError(os.fspath(path), offset, str(error)) from error
        yield event
