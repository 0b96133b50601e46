"""The one exception of every file that is not let in."""

from __future__ import annotations

import os
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
