"""The kernel table: arrays in, arrays out.

Every kernel exists twice under one name and one signature: the numpy twin in `reference/`, which
is the specification, and a compiled one. `use("numpy")` and `use("compiled")` choose; so does the
environment variable NNLITE_KERNELS at import. Callers write `_kernels.dense_forward(...)`, so a
choice takes effect at the next call.

To plug in a version of one's own, write a function with the twin's name for each argument, in its
order, that writes into the arrays after the arrow of the twin's door and only reads the others:

    def my_relu(x, out):  # as reference.relu_forward: "x[N] out[N] -> out[N]"
        out[...] = np.maximum(x, 0)

    print(nnlite.kernels.check("relu_forward", my_relu))  # beside the twin: numbers, slopes, times
    with nnlite.kernels.override("relu_forward", my_relu):
        model.fit(x, y)

`override` takes only what passes the check. While a kernel is replaced, every caller runs the new
one, whichever table is in use; steps then stay on the tape, since the compiled executor runs
nothing but compiled kernels. What only the executor calls (`dense_sgd_update` and the like, which
`lowering.py` fuses) is the work of two kernels on the tape: replace those.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..signatures import parameters_of
from . import door, reference, thread_count

if TYPE_CHECKING:  # at run time `use` gives the kernels their names
    from .reference import *  # noqa: F403

#: The names of all kernels, in the order of the specification.
KERNELS = tuple(name for name, value in vars(reference).items() if hasattr(value, "specification"))

#: What exists twice as well but is no kernel: it takes bytes and returns a number, where a kernel's
#: door wants arrays, one of them to write into. A recording is not told of it.
ON_BYTES = ("crc32c",)

#: The modules that hold the compiled kernels.
_COMPILED_MODULES = (
    "activations",
    "adaptive",
    "arithmetic",
    "checksums",
    "counts",
    "data",
    "dense",
    "elementwise_activations",
    "elementwise_losses",
    "losses",
    "metrics",
    "normalization",
    "optimizers",
    "penalties",
    "random",
    "tiles",
    "executor",
)

#: The names that `use` takes.
TABLES = ("compiled", "numpy")

#: Why the compiled kernels cannot be imported; None where they can.
compiled_error: ImportError | None = None

_tables: dict[str, dict[str, Callable[..., Any]]] = {
    "numpy": {name: getattr(reference, name) for name in (*KERNELS, *ON_BYTES)}
}
_active = "numpy"
_replaced: dict[str, Callable[..., None]] = {}  # what runs in place of some kernels
_unreplayed = 0  # how many want no replay


def _load_compiled() -> None:
    global compiled_error
    try:
        modules = [importlib.import_module(f"{__name__}.{name}") for name in _COMPILED_MODULES]
    except ImportError as error:
        compiled_error = error
        return
    found = {name: kernel for module in modules for name, kernel in vars(module).items()}
    _tables["compiled"] = {name: found[name] for name in (*KERNELS, *ON_BYTES)}


def use(table: str) -> None:
    """Choose the kernels that every later call runs: "compiled" or "numpy".

    Raises
    ------
    ValueError
        For any other name.
    ImportError
        For "compiled" where the compiled kernels were not built.
    """
    global _active
    if table not in TABLES:
        raise ValueError(f"the kernel tables are {' and '.join(map(repr, TABLES))}, not {table!r}")
    if table not in _tables:
        raise ImportError(
            "the compiled kernels are not there: was no C compiler found at installation? "
            "Install one and run `pip install --force-reinstall --no-cache-dir nnlite` "
            f"({compiled_error})"
        )
    with _lock:
        _active = table
        _install()


def replace(functions: Mapping[str, Callable[..., None]]) -> None:
    """Let every later call of these kernels run functions, and of all others the table's own."""
    global _replaced
    with _lock:
        _replaced = dict(functions)
        _install()


def of_table(table: str, kernel: str) -> Callable[..., None] | None:
    """Return a kernel as a table has it; None where there is no such table."""
    return _tables.get(table, {}).get(kernel)


@contextlib.contextmanager
def unreplayed() -> Iterator[None]:
    """Keep the steps of all threads on the tape, where something runs that the executor has not."""
    global _unreplayed
    with _lock:
        _unreplayed += 1
    try:
        yield
    finally:
        with _lock:
            _unreplayed -= 1


