"""What training works towards: the loss of a model's output, and the metrics reported with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import losses, metrics
from .losses import Loss
from .metrics import Mean, Metric
from .tensor import Array, Tensor


class Objective:
    """The loss and the metrics of one output.

    Parameters
    ----------
    loss : str, Loss or function
    loss_weight : float
        What the loss is multiplied by.
    metric_names, weighted_metric_names : iterable of str, Metric or function
        The second kind takes the sample weights into account.

    Raises
    ------
    ValueError
        For an unknown name, or two metrics of one name.
    """

    def __init__(
        self, loss: Any, loss_weight: float, metric_names: Iterable[Any], weighted_metric_names: Iterable[Any]
    ) -> None:
        self.loss_function: Loss = losses.as_loss(loss)
        self.loss_weight = float(loss_weight)
        self.metrics: list[Metric] = [metrics.get(name) for name in metric_names]
        self.weighted_metrics: list[Metric] = [metrics.get(name) for name in weighted_metric_names]
        taken = {metric.name for metric in self.metrics} | {"loss"}
        for metric in self.weighted_metrics:
            if metric.name in taken:
                metric.name = f"weighted_{metric.name}"  # as in Keras
        names = [metric.name for metric in self.all_metrics]
        for name in names:
            if names.count(name) > 1 or name == "loss":
                raise ValueError(
                    f"compile: two quantities would be called {name!r} in the logs; give one another name, "
                    "for example nnlite.metrics.MeanMetricWrapper(fn, name='...')"
                )
        self.mean_loss = Mean("loss")

    @property
    def all_metrics(self) -> list[Metric]:
        """The metrics in the order of the logs."""
        return [*self.metrics, *self.weighted_metrics]

    def prepare_targets(self, y: Any, output_shape: tuple[int | None, ...], place: str = "y") -> Array:
        """Check all targets against the output before anything is changed, and bring them into form."""
        return self.loss_function.targets(y, (None, *output_shape[1:]), place=place)

    def loss(self, y_true: Any, y_pred: Tensor, sample_weight: Array | None) -> Tensor:
        """Return the scalar loss of one batch."""
        loss = self.loss_function(y_true, y_pred, sample_weight)
        return loss if self.loss_weight == 1.0 else loss * self.loss_weight

    def update(
        self, loss: Tensor, y_true: Any, y_pred: Tensor, sample_weight: Array | None
    ) -> None:
        """Take one batch into the means; a batch's loss counts by its number of samples."""
        self.mean_loss.update_state(loss.data, y_pred.shape[0])
        for metric in self.metrics:
            metric.update_state(y_true, y_pred)
        for metric in self.weighted_metrics:
            metric.update_state(y_true, y_pred, sample_weight)

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
