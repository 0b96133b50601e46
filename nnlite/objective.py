"""What training works towards: the losses of a model's outputs, and the metrics beside them.

The total is the sum of each output's loss times its weight; one output is a list of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import numpy as np

from . import losses, metrics
from .changes import Noticed
from .losses import Loss
from .metrics import Mean, MeanMetricWrapper, Metric
from .registry import is_ours
from .slots import Slots
from .tensor import Array, Tensor, raw
from .tree import leaves


class OutputObjective(Noticed):
    """The loss and the metrics of one output.

    Parameters
    ----------
    prefix : str
        What the names in the logs begin with: "", or the output's name and "_".
    loss : str, Loss, function or None
        None for an output that is not trained.
    weight : float or None
        What the loss is multiplied by; 1 by default.
    metric_names, weighted_metric_names : (list of) str, Metric or function, or None
        The second kind takes the sample weights into account.
    """

    def __init__(
        self,
        prefix: str,
        loss: Any,
        weight: Any = None,
        metric_names: Any = None,
        weighted_metric_names: Any = None,
    ) -> None:
        self.loss_function: Loss | None = None if loss is None else losses.as_loss(loss)
        self.loss_weight = 1.0 if weight is None else float(weight)
        self.mean_loss = Mean(f"{prefix}loss")
        self.metrics = [metrics.get(name) for name in _listed(metric_names)]
        self.weighted_metrics = [metrics.get(name) for name in _listed(weighted_metric_names)]
        taken = {metric.name for metric in self.metrics} | ({"loss"} if not prefix else set())
        for metric in self.weighted_metrics:
            if metric.name in taken:
                metric.name = f"weighted_{metric.name}"  # as in Keras
        self.log_names = [f"{prefix}{metric.name}" for metric in self.all_metrics]

    @property
    def all_metrics(self) -> list[Metric]:
        """The metrics in the order of the logs."""
        return [*self.metrics, *self.weighted_metrics]

    def prepare(self, y: Array, output_shape: Any, dtype: Any, place: str) -> Array:
        """Check all targets against the output before a step is done, and bring them into form."""
        if self.loss_function is None:
            return y if y.dtype.kind in "iu" else y.astype(dtype, copy=False)
        return self.loss_function.targets(y, (None, *output_shape[1:]), dtype, place=place)

    def update_metrics(self, y_true: Any, y_pred: Tensor, sample_weight: Array | None) -> None:
        """Take one batch into the metrics."""
        for metric in self.metrics:
            _update(metric, y_true, y_pred)
        for metric in self.weighted_metrics:
            _update(metric, y_true, y_pred, sample_weight)

    def parts(self) -> Iterator[Any]:
        """Yield everything that takes part in a step."""
        yield from (self, *self.all_metrics)
        if self.loss_function is not None:
            yield self.loss_function


class Objective(Noticed):
    """The losses and the metrics of all outputs, and the means of an epoch.

    Parameters
    ----------
    loss : str, Loss or function, for every output; or a list, tuple or dict of them
        None, or left out of a dict: that output is not trained.
    loss_weights : float, or a list, tuple or dict of them
    metric_names, weighted_metric_names : str, Metric or function, or a list of them; for several
        outputs one for all, or a list or dict with such for each
        The second kind takes the sample weights into account.

    Attributes
    ----------
    named : list of (str, Metric)
        Everything that is averaged, with its name in the logs and in their order.

    Notes
    -----
    Which outputs there are, `resolve` is told: when the model is compiled or, where it does not
    know them yet, by the first data.

    Raises
    ------
    ValueError
        For an unknown name.
    """

    def __init__(
        self,
        loss: Any,
        loss_weights: Any = None,
        metric_names: Any = None,
        weighted_metric_names: Any = None,
    ) -> None:
        self.given = (loss, loss_weights, metric_names, weighted_metric_names)
        self.slots: Slots | None = None
        self.outputs: list[OutputObjective] = []
        self.trained: list[OutputObjective] = []  # the outputs that have a loss
        self.mean_loss = Mean("loss")
        self.named: list[tuple[str, Metric]] = [("loss", self.mean_loss)]
        self._sizes: dict[Any, Array] = {}
        for name in _single(loss):
            losses.as_loss(name)  # an unknown name is refused at once
        for name in (*_single(metric_names), *_single(weighted_metric_names)):
            metrics.get(name)

    def resolve(self, slots: Slots) -> None:
        """Make the losses and metrics of outputs of these names, where that is not done yet.

        Raises
        ------
        ValueError
            Where something is given for an output that is not there, or two quantities would have
            one name in the logs; then nothing has been changed.
        """
        if self.slots is not None and self.slots.names == slots.names:
            return
        loss, weights, *metric_lists = self.given
        many = len(slots) > 1
        outputs = [
            OutputObjective(f"{name}_" if many else "", *arguments)
            for name, *arguments in zip(
                slots.names,
                slots.split_or_share(loss, "loss"),
                slots.split_or_share(weights, "loss_weights"),
                _metrics_of(slots, metric_lists[0], "metrics"),
                _metrics_of(slots, metric_lists[1], "weighted_metrics"),
                strict=True,
            )
        ]
        trained = [output for output in outputs if output.loss_function is not None]
        reported = [output.mean_loss.name for output in trained] if len(trained) > 1 else []
        _check_names(
            ["loss", *reported, *(name for output in outputs for name in output.log_names)]
        )
        self.outputs, self.trained, self.slots = outputs, trained, slots
        self.named = self._in_order()

    @property
    def all_metrics(self) -> list[Metric]:
        """The metrics in the order of the logs."""
        return [metric for output in self.outputs for metric in output.all_metrics]

    def parts(self) -> Iterator[Any]:
        """Yield everything that takes part in a step."""
        yield self
        for output in self.outputs:
            yield from output.parts()

    def loss(self, y_true: Any, y_pred: Any, sample_weight: Any) -> Tensor | None:
        """Return the scalar loss of one batch; None where no output has a loss.

        Where several outputs have one, each is taken into a mean of its own.
        """
        assert self.slots is not None
        total: Tensor | None = None
        several = len(self.trained) > 1
        for output, y, prediction, weights in self._by_output(y_true, y_pred, sample_weight):
            if output.loss_function is None:
                continue
            weights = masked_weights(weights, prediction, mean=True)
            loss = output.loss_function(y, prediction, weights)
            _check_is_number(loss, output.loss_function)
            if several:
                output.mean_loss.update_state(loss.data, self._size(prediction, loss))
            loss = loss if output.loss_weight == 1.0 else loss * output.loss_weight
            total = loss if total is None else total + loss
        return total

    def update_loss(self, loss: Tensor, y_pred: Any) -> None:
        """Take the total loss of one batch into its mean; it counts by its number of samples."""
        self.mean_loss.update_state(loss.data, self._size(next(leaves(y_pred)), loss))

    def update_metrics(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Take one batch into the metrics of every output."""
        for output, *batch in self._by_output(y_true, y_pred, sample_weight):
            output.update_metrics(*batch)

    def _by_output(
        self, y_true: Any, y_pred: Any, sample_weight: Any
    ) -> list[tuple[OutputObjective, Any, Tensor, Any]]:
        """Return each output with its targets, predictions and weights."""
        slots = self.slots
        assert slots is not None
        if len(slots) == 1 and isinstance(y_pred, Tensor):
            return [(self.outputs[0], y_true, y_pred, sample_weight)]
        return list(
            zip(
                self.outputs,
                [None] * len(slots) if y_true is None else slots.split(y_true, "y", nested=True),
                slots.split(y_pred, "the outputs", nested=True),
                slots.split_or_share(sample_weight, "sample_weight"),
                strict=True,
            )
        )

    def _size(self, prediction: Tensor, loss: Tensor) -> Array:
        """Return the number of samples, as an array that stays."""
        key = prediction.shape[0], loss.dtype
        if key not in self._sizes:
            self._sizes[key] = np.full((), *key)
        return self._sizes[key]

    def _in_order(self) -> list[tuple[str, Metric]]:
        """Return everything that is averaged, with its name in the logs and in their order.

        The total loss, each output's, then each metric; those of several outputs by name.
        """
        several = len(self.trained) > 1
        losses = [self.mean_loss, *(output.mean_loss for output in self.trained if several)]
        pairs = [
            pair
            for output in self.outputs
            for pair in zip(output.log_names, output.all_metrics, strict=True)
        ]
        if len(self.outputs) > 1:
            pairs.sort(key=itemgetter(0))  # as Keras's evaluate returns them
        return [(mean.name, mean) for mean in losses] + pairs

    def means(self) -> list[Metric]:
        """Return everything that is averaged, in the order of the logs."""
        return [metric for _, metric in self.named]

    def state(self) -> list[Array]:
        """Return the arrays in which the means are kept, and the constants that go into them."""
        states = [array for metric in self.means() for array in metric.arrays()]
        return [*states, *self._sizes.values()]

    def reset(self) -> None:
        """Forget what was seen."""
        for metric in self.means():
            metric.reset_state()


