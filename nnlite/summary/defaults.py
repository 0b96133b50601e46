"""What `summary.scalar` and the others go by where they are not told: each thread has its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .file_writer import SummaryWriter

_INT64 = range(-(2**63), 2**63)


class _Defaults(threading.local):
    """The values of one thread."""

    writer: SummaryWriter | None = None
    step: Any = None
    recording: Any = True  # or a function that says so
    scope: str = ""  # with a slash at its end


_defaults = _Defaults()


class DefaultWriter:
    """A context in which a writer, and perhaps a step, is the default."""

    def __init__(self, writer: SummaryWriter, step: Any) -> None:
        self._writer, self._step = writer, step
        self._before: tuple[SummaryWriter | None, Any] = (None, None)

    def __enter__(self) -> SummaryWriter:
        self._before = (_defaults.writer, _defaults.step)
        _defaults.writer = self._writer
        if self._step is not None:
            _defaults.step = self._step
        return self._writer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        writer = _defaults.writer  # which is not ours where set_as_default was called inside
        _defaults.writer, step = self._before
        if self._step is not None:
            _defaults.step = step
        if writer is not None:
            writer.flush()


def default_writer() -> SummaryWriter | None:
    """Return this thread's writer, where there is one."""
    return _defaults.writer


def recording_writer() -> SummaryWriter | None:
    """Return this thread's writer, where there is one and it is to record now."""
    writer, recording = _defaults.writer, _defaults.recording
    if writer is None or recording is True:
        return writer
    return writer if (recording() if callable(recording) else recording) else None


def should_record_summaries() -> bool:
    """Whether what is given to `scalar` and the others now would be written."""
    return recording_writer() is not None


@contextlib.contextmanager
def record_if(condition: bool | Callable[[], bool]) -> Iterator[None]:
    """Within the context, write summaries only where a condition holds.

    Parameters
    ----------
    condition : bool or function without arguments
        A function is asked at each summary.

    Examples
    --------
    >>> with nnlite.summary.record_if(lambda: step % 100 == 0):
    ...     nnlite.summary.scalar("loss", loss, step=step)
    """
    before = _defaults.recording
    _defaults.recording = condition
    try:
        yield
    finally:
        _defaults.recording = before


# ---------------------------------------------------------------------------------- steps


def get_step() -> Any:
    """Return this thread's step as `set_step` was given it, or None."""
    return _defaults.step


def set_step(step: Any) -> None:
    """Set the step of all summaries of this thread that are not given one.

    Parameters
    ----------
    step : int, array or Tensor of one whole number, or None
        A Tensor, such as `optimizer.iterations`, is asked for its value at each summary.
    """
    _defaults.step = step


def whole_step(step: Any) -> int:
    """Return a step, or else this thread's, as a number.

    Raises
    ------
    ValueError
        Where there is none, or it does not fit into 64 bits.
    TypeError
        Where it is no whole number.
    """
    if step is None:
        step = _defaults.step
        if step is None:
            raise ValueError(
                "a summary needs a step: give step=, or writer.as_default(step=), or "
                "summary.experimental.set_step(step)"
            )
    if type(step) is not int:
        array = np.asarray(step)
        if array.dtype.kind not in "iu" or array.size != 1:
            raise TypeError(f"step must be one whole number, got {step!r}")
        step = int(array.item())
    if step not in _INT64:
        raise ValueError(f"step must fit into 64 bits, got {step}")
    return step


# --------------------------------------------------------------------------------- scopes


@contextlib.contextmanager
def name_scope(name: str | None) -> Iterator[str]:
    """Within the context, put a name and a slash before all tags.

    Contexts inside each other add up. A name with a slash at its end is the whole prefix, and ""
    or None is none: both take no notice of the contexts around.

    Yields
    ------
    str
        The prefix, with its slash.

    Raises
    ------
    TypeError
        For a name that is no string.
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(f"the name of a scope must be a string, got {name!r}")
    before = _defaults.scope
    if not name or name[-1] == "/":
        _defaults.scope = name or ""
    else:
        _defaults.scope = f"{before}{name}/"
    try:
        yield _defaults.scope
    finally:
        _defaults.scope = before


def tag_of(name: str) -> str:
    """Return the tag of a name within the scopes around.

    Raises
    ------
    TypeError, ValueError
        Where the name is no string, empty, or no Unicode text.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a summary must be a string, got {name!r}")
    if not name:
        raise ValueError("the name of a summary is empty")
    tag = _defaults.scope + name
    try:
        tag.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the name of a summary is no text: {error}") from error
    return tag
