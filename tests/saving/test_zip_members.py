"""The members of a .keras file are read within bounds, or the file is refused."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlite.saving.errors import FileRefused
from nnlite.saving.limits import Limits
from nnlite.saving.zip_members import read_members

pytestmark = pytest.mark.one_table

KNOWN = {"metadata.json": 2**20, "config.json": 2**20, "model.weights.h5": 2**24}
CONFIG = b'{"name": "sequential"}' * 20


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    image = io.BytesIO()
    with zipfile.ZipFile(image, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return image.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_by_name(tmp_path: Path, compression: int) -> None:
    content = archive(("config.json", CONFIG), ("metadata.json", b"{}"), compression=compression)
    (tmp_path / "model.keras").write_bytes(content)
    expected = {"config.json": CONFIG, "metadata.json": b"{}"}
    assert read_members(content, KNOWN) == expected
    assert read_members(tmp_path / "model.keras", KNOWN) == expected


def test_the_files_of_keras(shared_folder: Path) -> None:
    for path in (shared_folder / "fixtures" / "keras_h5").glob("*.keras"):
        with zipfile.ZipFile(path) as file:
            expected = {name: file.read(name) for name in file.namelist()}
        assert read_members(path, KNOWN) == expected


def changed(at: bytes, offset: int, layout: str, value: int, **options: Any) -> bytes:
    """An archive with a number changed in all records that begin with these four letters."""
    content = bytearray(archive(("config.json", CONFIG), **options))
    start = content.find(at)
    while start >= 0:
        struct.pack_into(layout, content, start + offset, value)
        start = content.find(at, start + 4)
    return bytes(content)


LOCAL, TABLE, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b"", "/", "no zip file"),
        (b"\x89HDF\r\n\x1a\n", "/", "no zip file"),
        (archive(("config.json", CONFIG))[:-5], "/", "no zip file"),
        # CVE-2025-12060: names that lead out of the folder; nothing is ever extracted.
        (archive(("../../etc/passwd", b"x")), "../../etc/passwd", "does not belong"),
        (archive(("/etc/passwd", b"x")), "/etc/passwd", "does not belong"),
        (archive(("config.json/", b"")), "config.json/", "does not belong"),
        (archive(("./config.json", CONFIG)), "./config.json", "does not belong"),
        (archive(("assets/x", b"x")), "assets/x", "does not belong"),
        # Bombs: more than allowed, told or untold, and compressed beyond all reason.
        (archive(("config.json", bytes(2**21))), "config.json", "1,048,576 are allowed"),
        (
            archive(("config.json", bytes(2**19)), compression=zipfile.ZIP_DEFLATED),
            "config.json",
            "Limits.zip_ratio",
        ),
        (changed(TABLE, 24, "<I", 20, compression=zipfile.ZIP_DEFLATED), "config.json", "broken"),
        (changed(TABLE, 24, "<I", 2**20), "config.json", "Limits.zip_ratio"),
        (changed(END, 12, "<I", 2**31), "/", "a table of members"),
        (changed(TABLE, 8, "<H", 1), "config.json", "encrypted"),
        (changed(TABLE, 10, "<H", 12), "config.json", "compression 12"),
        (changed(TABLE, 16, "<I", 0), "config.json", "broken"),  # the checksum
        (changed(TABLE, 42, "<I", 2**31), "config.json", "broken"),  # where it stands
        (changed(LOCAL, 26, "<H", 5), "config.json", "broken"),  # another name there
        (b"PK\6\7".ljust(20, b"\0") + END.ljust(22, b"\0"), "/", "more than 4 GiB"),
    ],
)
def test_what_is_refused(content: bytes, place: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason) as raised:
        read_members(content, KNOWN)
    assert raised.value.place == place


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice() -> None:
    with pytest.raises(FileRefused, match="twice"):
        read_members(archive(("config.json", b"1"), ("config.json", b"2")), KNOWN)


def test_the_ratio_is_an_argument() -> None:
    content = archive(("config.json", bytes(2**19)), compression=zipfile.ZIP_DEFLATED)
    assert read_members(content, KNOWN, limits=Limits(zip_ratio=2000)) == {
        "config.json": bytes(2**19)
    }


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_flipped_bytes_end_in_the_members_or_the_refusal(flips, compression: int) -> None:
    members = {"config.json": CONFIG, "model.weights.h5": bytes(range(256))}
    content = bytearray(archive(*members.items(), compression=compression))
    for position, value in flips:
        content[position % len(content)] = value
    try:
        found = read_members(bytes(content), KNOWN)
    except FileRefused:
        return
    for name, value in found.items():
        assert members[name] == value
