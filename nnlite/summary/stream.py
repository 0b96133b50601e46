"""An event file that a thread of its own writes, so that nobody waits for the disk."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from io import FileIO

from .messages import first_event
from .records import record

#: An event, or what makes it; that is called on the writing thread.
Item = bytes | Callable[[], bytes]

#: What the first event of a file says of who wrote it.
WRITER = "nnlite.summary.file_writer"

#: How many bytes may wait to be written. Whoever brings more waits until there is room.
ROOM = 32 << 20

_writers = itertools.count()


class EventStream:
    """A new event file and the thread that writes it.

    Between calls the file holds whole records only. If writing fails, as on a full disk, what was
    half written is cut off, and every later call raises the error.

    Parameters
    ----------
    logdir : str
        The folder; it is made where it is missing.
    max_queue : int
        So many events may wait; one more, and the thread begins to write.
    flush_millis : int
        After so many milliseconds it writes what waits in any case.
    suffix : str
        The end of the file's name.
    """

    def __init__(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        self.process = os.getpid()  # a process that was forked off has no such thread
        self._logdir, self._suffix = logdir, suffix
        self._max_queue = max_queue
        self._seconds = max(flush_millis / 1000, 0.01)
        self._changed = threading.Condition()
        self._queue: list[Item] = []
        self._bytes = 0  # that wait
        self._taken = self._written = self._wanted = 0  # events: all, in the file, flushed for
        self._closing = False
        self._error: Exception | None = None
        self._open()
        self._thread = threading.Thread(target=self._run, name="nnlite.summary", daemon=True)
        self._thread.start()

    def put(self, item: Item, size: int) -> None:
        """Let an event of about so many bytes be written after those before it."""
        with self._changed:
            while self._bytes > ROOM and self._error is None:
                self._changed.wait()
            self._check()
            self._queue.append(item)
            self._taken += 1
            self._bytes += size
            # Once is enough: after a batch the thread looks for itself.
            if len(self._queue) == self._max_queue + 1 or self._bytes > ROOM:
                self._changed.notify_all()

    def flush(self) -> None:
        """Return when all events that were put are in the file."""
        with self._changed:
            goal = self._wanted = self._taken
            self._changed.notify_all()
            while self._written < goal and self._error is None:
                self._changed.wait()
            self._check()

    def close(self) -> None:
        """Write what waits, and close the file; in a forked process, or once more, do nothing."""
        if self.process != os.getpid():
            return
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:  # which collects garbage, as all do
            self._thread.join()
            error, self._error = self._error, None
            if error is not None:
                raise error

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if self._closing:
            raise RuntimeError(f"the writer of {self._path} is closed")

    # ------------------------------------------------------------------- the writing thread

    def _run(self) -> None:
        try:
            while self._write_batch():
                pass
        except Exception as error:  # whatever it is, who writes next shall know of it
            with self._changed:
                self._error = error
                self._changed.notify_all()
        finally:
            self._file.close()

    def _write_batch(self) -> bool:
        """Wait for events and write them; return whether there may be more."""
        with self._changed:
            if not self._due():
                self._changed.wait(self._seconds)
            batch, self._queue = self._queue, []
            size, closing = self._bytes, self._closing
        if batch:
            self._append(
                b"".join(record(item if isinstance(item, bytes) else item()) for item in batch)
            )
        with self._changed:
            self._written += len(batch)
            self._bytes -= size
            self._changed.notify_all()
        return not closing

    def _due(self) -> bool:
        return (
            len(self._queue) > self._max_queue
            or self._bytes > ROOM
            or self._wanted > self._written
            or self._closing
        )

    def _append(self, data: bytes) -> None:
        if not os.path.exists(self._path):  # somebody has tidied up; what comes now is not lost
            self._file.close()
            self._open()
        size = self._file.tell()
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            self._file.truncate(size)
            raise

    def _open(self) -> None:
        os.makedirs(self._logdir, exist_ok=True)
        self._path, self._file = _new_file(self._logdir, self._suffix)
        self._file.write(record(first_event(time.time(), WRITER)))


def _new_file(logdir: str, suffix: str) -> tuple[str, FileIO]:
    """Make a file that nobody else has, for writing without a buffer."""
    from socket import gethostname

    while True:
        name = f"events.out.tfevents.{int(time.time()):010d}.{gethostname()}.{os.getpid()}"
        path = os.path.join(logdir, f"{name}.{next(_writers)}{suffix}")
        try:
            return path, FileIO(path, "x")
        except FileExistsError:  # of a process with the same number, on a shared disk
            continue
