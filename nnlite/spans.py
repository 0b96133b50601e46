"""What goes on and for how long, for a profile that listens; where none does, nothing is noted."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

#: The profile that is at work in this process, or None.
listener: Any = None


class _Unheard:
    """A context without an effect."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin nothing."""

    def __exit__(self, *error: object) -> None:
        """End nothing."""


UNHEARD = _Unheard()


def span(part: str, name: str, about: Any = None) -> AbstractContextManager[Any]:
    """Tell the profile, if one listens, how long the body of the `with` takes.

    Parameters
    ----------
    part : str
        What kind of work it is: "data", "callbacks", ...
    name : str
        What exactly.
    about : dict, optional
        What else there is to say of it.
    """
    return UNHEARD if listener is None else listener.span(part, name, about)
