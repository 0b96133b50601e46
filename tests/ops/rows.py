"""How a row of the table of ops is written: by Python's exact or correctly rounded arithmetic."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from strategies import Arrays

from nnlite import Tensor


class Row(NamedTuple):
    name: str
    case: str
    call: Callable[..., Tensor]
    arrays: Arrays
    witness: Callable[..., Any]
    constants: int = 0  # how many of the arrays, the first ones, have no gradient


def each(function: Callable[..., float]) -> Callable[..., np.ndarray]:
    """Apply a function of Python numbers element by element."""
    return np.vectorize(function, otypes=[np.float64])


def rows_of(function: Callable[[list[float]], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Apply a function of a list of Python numbers along the last axis."""
    return lambda x: np.apply_along_axis(lambda row: np.asarray(function(list(row))), -1, x)


def logsumexp(row: list[float]) -> float:
    largest = max(row)
    return largest + math.log(math.fsum(math.exp(value - largest) for value in row))


def tanh(x: float) -> float:
    e = math.expm1(2 * x)
    return e / (e + 2)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
