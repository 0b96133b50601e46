"""What runs here: the versions, kernels and folders that a report of a problem needs."""

from __future__ import annotations

import platform

from .. import _kernels
from .._version import __version__


def versions() -> dict[str, str]:
    """Return the versions of nnlite and of what it stands on, its kernels, threads and folders."""
    from importlib import metadata  # not above: that would take a tenth of `import nnlite`

    return {
        "nnlite": __version__,
        "Python": platform.python_version(),
        "platform": platform.platform(),
        "kernels": kernels(),
        "threads": str(_kernels.get_num_threads()),
        "numpy": metadata.version("numpy"),
        "h5py": metadata.version("h5py"),
        "data folders": "\n".join(data_folders()),
    }


def show_versions() -> None:
    """Print `versions()`, as `nnlite info` does."""
    table = versions()
    width = max(len(name) for name in table)
    for name, value in table.items():
        print(f"{name:<{width}}  " + value.replace("\n", "\n" + " " * (width + 2)))


def kernels() -> str:
    """Which kernels run, and why not the compiled ones where they do not."""
    if _kernels.active() == "compiled":
        return f"compiled, {_kernels.vector_width()}"
    if _kernels.compiled_error is not None:
        return f"numpy twins (no compiled kernels: {_kernels.compiled_error})"
    return "numpy twins (chosen; there are compiled kernels too)"


def data_folders() -> list[str]:
    """Where data sets are looked for, each with its reason and whether it is there."""
    from ..datasets import fashion_mnist
    from ..datasets._store import places

    return [
        f"{folder} ({reason}{'' if folder.is_dir() else '; not there'})"
        for folder, reason in places(fashion_mnist.SOURCE)
    ]
