"""The kinds of summaries: what each one looks like in an event file.

All of them return whether something was written. Nothing is where this thread has no default
writer, or `record_if` says no; then the arguments are not looked at. What is refused leaves
nothing in the file.

Arguments that all of them have:

name : str
    The tag; `name_scope` puts something before it.
step : int, array or Tensor of one whole number, optional
    By default that of `set_step` or `as_default`.
description : str, optional
    Markdown that TensorBoard shows beside it.
"""

from __future__ import annotations

import functools
import time
from typing import Any

from ..arguments import whole
from . import messages, pictures, sounds
from .arrays import Array, array_of, float32_bytes, strings_of
from .defaults import recording_writer, tag_of, whole_step
from .histograms import buckets_of
from .messages import Metadata

#: What the audio plugin calls WAV: an `encoding` (field 2) of 11.
_WAV = b"\x10\x0b"


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Write a number, as float32; see `kinds` for the other arguments.

    Parameters
    ----------
    data : number, array or Tensor of one real number

    Raises
    ------
    TypeError, ValueError
        For any other data, a name that is no string, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    tag, step = tag_of(name), whole_step(step)
    number = float32_bytes(data, f"scalar {name!r}")
    before, after = messages.around_number(tag, _metadata("scalars", b"", description))
    writer._add_summary(step, before + number + after)
    return True


def histogram(
    name: str,
    data: Any,
    step: Any = None,
    buckets: int | None = None,
    description: str | None = None,
) -> bool:
    """Write how values are distributed; see `kinds` for the other arguments.

    Parameters
    ----------
    data : array-like or Tensor of real numbers, of any shape
        NaN and infinities are left out, with a warning.
    buckets : int, default 30
        How many buckets of one width there are between the smallest value and the largest.

    Raises
    ------
    TypeError, ValueError
        For any other data, a name that is no string, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    tag, step = tag_of(name), whole_step(step)
    counted = buckets_of(data, buckets, f"histogram {name!r}")
    writer._add(tag, step, messages.numbers(counted), _metadata("histograms", b"", description))
    return True


def image(
    name: str,
    data: Any,
    step: Any = None,
    max_outputs: int = 3,
    description: str | None = None,
) -> bool:
    """Write pictures; see `kinds` for the other arguments.

    Parameters
    ----------
    data : array-like or Tensor of shape (k, height, width, channels)
        uint8, or floats, which are cut to between 0 and 1. 1 channel is grey, 2 grey and alpha,
        3 RGB, 4 RGBA.
    max_outputs : int
        Only so many of the k pictures are written, the first ones.

    Raises
    ------
    TypeError, ValueError
        For any other data, a name that is no string, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    tag, step = tag_of(name), whole_step(step)
    most = whole(max_outputs, "max_outputs", 0)
    pixels = pictures.pixels_of(data, most, f"image {name!r}")
    metadata = _metadata("images", b"", description)
    # To make PNG files takes longest of all, so the writing thread does it.
    event = functools.partial(_image_event, time.time(), step, tag, pixels, metadata)
    writer._put(event, pixels.nbytes)
    return True


def _image_event(wall_time: float, step: int, tag: str, pixels: Array, metadata: bytes) -> bytes:
    _, height, width, _ = pixels.shape
    files = [pictures.png(one) for one in pixels]
    items = [b"%d" % width, b"%d" % height, *files]
    summary = messages.summary(tag, messages.strings((len(items),), items), metadata)
    return messages.summary_event(wall_time, step, summary)


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Write text, which TensorBoard shows as Markdown; see `kinds` for the other arguments.

    Parameters
    ----------
    data : str, or nested lists or an array of str
        One axis is shown as a column, two as a table.

    Raises
    ------
    TypeError, ValueError
        For any other data, a name that is no string, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    tag, step = tag_of(name), whole_step(step)
    shape, items = strings_of(data, f"text {name!r}")
    writer._add(tag, step, messages.strings(shape, items), _metadata("text", b"", description))
    return True


