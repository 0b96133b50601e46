"""Arrays of a file that become values of weights: all are compared before the first is read."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..interrupts import Uninterrupted
from ..tensor import Parameter
from .errors import FileRefused
from .hdf5 import Dataset, Group


class Match(NamedTuple):
    """A weight, or a part of another state, and what a file holds for it."""

    variable: Parameter
    dataset: Dataset

    @property
    def reason(self) -> str | None:
        """Why the weight cannot take these values; None where it can."""
        variable, dataset = self
        if dataset.shape != variable.shape:
            return (
                f"the shape {variable.shape} is expected here, for {variable.path!r}, and this is "
                f"{dataset.shape}"
            )
        if not any(dataset.dtype.kind in k and variable.dtype.kind in k for k in ("f", "iu")):
            return (
                f"values of {variable.dtype} are expected here, for {variable.path!r}, and these "
                f"are {dataset.dtype}"
            )
        return None


def restore(matches: Iterable[Match], file: str, skip_mismatch: bool = False) -> None:
    """Write the values of a file into weights.

    Parameters
    ----------
    matches : iterable of Match
    file : str
        For messages.
    skip_mismatch : bool
        Whether a weight that is of another shape or type stays as it is, with a warning.

    Ctrl-C waits until all are written.

    Raises
    ------
    FileRefused
        Where one does not fit, or cannot be read; then nothing has been written.
    """
    fitting = []
    for match in matches:
        if match.reason is None:
            fitting.append(match)
        else:
            skip_or_refuse(file, match.dataset.path, match.reason, skip_mismatch)
    values = [dataset.read() for _, dataset in fitting]
    with Uninterrupted():
        for (variable, _), value in zip(fitting, values, strict=True):
            if not _is_that_rounded(variable.data, value):
                variable.assign(value)


def _is_that_rounded(now: Any, value: Any) -> bool:
    """Whether a number is what a file says, which has fewer digits.

    The learning rate is kept in 64 bits, stands whole in the configuration, and in 32 bits, as
    Keras has it, among the arrays.
    """
    if now.ndim or np.dtype(value.dtype).itemsize >= now.dtype.itemsize:
        return False
    return bool(now.astype(value.dtype) == value)


def skip_or_refuse(file: str, place: str, reason: str, skips: bool) -> None:
    """Warn that something is left out, where that was asked for; else raise FileRefused."""
    if not skips:
        raise FileRefused(file, place, reason)
    warnings.warn(f"{file}, at {place}: left out, since {reason}", stacklevel=5)


def group_at(group: Group, path: str) -> Group:
    """Return the group at a path.

    Raises
    ------
    FileRefused
        Where there is none.
    """
    found = group[path]
    if not isinstance(found, Group):
        raise FileRefused(group.file, found.path, "a group is needed here, and this is an array")
    return found


def dataset_at(group: Group, path: str) -> Dataset:
    """Return the array at a path.

    Raises
    ------
    FileRefused
        Where there is none.
    """
    found = group[path]
    if not isinstance(found, Dataset):
        raise FileRefused(group.file, found.path, "an array is needed here, and this is a group")
    return found
