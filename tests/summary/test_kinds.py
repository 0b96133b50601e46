"""What the kinds of summaries write, and what they refuse; see test_as_tensorflow.py as well."""

import io
import json
import warnings
import wave

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from strategies import shapes

import nnlite
from nnlite import Tensor, summary
from nnlite.summary import Metadata
from nnlite.summary.histograms import buckets_of

from .conftest import Log

pytestmark = pytest.mark.one_table

#: Every example has a folder of its own.
tries = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def written(tmp_path_factory):
    """Return a function that writes and returns the one value that was written."""

    def written(kind: str, *args, **kwargs):
        log = Log(tmp_path_factory.mktemp("log"))
        with summary.create_file_writer(log.folder).as_default(step=1):
            assert getattr(summary, kind)(*args, **kwargs) is True
        ((value,),) = (event.values for event in log.events())
        return value

    return written


# ------------------------------------------------------------------------------ round trips


@tries
@given(st.text(min_size=1), st.floats(width=32), st.text())
def test_scalars(written, tag, number, description) -> None:
    value = written("scalar", tag, number, description=description)
    assert value.tag == tag
    assert value.metadata == Metadata("scalars", description=description)
    np.testing.assert_array_equal(value.data, np.float32(number))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Tensor(2.5), 2.5),
        (True, 1),
        (7, 7),
        (np.float16(0.1), np.float32(np.float16(0.1))),
        (1e300, np.inf),
        (-1e300, -np.inf),
        (np.float64(1e300), np.inf),
        (np.int64(2**62), 2.0**62),
    ],
    ids=repr,
)
def test_numbers_of_any_kind(written, number, expected) -> None:
    assert written("scalar", "x", number).data == np.float32(expected)


@tries
@given(shapes(0, 3), st.data())
def test_texts_of_any_rank(written, shape, data) -> None:
    array = data.draw(hnp.arrays(object, shape, elements=st.text(max_size=20), fill=st.nothing()))
    found = written("text", "t", array.tolist()).data
    assert found.shape == shape
    assert [item.decode() for item in found.ravel()] == array.ravel().tolist()


def test_text_as_arrays_and_bytes(written) -> None:
    for data in (["a\0", "b"], [b"a\0", b"b"], np.array(["a\0", "b"], object)):
        assert written("text", "t", data).data.tolist() == [b"a\0", b"b"]
    assert written("text", "t", np.array([["ä", "b"]])).data.tolist() == [["ä".encode(), b"b"]]


@tries
@given(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    st.integers(0, 4),
    st.data(),
)
def test_pictures_of_bytes(written, shape, most, data) -> None:
    pixels = data.draw(hnp.arrays(np.uint8, shape))
    found = written("image", "i", pixels, max_outputs=most).data
    assert found[:2].tolist() == [b"%d" % shape[2], b"%d" % shape[1]]
    shown = [np.asarray(Image.open(io.BytesIO(file))) for file in found[2:]]
    assert len(shown) == min(most, len(pixels))
    for one, expected in zip(shown, pixels, strict=False):
        np.testing.assert_array_equal(one.reshape(expected.shape), expected)


@tries
@given(hnp.array_shapes(min_dims=3, max_dims=3, max_side=5), st.integers(1, 192_000), st.data())
def test_sounds(written, shape, rate, data) -> None:
    clips = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(-1.5, 1.5, width=32)))
    found = written("audio", "a", clips, rate, max_outputs=9).data
    assert found.shape == (len(clips), 2)
    for (file, label), clip in zip(found, clips, strict=True):
        assert label == b""
        with wave.open(io.BytesIO(file)) as sound:
            assert sound.getframerate() == rate
            assert (sound.getnframes(), sound.getnchannels()) == clip.shape
            assert sound.getsampwidth() == 2
            levels = np.frombuffer(sound.readframes(clip.size), "<i2").reshape(clip.shape)
        expected = np.clip(clip.astype(float), -1, 32767 / 32768) * 32768
        assert abs(levels - expected).max() <= 0.5


