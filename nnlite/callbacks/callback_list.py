"""All callbacks of one call of `fit`, `evaluate` or `predict`, spoken to as one."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..spans import timed
from .base import Callback, Logs
from .expected import ExpectedLogs
from .history import History
from .progress import ProgbarLogger


class CallbackList(Callback):
    """Hands every hook on to each of its callbacks, in order.

    Used in a `with` statement, it leaves a clean terminal behind if the body fails, and tells its
    callbacks.

    Parameters
    ----------
    callbacks : Callback or (nested) list or tuple of them, optional
        What the user gave.
    add_history, add_progbar : bool
        Whether to add a `History` and a `ProgbarLogger` where there is none yet.
    model : Model, optional
        Given to every callback.
    **params
        Given to every callback as a dict.

    Attributes
    ----------
    callbacks : list of Callback
        All of them, flat.
    history : History or None
        The one that was given or added.

    Raises
    ------
    TypeError
        Where something is not a callback; the message says which and where.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.model = model
        self._known_listeners: dict[str, list[tuple[str, Any]]] = {}  # by hook
        self._known_hearers: dict[str, list[Callback]] = {}  # of batches, by "train", "test" ...
        given = [] if callbacks is None else list(_flatten(callbacks, "callbacks"))
        self.callbacks = sorted(given, key=lambda one: one.comes_last)
        self.history = self._find_or_add(History, add_history)
        self._progbar = self._find_or_add(ProgbarLogger, add_progbar)
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _find_or_add(self, kind: type[Any], add: bool) -> Any:
        for one in self.callbacks:
            if isinstance(one, kind):
                return one
        if not add:
            return None
        added = kind()
        self.append(added)
        return added

    def append(self, callback: Callback) -> None:
        """Add a callback behind the others, but for those that come last."""
        self.callbacks.append(callback)
        self.callbacks.sort(key=lambda one: one.comes_last)
        self._known_listeners, self._known_hearers = {}, {}

    def set_model(self, model: Any) -> None:
        self.model = model
        if self.history is not None:
            model.history = self.history
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)
        self._known_listeners, self._known_hearers = {}, {}

    def _listeners(self, hook: str) -> list[tuple[str, Any]]:
        """Return the hooks of this name that do something, with the names of their classes.

        They are looked up when first asked for.
        """
        known = self._known_listeners.get(hook)
        if known is None:
            known = [
                (type(one).__name__, getattr(one, hook))
                for one in self.callbacks
                if one.listens(hook)
            ]
            self._known_listeners[hook] = known
        return known

    def listens(self, hook: str) -> bool:
        """Whether any callback listens to `hook`; where none does, it need not be called."""
        return bool(self._listeners(hook))

    def at_once(self, mode: str, steps: int) -> int:
        """Return how many of the next `steps` batches may run before somebody must hear of them."""
        hearing = self._known_hearers.get(mode)
        if hearing is None:
            hooks = (f"on_{mode}_batch_begin", f"on_{mode}_batch_end")
            hearing = [one for one in self.callbacks if any(map(one.listens, hooks))]
            self._known_hearers[mode] = hearing
        for one in hearing:
            steps = min(steps, one.stretch(steps))
        return steps

    def get_state(self) -> dict[str, Any]:
        states = ((name, one.get_state()) for name, one in self._named())
        return {name: state for name, state in states if state}

    def set_state(self, state: dict[str, Any]) -> None:
        for name, one in self._named():
            if name in state:
                one.set_state(state[name])

    def _named(self) -> Iterator[tuple[str, Callback]]:
        """Yield the callbacks, named by their class and their place among those of it."""
        kinds = [type(one).__name__ for one in self.callbacks]
        for place, (kind, one) in enumerate(zip(kinds, self.callbacks, strict=True)):
            yield f"{kind}_{kinds[:place].count(kind)}", one

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        for one in self.callbacks:
            expected = one.expect(expected)
        return expected

    def __enter__(self) -> CallbackList:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progbar is not None:
            self._progbar.close()
        if error is not None:
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        _tell_of(error, self.callbacks)

    def _tell(self, hook: str, logs: Logs) -> None:
        if self.callbacks and (listeners := self._listeners(hook)):
            logs = _plain(logs)
            for name, listener in listeners:
                timed("callbacks", name, listener, logs)

    def _tell_at(self, hook: str, place: int, logs: Logs) -> None:
        if self.callbacks and (listeners := self._listeners(hook)):
            logs = _plain(logs)
            for name, listener in listeners:
                timed("callbacks", name, listener, place, logs)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._tell("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        self._tell("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._tell_at("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._tell_at("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_train_batch_end", batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_batch_begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_batch_end", batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        self._tell("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._tell("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._tell("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell_at("on_predict_batch_end", batch, logs)


def _tell_of(error: BaseException, callbacks: list[Callback]) -> None:
    """Tell all callbacks of an error, also those after one that fails itself."""
    if callbacks:
        try:
            callbacks[0].failed(error)
        finally:
            _tell_of(error, callbacks[1:])


def _flatten(given: Any, place: str) -> Iterator[Callback]:
    """The callbacks in nested lists, in order; `place` names `given` in messages."""
    if isinstance(given, CallbackList):
        yield from given.callbacks
    elif isinstance(given, Callback):
        yield given
    elif isinstance(given, (list, tuple)):
        for position, one in enumerate(given):
            yield from _flatten(one, f"{place}[{position}]")
    else:
        raise _not_a_callback(given, place)


def _not_a_callback(given: Any, place: str) -> TypeError:
    if isinstance(given, type) and issubclass(given, Callback):
        name = given.__name__
        return TypeError(f"{place}: {name} is a class; write {name}(...)")
    return TypeError(
        f"{place} must be a Callback or a list of Callbacks, got {type(given).__name__}: "
        f"{given!r}. A class of your own becomes one by deriving from nnlite.callbacks.Callback."
    )


def _plain(logs: Logs) -> dict[str, Any]:
    """`logs` as a plain dict, every single number in it a Python float; arrays stay as they are."""
    return {
        name: value if type(value) is float else _plain_value(value)
        for name, value in (logs or {}).items()
    }


def _plain_value(value: Any) -> Any:
    return float(value) if hasattr(value, "__float__") and not getattr(value, "ndim", 0) else value
