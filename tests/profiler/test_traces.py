"""The traces hold what the profile has found: as JSON, and as google.protobuf reads them."""

import gzip
import json
import socket

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import example, given
from hypothesis import strategies as st

import nnlite as keras
from nnlite import profiler, spans
from nnlite.profiler.chrome import chrome_trace, compressed, microseconds
from nnlite.profiler.slices import Slice, slices
from nnlite.profiler.xplane import xspace

pytestmark = pytest.mark.one_table

X = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def found(folder):
    """A profile of a training and a prediction, whose traces are in `folder`."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(5, "relu", name="hidden"), keras.layers.Dense(1, name="out")]
    model = keras.Sequential([keras.Input([6]), *layers])
    model.compile("sgd", "mse")
    with profiler.Profile(folder) as found:
        with profiler.Trace("all of it", rate=0.5, tries=3, who="me", whole=True):
            model.fit(X, X[:, :1], 10, 3, verbose=0, validation_data=(X, X[:, :1]))
        model.predict(X, 10, verbose=0)
    return found


def done(found):
    """How many slices there should be: each event, and each replayed step with its kernels."""
    return len(found.events) + sum(replay.readings.size for replay in found.replays)


def test_the_slices_are_in_order_and_in_time(found):
    every = slices(found.began, found.events, found.replays)
    assert len(every) == done(found)
    assert [one.began for one in every] == sorted(one.began for one in every)
    assert all(0 <= one.began <= one.ended <= found.ended - found.began for one in every)
    names = dict.fromkeys(one.name for one in every)
    assert {"sequential/hidden/forward", "sequential/out/backward"} <= names.keys()
    assert {"loss", "loss/backward", "data", "data/batches", "optimizer"} <= names.keys()
    assert {"epoch 0", "epoch 2", "evaluate", "callbacks/History", "all of it"} <= names.keys()
    assert "sequential/hidden/backward_and_update" in names


def test_each_step_has_its_number_and_its_kind(found):
    every = slices(found.began, found.events, found.replays)
    steps = [(one.name, one.about["step"]) for one in every if "step" in one.about]
    epoch = ["train step"] * 4 + ["test step"] * 4
    assert steps == [*zip(epoch * 3 + ["predict step"] * 4, range(28), strict=True)]


def test_kernels_lie_inside_of_steps(found):
    every = slices(found.began, found.events, found.replays)
    steps = [one for one in every if "step" in one.about]
    # The predictor records on a batch of its own, which is no step.
    kernels = [one for one in every if one.kernel and one.began > steps[0].began]
    inside = [
        sum(step.began <= one.began and one.ended <= step.ended for step in steps)
        for one in kernels
    ]
    assert set(inside) <= {0, 1}
    assert inside.count(0) == len(found.replays[-1].work)


# ------------------------------------------------------------------------------------- Chrome


def test_the_chrome_trace(found, folder):
    (path,) = folder.glob("plugins/profile/*/*.trace.json.gz")
    assert path.name == f"{socket.gethostname()}.trace.json.gz"
    trace = json.loads(gzip.decompress(path.read_bytes()))
    names, events = trace["traceEvents"][:2], trace["traceEvents"][2:]
    assert {(one["ph"], one["name"]) for one in names} == {
        *(("M", "process_name"), ("M", "thread_name"))
    }
    every = slices(found.began, found.events, found.replays)
    for event, one in zip(events, every, strict=True):
        assert event.keys() == {"ph", "name", "cat", "ts", "dur", "pid", "tid", "args"}
        assert (event["ph"], event["name"]) == ("X", one.name)
        assert round(1000 * event["ts"]) == one.began
        assert round(1000 * event["dur"]) == one.ended - one.began
        assert event["args"].get("kernel", "") == one.kernel
    spent = sum(event["dur"] for event in events if event["name"] == "sequential/out/forward")
    (row,) = [row for row in found.rows if (row.what, row.how) == ("out (Dense)", "forward")]
    assert spent == pytest.approx(row.seconds * 1e6)
    (mine,) = [event["args"] for event in events if event["name"] == "all of it"]
    assert mine == {"rate": 0.5, "tries": 3, "who": "me", "whole": True}


@example(1001)  # as a quotient it would be cut off
@given(st.integers(0, 10**15))
def test_no_nanosecond_is_lost(nanoseconds):
    time = microseconds(nanoseconds)
    assert int(time * 1000) == round(time * 1000) == nanoseconds


def test_what_json_has_not_is_written_as_text(tmp_path):
    with profiler.Profile(tmp_path), profiler.Trace("mine", path=tmp_path):
        pass
    (path,) = tmp_path.glob("plugins/profile/*/*.trace.json.gz")
    event = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"][2]
    assert event["args"] == {"path": str(tmp_path)}


# ------------------------------------------------------------------------------------- XSpace

#: The fields of `xplane.proto` that a trace of ours uses: number, type, and of a message its name.
INT64, UINT64, STRING, DOUBLE = "TYPE_INT64", "TYPE_UINT64", "TYPE_STRING", "TYPE_DOUBLE"
XPLANE = {
    "XSpace": {"planes": (1, "*XPlane"), "hostnames": (4, "*")},
    "XPlane": {
        "id": (1, INT64),
        "name": (2, STRING),
        "lines": (3, "*XLine"),
        "event_metadata": (4, "*EventEntry"),
        "stat_metadata": (5, "*StatEntry"),
    },
    "EventEntry": {"key": (1, INT64), "value": (2, "XEventMetadata")},
    "StatEntry": {"key": (1, INT64), "value": (2, "XStatMetadata")},
    "XLine": {
        "id": (1, INT64),
        "name": (2, STRING),
        "timestamp_ns": (3, INT64),
        "events": (4, "*XEvent"),
        "duration_ps": (9, INT64),
    },
    "XEvent": {
        "metadata_id": (1, INT64),
        "offset_ps": (2, INT64),
        "duration_ps": (3, INT64),
        "stats": (4, "*XStat"),
    },
    "XStat": {
        "metadata_id": (1, INT64),
        "double_value": (2, "?" + DOUBLE),
        "uint64_value": (3, "?" + UINT64),
        "int64_value": (4, "?" + INT64),
        "str_value": (5, "?" + STRING),
    },
    "XEventMetadata": {"id": (1, INT64), "name": (2, STRING)},
    "XStatMetadata": {"id": (1, INT64), "name": (2, STRING)},
}


def xspace_class():
    """The class that google.protobuf makes of these fields."""
    file = descriptor_pb2.FileDescriptorProto(name="x.proto", package="x", syntax="proto3")
    for name, fields in XPLANE.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            label = "LABEL_REPEATED" if kind.startswith("*") else "LABEL_OPTIONAL"
            field = message.field.add(name=field_name, number=number, label=label)
            if kind.startswith("?"):  # one of several, which is there even where it is zero
                field.oneof_index = 0
                message.oneof_decl or message.oneof_decl.add(name="value")
            kind = kind.lstrip("*?") or STRING
            field.type = kind if kind.startswith("TYPE_") else "TYPE_MESSAGE"
            if field.type == descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE:
                field.type_name = f".x.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("x.XSpace"))


def read(written):
    """What protobuf reads: the host, and each event's name, times and stats."""
    space = xspace_class().FromString(written)
    assert space.SerializeToString(deterministic=True) == written  # as protobuf would write it
    (plane,), (host,) = space.planes, space.hostnames
    (line,) = plane.lines
    assert (plane.name, line.name, line.timestamp_ns) == ("/host:CPU", "Python", 0)
    events = {entry.key: entry.value for entry in plane.event_metadata}
    stats = {entry.key: entry.value for entry in plane.stat_metadata}
    assert all(key == value.id for key, value in [*events.items(), *stats.items()])
    found = [
        (
            events[event.metadata_id].name,
            event.offset_ps,
            event.duration_ps,
            {
                stats[stat.metadata_id].name: getattr(stat, stat.WhichOneof("value"))
                for stat in event.stats
            },
        )
        for event in line.events
    ]
    assert line.duration_ps == max((start + length for _, start, length, _ in found), default=0)
    return host, found


