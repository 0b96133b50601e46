"""What a model does with one batch: compile says what it is trained for, a step does it.

One step of training, as the data sees it: a batch is gathered, the model is called on it, the loss
is differentiated over the tape, the optimizer changes the weights, the metrics take note.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from . import arguments, optimizers
from .changes import Remembered
from .data import unpack_x_y_sample_weight
from .errors import checks_keywords
from .inputs import Uses, uses_of
from .layers.base import Layer, yielding
from .layers.weights import gather
from .metrics import Metric, results_of
from .objective import Objective
from .registry import describe
from .slots import Slots
from .tape import gradients, no_grad
from .tensor import Array, Parameter, Tensor
from .tree import is_nested, map_structure

Logs = dict[str, float]

#: Attributes that are not copied: recorded steps, which hold addresses, what is remembered, and the
#: training that is going on.
FOUND_AGAIN = frozenset({"_fitting_now", "_kept_metrics", "_predictor", "_uses"})


class CompiledLayer(Layer):
    """A layer with an optimizer, losses and metrics, which can do one step."""

    optimizer: optimizers.Optimizer | None = None
    run_eagerly: bool = False
    steps_per_execution: int = 1
    jit_compile: Any = "auto"
    _objective: Objective | None = None
    _warned_of_no_gradient: bool = False

    @property
    def _input_names(self) -> list[str] | None:
        """The names of the inputs in order; None where the model does not know them."""
        return None

    def _inputs_and_users(self) -> list[tuple[str | None, list[Layer]]] | None:
        """Of each input, in order, the declared dtype and the layers that are called on it.

        None where the model does not know.
        """
        return None

    @functools.cached_property
    def _uses(self) -> Remembered[Uses]:
        return Remembered(lambda: uses_of(self))

    @property
    def _output_names(self) -> list[str] | None:
        """The names of the outputs in order; None where the model does not know them."""
        return None

    @property
    def _output_structure(self) -> Any:
        """The lists and dicts in which the outputs stand; None where the model does not know."""
        return None

    @checks_keywords
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
    ) -> None:
        """Say what training minimises, how, and what it reports.

        Parameters
        ----------
        optimizer : str or Optimizer
        loss : str, Loss, or function of (y_true, y_pred)
            Of several outputs one for all, or a list in their order, or a dict by their names.
            None, or left out of the dict: that output is not trained.
        loss_weights : float, or a list or dict of floats
            What each loss is multiplied by; the total is the sum.
        metrics, weighted_metrics : list of str, Metric, or function of (y_true, y_pred)
            The second kind takes sample weights into account. Of several outputs a list with one,
            or with a list of them, for each output; or a dict by their names.
        run_eagerly : bool
            Do every step on the tape, never replayed: the same bits, but slower, for debugging.
        steps_per_execution : int
            After how many batches the batch hooks of callbacks are called.
        jit_compile : bool or "auto"
            Has no effect: steps are always replayed by the compiled loop, where that is possible.

        Raises
        ------
        ValueError
            For an unknown name, with the nearest known one, and for what belongs to no output.
        """
        objective = Objective(loss, loss_weights, metrics, weighted_metrics)
        names = self._output_names
        if names is not None:
            objective.resolve(Slots(names, structure=self._output_structure))
        every = arguments.whole(steps_per_execution, "steps_per_execution", 1)
        self.optimizer = optimizers.get(optimizer)
        self._objective = objective
        self.run_eagerly = bool(run_eagerly)
        self.steps_per_execution = every
        self.jit_compile = jit_compile
        self._warned_of_no_gradient = False
        self._output_shapes = {}  # layers may have been exchanged
        self.stop_training = False

    def get_compile_config(self) -> dict[str, Any]:
        """Return what the model was compiled with as plain data; {} where it was not."""
        if self._objective is None:
            return {}
        loss, loss_weights, metrics, weighted_metrics = map(describe, self._objective.given)
        return {
            "optimizer": describe(self.optimizer),
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile the model as `get_compile_config` says, nnlite's or Keras's.

        Raises
        ------
        ValueError
            For a name that is unknown here.
        """
        self.compile(**config)

    @yielding
    def loss(self) -> Any:
        """What `compile` was given as loss."""
        return None if self._objective is None else self._objective.given[0]

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._objective is not None

    @property
    def _compiled(self) -> Objective:
        if self._objective is None:
            raise ValueError(
                "The model is not compiled: first call model.compile(loss=..., optimizer=...), "
                "which says what training is to make small and how"
            )
        return self._objective

    # ------------------------------------------------------------------ one step

    def train_step(self, data: Any) -> Logs:
        """Do one step on a batch, and return the means so far.

        Parameters
        ----------
        data : (x, y), (x, y, sample_weight) or x
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(_tensors(x), training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
        weights = self.trainable_weights
        grads = self._gradients(self.optimizer.scale_loss(loss), weights)  # type: ignore[union-attr]
        # The metrics come first: where one of them fails, no weight has been changed yet.
        self._compiled.update_loss(loss, y_pred)
        logs = self.compute_metrics(x, y, y_pred, sample_weight)
        self.optimizer.apply(grads, weights)  # type: ignore[union-attr]
        return logs

    def _gradients(self, loss: Tensor, weights: list[Parameter]) -> list[Array]:
        """Return the gradient of the loss for each weight: 0 where it does not depend on it."""
        found = gradients(loss) if loss.requires_grad else {}
        missing = [weight.path for weight in weights if weight not in found]
        if weights and len(missing) == len(weights):
            raise ValueError(
                f"no gradient reaches any weight of {self.name!r}: was the loss or a layer "
                "computed with numpy, or under no_grad()?"
            )
        if missing and not self._warned_of_no_gradient:
            self._warned_of_no_gradient = True
            warnings.warn(
                f"no gradient reaches these weights of {self.name!r}, so they stay as they are: "
                f"{', '.join(missing)}; does the loss depend on them?",
                stacklevel=2,
            )
        return [found[w] if w in found else np.zeros_like(w.data) for w in weights]

    def test_step(self, data: Any) -> Logs:
        """Evaluate a batch, as `train_step` takes it, and return the means so far."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with no_grad():
            y_pred = self(_tensors(x), training=False)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
            self._compiled.update_loss(loss, y_pred)
            return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch: x, or (x,) where x is itself a list or tuple."""
        x, _, _ = unpack_x_y_sample_weight(data)
        with no_grad():
            return self(_tensors(x), training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Return the scalar that a step makes small.

        loss = Σ loss_weight · loss over the outputs + Σ `losses`, where the latter are those that
        layers add.

        Parameters
        ----------
        x, y, sample_weight
            The batch.
        y_pred
            What the model returned for x.
        training : bool
            For a subclass that makes a difference.

        Raises
        ------
        ValueError
            Where there is nothing to make small.
        """
        total = self._compiled.loss(y, y_pred, sample_weight)
        for loss in self.losses:
            total = loss if total is None else total + loss
        if total is None and not training and self._compiled.all_metrics:
            return Tensor(np.zeros((), self.dtype), False)  # asked for the metrics alone
        if total is None:
            raise ValueError(
                "there is no loss: a model is trained to make one small; give one to compile, such "
                "as loss='mse', or let a layer add one with add_loss"
            )
        return total

    # ------------------------------------------------------------------ what is reported

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Logs:
        """Take a batch into the metrics of `compile`, and return all means so far.

        A subclass that reports more calls this and adds to what it returns.
        """
        self._compiled.update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    @property
    def metrics(self) -> list[Metric]:
        """The mean loss, the metrics of `compile`, and those that the model and its layers keep.

        What inner models were compiled with is not among them.
        """
        compiled = [] if self._objective is None else self._objective.means()
        return [*compiled, *self._kept_metrics()]

    @functools.cached_property
    def _kept_metrics(self) -> Remembered[list[Metric]]:
        def find() -> list[Metric]:
            found: dict[int, Metric] = {}
            for layer, _, _ in self._inside():
                gather(vars(layer).values(), Metric, found)
            return list(found.values())

        return Remembered(find)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle everything but what is found out again when it is needed."""
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in FOUND_AGAIN}

    @property
    def metrics_names(self) -> list[str]:
        """What the logs hold: "loss", the losses of several outputs, then the metrics."""
        return list(self.get_metrics_result())

    def get_metrics_result(self) -> Logs:
        """Return what `metrics` report so far, by name; those that return a dict by its keys."""
        return results_of(self.named_metrics())

    def named_metrics(self) -> list[tuple[str, Metric]]:
        """Return `metrics` with the names that they have in the logs."""
        names = {id(metric): name for name, metric in self._compiled.named}
        return [(names.get(id(one), one.name), one) for one in self.metrics]

    def reset_metrics(self) -> None:
        """Forget what the metrics have seen; done when an epoch or an evaluation begins."""
        for metric in self.metrics:
            metric.reset_state()


def plain_numbers(logs: Any) -> Logs:
    """Return numbers as Python's; a metric may also report an array, one number a class."""
    return {
        name: value if getattr(value, "ndim", 0) else float(value) for name, value in logs.items()
    }


def _tensors(x: Any) -> Any:
    """Return the arrays of several inputs as tensors, so that no layer takes them for one array."""
    if not is_nested(x):
        return x
    return map_structure(lambda one: one if isinstance(one, Tensor) else Tensor(one, False), x)
