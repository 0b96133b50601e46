"""Where the traces of a profile are written."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from ..saving.atomic import written_whole
from .chrome import chrome_trace, compressed
from .slices import Slice
from .xplane import xspace


def write(logdir: str | os.PathLike[str], slices: list[Slice]) -> Path:
    """Write both traces into a new folder under `logdir`, and return it."""
    host = socket.gethostname()
    folder = _new_folder(Path(logdir, "plugins", "profile"))
    files = {
        f"{host}.trace.json.gz": compressed(chrome_trace(slices)),
        f"{host}.xplane.pb": xspace(slices, host),  # the last one, since TensorBoard looks for it
    }
    for name, content in files.items():
        with written_whole(folder / name) as path:
            path.write_bytes(content)
    return folder


def _new_folder(parent: Path) -> Path:
    """Make a folder that has the time for its name, and a number where there is one already."""
    parent.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y_%m_%d_%H_%M_%S")
    folder, number = parent / name, 1
    while folder.exists():
        number += 1
        folder = parent / f"{name}_{number}"
    folder.mkdir()
    return folder
