"""Training: compile, fit, evaluate, predict, and the same on one batch.

One step of training, as the data sees it: a batch is gathered, the model is called on it, the loss
is differentiated over the tape, the optimizer changes the weights, the metrics take note.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import arguments, optimizers
from .callbacks import CallbackList, History
from .callbacks.progress import resolve_verbose
from .data import ArrayBatches, Rows
from .errors import checks_keywords
from .layers.base import Layer
from .objective import Objective
from .plan import Predictor, Steps
from .random import stream
from .samples import Samples, checked_inputs, checked_samples, split_samples
from .tape import gradients, no_grad
from .tensor import Array, Parameter, Tensor

Logs = dict[str, float]


class Trainer(Layer):
    """A layer that can be trained; `nnlite.Model` adds what it shows of itself."""

    optimizer: optimizers.Optimizer | None = None
    stop_training: bool = False
    run_eagerly: bool = False
    _objective: Objective | None = None
    _warned_of_no_gradient: bool = False

    @checks_keywords
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
    ) -> None:
        """Say what training minimises, how, and what it reports.

        Parameters
        ----------
        optimizer : str or Optimizer
        loss : str, Loss, or function of (y_true, y_pred)
        loss_weights : float, or a list of one
            What the loss is multiplied by.
        metrics, weighted_metrics : list of str, Metric, or function of (y_true, y_pred)
            The second kind takes sample weights into account.
        run_eagerly : bool
            Do every step on the tape, never replayed: the same bits, but slower, for debugging.

        Raises
        ------
        ValueError
            For an unknown name, with the nearest known one.
        """
        if loss is None:
            raise ValueError(
                "compile: a model is trained to make a loss small; give one, such as loss='mse'"
            )
        objective = Objective(loss, loss_weights, metrics, weighted_metrics)
        self.optimizer = optimizers.get(optimizer)
        self._objective = objective
        self.run_eagerly = bool(run_eagerly)
        self._warned_of_no_gradient = False
        self._output_shapes = {}  # layers may have been exchanged
        self.stop_training = False

    @property
    def metrics_names(self) -> list[str]:
        """What the logs hold: "loss", then each metric."""
        return list(self._compiled.results())

    # ------------------------------------------------------------------ one step

    def train_step(self, data: tuple[Any, Any, Any]) -> Logs:
        """Do one step on a batch (x, y, sample_weight), and return the means so far."""
        x, y, sample_weight = data
        y_pred = self(x, training=True)
        loss = _total(self._compiled.loss(y, y_pred, sample_weight), self.losses)
        weights = self.trainable_weights
        grads = self._gradients(loss, weights)
        # The metrics come first: where one of them fails, no weight has been changed yet.
        self._compiled.update(loss, y, y_pred, sample_weight)
        self.optimizer.apply(grads, weights)  # type: ignore[union-attr]
        return self._compiled.results()

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

    def test_step(self, data: tuple[Any, Any, Any]) -> Logs:
        """Evaluate a batch (x, y, sample_weight), and return the means so far."""
        x, y, sample_weight = data
        with no_grad():
            y_pred = self(x, training=False)
            loss = _total(self._compiled.loss(y, y_pred, sample_weight), self.losses)
            self._compiled.update(loss, y, y_pred, sample_weight)
        return self._compiled.results()

    def predict_step(self, x: Any) -> Tensor:
        """Return the outputs for one batch."""
        with no_grad():
            return self(x, training=False)

    # ------------------------------------------------------------------ fit

    @checks_keywords
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
    ) -> History:
        """Train on arrays for some epochs.

        Parameters
        ----------
        x : (N, ...) array
            Any numbers; they are cast to the model's dtype batch by batch.
        y : (N, ...) array
            Whole numbers for a sparse loss, otherwise of the outputs' shape.
        batch_size : int
            Samples a step, 32 by default; the last batch of an epoch may be smaller.
        epochs : int
            The epoch to train up to (counted from `initial_epoch`).
        verbose : "auto", 0, 1 or 2
            Nothing, a progress bar, or a line an epoch; "auto" is a bar where one can be shown.
        callbacks : list of Callback
        validation_split : float in [0, 1)
            The last part of the samples, taken before any shuffling, is held out for validation.
        validation_data : (x, y) or (x, y, sample_weight)
            Evaluated after each epoch; its results are logged as `val_loss`, ...
        shuffle : bool
            Whether each epoch goes over the samples in a new order.
        class_weight : dict of class to weight
        sample_weight : (N,) array
            What each sample's loss is multiplied by.
        initial_epoch : int
            Where to go on counting.
        steps_per_epoch : int
            Batches in an epoch; the next epoch goes on where the last one stopped.
        validation_steps, validation_batch_size : int
            The same of the validation.
        validation_freq : int or collection of int
            After how many epochs, or after which (counted from 1), to validate.

        Returns
        -------
        History
            Its `history` holds the logs of each epoch.

        Raises
        ------
        ValueError, TypeError
            For data that cannot be trained on; then nothing has been changed.
        """
        epochs = arguments.whole(epochs, "epochs", 0)
        initial_epoch = arguments.whole(initial_epoch, "initial_epoch", 0)
        validation_steps = arguments.whole_or_none(validation_steps, "validation_steps")
        validation_batch_size = arguments.whole_or_none(
            validation_batch_size, "validation_batch_size"
        )
        due = arguments.frequency(validation_freq)
        generator = stream("shuffle") if arguments.flag(shuffle, "shuffle") else None
        with self.unbuilt_if_refused():
            training, validation = split_samples(
                self, x, y, sample_weight, class_weight, validation_split, validation_data
            )
            batches = self._batches(training, batch_size, generator)
            steps = arguments.whole_or_none(steps_per_epoch, "steps_per_epoch") or len(batches)
            held_out = validation and self._batches(validation, validation_batch_size or batch_size)
            calls = self._calls(
                callbacks, verbose, add_history=True, epochs=epochs, steps=steps,
                validation_freq=validation_freq if held_out else 1,
            )  # fmt: skip
        train = Steps(self, "train", batches)
        test = held_out and Steps(self, "test", held_out)
        rows = Rows(batches)

        self.stop_training = False
        logs: Logs = {}
        with calls:
            calls.on_train_begin()
            for epoch in range(initial_epoch, epochs):
                calls.on_epoch_begin(epoch)
                logs = self._run(train, rows, steps, calls)
                if test and due(epoch):
                    val_logs = self._evaluate(test, validation_steps, calls)
                    logs |= {f"val_{name}": value for name, value in val_logs.items()}
                calls.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            calls.on_train_end(logs)
        history: History = calls.history
        return history

    @checks_keywords
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss, then the metrics, over all samples.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks
            As in `fit`.
        steps : int
            Stop after so many batches.
        return_dict : bool
            Return a dict by name.

        Returns
        -------
        float, list of float, or dict
            A number where there is only the loss.
        """
        batches = self._batches(checked_samples(self, x, y, sample_weight), batch_size)
        total = min(len(batches), arguments.whole_or_none(steps, "steps") or len(batches))
        calls = self._calls(callbacks, verbose, epochs=1, steps=total)
        with calls:
            logs = self._evaluate(Steps(self, "test", batches), total, calls)
        if return_dict:
            return logs
        return list(logs.values()) if len(logs) > 1 else logs["loss"]

    @checks_keywords
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Array:
        """Return the outputs for all samples, batch by batch.

        Parameters
        ----------
        x, batch_size, verbose, callbacks
            As in `fit`; NaN is let through and comes out as NaN.
        steps : int
            Stop after so many batches.

        Returns
        -------
        array of shape (N, ...)
        """
        x = checked_inputs(self, x)
        size = arguments.batch_size(batch_size)
        total = min(-(-len(x) // size), arguments.whole_or_none(steps, "steps") or len(x))
        calls = self._calls(callbacks, verbose, epochs=1, steps=total)
        outputs: list[Array] = []
        with calls:
            calls.on_predict_begin()
            done = 0
            while done < total:
                calls.on_predict_batch_begin(done)
                whole = max(1, len(x) // size - done)  # the last batch may be smaller
                taken = min(total - done, whole, calls.stretch("predict", self._predictor.at_once))
                rows = x[done * size : (done + taken) * size]
                outputs.append(self._predictor.run(rows, taken))
                done += taken
                calls.on_predict_batch_end(done - 1, {"outputs": outputs[-1]})
            calls.on_predict_end()
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    @functools.cached_property
    def _predictor(self) -> Predictor:
        return Predictor(self)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle everything but the recorded steps, which hold addresses."""
        return {name: value for name, value in vars(self).items() if name != "_predictor"}

    # ------------------------------------------------------------------ one batch

    @checks_keywords
    def train_on_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Do one step on one batch, and return its loss and metrics as `evaluate` does.

        The values are those of this batch alone; Keras 3 goes on averaging over earlier calls.
        """
        return self._on_batch(
            "train", checked_samples(self, x, y, sample_weight, class_weight), return_dict
        )

    @checks_keywords
    def test_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluate one batch, and return its loss and metrics (of it alone) as `evaluate` does."""
        return self._on_batch("test", checked_samples(self, x, y, sample_weight), return_dict)

    def predict_on_batch(self, x: Any) -> Array:
        """Return the outputs for one batch."""
        batch = checked_inputs(self, x).astype(self.dtype)  # a copy: see predict
        return self.predict_step(batch).numpy()

    def _on_batch(self, mode: str, samples: Samples, return_dict: bool) -> Any:
        ((x, y, weights),) = self._batches(samples, len(samples.x))
        step_function = self.train_step if mode == "train" else self.test_step
        self._compiled.reset()
        logs = step_function((x, y, weights))
        if return_dict:
            return logs
        return list(logs.values()) if len(logs) > 1 else logs["loss"]

    # ------------------------------------------------------------------ loops

    def _calls(
        self, callbacks: Any, verbose: Any, add_history: bool = False, **params: Any
    ) -> CallbackList:
        """Return all callbacks of one call as one, with the progress bar if it is to be shown."""
        shown = resolve_verbose(verbose)
        return CallbackList(
            callbacks, add_history, add_progbar=shown != 0, model=self, verbose=shown, **params
        )

    def _run(self, steps: Steps, rows: Rows, count: int, calls: CallbackList) -> Logs:
        """Run `count` batches through train_step or test_step, with their callbacks."""
        mode = "train" if steps.train else "test"
        begin, end = f"on_{mode}_batch_begin", f"on_{mode}_batch_end"
        listened = calls.listens(end)
        self._compiled.reset()
        done = 0
        while done < count:
            getattr(calls, begin)(done)
            indices, taken = rows.take(min(count - done, calls.stretch(mode, steps.at_once)))
            steps.run(indices, taken)
            done += taken
            if listened:
                getattr(calls, end)(done - 1, self._compiled.results())
            if steps.train and self.stop_training:
                break
        return self._compiled.results()

    def _evaluate(self, test: Steps, steps: int | None, calls: CallbackList) -> Logs:
        calls.on_test_begin()
        logs = self._run(test, Rows(test.batches), steps or len(test.batches), calls)
        calls.on_test_end(logs)
        return logs

    # ------------------------------------------------------------------ checked data

    @property
    def _compiled(self) -> Objective:
        if self._objective is None:
            raise ValueError(
                "The model is not compiled: first call model.compile(loss=..., optimizer=...), "
                "which says what training is to make small and how"
            )
        return self._objective

    def _batches(
        self, samples: Samples, batch_size: int | None, shuffle: np.random.Generator | None = None
    ) -> ArrayBatches:
        x, y, weights = samples
        if y.dtype.kind in "iu":
            y = y.copy()  # labels were checked, and kernels rely on it: nobody may change them now
        dtypes = [self.dtype, y.dtype if y.dtype.kind in "iu" else self.dtype, self.dtype]
        return ArrayBatches([x, y, weights], dtypes, arguments.batch_size(batch_size), shuffle)


def _total(loss: Tensor, added: list[Tensor]) -> Tensor:
    """The loss of the outputs, and what the layers add to it, in their order."""
    for one in added:
        loss = loss + one
    return loss
