"""How a case of an op is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..tensor import Array
from .domains import Domain, matrices, one


class OpCase(NamedTuple):
    """How an op is called, and on which arrays.

    Attributes
    ----------
    name : str
    case : str
        What is special about the call.
    call : function of the arrays
    arrays : Domain of arrays
    constants : int
        How many of the arrays, the first ones, have no gradient.
    """

    name: str
    case: str
    call: Callable[..., Any]
    arrays: Domain[tuple[Array, ...]]
    constants: int = 0


ABC = matrices("ABC", "ABC")
ONE = one()
