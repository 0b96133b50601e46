"""get_file: a file from the network, kept in the cache; archives are unpacked with care."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file from the network, which is downloaded once.

    Parameters
    ----------
    fname : str, optional
        What it is called in the cache; by default as in its address.
    origin : str
        Its address.
    untar, extract : bool
        Whether it is an archive that is to be unpacked; then the path is that of the folder.
        Nothing is unpacked outside of it, nor are links, devices or owners made.
    md5_hash, file_hash : str, optional
        What the file's bytes have to give; a wrong file is not kept.
    cache_subdir : str
        The folder in the cache.
    hash_algorithm : "auto", "md5" or "sha256"
        "auto" goes by the length of `file_hash`.
    archive_format : "auto", "tar", "zip" or None
    cache_dir : path, optional
        By default nnlite's cache (NNLITE_CACHE, or else the user's cache folder).
    force_download : bool
        Whether to download it again.

    Raises
    ------
    ValueError
        Where the address is missing, a name is no plain name, or the bytes are wrong.
    """
    if origin is None:
        raise ValueError("get_file: give the address of the file, get_file(origin='https://...')")
    name = fname or origin.split("?")[0].rstrip("/").rpartition("/")[2]
    if not name or name in (".", "..") or "/" in name or os.sep in name:
        raise ValueError(f"get_file: fname must be the name of a file and no path, got {name!r}")
    from ..datasets._store import cache_folder

    folder = Path(cache_dir or cache_folder()).expanduser() / cache_subdir
    target = folder / name
    if force_download:
        target.unlink(missing_ok=True)
    import pooch

    pooch.retrieve(
        origin, _known_hash(md5_hash, file_hash, hash_algorithm), fname=name, path=folder
    )
    if not (extract or untar):
        return str(target)
    return str(_unpacked(target, "tar" if untar else archive_format))


def _known_hash(md5: str | None, given: str | None, algorithm: str) -> str | None:
    """Return a hash as pooch writes it, "md5:..." or "sha256:..."."""
    if given is None:
        return None if md5 is None else f"md5:{md5}"
    if algorithm == "auto":
        algorithm = "md5" if len(given) == 32 else "sha256"
    return f"{algorithm}:{given}"


def _unpacked(archive: Path, kind: str | None) -> Path:
    """Unpack an archive beside it, all or nothing, and return the folder."""
    import tarfile
    import tempfile
    import zipfile

    folder = archive.with_name(f"{archive.stem.removesuffix('.tar')}_extracted")
    if kind is None:
        return archive
    if _is_of(folder, archive):
        return folder
    # A folder of this process alone: another one may unpack the same archive now.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
        part = Path(place, folder.name)
        opened: Any
        if kind in ("auto", "tar") and tarfile.is_tarfile(archive):
            with tarfile.open(archive) as opened:
                opened.extractall(part, filter="data")
        elif kind in ("auto", "zip") and zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(part)
        else:
            raise ValueError(f"get_file: {archive} is no archive of the kind {kind!r}")
        part.mkdir(exist_ok=True)  # of an empty archive nothing is made
        os.utime(part)
        if not _is_of(folder, archive):
            _put(part, folder, Path(place, "before"))
    return folder


def _is_of(folder: Path, archive: Path) -> bool:
    """Whether a folder is there that was unpacked since the archive was downloaded."""
    return folder.is_dir() and folder.stat().st_mtime_ns > archive.stat().st_mtime_ns


def _put(part: Path, folder: Path, aside: Path) -> None:
    """Let a folder take the place of an older one, which goes aside.

    Where another process is faster, what it has put there stays: it is of the same archive.
    """
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
    try:
        part.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