def test_the_xspace_of_a_training(found, folder):
    (path,) = folder.glob("plugins/profile/*/*.xplane.pb")
    host, events = read(path.read_bytes())
    assert path.name == f"{host}.xplane.pb"
    every = slices(found.began, found.events, found.replays)
    for (name, start, length, stats), one in zip(events, every, strict=True):
        path, _, kind = name.partition(":")
        assert path == (f"{one.name}/{kind}" if one.kernel else one.name)
        assert (start, length) == (1000 * one.began, 1000 * (one.ended - one.began))
        if "step" in one.about:
            assert stats == {"_r": 1, "step_num": one.about["step"]}
        else:
            assert stats == one.about
    assert "sequential/hidden/forward/DenseForward:DenseForward" in {name for name, *_ in events}


def test_odd_names_and_numbers():
    about = {"größe": -3, "none": 0, "π": 3.5, "big": 2**62, "text": "naïve ☃", "empty": ""}
    written = xspace([Slice("é:☃", "", 0, 0, about), Slice("", "", 5, 7, {})], "wirt")
    assert read(written) == ("wirt", [("é:☃", 0, 0, about), ("", 5000, 2000, {})])


def test_a_whole_number_that_has_no_64_bits_is_text():
    (event,) = read(xspace([Slice("a", "", 0, 1, {"huge": 2**70})], "host"))[1]
    assert event[3] == {"huge": str(2**70)}


def test_nothing_was_done():
    assert read(xspace([], "host")) == ("host", [])
    assert len(chrome_trace([])["traceEvents"]) == 2


# -------------------------------------------------------------------------------------- files


def test_two_profiles_in_one_second_have_two_folders(tmp_path):
    for _ in range(2):
        profiler.start(tmp_path)
        profiler.stop()
    folders = sorted(path.name for path in tmp_path.glob("plugins/profile/*"))
    assert len(folders) == 2
    assert all(len([*tmp_path.glob(f"plugins/profile/{name}/*")]) == 2 for name in folders)


def test_nothing_is_saved_where_nobody_wants_it(tmp_path):
    profiler.experimental.start(tmp_path)
    profiler.experimental.stop(save=False)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_is_refused_at_the_beginning(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        profiler.start(tmp_path / "file")
    assert spans.listener is None


def test_what_tensorflow_has():
    assert {"Profile", "Trace", "start", "stop"} <= set(profiler.experimental.__all__)
    for name in profiler.experimental.__all__:
        assert getattr(profiler.experimental, name) is getattr(profiler, name)


def test_what_is_not_finite_is_text_in_a_chrome_trace():
    """JSON has no NaN: a reader that keeps to it would refuse the whole file."""
    about = {"loss": float("nan"), "worst": float("inf"), "rate": 0.5}
    text = gzip.decompress(compressed(chrome_trace([Slice("step", "", 0, 1, about)])))
    *_, event = json.loads(text, parse_constant=pytest.fail)["traceEvents"]
    assert event["args"] == {"loss": "nan", "worst": "inf", "rate": 0.5}
