"""The bytes of a file, read at once."""

from __future__ import annotations

import os
import stat

from .errors import FileRefused
from .limits import Limits


def read_contents(
    source: str | os.PathLike[str] | bytes, limits: Limits, kind: str
) -> tuple[str, bytes]:
    """Return what a file is called, and its bytes.

    Parameters
    ----------
    source : str, path or bytes
        The file, or what it holds.
    limits : Limits
    kind : str
        What to call it where it has no name, such as "the HDF5 file".

    Raises
    ------
    FileRefused
        For what is no ordinary file, such as a pipe, or larger than all weights may be.
    OSError
        Where there is no such file, or it cannot be opened.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return kind, bytes(source)
    name = os.fspath(source)
    most = limits.weight_bytes + 2 * limits.attribute_bytes
    # Not to wait for a pipe that nobody writes to; for an ordinary file this says nothing.
    descriptor = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(f"{name} is a folder, where a file is needed")
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused(name, "/", "it is no ordinary file")
        if status.st_size > most:
            raise FileRefused(
                name, "/", f"{status.st_size:,} bytes, and {most:,} are allowed (Limits)"
            )
        return name, file.read(most)
