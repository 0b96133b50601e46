"""What runs in place of which kernel, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Self

from .. import _kernels
from ..lowering import FUSIONS
from .specification import check_arguments, twin

#: The kernels that only the executor calls, and which two each does the work of.
FUSED = {together: (product, reader) for reader, (product, together) in FUSIONS.items()}

#: All that are in force, in the order in which they began; of one kernel the last one counts.
_in_force: list[Override] = []
_lock = threading.Lock()


def override(name: str, function: Callable[..., None], check: bool = True) -> Override:
    """Let a function take the place of a kernel, in all threads, from now on.

    Steps are no longer replayed then, as only compiled kernels can be, and so do on the tape what
    the function computes.

    Parameters
    ----------
    name : str
        One of `nnlite.kernels.names()`.
    function : function of the kernel's arguments
        It writes into the arrays after the arrow of the kernel's door and reads the others.
    check : bool
        Whether to try it first, and to refuse it where it is wrong. A function that is to be
        wrong, for a lesson or an exam, is taken without.

    Returns
    -------
    Override
        Undone by its `restore()`, at the end of a `with`, or by `nnlite.kernels.restore()`.

    Raises
    ------
    KernelError
        Where the function is wrong, with the `report` of `nnlite.kernels.check`; the kernel stays.
    ValueError, TypeError
        For an unknown name, for a kernel that only the compiled executor calls, and for a function
        that takes other arguments.

    Examples
    --------
    >>> def slow_sum(dz, out):
    ...     out[...] = 0
    ...     for row in dz:
    ...         out += row
    >>> with nnlite.kernels.override("dense_backward_bias", slow_sum):
    ...     nnlite.kernels.check("dense_backward_bias", slow_sum).verdict
    'right'
    """
    check_arguments(name, function)
    if name in FUSED:
        raise ValueError(
            f"override: only the compiled executor calls {name}, and it runs compiled kernels "
            f"alone; on the tape {' and '.join(FUSED[name])} do the same: override those"
        )
    if check:
        from .checking import check as checked  # which in turn puts the function in its place

        checked(name, function).raise_if_wrong()
    made = Override(name, function)
    with _lock:
        _in_force.append(made)
        _install()
    return made


def restore(name: str | None = None) -> None:
    """Give kernels their places back.

    Parameters
    ----------
    name : str, optional
        Which kernel; by default all.

    Raises
    ------
    ValueError
        For an unknown name.
    """
    if name is not None:
        twin(name)
    with _lock:
        _in_force[:] = [one for one in _in_force if name not in (None, one.name)]
        _install()


class Override:
    """A function in the place of a kernel: made by `override`.

    Parameters
    ----------
    name : str
    function : function
    """

    def __init__(self, name: str, function: Callable[..., None]) -> None:
        self.name, self.function = name, function

    def restore(self) -> None:
        """Give the kernel its place back, or the function that was there before this one."""
        with _lock:
            _in_force[:] = [one for one in _in_force if one is not self]
            _install()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.restore()

    def __repr__(self) -> str:
        state = "in force" if any(one is self for one in _in_force) else "restored"
        function = getattr(self.function, "__name__", repr(self.function))
        return f"<{function} in place of {self.name}, {state}>"


def _install() -> None:
    functions: dict[str, Any] = {one.name: one.function for one in _in_force}
    _kernels.replace(functions)