def replayable() -> bool:
    """Whether every kernel is the compiled one, which is what the executor runs."""
    return _active == "compiled" and not _replaced and not _unreplayed


def _install() -> None:
    """Give the kernels' names to the table in use, or to what notes their calls; under `_lock`."""
    globals().update(_tables[_active] | _replaced)
    if _recordings:
        globals().update({name: _noted(name) for name in KERNELS})


# ------------------------------------------------------------------------------- recording

Note = Callable[[str, tuple[Any, ...]], None]
Timer = Callable[[str, tuple[Any, ...], Callable[..., None]], None]


class _Recording(threading.local):
    """Who is told of this thread's kernel calls, and who runs them."""

    note: Note | None = None
    timer: Timer | None = None


_recording = _Recording()
_recordings = 0  # in all threads
_lock = threading.Lock()


@contextlib.contextmanager
def recording(note: Note) -> Iterator[None]:
    """Tell `note(kernel, arguments)` of every kernel call of this thread, just before it runs."""
    outer, _recording.note = _recording.note, note
    _count_recordings(1)
    try:
        yield
    finally:
        _recording.note = outer
        _count_recordings(-1)


@contextlib.contextmanager
def timing(timer: Timer) -> Iterator[None]:
    """Let `timer(kernel, arguments, run)` do every kernel call of this thread: `run(*arguments)`.

    It is not asked for those of a plan, which takes the time itself.
    """
    outer, _recording.timer = _recording.timer, timer
    _count_recordings(1)
    try:
        yield
    finally:
        _recording.timer = outer
        _count_recordings(-1)


def _count_recordings(change: int) -> None:
    global _recordings
    with _lock:
        _recordings += change
        _install()


def _noted(name: str) -> Callable[..., None]:
    def noted(*arguments: Any) -> None:
        kernel = _replaced.get(name) or _tables[_active][name]
        if _recording.note is not None:
            _recording.note(name, arguments)
        if _recording.timer is not None:
            _recording.timer(name, arguments, kernel)
        else:
            kernel(*arguments)

    return noted


def plan(
    calls: list[tuple[str, tuple[Any, ...]]],
    windows: list[Any],
    counter: Any = None,
    guard: Any = None,
) -> Any:
    """Lower recorded calls to a plan of the compiled executor (see `executor.pyx`)."""
    return importlib.import_module(f"{__name__}.executor").Plan(calls, windows, counter, guard)


def reads_and_writes(kernel: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return at which places a kernel's arguments are arrays that it reads, and that it writes."""
    return _PLACES[kernel]


def _places(kernel: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    twin = getattr(reference, kernel)
    parameters = parameters_of(twin).names
    reads, writes = (
        tuple(parameters.index(argument.name) for argument in door.parse(side))
        for side in twin.specification.split("->")
    )
    return reads, writes


_PLACES = {kernel: _places(kernel) for kernel in KERNELS}


def active() -> str:
    """The name of the kernel table in use: "compiled" or "numpy"."""
    return _active


def vector_width() -> str | None:
    """The vector instructions that the compiled matmul chose on this machine; None without it."""
    if "compiled" not in _tables:
        return None
    return importlib.import_module(f"{__name__}.dense").vector_width()


# -------------------------------------------------------------------------------- threads


def get_num_threads() -> int:
    """Return how many threads a large kernel is shared by, the calling one included.

    At first it is the environment variable NNLITE_NUM_THREADS, or else the number of cores that
    this process may use. Without compiled kernels it is 1, whatever threads numpy may use.
    """
    return _parallel().get_num_threads() if "compiled" in _tables else 1


def set_num_threads(count: int) -> None:
    """Let `count` threads share each large kernel, the calling one included.

    Results keep their bits: a thread owns rows or columns, and no sum is split. A kernel that is
    running is finished first. Small kernels stay on the calling thread, and without compiled
    kernels (or where there are no POSIX threads) all do.

    Parameters
    ----------
    count : int
        From 1 to 256.

    Raises
    ------
    TypeError
        Where `count` is not an integer.
    ValueError
        Where it is out of range.
    """
    checked = thread_count.checked(count, "set_num_threads: the number of threads")
    if "compiled" in _tables:
        _parallel().set_num_threads(checked)


def _parallel() -> Any:
    return importlib.import_module(f"{__name__}.parallel")


_load_compiled()
use(os.environ.get("NNLITE_KERNELS") or ("compiled" if "compiled" in _tables else "numpy"))
