"""The one exception of every file that is not let in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any


class FileRefused(ValueError):  # noqa: N818 - it says what happened, as KeyboardInterrupt does
    """A file was not read: it is broken, or asks for something that no model's file needs.

    Parameters
    ----------
    file : str or path
        The file, or what stands for it where its bytes were given.
    place : str
        Where in the file: the path of a group or dataset, a member, a key of its configuration.
    reason : str
        What is wrong there, and what was expected.
    """

    def __init__(self, file: str | os.PathLike[str], place: str, reason: str) -> None:
        self.file = os.fspath(file)
        self.place = place
        self.reason = reason
        super().__init__(f"{self.file} was refused, at {place}: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file, self.place, self.reason)


@contextlib.contextmanager
def reading(file: str | os.PathLike[str]) -> Iterator[None]:
    """Let a MemoryError say which file was being read, and that it is the process that lacks it.

    What a file declares is compared with `Limits` before anything is allocated for it, so that a
    file which asks for too much is refused by then.
    """
    try:
        yield
    except MemoryError as error:
        detail = f" ({error})" if str(error) else ""
        raise MemoryError(
            f"this process has not enough memory left to read {os.fspath(file)}{detail}; nothing "
            "that was read of it is wrong or more than Limits allow"
        ) from error
