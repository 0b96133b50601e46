"""Write what happens in a training into event files, which TensorBoard shows."""

from __future__ import annotations

import os
import warnings
from time import perf_counter
from typing import Any

from ..arguments import whole
from ..registry import is_ours
from .base import HOOKS, Callback, Logs
from .expected import ExpectedLogs
from .tensorboard_profile import ProfiledBatches, profiled_batches
from .tensorboard_projector import check_metadata, write_embeddings
from .tensorboard_recording import train_and_validation
from .tensorboard_step import copy_of, write_step
from .tensorboard_weights import write_weights


class TensorBoard(Callback):
    """Write event files for TensorBoard: metrics, the model's graph, its weights.

    `tensorboard --logdir=logs` shows them, also while the training goes on. Two runs appear there:

    - `train`, with the graph ("Conceptual graph" on the Graphs page), `epoch_loss` and the like,
      `epoch_learning_rate`, `batch_loss` and the like, histograms and pictures;
    - `validation`, with `epoch_loss` and the like, and `evaluation_loss_vs_iterations` and the
      like, whose step is the optimizer's. `evaluate` writes the latter, too.

    Parameters
    ----------
    log_dir : path
        A folder of this training alone.
    histogram_freq : int
        After how many epochs histograms are written; 0 for never.
    write_graph : bool
        Whether to write the layers and how they are connected: of a Sequential or functional model.
    write_images : bool
        Whether to write the weights as pictures too, beside their histograms.
    write_steps_per_second : bool
        Whether to write how many steps a second were done.
    update_freq : "epoch", "batch" or int
        Whether metrics are written after each epoch, or besides after each batch, or after so many
        batches. Where batches count, a summary of any kind is only written when their number in
        the training is a multiple, so that with 100 the epochs' own values may never be written:
        so it is in Keras.
    profile_batch : int, pair of int, or str
        Which batch, or the batches from which to which, to profile, counted from 1; 0 for none.
        TensorBoard shows it where its plugin is installed (`pip install xprof`).
    embeddings_freq : int
        After how many epochs the tables of `Embedding` layers are written, over the last ones, for
        the Projector page; 0 for never.
    embeddings_metadata : path, or dict of str to path
        A file that says what the rows of all tables are, or one for each layer's name: inside
        `log_dir`, and relative to it.
    histogram_gradients : bool
        Whether to write the gradients of the weights too, beside their histograms.
    histogram_activations : bool, optional
        Whether to write what the layers return, too; by default as for gradients.

    Raises
    ------
    ValueError
        For frequencies that are none; at the beginning of `fit`, for metadata of no layer.
    TypeError
        At the beginning of `fit`, for gradients or activations of a model that cannot be copied.

    Notes
    -----
    Summaries that the code of a model itself writes while it is trained (`nnlite.summary.scalar`
    in `call` or `train_step`) go to the same files where batches count; their step is by default
    the batch.

    With `update_freq="epoch"` nothing is done between the batches of an epoch.

    Gradients and activations are those of one training step on as many samples as a batch has, the
    first ones of the arrays that `fit` was given. It is done at the end of the epoch, on a copy of
    the model (`copy.deepcopy`): the training goes on with the same bits as without it.

    Examples
    --------
    >>> model.fit(x, y, epochs=30, validation_data=(x_valid, y_valid),
    ...           callbacks=[nnlite.callbacks.TensorBoard("my_logs/run_1")])
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
        *,
        histogram_gradients: bool = False,
        histogram_activations: bool | None = None,
    ) -> None:
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = whole(histogram_freq, "TensorBoard: histogram_freq", 0)
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = _checked(update_freq)
        self.embeddings_freq = whole(embeddings_freq, "TensorBoard: embeddings_freq", 0)
        self.embeddings_metadata = embeddings_metadata
        self.histogram_gradients = histogram_gradients
        self.histogram_activations = (
            histogram_gradients if histogram_activations is None else histogram_activations
        )
        if self._looks_inside and not self.histogram_freq:
            raise ValueError(
                "TensorBoard: histogram_freq=0 writes no histograms, so none of gradients or "
                "activations either; give histogram_freq=1 for each epoch"
            )
        batches = profiled_batches(profile_batch)
        every = None if self.update_freq == "epoch" else int(self.update_freq)
        self._train, self._validation = train_and_validation(self.log_dir, every)
        self._profiled = ProfiledBatches(batches, self._train.folder)
        self._now = self._train  # or the validation, while that runs
        self._only_ours = True  # no subclass wants to hear of each batch
        self._training = False
        self._graph_is_written = False
        self._batch_began = self._epoch_began = 0.0
        self._steps_before = 0  # the optimizer's, when the epoch began

    @property
    def _looks_inside(self) -> bool:
        """Whether a step is done on a copy of the model."""
        return bool(self.histogram_gradients or self.histogram_activations)

    def expect(self, expected: ExpectedLogs) -> ExpectedLogs:
        if self.embeddings_freq:
            check_metadata(self.model, self.log_dir, self.embeddings_metadata)
        if self._looks_inside:
            copy_of(self.model)
        return super().expect(expected)

    def listens(self, hook: str) -> bool:
        """As for every callback, but batches matter only where they count, or to a subclass."""
        if "batch" in hook and self._train.every is None and is_ours(getattr(self, hook)):
            return "train" in hook and bool(self._profiled.batches)
        return super().listens(hook)

    def stretch(self, steps: int) -> int:
        if not self._only_ours:
            return 1
        if self._now is self._train:
            steps = self._profiled.left(self._train.done, steps)
        return self._now.left(steps)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._only_ours = all(is_ours(getattr(self, hook)) for hook in HOOKS if "batch" in hook)

    # ------------------------------------------------------------------ hooks

    def on_train_begin(self, logs: Logs = None) -> None:
        self._training = True
        self._train.restart()
        self._write_graph()
        self._train.begin()

    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._train.begin_epoch()
        if self.write_steps_per_second:
            self._steps_before = int(self.model.optimizer.iterations)
            self._epoch_began = perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._write_graph()  # where somebody calls this alone
        self._write_epoch(epoch, logs or {})
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            with self._train.writer.as_default():
                write_weights(self.model, epoch, self.write_images)
                if self._looks_inside and self.model._fitting_now is not None:
                    wanted = self.histogram_gradients, self.histogram_activations
                    write_step(self.model, epoch, *wanted)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            write_embeddings(self.model, self.log_dir, self.embeddings_metadata)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._now.begin_batch(batch)
        self._batch_began = perf_counter()
        self._profiled.begin(int(self._now.batch), self.model.steps_per_execution)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        done = self._now.end_batch(batch)
        self._profiled.end(int(self._now.batch))
        if self._now.every is None or not self._now.due():
            return
        if self.write_steps_per_second:
            seconds = perf_counter() - self._batch_began
            logs = {"steps_per_second": done / seconds, **(logs or {})}
        self._now.scalars("batch_{}", logs, int(self._now.batch))

    def on_test_begin(self, logs: Logs = None) -> None:
        self._write_graph()
        self._now = self._validation
        self._validation.begin_epoch()
        self._validation.begin()

    def on_test_end(self, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        if optimizer is not None:
            with self._validation.writer.as_default():
                step = int(optimizer.iterations)
                self._validation.scalars("evaluation_{}_vs_iterations", logs, step)
        self._validation.end()
        self._now = self._train
        if not self._training:  # it was `evaluate`
            self._close()

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._now.begin_batch(batch)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._now.end_batch(batch)

    def failed(self, error: BaseException) -> None:
        self._close()

    def get_state(self) -> dict[str, Any]:
        return {"counted": [one.get_state() for one in (self._train, self._validation)]}

    def set_state(self, state: dict[str, Any]) -> None:
        for one, counted in zip((self._train, self._validation), state["counted"], strict=True):
            one.set_state(counted)

    def _close(self) -> None:
        """Close the files; what is written next begins others."""
        self._profiled.stop()
        self._validation.close()
        self._train.close()
        self._now = self._train
        self._training = self._graph_is_written = False

    # ------------------------------------------------------------------ what is written

    def _write_graph(self) -> None:
        """Write the layers, where the model is such that it knows how they are connected."""
        if not self.write_graph or self._graph_is_written:
            return
        self._graph_is_written = True
        with self._train.writer.as_default():
            if {"Functional", "Sequential"} & {kind.__name__ for kind in type(self.model).__mro__}:
                _write_layers(self.model)

    def _write_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        if not logs:
            return
        of_validation = {name[4:]: logs[name] for name in logs if name.startswith("val_")}
        of_training = {name: logs[name] for name in logs if not name.startswith("val_")}
        if self.model.optimizer is not None:
            of_training["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            steps = int(self.model.optimizer.iterations) - self._steps_before
            of_training["steps_per_second"] = steps / (perf_counter() - self._epoch_began)
        with self._train.writer.as_default():
            self._train.scalars("epoch_{}", of_training, epoch)
        if of_validation:
            with self._validation.writer.as_default():
                self._validation.scalars("epoch_{}", of_validation, epoch)


def _checked(update_freq: Any) -> str | int:
    """Return "epoch" or a number of batches."""
    if update_freq in ("epoch", "batch"):
        return 1 if update_freq == "batch" else "epoch"
    try:
        return whole(update_freq, "update_freq", 1)
    except ValueError:
        raise ValueError(
            "TensorBoard: update_freq must be 'epoch', 'batch' or a number of batches, got "
            f"{update_freq!r}"
        ) from None


def _write_layers(model: Any) -> None:
    from ..summary import graph  # the floor above

    try:
        graph(model)
    except (TypeError, ValueError, NotImplementedError) as error:
        warnings.warn(f"TensorBoard: there is no graph of {model.name!r}: {error}", stacklevel=2)
