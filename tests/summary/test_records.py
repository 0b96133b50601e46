"""The frames of event files: what was written is read, and what was broken is told."""

from pathlib import Path

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few

from nnlite.summary import records
from nnlite.summary.records import BrokenEventFileError, masked_crc32c, record

THREE = [b"first", b"", b"the third"]


def read(path: Path) -> list[bytes]:
    """The data of all records."""
    return [data for _, data in records.records(path)]


@pytest.fixture
def file(tmp_path) -> Path:
    """A file of three records."""
    path = tmp_path / "events"
    path.write_bytes(b"".join(map(record, THREE)))
    return path


def test_a_record_worked_by_hand() -> None:
    crc = google_crc32c.value(b"abc")
    masked = ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2**32
    framed = record(b"abc")
    assert framed[:8] == b"\3\0\0\0\0\0\0\0"
    assert framed[12:15] == b"abc"
    assert int.from_bytes(framed[15:], "little") == masked == masked_crc32c(b"abc")


@few
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_round_trip(tmp_path_factory, items: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("records") / "events"
    path.write_bytes(b"".join(map(record, items)))
    assert read(path) == items


def test_tensorboard_reads_the_records(file) -> None:
    stub = pytest.importorskip("tensorboard.compat.tensorflow_stub.pywrap_tensorflow")
    reader, found = stub.PyRecordReader_New(str(file)), []
    for _ in THREE:
        reader.GetNext()
        found.append(reader.record())
    assert found == THREE


def test_a_torn_tail_is_the_end(file) -> None:
    whole = file.read_bytes()
    ends = [len(record(THREE[0])), len(record(THREE[0]) + record(THREE[1])), len(whole)]
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        assert read(file) == THREE[: sum(end <= size for end in ends)]


def test_every_flipped_bit_is_noticed(file) -> None:
    whole = file.read_bytes()
    starts = [0, len(record(THREE[0])), len(record(THREE[0]) + record(THREE[1]))]
    for bit in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        file.write_bytes(broken)
        found = []
        with pytest.raises(BrokenEventFileError) as refused:
            found += (data for _, data in records.records(file))
        assert refused.value.offset == max(start for start in starts if start <= bit // 8)


def test_the_error_names_the_file_the_byte_and_the_checksum(file) -> None:
    whole = bytearray(file.read_bytes())
    whole[12] ^= 1  # in the first record's data
    file.write_bytes(whole)
    with pytest.raises(BrokenEventFileError, match=r"events is broken at byte 0: .* data is wrong"):
        read(file)


def test_zeros_at_the_end_are_no_records(file) -> None:
    """As a machine that lost its power may leave them."""
    size = file.stat().st_size
    file.write_bytes(file.read_bytes() + bytes(100))
    with pytest.raises(BrokenEventFileError, match=rf"at byte {size}: .* length is wrong"):
        read(file)
