"""What goes on and for how long, for a profile that listens; where none does, nothing is noted."""

from __future__ import annotations

from collections.abc import Callable
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
    hearing = listener  # looked up once: another thread may end its profile in between
    return UNHEARD if hearing is None else hearing.span(part, name, about)


def timed(part: str, name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Do as `with span(part, name): return function(*arguments)`; where nobody listens, faster."""
    hearing = listener
    if hearing is None:
        return function(*arguments)
    with hearing.span(part, name):
        return function(*arguments)
