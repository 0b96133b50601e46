"""One training run in a process of its own, which tells how much memory it took.

`python -m nnlite.bench.memory_run KIND ROWS [FILE]` prints three numbers, in bytes: the data, the
peak of all memory of the process, and how much its private memory grew by `fit`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Dense
from ..models import Sequential

#: Where Linux tells what a process takes.
STATUS = Path("/proc/self/status")

#: Seconds between two looks.
INTERVAL = 0.002


def main(kind: str, rows: int, file: str = "") -> None:
    """Train for an epoch on images of this kind: uint8, float32, float64, memmap or h5py."""
    x = images(kind, rows, file)
    y = np.zeros(rows, np.uint8)
    model = Sequential(
        [Dense(300, activation="relu"), Dense(100, activation="relu"), Dense(10, "softmax")]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    before = status("RssAnon")
    done, most = threading.Event(), [before]

    def watch() -> None:
        while not done.wait(INTERVAL):
            most[0] = max(most[0], status("RssAnon"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        model.fit(x, y, verbose=0)
    finally:
        done.set()
        watcher.join()
    data = 0 if file else x.nbytes
    print(data, status("VmHWM"), most[0] - before)


def images(kind: str, rows: int, file: str) -> Any:
    """Return the data, without ever holding more of it than that."""
    rng = np.random.default_rng(0)
    if kind == "memmap":
        return np.memmap(file, np.uint8, "r", shape=(rows, 784))
    if kind == "h5py":
        import h5py

        return h5py.File(file, "r")["x"]
    if kind == "uint8":
        return rng.integers(0, 256, (rows, 784), np.uint8)
    return rng.random((rows, 784), np.dtype(kind))


def status(name: str) -> int:
    """Return one of the process's numbers, in bytes."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
