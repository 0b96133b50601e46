"""A file is replaced whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

#: The temporaries' names: who writes it, on which machine, and something that nobody can guess.
TEMPORARY = re.compile(r"\.nnlite-([0-9]+)-([0-9a-f]{8})-[0-9a-f]{16}\.partial")

#: The temporaries that this process is writing.
_writing: set[Path] = set()


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; what stands there afterwards takes the place of `path` at once.

    The file is written beside its target, flushed to the disk, renamed over it, and then the
    folder is flushed. An exception, a full disk, a kill or a loss of power at any moment leaves
    either the old file or the new one, whole. A symbolic link stays one, and a file that is
    replaced hands on its permissions. What killed processes left in the folder is swept first.

    Parameters
    ----------
    path : str or path
        The file to make or replace.

    The HDF5 library must not write to it: h5py dies with SIGSEGV where a write fails, as on a full
    disk. `hdf5_writing.hdf5_written_whole` keeps it in memory.

    Yields
    ------
    Path
        Where to write, in the same folder; nothing is there yet. It has to be closed at the end.

    Raises
    ------
    OSError
        Where the folder is missing, `path` is something other than a file, or a write fails.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {target.parent}")
    if target.exists() and not target.is_file():
        raise OSError(f"cannot write {target}: it is there, and no file")
    sweep(target.parent)
    name = f".nnlite-{os.getpid()}-{_machine()}-{secrets.token_hex(8)}.partial"
    temporary = target.parent / name
    _writing.add(temporary)
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        _flush(temporary)
        os.replace(temporary, target)
        _flush_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):  # after the renaming it is not there any more
            temporary.unlink()
        _writing.discard(temporary)


def sweep(folder: str | os.PathLike[str]) -> list[Path]:
    """Remove the temporaries of processes that died while they wrote into `folder`.

    Those of a living process, or of another machine that shares the folder, stay.

    Returns
    -------
    list of Path
        What was removed.
    """
    removed = []
    with os.scandir(folder) as entries:
        found = [Path(entry.path) for entry in entries if TEMPORARY.fullmatch(entry.name)]
    for path in found:
        if path not in _writing and _is_stale(path.name):
            with contextlib.suppress(OSError):  # somebody else has swept it, or it is not ours
                path.unlink()
                removed.append(path)
    return removed


def _is_stale(name: str) -> bool:
    """Whether nobody is writing the temporary of this name any more."""
    match = TEMPORARY.fullmatch(name)
    if match is None or match[2] != _machine():
        return False
    process = int(match[1])
    # A process that had our number before us is dead; our own temporaries were looked up before.
    return process == os.getpid() or not _is_alive(process)


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # there os.kill ends a process, whatever the signal
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _machine() -> str:
    """Eight digits for this machine: only here do process numbers mean anything."""
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _flush(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where a folder can be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
