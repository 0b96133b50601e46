"""How a profile is begun and ended."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Self

from .. import spans
from .listening import Profile


@contextlib.contextmanager
def profile(logdir: str | os.PathLike[str] | None = None) -> Iterator[Profile]:
    """Print at the end of the `with` where its time has gone.

    Parameters
    ----------
    logdir : str or path, optional
        Where to write traces of it too.

    Yields
    ------
    Profile
    """
    with contextlib.ExitStack() as afterwards, Profile(logdir) as found:
        afterwards.callback(print, found)
        yield found


def start(logdir: str | os.PathLike[str]) -> None:
    """Begin a profile that `stop` ends, and whose traces go into `logdir`."""
    Profile(logdir).start()


def stop(save: bool = True) -> None:
    """End the profile that is at work, and write its traces.

    Parameters
    ----------
    save : bool
        False: write nothing.

    Raises
    ------
    RuntimeError
        Where no profile is at work.
    """
    if spans.listener is None:
        raise RuntimeError("no profile is at work; nnlite.profiler.start(logdir) begins one")
    spans.listener.stop(save)


class Trace:
    """Gives a piece of your own code a name in the profile: `with Trace("preprocessing"): ...`.

    Parameters
    ----------
    name : str
    **about
        Shown with it in a trace, such as `step_num=3`.
    """

    def __init__(self, name: str, **about: Any) -> None:
        self.name, self.about = name, about
        self._span: Any = None

    def __enter__(self) -> Self:
        self._span = spans.span("trace", self.name, self.about)
        self._span.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._span.__exit__(*error)

    def set_metadata(self, **about: Any) -> None:
        """Say more of it, which may have become known only meanwhile."""
        self.about |= about
