"""Where a data set's files come from: the user's folder, the cache, a Debian package, the network.

`load` asks these places in turn, and the first that has the file is the one that is read:

1. the folder named in the environment variable NNLITE_DATASETS: its sub-folder named like the data
   set (MNIST's and Fashion-MNIST's files have the same names), then the folder itself;
2. nnlite's cache: the folder named in NNLITE_CACHE, else the user's cache folder;
3. the folder where Debian's package installs the data set, if there is such a package;
4. the network; what is downloaded goes into the cache.

Every file is checked each time it is read, not only when it was downloaded: SHA-256 over the 55 MB
of Fashion-MNIST takes about 0.03 s, a tenth of the time that unpacking them takes.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Content = TypeVar("Content")

#: Debian's packages of data sets install into this folder.
DEBIAN_FOLDER = Path("/usr/share/datasets")

#: Seconds without an answer after which a server is given up.
TIMEOUT = 20


@dataclass(frozen=True)
class Source:
    """Where one data set is to be had.

    `name` is the name of its folders, `title` its name in messages, `urls` the network folders
    that are tried in turn (each ends in a slash), `debian_package` the package that installs it,
    `instead` a last piece of advice for those who can get the data from nowhere.
    """

    name: str
    title: str
    urls: tuple[str, ...]
    debian_package: str | None = None
    instead: str | None = None


def cache_folder() -> Path:
    """Return the folder of what nnlite downloaded: NNLITE_CACHE, else the user's cache folder."""
    chosen = os.environ.get("NNLITE_CACHE")
    if chosen:
        return Path(chosen)
    import pooch

    return Path(pooch.os_cache("nnlite"))


def places(source: Source) -> list[tuple[Path, str]]:
    """Return the local folders in which `source` is looked for, in order, each with its reason."""
    found = []
    chosen = os.environ.get("NNLITE_DATASETS")
    if chosen:
        found += [(Path(chosen, source.name), "NNLITE_DATASETS"), (Path(chosen), "NNLITE_DATASETS")]
    found.append((cache_folder() / source.name, "nnlite's cache"))
    if source.debian_package:
        folder = DEBIAN_FOLDER / source.name
        found.append((folder, f"Debian's package {source.debian_package}"))
    return found


def find(source: Source, filename: str) -> Path | None:
    """Return the path of `filename` in the first local place that has it; None where none has.

    An absolute `filename` stands for itself.
    """
    paths = (folder / filename for folder, _ in places(source))
    return next((path for path in paths if path.is_file()), None)


def load(
    source: Source, filename: str, decode: Callable[[bytes], Content], saved_as: str | None = None
) -> Content:
    """Read one file of a data set from the first place that has it, downloading it if need be.

    Parameters
    ----------
    source : Source
        The data set.
    filename : str
        The file's name on the network.
    decode : callable
        Turns the file's bytes into what is returned; raises ValueError where they are not the
        bytes of this file.
    saved_as : str, optional
        The file's name in the local folders, where it differs.

    Raises
    ------
    ValueError
        Where a local file is there but damaged. It is never silently passed over.
    FileNotFoundError
        Where no place has the file and it cannot be downloaded.
    """
    path = find(source, saved_as or filename)
    if path is None:
        return _download(source, filename, decode, saved_as or filename)
    return read(source, path, decode)


def read(source: Source, path: Path, decode: Callable[[bytes], Content]) -> Content:
    """Read the local file `path`; raise ValueError, naming it, where `decode` refuses its bytes."""
    try:
        return decode(path.read_bytes())
    except ValueError as error:
        raise ValueError(
            f"{path} is not the file of this name of {source.title}: {error}. Delete it or replace "
            f"it with a good copy (where it is missing, nnlite downloads it), or, if it belongs to "
            f"another data set, move it into a sub-folder named like that data set "
            f"({source.title}'s is {source.name!r})."
        ) from error


def _download(
    source: Source, filename: str, decode: Callable[[bytes], Content], saved_as: str
) -> Content:
    """Download from the first of the source's servers that gives the right bytes."""
    target = cache_folder() / source.name / saved_as
    failures = []
    for folder in source.urls:
        url = folder + filename
        try:
            return _download_from(url, target, decode)
        except (OSError, ValueError) as error:
            failures.append(f"  {url}: {type(error).__name__}: {error}")
    raise FileNotFoundError(_advice(source, saved_as, failures))


def _download_from(url: str, target: Path, decode: Callable[[bytes], Content]) -> Content:
    """Download `url` to `target`, all or nothing: what arrives broken is thrown away.

    The bytes are first written to a folder beside the target and checked there; then the finished
    file is moved to its place in one step.
    """
    import pooch

    print(f"Downloading {url} to {target}", file=sys.stderr)
    # A bar moves by control characters, so it is for a terminal or a notebook only.
    bar = sys.stderr.isatty() or "ipykernel" in sys.modules
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=target.parent) as folder:
        part = Path(folder, target.name)
        pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT)(url, str(part), None)
        content = decode(part.read_bytes())
        os.replace(part, target)
    return content


def _advice(source: Source, filename: str, failures: list[str]) -> str:
    """Say where a file was looked for, why it could not be downloaded, and what to do now."""
    looked = [f"  {folder / filename} ({reason})" for folder, reason in places(source)]
    if not os.environ.get("NNLITE_DATASETS"):
        looked.insert(0, "  a folder of your own (NNLITE_DATASETS is not set)")
    advice = [
        "connect to the network and try again",
        f"download the files of {source.title} on another machine from {' or '.join(source.urls)} "
        "and name the folder that you put them in in the environment variable NNLITE_DATASETS",
    ]
    if source.debian_package:
        advice.append(f"on Debian or Ubuntu, run `apt install {source.debian_package}`")
    if source.instead:
        advice.append(source.instead)
    return "\n".join(
        [
            f"{source.title} cannot be loaded: {filename} is not on this machine. Looked for:",
            *looked,
            "Could not download:",
            *failures,
            "What to do, one of:",
            *(f"  - {line}" for line in advice),
        ]
    )
