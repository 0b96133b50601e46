"""The formulas of ops and kernels: the first lines of their docstrings, where they are kept."""

from __future__ import annotations

import inspect
from typing import Any

from .. import ops
from .._kernels import reference


def of_op(op: Any) -> str:
    """Return the formula of an op; one that a function stands in front of has that function's."""
    public = getattr(ops, op.name.lstrip("_"), None)
    return first_line(op) or first_line(public)


def of_kernel(name: str) -> str:
    """Return the formula of a kernel."""
    return first_line(getattr(reference, name))


def of_part(part: Any) -> str:
    """Return the class of a loss or an optimizer, or a function's name, with its formula."""
    if part is None:
        return ""
    function = getattr(part, "function", None)
    described = function if function is not None else type(part)
    name = getattr(described, "__name__", type(part).__name__)
    line = first_line(described)
    return f"{name}: {line}" if line else name


def first_line(thing: Any) -> str:
    """Return the first line of a docstring, without its full stop; "" where there is none."""
    text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    return text.partition("\n")[0].removesuffix(".")
