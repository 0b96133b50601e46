"""Training: fit, evaluate, predict, and the same on one batch.

What is done with a batch stands in `compiled.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import numpy as np

from . import arguments
from .callbacks import CallbackList, History
from .callbacks.expected import ExpectedLogs
from .callbacks.progress import resolve_verbose
from .compiled import CompiledLayer, Logs, plain_numbers
from .data import joined, pack_x_y_sample_weight
from .errors import checks_keywords
from .feeding import Batches, array_batches, batches_of, batches_of_fit, batches_of_inputs
from .fitting import Fitting
from .loops import ArrayPasses, BatchPasses, Loop
from .plan import Predictor, Steps
from .random import stream
from .samples import Samples, checked_inputs, checked_samples
from .sources import StoredRows
from .spans import span
from .streams import stream_of
from .tree import flatten


class Trainer(CompiledLayer):
    """A layer that can be trained; `nnlite.Model` adds what it shows of itself."""

    stop_training: bool = False
    stop_evaluating: bool = False
    stop_predicting: bool = False
    _fitting_now: Any = None  # the Fitting that is going on

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
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
        *,
        debug_nans: bool = False,
    ) -> History:
        """Train on arrays for some epochs.

        Parameters
        ----------
        x : (N, ...) array, or a list, tuple or dict of them
            Of a model with several inputs one for each, by place or by name. Any numbers; they are
            cast to the model's dtype batch by batch. What is not in memory (h5py datasets, scipy
            sparse matrices, memmaps) is read batch by batch too.
            Or what gives whole batches, (x, y) or (x, y, sample_weight): a generator or iterator,
            a `utils.PyDataset`, or another object with `__len__` and `__getitem__`.
        y : (N, ...) array, or a list, tuple or dict of them
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
        validation_data : (x, y), (x, y, sample_weight), or what gives whole batches
            Evaluated after each epoch; its results are logged as `val_loss`, ...
        shuffle : bool
            Whether each epoch goes over the samples (of a PyDataset: the batches) in a new order.
        class_weight : dict of class to weight
            Of several outputs a dict of such dicts by the outputs' names.
        sample_weight : (N,) array, or a list or dict of them by output
            What each sample's loss is multiplied by. For outputs (N, T, ...) also (N, T).
        initial_epoch : int
            Where to go on counting.
        steps_per_epoch : int
            Batches in an epoch; the next epoch goes on where the last one stopped. Without it an
            epoch ends with the data.
        validation_steps, validation_batch_size : int
            The same of the validation.
        validation_freq : int or collection of int
            After how many epochs, or after which (counted from 1), to validate.
        debug_nans : bool
            Whether to stop where numbers are not finite any more, and to say where it began, as
            `callbacks.TerminateOnNaN(explain=True)` does. It is slower.

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
        steps_per_epoch = arguments.whole_or_none(steps_per_epoch, "steps_per_epoch")
        due = arguments.frequency(validation_freq)
        if arguments.flag(debug_nans, "debug_nans"):
            callbacks = [callbacks or [], _detective()]
        generator = stream("shuffle") if arguments.flag(shuffle, "shuffle") else None
        with self.unbuilt_if_refused():
            training, held_out = batches_of_fit(
                self, (x, y, sample_weight, class_weight), validation_split, validation_data,
                (batch_size, validation_batch_size), generator,
            )  # fmt: skip
            count = steps_per_epoch or training.steps
            calls = self._calls(
                callbacks, verbose, add_history=True, epochs=epochs, steps=count,
                validation_freq=validation_freq if held_out else 1,
            )  # fmt: skip
            calls.expect(ExpectedLogs.of(self, held_out is not None))
        self.stop_training = False
        with closing(training), closing(held_out or training), calls:
            train = Loop(Steps(self, "train", training), count, calls)
            test = self._testing(held_out, validation_steps, calls) if held_out else None
            Fitting(train, test, range(initial_epoch, epochs), due).run()
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
            A number where there is only the loss; else, in the order of `metrics_names`, the total
            loss, the loss of each of several outputs, then the metrics.
        """
        steps = arguments.whole_or_none(steps, "steps")
        batches = batches_of(self, x, y, sample_weight, None, batch_size)
        with closing(batches):
            calls = self._calls(callbacks, verbose, epochs=1, steps=_fewer(steps, batches.steps))
            with calls:
                logs = self._evaluate(self._testing(batches, steps, calls))
        return logs if return_dict else _listed(logs)

    @checks_keywords
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the outputs for all samples, batch by batch.

        Parameters
        ----------
        x, batch_size, verbose, callbacks
            As in `fit`; NaN is let through and comes out as NaN.
        steps : int
            Stop after so many batches.

        Returns
        -------
        array of shape (N, ...), or a list, tuple or dict of them, as the model returns its outputs
        """
        size, steps = arguments.batch_size(batch_size), arguments.whole_or_none(steps, "steps")
        passes = self._passes(x, size)
        total = _fewer(steps, passes.steps)
        outputs: list[Any] = []
        done = 0
        if self.stop_predicting:  # setting it makes the recorded passes look for changes
            self.stop_predicting = False
        with passes, self._calls(callbacks, verbose, epochs=1, steps=total) as calls:
            calls.on_predict_begin()
            while total is None or done < total:
                most = calls.at_once("predict", self._predictor.at_once)
                with span("data", "batches"):
                    part = passes.take(most if total is None else min(most, total - done))
                if part is None:
                    break
                calls.on_predict_batch_begin(done)
                outputs.append(self._predictor.run(*part))
                done += part[1]
                calls.on_predict_batch_end(done - 1, {"outputs": outputs[-1]})
                if self.stop_predicting:
                    break
            calls.on_predict_end()
        return joined(outputs)

    def _passes(self, x: Any, batch_size: int) -> ArrayPasses | BatchPasses:
        """Check the inputs of a prediction, and return what takes batches of them."""
        if stream_of(x) is None:
            x = checked_inputs(self, x)
            if isinstance(x, np.ndarray) or not any(
                isinstance(one, StoredRows) for one in flatten(x)
            ):
                return ArrayPasses(x, batch_size)
        return BatchPasses(batches_of_inputs(self, x, batch_size))

    @functools.cached_property
    def _predictor(self) -> Predictor:
        return Predictor(self)

    # ------------------------------------------------------------------ one batch

    @checks_keywords
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
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
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluate one batch, and return its loss and metrics (of it alone) as `evaluate` does."""
        return self._on_batch("test", checked_samples(self, x, y, sample_weight), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch, as `predict` does."""
        x = checked_inputs(self, x)
        samples = Samples(x, None, None)
        (batch, _, _) = next(iter(array_batches(self, samples, samples.size)))
        return self._predictor.on_tape(batch)

    def _on_batch(self, mode: str, samples: Samples, return_dict: bool) -> Any:
        batch = next(iter(array_batches(self, samples, samples.size)))
        step_function = self.train_step if mode == "train" else self.test_step
        self.reset_metrics()
        with span("step", f"{mode} step"):
            logs = plain_numbers(step_function(pack_x_y_sample_weight(*batch)))
        return logs if return_dict else _listed(logs)

    # ------------------------------------------------------------------ loops

    def _calls(
        self, callbacks: Any, verbose: Any, add_history: bool = False, **params: Any
    ) -> CallbackList:
        """Return all callbacks of one call as one, with the progress bar if it is to be shown."""
        shown = resolve_verbose(verbose)
        return CallbackList(callbacks, add_history, shown != 0, self, verbose=shown, **params)

    def _testing(self, batches: Batches, steps: int | None, calls: CallbackList) -> Loop:
        return Loop(Steps(self, "test", batches), _fewer(steps, batches.steps), calls)

    def _evaluate(self, test: Loop) -> Logs:
        if self.stop_evaluating:  # setting it makes the recorded steps look for changes
            self.stop_evaluating = False
        with span("evaluation", "evaluate"):
            test.calls.on_test_begin()
            test.restart()
            logs = plain_numbers(test.run())
            test.calls.on_test_end(logs)
        return logs


def _detective() -> Any:
    """Return the callback that finds out where numbers began that are not finite."""
    from .callbacks import TerminateOnNaN  # only where it is wanted

    return TerminateOnNaN(explain=True)


def _fewer(steps: int | None, there: int | None) -> int | None:
    """Return how many batches to take: as many as are wanted, but not more than there are."""
    if steps is None or there is None:
        return there if steps is None else steps
    return min(steps, there)


def _listed(logs: Logs) -> Any:
    """Return the values alone; of a single one the number."""
    values = list(logs.values())
    return values[0] if len(values) == 1 else values
