"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import unknown_keyword
from .base import HOOKS, Callback


class LambdaCallback(Callback):
    """A callback whose hooks are functions that are given to it.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : function of (epoch, logs)
    on_train_begin, on_train_end : function of logs
    on_train_batch_begin, on_train_batch_end : function of (batch, logs)
    **kwargs
        Functions for any other hook of `Callback`, by its name.

    Raises
    ------
    TypeError
        For a name that is no hook, with the nearest one, and for what is no function.

    Examples
    --------
    >>> tell = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if name not in HOOKS:
                raise unknown_keyword(type(self).__name__, name, HOOKS)
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"LambdaCallback: {name} must be a function, got {function!r}")
            setattr(self, name, function)
