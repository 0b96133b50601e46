"""What TensorFlow keeps under `tf.summary.experimental`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from .defaults import get_step, name_scope, set_step, tag_of

__all__ = ["get_step", "set_step", "summary_scope"]


@contextlib.contextmanager
def summary_scope(
    name: str, default_name: str = "summary", values: Any = None
) -> Iterator[tuple[str, str]]:
    """A `name_scope` of this name for a kind of summary of one's own, which gets its tag as well.

    Parameters
    ----------
    name : str
    default_name, values
        TensorFlow has them; of no meaning here.

    Yields
    ------
    tag, scope : str
        The tag for `summary.write`, and the prefix of tags within.
    """
    tag = tag_of(name)
    with name_scope(name) as scope:
        yield tag, scope
