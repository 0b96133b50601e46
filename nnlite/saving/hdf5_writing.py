"""An HDF5 file is made in memory by h5py, and then written whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from .atomic import written_whole


@contextlib.contextmanager
def hdf5_written_whole(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Give an empty h5py.File; what it holds at the end takes the place of `path` at once.

    The HDF5 library itself never writes to the disk: on one that is full it dies with SIGSEGV, and
    what it had in hand with it. So the file stands in memory until it is whole.

    Parameters
    ----------
    path : str or path
        The file to make or replace, as in `written_whole`.

    Yields
    ------
    h5py.File
        Open for writing.

    Raises
    ------
    OSError
        As `written_whole` does; nothing is at `path` then but what was there before.
    """
    with hdf5_in_memory() as (file, image):
        yield file
    with written_whole(path) as temporary:
        temporary.write_bytes(image)


@contextlib.contextmanager
def hdf5_in_memory() -> Iterator[tuple[Any, bytearray]]:
    """Give an empty h5py.File and a bytearray, which holds the file's bytes at the end."""
    import h5py

    image = bytearray()
    # The name is one that the library never opens.
    with h5py.File("in memory", "w", driver="core", backing_store=False) as file:
        yield file, image
        file.flush()
        image += file.id.get_file_image()
