"""What can only be measured in a fresh process: the time of an import, and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .measures import Goal, Section, Settings, measures, tell
from .memory_run import STATUS

#: A megabyte, and the memory that a run may take beside its data.
MB, ROOM = 1e6, 60.0

#: What is timed: nnlite alone, with all that a model is made of, and what they are held against.
IMPORTS = ("import nnlite", "import nnlite; nnlite.Sequential", "import numpy")

#: Prints the seconds that a statement takes.
TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def _output(*arguments: str, **environment: str) -> list[float]:
    """Run this Python, with some environment variables, and read the numbers that it prints."""
    command = [sys.executable, *arguments]
    variables = os.environ | environment
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
    return [float(number) for number in done.stdout.split()]


def import_time(settings: Settings) -> Section:
    """Measure the imports in turn, each in a fresh process whose files are in the cache.

    They are imported from bytecode, as pip leaves it. In a checkout there may be none, and where
    PYTHONDONTWRITEBYTECODE is set there never is any: most of the time would go into compiling.
    """
    values: dict[str, list[float]] = {statement: [] for statement in IMPORTS}
    with tempfile.TemporaryDirectory() as folder:
        bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for attempt in range(2 * settings.rounds + 1):
            for statement, seen in values.items():
                seconds = _output("-c", TIMED.format(statement), **bytecode)
                if attempt:  # the first one fills the caches
                    seen += seconds
    section = Section("Import, in a fresh process", "seconds", measures(values))
    share = section.measures[0].best / section.measures[-1].best
    section.goals = [Goal("at most 1.50 of the time of `import numpy`", 1.5, share)]
    return section


def memory(settings: Settings) -> Section:
    """Measure the peak memory of a run on data of the sizes of Fashion-MNIST."""
    rows = settings.rows(55_000, 64)
    title = f"Memory of a run: 784-300-100-10, {rows:,} rows, batch 32"
    section = Section(title, "MB at the peak, of the whole process, less the data")
    if not STATUS.exists():
        section.notes.append("not measured: this needs Linux's /proc")
        return section
    values: dict[str, list[float]] = {}
    for kind in ("uint8", "float32", "float64"):
        grown = np.inf
        for turn in range(settings.rounds):
            data, peak, growth = (size / MB for size in _memory_run(kind, rows))
            name = f"x is {kind}, {data:.0f} MB"
            values.setdefault(name, []).append(peak - data)
            tell(settings, turn, name, values, "MB")
            grown = min(grown, growth)
        section.notes.append(f"{kind}: private memory grew by {grown:.1f} MB during fit")
    section.measures = measures(values, "MB")
    most = max(measure.best for measure in section.measures)
    section.goals = [Goal(f"at most {ROOM:.0f} MB more than the data", ROOM, most)]
    return section


def growth_of_memory(settings: Settings) -> Section:
    """Measure what private memory a run takes when the data stays in a file."""
    title = "Growth of memory: 784-300-100-10, batch 32, x in a file"
    section = Section(title, "MB by which private memory grew during fit")
    if not STATUS.exists():
        section.notes.append("not measured: this needs Linux's /proc")
        return section
    counts = [settings.rows(rows, 64) for rows in (20_000, 200_000)]
    for kind in ("memmap", "h5py"):
        values: dict[str, list[float]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for rows in counts:
                file, name = _write(kind, rows, Path(folder)), f"{kind}, {rows:,} rows"
                for turn in range(settings.rounds):
                    *_, growth = _memory_run(kind, rows, str(file))
                    values.setdefault(name, []).append(growth / MB)
                    tell(settings, turn, name, values, "MB")
        found = measures(values, "MB")
        section.measures += found
        more = found[1].best - found[0].best
        section.goals.append(Goal(f"{kind}: at most 5 MB more for ten times the rows", 5, more))
    return section


def _memory_run(kind: str, rows: int, file: str = "") -> tuple[float, float, float]:
    arguments = [kind, str(rows), *([file] if file else [])]
    data, peak, grown = _output("-m", "nnlite.bench.memory_run", *arguments)
    return data, peak, grown


def _write(kind: str, rows: int, folder: Path) -> Path:
    x = np.random.default_rng(0).integers(0, 256, (rows, 784), np.uint8)
    file = folder / f"{rows}.{kind}"
    if kind == "memmap":
        x.tofile(file)
        return file
    import h5py

    with h5py.File(file, "w") as out:
        out["x"] = x
    return file
