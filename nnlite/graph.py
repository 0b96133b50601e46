"""Symbolic tensors: a model's inputs before there is data."""

from __future__ import annotations

from typing import Any

from .config import floatx
from .errors import checks_keywords
from .naming import unique_name


class SymbolicTensor:
    """A tensor that has a shape and a dtype, but no values yet; None stands for any size."""

    def __init__(self, shape: tuple[int | None, ...], dtype: str, name: str) -> None:
        self.shape = shape
        self.dtype = dtype
        self.name = name

    def __repr__(self) -> str:
        return f"<SymbolicTensor name={self.name}, shape={self.shape}, dtype={self.dtype}>"


@checks_keywords
def Input(shape: Any, dtype: Any = None, name: str | None = None) -> SymbolicTensor:  # noqa: N802
    """Declare a model's input.

    Parameters
    ----------
    shape : sequence of int
        The shape of one sample, without the batch axis; None for any size.
    dtype : str, optional
        `nnlite.config.floatx()` by default.
    name : str, optional
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return SymbolicTensor(
        (None, *sizes), str(dtype or floatx()), name or unique_name("input_layer")
    )
