"""InputSpec: what a layer demands of its inputs, said once and checked at every call."""

from __future__ import annotations

from typing import Any

from ..registry import Configurable

Shape = tuple[int | None, ...]


class InputSpec(Configurable):
    """The rank, shape and sizes that a layer's inputs must have.

    A layer that sets `self.input_spec = InputSpec(ndim=2)` has it checked before each call.

    Parameters
    ----------
    dtype : str, optional
        What the inputs are of; noted only, since a layer casts its inputs.
    shape : sequence of int or None, optional
        The whole shape with the batch axis; None stands for any size.
    ndim, max_ndim, min_ndim : int, optional
        The number of axes, or its bounds.
    axes : dict of int to int, optional
        The sizes of some axes; negative axes count from the end.
    allow_last_axis_squeeze : bool
        Whether an axis of size 1 at the end may be there or be missing.
    name : str, optional
        Of the input; noted only.
    optional : bool
        Whether the input may be None; noted only.

    Raises
    ------
    ValueError
        For an axis that inputs of such a rank do not have.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else str(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional
        bound = self.ndim if self.ndim is not None else self.max_ndim
        wrong = [axis for axis in self.axes if bound is not None and not -bound <= axis < bound]
        if wrong:
            raise ValueError(f"InputSpec: the axis {wrong[0]} lies outside inputs of rank {bound}")

    def check(self, shape: Shape, where: str) -> None:
        """Raise ValueError, which names `where`, unless inputs of `shape` fit.

        Raises
        ------
        ValueError
            Where a shape is another; the message says what is expected.
        """
        got = tuple(shape)
        if self.allow_last_axis_squeeze and self.shape is not None:
            got = _squeezed(got, len(self.shape))
        rank = len(got)
        if self.ndim is not None and rank != self.ndim:
            raise _misfit(where, f"of rank {self.ndim}", shape)
        if self.max_ndim is not None and rank > self.max_ndim:
            raise _misfit(where, f"of rank {self.max_ndim} at most", shape)
        if self.min_ndim is not None and rank < self.min_ndim:
            raise _misfit(where, f"of rank {self.min_ndim} or more", shape)
        for axis, size in self.axes.items():
            if size is not None and got[axis] not in (size, None):
                raise _misfit(where, f"with the size {size} on axis {axis}", shape)
        for wanted, size in zip(self.shape or (), got, strict=False):
            if None not in (wanted, size) and wanted != size:
                raise _misfit(where, f"of the shape {self.shape}", shape)


def _squeezed(shape: Shape, rank: int) -> Shape:
    """Drop an axis of size 1 at the end of `shape`, or add one, where that gives it `rank`."""
    if len(shape) == rank + 1 and shape[-1] == 1:
        return shape[:-1]
    return (*shape, 1) if len(shape) == rank - 1 else shape


def _misfit(where: str, expected: str, shape: Shape) -> ValueError:
    return ValueError(f"{where} takes inputs {expected}, got the shape {tuple(shape)}")
