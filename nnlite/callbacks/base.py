"""What a callback is: a class with a hook for every moment of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

from typing import Any

from ..errors import KeywordChecked
from ..registry import is_ours
from .expected import ExpectedLogs

#: What hooks are told: metric names and their values so far.
Logs = dict[str, Any] | None


class Callback(KeywordChecked):
    """Base class of all callbacks: override the hooks that you need.

    Attributes
    ----------
    params : dict
        What `fit`, `evaluate` or `predict` was told: "verbose", "epochs", "steps", ...
    model : Model
        The model that is being trained, evaluated or asked to predict.

    Notes
    -----
    `epoch` and `batch` count from 0. `logs` holds Python floats: at the end of a training batch the
    means since the epoch's beginning ("loss", "accuracy", ...), at the end of an epoch those of the
    validation data too ("val_loss", ...). A key that a callback adds to the logs of `on_epoch_end`
    is seen by the callbacks after it, and by the history.

    Examples
    --------
    >>> class StopWhenGood(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if logs["val_accuracy"] > 0.9:
    ...             self.model.stop_training = True
    """

    #: Whether the batch hooks must be called for each single batch. Where this is False they may
    #: be called less often, a few times a second, for the last of the batches since then; of a
    #: callback that overrides `stretch`, after as many as that says.
    every_batch = True

    #: Whether the others are told before this one, wherever it stands in the list.
    comes_last = False

    #: Names of the attributes that change from one epoch or batch to the next, such as counters.
    keeps: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive the parameters of the call that begins."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receive the model."""
        self.model = model

    def listens(self, hook: str) -> bool:
        """Whether `hook` would do anything: it is overridden, by a class or on this very object."""
        if getattr(getattr(self, hook), "__func__", None) is not getattr(Callback, hook):
            return True
        return hook in OLD_NAMES and self.listens(OLD_NAMES[hook])

    def stretch(self, steps: int) -> int:
        """Return how many of the next `steps` batches may run before a batch hook is called."""
        return 1 if self.every_batch else steps

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        """Look at what the logs will hold, before a training begins or changes anything.

        Returns
        -------
        ExpectedLogs
            What the callbacks after this one can expect.

        Raises
        ------
        ValueError
            Where this callback needs what will not be there.
        """
        may_add = self.listens("on_epoch_end") and not is_ours(self.on_epoch_end)
        return expected._replace(complete=False) if may_add else expected

    def get_state(self) -> dict[str, Any]:
        """Return what a `BackupAndRestore` has to keep of this callback: the attributes in `keeps`.

        Returns
        -------
        dict
            Numbers, strings and None, and lists, dicts with strings for keys, and arrays of them.
        """
        return {name: getattr(self, name) for name in self.keeps}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up what `get_state` has returned in a training that was broken off.

        Called after `on_train_begin` and, in the middle of an epoch, after `on_epoch_begin`.
        """
        for name in self.keeps:
            setattr(self, name, state[name])

    def failed(self, error: BaseException) -> None:
        """Run in place of the last hook where `fit`, `evaluate` or `predict` ends in an error."""

    # ------------------------------------------------------------------ hooks

    def on_train_begin(self, logs: Logs = None) -> None:
        """Run when `fit` begins."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Run when `fit` ends; `logs` are those of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Run before an epoch's first batch."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Run after an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Run before a training batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Run after a training batch."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Run before a training batch: the old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Run after a training batch: the old name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Run when `evaluate`, or the validation inside `fit`, begins."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Run when `evaluate`, or the validation inside `fit`, ends."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Run before a batch of `evaluate` or of the validation."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Run after a batch of `evaluate` or of the validation."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Run when `predict` begins."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Run when `predict` ends."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Run before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Run after a batch of `predict`."""


#: The names of all hooks.
HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))

#: The hooks that hand on to one with an older name.
OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}
