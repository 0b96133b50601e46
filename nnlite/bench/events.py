"""Summaries for TensorBoard: how long one takes until it is in the file, beside the others."""

from __future__ import annotations

import contextlib
import importlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import summary
from . import peers
from .measures import Contender, Goal, Section, Settings, interleave, timed_loop
from .peak import Peak

#: Writes a summary at a step.
Write = Callable[[int], object]

#: What is written, by kind: as in the book's block of chapter 10.
TITLES = {
    "scalar": "Scalars for TensorBoard",
    "histogram": "Histograms for TensorBoard, 100 values in 50 buckets",
    "image": "Images for TensorBoard, two of 32 x 32 RGB",
}


class Data:
    """What all of them write."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.values = rng.standard_normal(100)
        self.images = rng.random((2, 32, 32, 3))


class Nnlite:
    """nnlite.summary, and also tf.summary, which has the same names."""

    def __init__(self, api: Any, folder: str, data: Data) -> None:
        self.writer = api.create_file_writer(folder)
        self.flush, self.close = self.writer.flush, self.writer.close
        self.context = self.writer.as_default
        self.writes: dict[str, Write] = {
            "scalar": lambda step: api.scalar("x", 0.5, step=step),
            "histogram": lambda step: api.histogram("x", data.values, buckets=50, step=step),
            "image": lambda step: api.image("x", data.images, step=step),
        }


class TensorboardX:
    """tensorboardX, whose names are PyTorch's."""

    def __init__(self, folder: str, data: Data) -> None:
        writer = importlib.import_module("tensorboardX").SummaryWriter(folder)
        self.flush, self.close = writer.flush, writer.close
        self.context = contextlib.nullcontext
        images = data.images.astype(np.float32)
        self.writes: dict[str, Write] = {
            "scalar": lambda step: writer.add_scalar("x", 0.5, step),
            "histogram": lambda step: writer.add_histogram("x", data.values, step, bins=50),
            "image": lambda step: writer.add_images("x", images, step, dataformats="NHWC"),
        }


def sections(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure each kind; the time of a flush at the end of many is in it."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        writers = _writers(folder)
        for writer in writers.values():
            stack.callback(writer.close)
        for kind, title in TITLES.items():
            section = Section(title, "seconds a summary")
            contenders = [_contender(name, one, kind, settings) for name, one in writers.items()]
            section.measures, section.notes = interleave(contenders, settings)
            section.goals = [
                Goal(f"at most 1.00 of the time of {peer}", 1.0, section.share_of(peer))
                for peer in ("tensorboardX", "tf.summary")
            ]
            if kind == "scalar":
                section.goals.insert(0, Goal("at most 10 us", 1e-5, section.best_of("nnlite")))
            yield section


def _writers(folder: str) -> dict[str, Nnlite | TensorboardX]:
    data = Data()
    found: dict[str, Nnlite | TensorboardX] = {
        "nnlite.summary": Nnlite(summary, f"{folder}/nnlite", data)
    }
    if peers.installed("tensorboardX"):
        found["tensorboardX"] = TensorboardX(f"{folder}/tensorboardX", data)
    if peers.installed("tensorflow"):
        tensorflow = importlib.import_module("tensorflow")
        found["tf.summary"] = Nnlite(tensorflow.summary, f"{folder}/tf", data)
    return found


def _contender(
    name: str, writer: Nnlite | TensorboardX, kind: str, settings: Settings
) -> Contender:
    write = writer.writes[kind]

    def loop(count: int) -> None:
        with writer.context():
            for step in range(count):
                write(step)
            writer.flush()

    return timed_loop(name, loop, 2 * settings.calls)