def _update(metric: Metric, y_true: Any, y_pred: Tensor, *weights: Any) -> None:
    """Take one batch into a metric; of those that are means, without what is masked."""
    masked = getattr(y_pred, "_keras_mask", None) is not None
    if masked and isinstance(metric, MeanMetricWrapper):
        weights = (masked_weights(weights[0] if weights else None, y_pred),)
    metric.update_state(_lasting(y_true, metric), y_pred, *weights)


def masked_weights(weights: Any, y_pred: Tensor, mean: bool = False) -> Any:
    """Return sample weights that are 0 where the mask of the outputs says that nothing is there.

    Parameters
    ----------
    weights : array or None
    y_pred : Tensor
        Its mask (B, T), if it has one, says which of the outputs (B, T, ...) count.
    mean : bool
        Whether the others weigh (all / those that count), so that a mean over all is one over them.
    """
    mask = getattr(y_pred, "_keras_mask", None)
    if mask is None:
        return weights
    there = np.asarray(raw(mask), y_pred.dtype)
    if mean:
        there = there * (there.size / max(int(np.count_nonzero(there)), 1))
    if weights is None:
        return there
    weights = np.asarray(weights, y_pred.dtype)
    axes = weights.shape[: there.ndim]
    return there * weights.reshape(*axes, *(1 for _ in range(there.ndim - len(axes))))