def audio(
    name: str,
    data: Any,
    sample_rate: int,
    step: Any = None,
    max_outputs: int = 3,
    encoding: str | None = None,
    description: str | None = None,
) -> bool:
    """Write sounds, as WAV files of 16 bits; see `kinds` for the other arguments.

    Parameters
    ----------
    data : array-like or Tensor of floats of shape (k, frames, channels)
        Cut to between -1 and 1.
    sample_rate : int
        Frames a second, from 1 on.
    max_outputs : int
        Only so many of the k sounds are written, the first ones.
    encoding : "wav", optional

    Raises
    ------
    TypeError, ValueError
        For any other data, a name that is no string, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    if encoding not in (None, "wav"):
        raise ValueError(f"audio {name!r}: encoding must be 'wav', got {encoding!r}")
    tag, step = tag_of(name), whole_step(step)
    rate = whole(sample_rate, "sample_rate", 1)
    clips = sounds.clips_of(data, whole(max_outputs, "max_outputs", 0), f"audio {name!r}")
    if rate * 2 * clips.shape[2] > sounds.MOST_BYTES:
        raise ValueError(f"audio {name!r}: sample_rate is too large for a WAV file: {rate}")
    items = [item for clip in clips for item in (sounds.wav(clip, rate), b"")]  # b"": a label
    tensor = messages.strings((len(clips), 2), items)
    writer._add(tag, step, tensor, _metadata("audio", _WAV, description))
    return True


def graph(graph_data: Any) -> bool:
    """Write what the Graphs page of TensorBoard shows, at step 0.

    Parameters
    ----------
    graph_data : Model, or a TensorFlow GraphDef as a message or its bytes
        A model is shown as its layers (there: "Conceptual graph").

    Raises
    ------
    TypeError
        For anything else.
    """
    writer = recording_writer()
    if writer is None:
        return False
    if hasattr(graph_data, "to_json"):
        from .conceptual import conceptual_graph  # with json, only where it is used

        tensor = messages.strings((), [conceptual_graph(graph_data).encode()])
        writer._add("keras", 0, tensor, _metadata("graph_keras_model", b"1", None))
        return True
    if hasattr(graph_data, "SerializeToString"):
        graph_data = graph_data.SerializeToString()
    if not isinstance(graph_data, bytes):
        raise TypeError(f"graph_data must be a model or a GraphDef, got {graph_data!r}")
    event = messages.graph_event(time.time(), graph_data)
    writer._put(event, len(event))
    return True


def write(
    tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None
) -> bool:
    """Write any array, for a plugin of TensorBoard that is not served by the other functions.

    Parameters
    ----------
    tag : str
        No scope is put before it; see `experimental.summary_scope`.
    tensor : array-like or Tensor, strings, or a function without arguments that returns one
    step : int, array or Tensor of one whole number, optional
    metadata : Metadata, or a SummaryMetadata as a message or its bytes, optional
        Which plugin it is for.
    name : str, optional
        TensorFlow has it; of no meaning here.

    Raises
    ------
    TypeError, ValueError
        For any other data, or without a step.
    """
    writer = recording_writer()
    if writer is None:
        return False
    if not isinstance(tag, str):
        raise TypeError(f"a tag must be a string, got {tag!r}")
    if isinstance(metadata, Metadata):
        metadata = messages.metadata(metadata)
    elif hasattr(metadata, "SerializeToString"):
        metadata = metadata.SerializeToString()
    if not isinstance(metadata, (bytes, type(None))):
        raise TypeError(f"metadata must be a Metadata or bytes, got {metadata!r}")
    step = whole_step(step)
    writer._add(tag, step, _tensor(tensor() if callable(tensor) else tensor, tag), metadata or b"")
    return True


def _tensor(value: Any, tag: str) -> bytes:
    what = f"tensor {tag!r}"
    array = array_of(value, what)
    if array.dtype.kind in "OSU":
        return messages.strings(*strings_of(value, what))
    return messages.numbers(array)


def _metadata(plugin: str, content: bytes, description: str | None) -> bytes:
    if description is not None and not isinstance(description, str):
        raise TypeError(f"a description must be a string, got {description!r}")
    return _encoded_metadata(plugin, content, description or "")


@functools.lru_cache(maxsize=256)
def _encoded_metadata(plugin: str, content: bytes, description: str) -> bytes:
    return messages.metadata(Metadata(plugin, content, description))
