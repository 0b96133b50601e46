"""`nnlite.summary.read` on files that TensorFlow wrote, beside what TensorBoard reads there."""

import numpy as np
import pytest

from nnlite import summary
from nnlite.summary import BrokenEventFileError, messages
from nnlite.summary.records import record

pytestmark = pytest.mark.one_table

loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")


@pytest.fixture(scope="session")
def event_files(shared_folder):
    """Event files that TensorFlow and Keras wrote."""
    found = sorted((shared_folder / "fixtures/events").glob("*/logs/**/*.tfevents.*"))
    assert len(found) == 6
    return found


def test_files_of_tensorflow(event_files) -> None:
    for path in event_files:
        ours = list(summary.read(path))
        theirs = list(loader.RawEventFileLoader(str(path)).Load())
        assert len(ours) == len(theirs)
        for event, data in zip(ours, theirs, strict=True):
            proto = loader.event_pb2.Event.FromString(data)
            assert (event.wall_time, event.step) == (proto.wall_time, proto.step)
            assert event.file_version == proto.file_version
            assert event.writer == proto.source_metadata.writer
            assert len(event.values) == len(proto.summary.value)
            for value, expected in zip(event.values, proto.summary.value, strict=True):
                about = expected.metadata
                assert value.tag == expected.tag
                assert value.metadata.plugin_name == about.plugin_data.plugin_name
                assert value.metadata.content == about.plugin_data.content
                assert value.metadata.description == about.summary_description
                array = tensor_util.make_ndarray(expected.tensor)
                assert value.data.dtype == array.dtype
                np.testing.assert_array_equal(value.data, array)


def test_a_record_that_is_no_event(tmp_path) -> None:
    path = tmp_path / "events"
    first = record(messages.first_event(1.0, "me"))
    path.write_bytes(first + record(b"\x0b"))
    events = summary.read(path)
    assert next(events).writer == "me"
    with pytest.raises(BrokenEventFileError, match="unknown kind 3") as refused:
        next(events)
    assert refused.value.offset == len(first)


def test_a_folder_and_a_missing_file(tmp_path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(OSError):
            next(summary.read(path))
