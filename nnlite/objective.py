"""What training works towards: the loss of a model's output, and the metrics reported with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import losses, metrics
from .changes import Noticed
from .losses import Loss
from .metrics import Mean, Metric
from .tensor import Array, Tensor


class Objective(Noticed):
    """The loss and the metrics of one output.

    Parameters
    ----------
    loss : str, Loss or function
    loss_weights : float, optional
        What the loss is multiplied by.
    metric_names, weighted_metric_names : (list of) str, Metric or function, optional
        The second kind takes the sample weights into account.

    Notes
    -----
    The loss and its weight may also stand in a list of one: there is one output.

    Raises
    ------
    ValueError
        For an unknown name, two metrics of one name, or several losses.
    """

    def __init__(
        self,
        loss: Any,
        loss_weights: Any = None,
        metric_names: Any = None,
        weighted_metric_names: Any = None,
    ) -> None:
        self.loss_function: Loss = losses.as_loss(_only(loss, "loss"))
        weight = _only(loss_weights, "loss_weights")
        self.loss_weight = 1.0 if weight is None else float(weight)
        self.metrics: list[Metric] = [metrics.get(name) for name in _listed(metric_names)]
        self.weighted_metrics: list[Metric] = [
            metrics.get(name) for name in _listed(weighted_metric_names)
        ]
        taken = {metric.name for metric in self.metrics} | {"loss"}
        for metric in self.weighted_metrics:
            if metric.name in taken:
                metric.name = f"weighted_{metric.name}"  # as in Keras
        names = [metric.name for metric in self.all_metrics]
        for name in names:
            if names.count(name) > 1 or name == "loss":
                raise ValueError(
                    f"compile: two quantities would be called {name!r} in the logs; give one "
                    "another name, for example nnlite.metrics.MeanMetricWrapper(fn, name='...')"
                )
        self.mean_loss = Mean("loss")
        self._sizes: dict[Any, Array] = {}

    @property
    def all_metrics(self) -> list[Metric]:
        """The metrics in the order of the logs."""
        return [*self.metrics, *self.weighted_metrics]

    def prepare_targets(
        self,
        y: Any,
        output_shape: tuple[int | None, ...],
        dtype: Any = None,
        place: str = "y",
    ) -> Array:
        """Check all targets against the output before a step is done, and bring them into form."""
        if not isinstance(output_shape, tuple):
            raise ValueError("the model returns several outputs: fit and evaluate take one")
        return self.loss_function.targets(y, (None, *output_shape[1:]), dtype, place=place)

    def loss(self, y_true: Any, y_pred: Tensor, sample_weight: Array | None) -> Tensor:
        """Return the scalar loss of one batch."""
        loss = self.loss_function(y_true, y_pred, sample_weight)
        return loss if self.loss_weight == 1.0 else loss * self.loss_weight

    def update(
        self, loss: Tensor, y_true: Any, y_pred: Tensor, sample_weight: Array | None
    ) -> None:
        """Take one batch into the means; a batch's loss counts by its number of samples."""
        key = y_pred.shape[0], loss.dtype
        if key not in self._sizes:
            self._sizes[key] = np.full((), *key)
        self.mean_loss.update_state(loss.data, self._sizes[key])
        for metric in self.metrics:
            metric.update_state(_lasting(y_true, metric), y_pred)
        for metric in self.weighted_metrics:
            metric.update_state(_lasting(y_true, metric), y_pred, sample_weight)

    def state(self) -> list[Array]:
        """Return the arrays in which the means are kept, and the constants that go into them."""
        means = [self.mean_loss, *self.all_metrics]
        return [mean.state for mean in means if isinstance(mean, Mean)] + [*self._sizes.values()]

    def results(self) -> dict[str, float]:
        """Return the means so far: the loss, then each metric."""
        return {
            "loss": self.mean_loss.result(),
            **{metric.name: float(metric.result()) for metric in self.all_metrics},
        }

    def reset(self) -> None:
        """Forget what was seen."""
        self.mean_loss.reset_state()
        for metric in self.all_metrics:
            metric.reset_state()


def _lasting(y_true: Any, metric: Metric) -> Any:
    """Return targets that a user's metric may keep; the batch lies in a buffer used again."""
    return y_true if type(metric).__module__ == metrics.__name__ else np.array(y_true)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _only(value: Any, name: str) -> Any:
    """Unpack a list of one; this model has one output."""
    if not isinstance(value, (list, tuple)):
        return value
    if len(value) != 1:
        raise ValueError(
            f"compile: the model has one output, so {name} takes one entry, got {len(value)}"
        )
    return value[0]