def _lasting(y_true: Any, metric: Metric) -> Any:
    """Return targets that a user's metric may keep; the batch lies in a buffer used again."""
    return y_true if is_ours(type(metric)) else np.array(y_true)


def _check_is_number(loss: Tensor, function: Loss) -> None:
    if loss.ndim:
        raise ValueError(
            f"The loss {function.name!r} of a batch has the shape {loss.shape}, and training needs "
            f"a number: give it another reduction than {function.reduction!r}, such as "
            "'sum_over_batch_size'"
        )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _single(value: Any) -> list[Any]:
    """Return everything in lists, tuples and dicts by output, to any depth, but None."""
    if isinstance(value, dict) and "class_name" not in value:
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [one for part in value for one in _single(part)]
    return [] if value is None else [value]


def _metrics_of(slots: Slots, given: Any, place: str) -> list[Any]:
    """Return the metrics of each output: of the only one a list, for several one list for each."""
    if len(slots) == 1 and not isinstance(given, dict):
        nested = isinstance(given, (list, tuple)) and len(given) == 1
        return [given[0] if nested and isinstance(given[0], (list, tuple)) else given]
    return slots.split_or_share(given or None, place)  # an empty list is for every output


def _check_names(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"compile: two quantities would be called {name!r} in the logs; give one "
                "another name, for example nnlite.metrics.MeanMetricWrapper(fn, name='...')"
            )
