"""The messages written by hand; TensorBoard's protobuf classes are the witness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import few, shapes

from nnlite.summary import messages, wire
from nnlite.summary.messages import DTYPES, Metadata

pytestmark = pytest.mark.one_table  # there are no arrays for kernels in this

event_pb2 = pytest.importorskip("tensorboard.compat.proto.event_pb2")
summary_pb2 = pytest.importorskip("tensorboard.compat.proto.summary_pb2")
tensor_pb2 = pytest.importorskip("tensorboard.compat.proto.tensor_pb2")
types_pb2 = pytest.importorskip("tensorboard.compat.proto.types_pb2")
tensor_util = pytest.importorskip("tensorboard.util.tensor_util")

#: 64-bit numbers, the edges among them.
int64s = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 127, 128, 2**40, -1])

abouts = st.builds(
    Metadata,
    plugin_name=st.text(),
    content=st.binary(max_size=300),
    description=st.text(),
    display_name=st.text(),
    data_class=st.integers(0, 3),
)

arrays = st.sampled_from(list(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, shapes(0, 3) | st.just((0, 3)))
)


def parsed(message_class, data: bytes):
    """What protobuf reads, having seen no field that it does not know."""
    message = message_class.FromString(data)
    known = message_class.FromString(data)
    known.DiscardUnknownFields()
    assert known == message
    return message


@few
@given(st.floats(min_value=1), int64s, st.text(min_size=1), abouts, arrays)
def test_a_summary_is_read_by_protobuf_and_by_ourselves(wall_time, step, tag, about, array) -> None:
    tensor = messages.numbers(array)
    written = messages.summary_event(
        wall_time, step, messages.summary(tag, tensor, messages.metadata(about))
    )
    event = parsed(event_pb2.Event, written)
    assert (event.wall_time, event.step) == (wall_time, step)
    (value,) = event.summary.value
    assert value.tag == tag
    assert value.metadata.plugin_data.plugin_name == about.plugin_name
    assert value.metadata.plugin_data.content == about.content
    assert value.metadata.summary_description == about.description
    assert value.metadata.display_name == about.display_name
    assert value.metadata.data_class == about.data_class
    if array.size or array.dtype.kind != "u":  # an empty one of those TensorBoard cannot read
        seen = tensor_util.make_ndarray(value.tensor)
        assert seen.dtype == array.dtype
        assert seen.shape == array.shape
        assert seen.tobytes() == array.tobytes()
    assert event.SerializeToString() == written  # the same fields in the same order

    ours = messages.read_event(written)
    assert (ours.wall_time, ours.step, ours.values[0].tag) == (wall_time, step, tag)
    assert ours.values[0].metadata == about
    assert ours.values[0].data.dtype == array.dtype
    assert ours.values[0].data.tobytes() == array.tobytes()


@few
@given(hnp.array_shapes(min_dims=0, max_dims=3, max_side=3), st.data())
def test_strings(shape, data) -> None:
    size = int(np.prod(shape))
    items = data.draw(st.lists(st.binary(max_size=200), min_size=size, max_size=size))
    written = messages.strings(shape, items)
    tensor = parsed(tensor_pb2.TensorProto, written)
    assert list(tensor.string_val) == items
    assert [dim.size for dim in tensor.tensor_shape.dim] == list(shape)
    assert tensor.dtype == types_pb2.DT_STRING
    ours = messages.read_tensor(written)
    assert ours.shape == shape
    assert ours.ravel().tolist() == items


def test_the_first_event_and_a_graph() -> None:
    first = parsed(event_pb2.Event, messages.first_event(1.5, "somebody"))
    assert first.file_version == "brain.Event:2"
    assert first.source_metadata.writer == "somebody"
    assert messages.read_event(messages.first_event(1.5, "somebody")) == messages.Event(
        wall_time=1.5, file_version="brain.Event:2", writer="somebody"
    )
    graph = messages.graph_event(2.5, b"\n\0")
    assert parsed(event_pb2.Event, graph).graph_def == b"\n\0"
    assert messages.read_event(graph).graph_def == b"\n\0"


@few
@given(arrays)
def test_numbers_that_others_write_one_by_one(array) -> None:
    """TensorBoard's own writer and PyTorch's use float_val and its kin, not tensor_content."""
    theirs = tensor_util.make_tensor_proto(array)
    if array.dtype.kind not in "c":  # whose parts TensorBoard's helper does not take
        fields = {"float16": "half_val", "float32": "float_val", "float64": "double_val"}
        fields |= {name: f"{name}_val" for name in ("int64", "uint32", "uint64", "bool")}
        field = fields.get(array.dtype.name, "int_val")
        items = array.view(np.uint16) if array.dtype == np.float16 else array
        theirs.ClearField("tensor_content")
        theirs.ClearField(field)
        getattr(theirs, field).extend(items.ravel().tolist())
    read = messages.read_tensor(theirs.SerializeToString())
    assert read.dtype == array.dtype
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


def test_the_last_value_counts_for_the_rest() -> None:
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1, 2])
    proto.tensor_shape.dim.add(size=2)
    proto.tensor_shape.dim.add(size=2)
    assert messages.read_tensor(proto.SerializeToString()).tolist() == [[1, 2], [2, 2]]
    proto.tensor_shape.dim.add(size=2**50)
    with pytest.raises(ValueError, match=r"a tensor of shape \(2, 2, \d+\) has 2 values"):
        messages.read_tensor(proto.SerializeToString())


def test_values_of_older_writers() -> None:
    event = event_pb2.Event(step=-3)
    event.summary.value.add(tag="loss", simple_value=0.5)
    event.summary.value.add(tag="picture").image.width = 3
    event.summary.value.add(tag="weights").histo.num = 7
    event.summary.value.add(tag="sound").audio.num_channels = 1
    read = messages.read_event(event.SerializeToString())
    assert read.step == -3
    assert [value.kind for value in read.values] == ["simple_value", "image", "histo", "audio"]
    assert read.values[0].data == 0.5
    assert summary_pb2.HistogramProto.FromString(read.values[2].data).num == 7


@few
@given(st.binary(max_size=80))
def test_what_is_no_message_is_a_value_error(data: bytes) -> None:
    for read in (messages.read_event, messages.read_tensor, messages.read_metadata):
        try:
            read(data)
        except ValueError:
            continue


@few
@given(st.data())
def test_a_changed_message_is_read_or_is_a_value_error(data) -> None:
    tensor = messages.numbers(np.arange(6.0).reshape(2, 3))
    about = messages.metadata(Metadata("scalars", b"x", "y"))
    written = bytearray(messages.summary_event(1.0, 300, messages.summary("tag", tensor, about)))
    for _ in range(3):
        written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    try:
        messages.read_event(bytes(written))
    except ValueError:
        return


@few
@given(int64s)
def test_varints(number: int) -> None:
    written = wire.varint(number)
    read, place = wire.read_varint(written, 0)
    assert (wire.signed(read), place) == (number, len(written))


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"\x80", "has no end"),
        (b"\xff" * 11, "has no end"),
        (b"\x0b", "unknown kind 3"),
        (b"\x0a\x05abc", "field 1 is longer than the message"),
        (b"\x11\0\0", "field 2 is longer than the message"),
    ],
)
def test_what_is_wrong_with_a_message(message: bytes, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        list(wire.fields(message))


def test_an_array_that_tensorflow_has_no_dtype_for() -> None:
    with pytest.raises(TypeError, match=r"cannot hold an array of dtype datetime64"):
        messages.numbers(np.array(["2020-01-01"], "datetime64[D]"))
