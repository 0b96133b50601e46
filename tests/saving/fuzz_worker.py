"""A process that loads files that may be broken, one after another, with little memory.

It reads the name of a loader and a size on one line, then as many bytes, and answers with one line:
"good", "refused", or what else happened.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from nnlite.saving.errors import FileRefused
from nnlite.saving.hdf5 import Group, read_hdf5
from nnlite.saving.inspection import Inspection, printable
from nnlite.saving.json_text import parse_json
from nnlite.saving.limits import Limits
from nnlite.saving.model_files import load_model
from nnlite.saving.zip_members import read_members

MIB = 2**20
LIMITS = Limits(weight_bytes=16 * MIB, attribute_bytes=4 * MIB, json_bytes=MIB, records=20_000)

#: How much more than at its start the process may have: what the limits allow, a few times.
MORE_MEMORY = 128 * MIB


def load_hdf5(content: bytes) -> None:
    """Read everything that an HDF5 file holds."""
    waiting = [read_hdf5(content, limits=LIMITS)]
    while waiting:
        for member in waiting.pop().members.values():
            if isinstance(member, Group):
                waiting.append(member)
            else:
                values = member.read()
                assert (values.shape, values.dtype) == (member.shape, member.dtype)


def load_zip(content: bytes) -> None:
    """Read everything that a .keras file holds."""
    known = dict.fromkeys(("config.json", "metadata.json", "model.weights.h5"), MIB)
    members = read_members(content, known, limits=LIMITS)
    for name in {"config.json", "metadata.json"} & members.keys():
        parse_json(members[name], file="file", place=name, limits=LIMITS)
    if "model.weights.h5" in members:
        load_hdf5(members["model.weights.h5"])


def inspect(content: bytes) -> None:
    """Describe a file, which never raises for what it holds."""
    path = Path(tempfile.gettempdir()) / "inspected"
    path.write_bytes(content)
    for line in Inspection(path, LIMITS).lines:
        printable(line).encode()


def load_whole(content: bytes) -> None:
    """Make a model of a file, its training and its optimizer too."""
    path = Path(tempfile.gettempdir()) / ("m.keras" if content.startswith(b"PK") else "m.h5")
    path.write_bytes(content)
    load_model(path, limits=LIMITS)


#: What files are loaded by; and what shows that a bad end of that is seen.
LOADERS: dict[str, Callable[[bytes], object]] = {
    "hdf5": load_hdf5,
    "zip": load_zip,
    "inspect": inspect,
    "model": load_whole,
    "raises": lambda content: {}["weights"],
    "crashes": lambda content: os.kill(os.getpid(), signal.SIGSEGV),
    "hangs": lambda content: time.sleep(1000),
    "greedy": lambda content: bytearray(2 * MORE_MEMORY),
}


def answer(loader: Callable[[bytes], object], content: bytes) -> str:
    """Load a file and say how that ended."""
    try:
        loader(content)
    except FileRefused:
        return "refused"
    except BaseException:
        return traceback.format_exc().replace("\n", " | ")
    return "good"


def limit_memory() -> None:
    """Allow a little more than what the process has now."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MORE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """Answer until there are no more questions."""
    tempfile.tempdir = sys.argv[1]
    warnings.simplefilter("ignore")  # such as of a model that is not compiled
    limit_memory()
    while line := sys.stdin.buffer.readline():
        name, size = line.split()
        content = sys.stdin.buffer.read(int(size))
        print(ascii(answer(LOADERS[name.decode()], content)), flush=True)


if __name__ == "__main__":
    main()