@tries
@given(
    hnp.arrays(
        st.sampled_from(["f4", "f8", "i4", "u1", "?"]), hnp.array_shapes(max_dims=2, max_side=20)
    ),
    st.integers(1, 40),
)
def test_histograms(written, data, count) -> None:
    finite = data[np.isfinite(data)].astype(np.float64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* were left out")
        left, right, counts = written("histogram", "h", data, buckets=count).data.T
    assert len(counts) == count
    assert counts.sum() == len(finite)
    if len(finite):
        assert (left[0], right[-1]) == (finite.min(), finite.max())
        np.testing.assert_array_equal(left[1:], right[:-1])
        assert (np.diff(left) >= 0).all()
    with np.errstate(over="ignore"):
        width = np.ptp(finite) / count if len(finite) else 0
    if 1e-9 * abs(finite).max(initial=1e-300) < width < 1e300:  # else numpy refuses such buckets
        near = np.histogram(finite, count, (finite.min(), finite.max()))[0]
        # numpy decides at an edge by comparing, and TensorBoard by dividing: they may differ there.
        assert abs(np.cumsum(counts) - np.cumsum(near)).max() <= _ties(finite, left)


def _ties(values, edges) -> int:
    """How many values stand at the edge of a bucket, as near as can be told."""
    distance = abs(values[:, np.newaxis] - edges).min(axis=1)
    return int((distance <= 1e-12 * np.abs(values).max()).sum())


# ------------------------------------------------------------------------- to the letter


def test_what_is_no_number_is_left_out_and_counted(written) -> None:
    data = np.array([1.0, np.nan, 3.0, np.inf, -np.inf])
    message = "histogram 'h': 3 of 5 values are NaN or infinite and were left out"
    with pytest.warns(RuntimeWarning, match=message):
        found = written("histogram", "h", data, buckets=2).data
    assert found.tolist() == [[1, 2, 1], [2, 3, 1]]
    with pytest.warns(RuntimeWarning, match="2 of 2 values"):
        assert not written("histogram", "h", data[3:], buckets=2).data.any()
    with pytest.warns(RuntimeWarning, match="image 'i': 1 of 2 values are NaN, and are shown as 0"):
        (png,) = written("image", "i", [[[[np.nan], [1.0]]]]).data[2:]
    assert np.asarray(Image.open(io.BytesIO(png))).tolist() == [[0, 255]]
    with pytest.warns(RuntimeWarning, match="audio 'a': 1 of 2 values are NaN"):
        found = written("audio", "a", [[[np.nan], [0.5]]], 8000).data
    assert found[0, 0][44:] == b"\0\0\0\x40"


def test_the_whole_range_of_doubles() -> None:
    most = np.finfo(np.float64).max
    found = buckets_of(np.array([-most, 0, most]), 2, "h")
    assert found.tolist() == [[-most, 0, 1], [0, most, 2]]
    least = np.nextafter(0, 1)  # a thirtieth of which is 0
    found = buckets_of(np.array([0, least]), 30, "h")
    assert found[:, 2].sum() == 2
    assert found[-1].tolist() == [0, least, 1]


def test_buckets(written) -> None:
    assert written("histogram", "h", [1, 2]).data.shape == (30, 3)
    assert written("histogram", "h", [1, 2], buckets=0).data.shape == (0, 3)
    assert written("histogram", "h", [1, 2], buckets=-1).data.shape == (0, 3)
    assert written("histogram", "h", np.zeros((0, 3)), buckets=4).data.tolist() == [[0, 0, 0]] * 4
    assert written("histogram", "h", [2, 2], buckets=2).data.tolist() == [[2, 2, 0], [2, 2, 2]]
    assert written("histogram", "h", Tensor([1.0, 2.0]), buckets=1).data.tolist() == [[1, 2, 2]]


def test_pictures_are_what_they_were_when_they_were_given(writing) -> None:
    """The PNG file is made later, on another thread."""
    pixels = np.zeros((1, 200, 200, 3), np.uint8)
    summary.image("i", pixels, step=0)
    pixels[:] = 255
    png = writing.one()[2]
    assert not np.asarray(Image.open(io.BytesIO(png))).any()


def test_a_model(writing) -> None:
    model = nnlite.Sequential([nnlite.Input((3,)), nnlite.layers.Dense(2)])
    assert summary.graph(model)
    writing.writer.flush()
    (event,) = writing.log.events()
    (value,) = event.values
    assert (event.step, value.tag) == (0, "keras")
    assert value.metadata == Metadata("graph_keras_model", b"1")
    assert value.data.shape == ()
    assert json.loads(value.data[()]) == json.loads(model.to_json())


def test_a_graph_of_tensorflow(writing) -> None:
    graph_pb2 = pytest.importorskip("tensorboard.compat.proto.graph_pb2")
    graph = graph_pb2.GraphDef()
    graph.node.add(name="x", op="Placeholder")
    assert summary.graph(graph)
    assert summary.graph(graph.SerializeToString())
    writing.writer.flush()
    assert [event.graph_def for event in writing.log.events()] == [graph.SerializeToString()] * 2


def test_write(written) -> None:
    summary_pb2 = pytest.importorskip("tensorboard.compat.proto.summary_pb2")
    message = summary_pb2.SummaryMetadata(summary_description="d")
    message.plugin_data.plugin_name = "mine"
    about = Metadata("mine", description="d")
    for metadata in (about, message, message.SerializeToString()):
        value = written("write", "w", lambda: np.arange(3, dtype=np.int16), metadata=metadata)
        assert value.metadata == about
        assert value.data.dtype == np.int16
        assert value.data.tolist() == [0, 1, 2]
    assert written("write", "w", 1.5).data.dtype == np.float32
    assert written("write", "w", [1, 2]).data.dtype == np.int32
    assert written("write", "w", 2**40).data.dtype == np.int64
    assert written("write", "w", ["a", "b"]).data.tolist() == [b"a", b"b"]
    assert written("write", "w", 1.5).metadata == Metadata()


# ------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("scalar", ("x", [1.0]), r"scalar 'x' must be one number, got an array of shape \(1,\)"),
        ("scalar", ("x", "1"), "scalar 'x' must be real numbers, not <U1"),
        ("scalar", ("x", 1j), "scalar 'x' must be real numbers, not complex128"),
        ("scalar", ("x", None), "scalar 'x' must be real numbers, not object"),
        ("scalar", ("x", [[1], [1, 2]]), "scalar 'x' cannot be made an array"),
        ("scalar", (3, 1.0), "the name of a summary must be a string, got 3"),
        ("scalar", ("", 1.0), "the name of a summary is empty"),
        ("scalar", ("\ud800", 1.0), "the name of a summary is no text"),
        ("image", ("\ud800", np.zeros((1, 4, 4, 3))), "the name of a summary is no text"),
        ("scalar", ("x", 1.0, 1, 5), "a description must be a string, got 5"),
        ("histogram", ("h", ["a"]), "histogram 'h' must be real numbers, not <U1"),
        ("histogram", ("h", [1], 1, 2.5), "histogram 'h': buckets must be a whole number"),
        ("image", ("i", np.zeros((4, 4, 3))), "image 'i' must have the 4 axes .k, height, width"),
        ("image", ("i", np.zeros((1, 4, 4, 5))), "must have 1 to 4 channels"),
        ("image", ("i", np.zeros((1, 0, 4, 3))), "must have pixels"),
        ("image", ("i", np.zeros((1, 4, 4, 3), int)), "not int64: convert it, such as with .astyp"),
        ("image", ("i", np.zeros((1, 4, 4, 3), complex)), "must be floats, not complex128"),
        ("image", ("i", np.zeros((1, 4, 4, 3)), 1, -1), "max_outputs must be a whole number >= 0"),
        ("text", ("t", 3), "text 't' must be strings, in rows of one length; got int: 3"),
        ("text", ("t", [["a"], ["b", "c"]]), "in rows of one length; got list"),
        ("text", ("t", "\ud800"), "text 't' is no text"),
        ("audio", ("a", np.zeros((4, 1)), 8000), "audio 'a' must have the 3 axes .k, frames"),
        ("audio", ("a", np.zeros((1, 4, 0)), 8000), "no shape that a WAV file can have"),
        ("audio", ("a", np.zeros((1, 4, 1), "i2"), 8000), "divide 16-bit sound by 32768"),
        ("audio", ("a", np.zeros((1, 4, 1)), 0), "sample_rate must be a whole number >= 1, got 0"),
        ("audio", ("a", np.zeros((1, 4, 1)), 2**32), "sample_rate is too large"),
        ("audio", ("a", np.zeros((1, 4, 1)), 8000, 1, 3, "mp3"), "encoding must be 'wav'"),
        ("graph", (3,), "graph_data must be a model or a GraphDef, got 3"),
        ("write", (3, 1.0), "a tag must be a string, got 3"),
        ("write", ("w", np.array(["2020"], "M8[Y]")), "cannot hold an array of dtype datetime64"),
        ("write", ("w", 1.0, 1, "mine"), "metadata must be a Metadata or bytes"),
    ],
)
def test_what_is_refused_leaves_nothing(kind, arguments, message, writing) -> None:
    experimental_step = summary.experimental.get_step()
    summary.experimental.set_step(1)
    try:
        with pytest.raises((TypeError, ValueError), match=message):
            getattr(summary, kind)(*arguments)
    finally:
        summary.experimental.set_step(experimental_step)
    writing.writer.flush()
    assert writing.log.events() == []


odd = hnp.arrays(
    st.sampled_from(
        ["f2", "f4", "f8", "g", "i1", "i8", "u1", "u8", "?", "c8", "S2", "U2", "M8[s]"]
    ),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
)


@pytest.mark.filterwarnings("ignore:.* values are NaN:RuntimeWarning")
@tries
@given(odd, st.sampled_from(["scalar", "histogram", "image", "text", "audio"]))
def test_odd_arrays_are_written_whole_or_refused(tmp_path_factory, data, kind) -> None:
    log = Log(tmp_path_factory.mktemp("log"))
    rate = (8000,) if kind == "audio" else ()
    message, written = "", 0
    with summary.create_file_writer(log.folder).as_default(step=1):
        try:
            written += getattr(summary, kind)("odd", data, *rate)
        except (TypeError, ValueError) as error:
            message = str(error)
    assert len(log.events()) == written
    assert written or "'odd'" in message
