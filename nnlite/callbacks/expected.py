"""What the logs of a training will hold, as far as that can be known before it begins."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..registry import is_ours

#: What of a model decides which names come into the logs.
_DECIDES = ("train_step", "test_step", "compute_metrics", "get_metrics_result")


class ExpectedLogs(NamedTuple):
    """The quantities that come into the logs.

    Attributes
    ----------
    metrics : dict of str to Metric or None
        What there is at the end of a training batch, and after a validation behind "val_" too.
    validated : bool
        Whether there are validations.
    complete : bool
        Whether nothing else can come: a user's own `train_step` may return anything, and a user's
        own callback may add to the logs.
    added : tuple of str
        What callbacks of nnlite's add at the end of an epoch.
    """

    metrics: dict[str, Any]
    validated: bool
    complete: bool
    added: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Any, validated: bool) -> ExpectedLogs:
        """Return what a compiled model reports."""
        named = dict(model.named_metrics())
        parts = (getattr(model, name) for name in _DECIDES)
        ours = all(map(is_ours, parts)) and all(is_ours(type(one).result) for one in named.values())
        return cls(named, validated, ours)

    def at_epochs(self) -> dict[str, Any]:
        """Return what there is at the end of an epoch."""
        validations = {f"val_{name}": one for name, one in self.metrics.items()}
        added = dict.fromkeys(self.added)
        return self.metrics | (validations if self.validated else {}) | added

    def with_added(self, *names: str) -> ExpectedLogs:
        """Return the same with names that a callback adds."""
        return self._replace(added=(*self.added, *names))
