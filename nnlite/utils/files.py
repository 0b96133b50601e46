"""get_file: a file from the network, kept in the cache; archives are unpacked with care."""

from __future__ import annotations

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
    before = _changed_at(target)
    import pooch

    pooch.retrieve(
        origin, _known_hash(md5_hash, file_hash, hash_algorithm), fname=name, path=folder
    )
    if not (extract or untar):
        return str(target)
    unpacked_before = before is not None and before == _changed_at(target)
    return str(_unpacked(target, "tar" if untar else archive_format, unpacked_before))


def _changed_at(path: Path) -> int | None:
    """Return when a file was written, in nanoseconds; None where there is none."""
    return path.stat().st_mtime_ns if path.exists() else None


def _known_hash(md5: str | None, given: str | None, algorithm: str) -> str | None:
    """Return a hash as pooch writes it, "md5:..." or "sha256:..."."""
    if given is None:
        return None if md5 is None else f"md5:{md5}"
    if algorithm == "auto":
        algorithm = "md5" if len(given) == 32 else "sha256"
    return f"{algorithm}:{given}"


def _unpacked(archive: Path, kind: str | None, before: bool) -> Path:
    """Unpack an archive beside it, all or nothing, and return the folder.

    `before` says whether the archive is the one that a folder which is there was made of.
    """
    import shutil
    import tarfile
    import zipfile

    folder = archive.with_name(f"{archive.stem.removesuffix('.tar')}_extracted")
    if kind is None:
        return archive
    if before and folder.exists():
        return folder
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a process that was broken off
    opened: Any
    if kind in ("auto", "tar") and tarfile.is_tarfile(archive):
        with tarfile.open(archive) as opened:
            opened.extractall(part, filter="data")
    elif kind in ("auto", "zip") and zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(part)
    else:
        raise ValueError(f"get_file: {archive} is no archive of the kind {kind!r}")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder
