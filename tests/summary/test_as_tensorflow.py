"""The calls that TensorFlow was made to do, done again: the files are equal.

`fixtures/events` holds what `tf.summary` wrote; the witnesses of what TensorBoard makes of ours are
its own readers.
"""

import io
import json

import numpy as np
import pytest
from PIL import Image

from nnlite import summary
from nnlite.summary.records import records

from .conftest import Log

pytestmark = pytest.mark.one_table  # no kernel but the checksum, which has tests over both

loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")

#: The bytes of an event that say when it was.
WALL_TIME = slice(0, 9)


class Pair:
    """The same calls of TensorFlow's and of ours."""

    def __init__(self, folder, log: Log) -> None:
        self.calls = json.loads((folder / "calls.json").read_text("utf-8"))["calls"]
        (self.theirs,) = folder.glob("logs/*.tfevents.*")
        inputs = np.load(folder / "inputs.npz")
        writer = summary.create_file_writer(log.folder)
        with writer.as_default():
            for call in self.calls:
                data = inputs[call["array"]] if "array" in call else call["value"]
                write = getattr(summary, call["kind"])
                assert write(call["name"], data, step=call["step"], **call["kwargs"])
        writer.close()
        (self.ours,) = log.files()


@pytest.fixture(params=["summary_chapter10", "summary_variants"])
def pair(request, shared_folder, log) -> Pair:
    return Pair(shared_folder / "fixtures/events" / request.param, log)


def decoded(files) -> np.ndarray:
    """The pixels of PNG files, or nothing where there is none."""
    return np.array([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def test_the_bytes_are_equal_but_for_the_times_and_the_packing_of_pictures(pair) -> None:
    ours = [data for _, data in records(pair.ours)][1:]
    theirs = [data for _, data in records(pair.theirs)][1:]
    assert len(ours) == len(theirs) == len(pair.calls)
    for call, our, their in zip(pair.calls, ours, theirs, strict=True):
        assert our[:1] == their[:1] == b"\x09"
        if call["kind"] == "image":
            continue  # below
        if call["name"] == "scalar/negative_zero":
            # TensorFlow finds Python's -0.0 among its constants as the 0.0 that was there.
            their = their.replace(b"\0\0\0\0", b"\0\0\0\x80")
        assert our[WALL_TIME.stop :] == their[WALL_TIME.stop :], call["name"]


def test_pictures_are_equal_pixel_by_pixel(pair) -> None:
    ours, theirs = list(summary.read(pair.ours))[1:], list(summary.read(pair.theirs))[1:]
    compared = 0
    for call, our, their in zip(pair.calls, ours, theirs, strict=True):
        if call["kind"] != "image":
            continue
        (one,), (other,) = our.values, their.values
        assert our.step == their.step
        assert (one.tag, one.metadata) == (other.tag, other.metadata)
        assert one.data.shape == other.data.shape
        assert one.data[:2].tolist() == other.data[:2].tolist()
        np.testing.assert_array_equal(decoded(one.data[2:]), decoded(other.data[2:]))
        compared += len(one.data) - 2
    assert compared >= 18


def test_tensorboard_loads_the_same_of_both(pair) -> None:
    """EventFileLoader adds what TensorBoard goes by, such as the class of the data."""
    ours, theirs = (
        list(loader.EventFileLoader(str(path)).Load()) for path in (pair.ours, pair.theirs)
    )
    assert len(ours) == len(theirs)
    for call, our, their in zip([None, *pair.calls], ours, theirs, strict=True):
        our.wall_time = their.wall_time
        if call is None:
            assert our.source_metadata.writer == "nnlite.summary.file_writer"
            our.source_metadata.writer = their.source_metadata.writer
        elif call["kind"] == "image":
            del our.summary.value[0].tensor.string_val[2:]
            del their.summary.value[0].tensor.string_val[2:]
        if call is None or call["name"] != "scalar/negative_zero":  # see above
            assert our == their


def test_tensorboard_accumulates_every_value(pair) -> None:
    found = accumulator.EventAccumulator(str(pair.ours.parent), {"tensors": 0})
    found.Reload()
    expected: dict[str, list] = {}
    for event in summary.read(pair.ours):
        for value in event.values:
            expected.setdefault(value.tag, []).append((event.step, event.wall_time, value.data))
    assert set(found.Tags()["tensors"]) == expected.keys()
    plugins = {call["name"]: call["kind"] for call in pair.calls}
    for tag, events in expected.items():
        seen = found.Tensors(tag)
        assert [(e.step, e.wall_time) for e in seen] == [(step, time) for step, time, _ in events]
        for event, (_, _, data) in zip(seen, events, strict=True):
            np.testing.assert_array_equal(tensor_util.make_ndarray(event.tensor_proto), data)
        plugin = found.SummaryMetadata(tag).plugin_data.plugin_name
        assert plugin.startswith(plugins[tag])
