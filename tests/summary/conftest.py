"""A writer and what it wrote, for all tests of summaries."""

from pathlib import Path
from typing import NamedTuple

import pytest

from nnlite import summary
from nnlite.summary import Event


class Log:
    """A folder of event files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Its event files, the oldest first."""
        return sorted(self.folder.glob("events.out.tfevents.*"))

    def events(self) -> list[Event]:
        """What was written so far, without the first events of the files."""
        found = [list(summary.read(path)) for path in self.files()]
        assert all(events[0].file_version == "brain.Event:2" for events in found)
        return [event for events in found for event in events[1:]]

    def values(self) -> list[tuple[str, int, object]]:
        """The tag, step and data of each of them."""
        return [
            (value.tag, event.step, value.data) for event in self.events() for value in event.values
        ]


class Writing(NamedTuple):
    """A writer, which is the default one, and its folder."""

    writer: summary.SummaryWriter
    log: Log

    def one(self) -> object:
        """The data of the one value that was written."""
        self.writer.flush()
        ((_, _, data),) = self.log.values()
        return data


@pytest.fixture
def log(tmp_path) -> Log:
    """A folder for event files."""
    return Log(tmp_path / "logs")


@pytest.fixture
def writing(log):
    """A default writer."""
    writer = summary.create_file_writer(log.folder)
    with writer.as_default():
        yield Writing(writer, log)
    writer.close()
