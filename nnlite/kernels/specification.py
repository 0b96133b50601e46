"""What each kernel is asked to do, as its numpy twin says it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .. import _kernels
from .._kernels import reference
from ..errors import unknown_name
from ..signatures import parameters_of


def names() -> tuple[str, ...]:
    """Return the names of all kernels, in the order of the specification."""
    return _kernels.KERNELS


def describe(name: str) -> str:
    """Return what a kernel is asked to do: its arguments, which arrays fit together, its formula.

    Parameters
    ----------
    name : str

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one.

    Examples
    --------
    >>> print(nnlite.kernels.describe("relu_vjp"))
    relu_vjp(y, dy, out)
    y[N] dy[N] out[N] -> out[N]
    <BLANKLINE>
    out = dy where y > 0, else 0.
    """
    found: Any = twin(name)
    call = f"{name}({', '.join(parameters_of(found).names)})"
    return f"{call}\n{found.specification}\n\n{inspect.getdoc(found)}"


def twin(name: str) -> Callable[..., None]:
    """Return the numpy twin of a name, or raise ValueError with the nearest known one."""
    if name not in _kernels.KERNELS:
        raise unknown_name("kernel", str(name), _kernels.KERNELS)
    found: Callable[..., None] = getattr(reference, name)
    return found


def check_arguments(name: str, function: Any) -> None:
    """Raise TypeError where a function does not take the arguments of a kernel.

    It may take others, too, if these have defaults: nobody gives them.
    """
    expected = parameters_of(twin(name)).names
    if not callable(function):
        raise TypeError(
            f"{name}: the function to put in its place must be one, not {type(function).__name__}"
        )
    try:
        found = parameters_of(function)
    except (TypeError, ValueError):  # built in, and says nothing of itself
        return
    first, more = found.names[: len(expected)], found.names[len(expected) :]
    if not found.takes_many and (first != expected or not found.defaults.keys() >= {*more}):
        raise TypeError(
            f"{name}: the function must take the arguments ({', '.join(expected)}), in this order, "
            f"not ({', '.join(found.names)})"
        )
