"""The members of a zip file such as a `.keras` one, read into memory; nothing is extracted."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import NoReturn

from .contents import read_contents
from .errors import FileRefused
from .limits import Limits

#: The last record of a zip file: the size of its table of members is at byte 12.
END = b"PK\5\6"
END_SIZE = 22
LONGEST_COMMENT = 65535

#: What stands before that record in a file of more than 4 GiB, or of very many members.
LOCATOR_64 = b"PK\6\7"
LOCATOR_64_SIZE = 20

#: Enough for any three members, and too little to fill the memory with names.
MOST_TABLE_BYTES = 65536


def read_members(
    source: str | os.PathLike[str] | bytes,
    known: Mapping[str, int],
    *,
    limits: Limits | None = None,
) -> dict[str, bytes]:
    """Read all members of a zip file.

    Parameters
    ----------
    source : str, path or bytes
        The file, or what it holds.
    known : mapping of str to int
        The names that members may have, exactly, and how many bytes each may hold.
    limits : Limits, optional

    Returns
    -------
    dict of str to bytes
        Those of the known members that are there.

    Raises
    ------
    FileRefused
        For any other member, one that is there twice, encrypted, compressed in another way than
        by deflate, larger than allowed, or broken.
    OSError
        Where there is no such file, or it cannot be opened.
    """
    limits = limits or Limits()
    file, data = read_contents(source, limits, "the zip file")
    _check_end(data, file)
    members: dict[str, bytes] = {}
    place = "/"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                place = info.filename
                if place in members:
                    raise FileRefused(file, place, "it is there twice")
                _check_member(info, file, known, limits)
                with archive.open(info) as member:
                    members[place] = member.read(info.file_size + 1)
                if len(members[place]) != info.file_size:
                    raise FileRefused(file, place, "it is cut")
    except FileRefused:
        raise
    # All that zipfile is known to raise for broken bytes.
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError,
            RuntimeError, IndexError, OverflowError) as error:  # fmt: skip
        raise FileRefused(file, place, f"the zip file is broken: {error}") from None
    return members


def _check_end(data: bytes, file: str) -> None:
    """Refuse what does not end as a zip file of a few members does."""

    def refuse(reason: str) -> NoReturn:
        raise FileRefused(file, "/", reason)

    end = data.rfind(END, max(0, len(data) - END_SIZE - LONGEST_COMMENT))
    if end < 0 or len(data) - end < END_SIZE:
        refuse("this is no zip file: it does not end as one")
    if data[max(0, end - LOCATOR_64_SIZE) :].startswith(LOCATOR_64):
        refuse("a zip file of more than 4 GiB, or of more members than a model has")
    (size,) = struct.unpack_from("<I", data, end + 12)
    if size > MOST_TABLE_BYTES:
        refuse(f"a table of members of {size:,} bytes; {MOST_TABLE_BYTES:,} are allowed")


def _check_member(
    info: zipfile.ZipInfo, file: str, known: Mapping[str, int], limits: Limits
) -> None:
    """Refuse a member by what the table says, before anything of it is decompressed."""

    def refuse(reason: str) -> NoReturn:
        raise FileRefused(file, info.filename, reason)

    if info.filename not in known:
        refuse(f"a member that does not belong into such a file, which has {', '.join(known)}")
    if info.flag_bits & 1:
        refuse("it is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        refuse(f"compression {info.compress_type}; none (0) and deflate (8) are read")
    if info.file_size > known[info.filename]:
        refuse(f"{info.file_size:,} bytes; {known[info.filename]:,} are allowed")
    if info.file_size > limits.zip_ratio * info.compress_size:
        refuse(
            f"{info.file_size:,} bytes of {info.compress_size:,} stored ones; "
            f"{limits.zip_ratio:g} times as many are allowed (Limits.zip_ratio)"
        )
