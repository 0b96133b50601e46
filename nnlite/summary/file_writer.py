"""Writers of event files, and how to make one."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import weakref
from contextlib import AbstractContextManager
from typing import Any

from ..arguments import whole
from . import messages
from .defaults import DefaultWriter, default_writer
from .stream import EventStream, Item


class SummaryWriter:
    """Writes summaries into an event file of its own; `create_file_writer` makes one.

    It may be used by several threads. A process that is forked off writes into a file of its own
    beside the first. The file is closed by `close`, when the writer is thrown away, or at the end
    of the program, and nothing is lost then.

    Parameters
    ----------
    logdir, max_queue, flush_millis, suffix
        As of `create_file_writer`.
    """

    def __init__(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        self._arguments = (logdir, max_queue, flush_millis, suffix)
        self._closed = False
        self._open()

    def _open(self) -> EventStream:
        stream = self._stream = EventStream(*self._arguments)
        self._finalizer = weakref.finalize(self, stream.close)  # called at the end, too
        processes = sys.modules.get("multiprocessing.util")
        if processes is not None:  # whose children end in another way
            processes.Finalize(self, stream.close, exitpriority=0)
        return stream

    def as_default(self, step: Any = None) -> AbstractContextManager[Any]:
        """Return a context in which this thread's summaries go to this writer; it ends in a flush.

        Parameters
        ----------
        step : int, array or Tensor of one whole number, optional
            The step of the summaries that are not given one.

        Raises
        ------
        RuntimeError
            Where the writer is closed.
        """
        self._check_open()
        return DefaultWriter(self, step)

    def set_as_default(self, step: Any = None) -> None:
        """Let this thread's summaries go to this writer from now on; see `as_default`."""
        self.as_default(step).__enter__()

    def init(self) -> None:
        """Do nothing: the file is there from the beginning. TensorFlow's writers have this."""
        self._check_open()

    def flush(self) -> None:
        """Return when all that was written is in the file.

        Raises
        ------
        OSError
            Where the file cannot be written.
        """
        if not self._closed and self._stream.process == os.getpid():
            self._stream.flush()

    def close(self) -> None:
        """Flush and close the file; a second time do nothing.

        Raises
        ------
        OSError
            Where the file could not be written.
        """
        self._closed = True
        self._finalizer()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("this writer is closed: make another with create_file_writer")

    def _put(self, item: Item, size: int) -> None:
        self._check_open()
        stream = self._stream
        if stream.process != os.getpid():
            self._finalizer.detach()  # that file and its thread are the other process's
            stream = self._open()
        stream.put(item, size)

    def _add(self, tag: str, step: int, tensor: bytes, metadata: bytes) -> None:
        """Write one value, a tensor."""
        self._add_summary(step, messages.summary(tag, tensor, metadata))

    def _add_summary(self, step: int, summary: bytes) -> None:
        event = messages.summary_event(time.time(), step, summary)
        self._put(event, len(event))


def create_file_writer(
    logdir: str | os.PathLike[str],
    max_queue: int | None = None,
    flush_millis: int | None = None,
    filename_suffix: str | None = None,
) -> SummaryWriter:
    """Make a writer, and its event file, in a folder; as `tf.summary.create_file_writer`.

    Parameters
    ----------
    logdir : path
        The folder, which TensorBoard shows as one run. It is made where it is missing.
    max_queue : int, default 10
        How many summaries may wait; when there are more they are written, on a thread of its own.
    flush_millis : int, default 120,000
        How many milliseconds a summary waits at most.
    filename_suffix : str, default ".v2"
        The end of the file's name.

    Returns
    -------
    SummaryWriter

    Raises
    ------
    ValueError
        For arguments that are none.
    OSError
        Where the folder or the file cannot be made.

    Examples
    --------
    >>> writer = nnlite.summary.create_file_writer("my_logs/run_1")
    >>> with writer.as_default():
    ...     for step in range(100):
    ...         nnlite.summary.scalar("my_scalar", np.sin(step / 10), step=step)
    """
    if not isinstance(logdir, (str, os.PathLike)):
        raise ValueError(f"logdir must be a path, got {logdir!r}")
    suffix = ".v2" if filename_suffix is None else filename_suffix
    if not isinstance(suffix, str) or os.path.basename(suffix) != suffix or "\0" in suffix:
        raise ValueError(f"filename_suffix must be the end of a file's name, got {suffix!r}")
    return SummaryWriter(
        os.path.abspath(os.fsdecode(logdir)),  # wherever the program goes
        10 if max_queue is None else whole(max_queue, "max_queue", 0),
        120_000 if flush_millis is None else whole(flush_millis, "flush_millis", 0),
        suffix,
    )


class NoopWriter(SummaryWriter):
    """A writer that makes no file, and never is the default."""

    def __init__(self) -> None:
        self._closed = False

    def as_default(self, step: Any = None) -> AbstractContextManager[Any]:
        return contextlib.nullcontext()

    def set_as_default(self, step: Any = None) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


def create_noop_writer() -> SummaryWriter:
    """Make a writer that does nothing, for code that wants one in any case."""
    return NoopWriter()


def flush(writer: SummaryWriter | None = None) -> None:
    """Flush a writer, by default this thread's default one, where there is one."""
    writer = writer or default_writer()
    if writer is not None:
        writer.flush()
