"""What the checks look at: a model, its data, and what one step of it shows."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..explaining.records import Op, Step
from ..explaining.step import Watched, copy_of, numbers_of
from ..feeding import array_batches, unpacked_validation
from ..losses import Loss
from ..samples import Samples, checked_samples, has_no_call, split_samples
from ..sources import as_rows, is_array
from ..streams import stream_of
from ..structures import leaves_by_path, show_path
from ..tensor import Array, Tensor, raw
from ..tree import flatten, map_structure
from .findings import NotLookedAt, RateTest

#: How many samples the watched step has, and how many one of a training where nobody says.
PROBE, BATCH = 1000, 32

#: Fewer samples may all be anything, by chance.
FEWEST = 10

Batch = tuple[Any, Any, Any]


class Head(NamedTuple):
    """An output with what it is taught.

    Attributes
    ----------
    name : str
        "the output", or which of several.
    loss : Loss
    targets : (N, ...) array
        All of them, checked and in form.
    y_true : array
        Those of the probe.
    y_pred : Tensor
        What the model says of the probe.
    sample_weight : array or None
        Of the probe.
    loss_weight : float
    """

    name: str
    loss: Loss
    targets: Array
    y_true: Array
    y_pred: Tensor
    sample_weight: Array | None
    loss_weight: float

    @property
    def function(self) -> str:
        """The name of the function that y_pred comes from; "" where that is not known."""
        if getattr(self.y_pred, "logits", None) is not None:
            return "softmax"
        if getattr(self.y_pred, "log_odds", None) is not None:
            return "sigmoid"
        node = self.y_pred.node
        if node is None:
            return ""
        return str(node.saved.get("activation", node.op.name.lstrip("_")))


class Patient:
    """A model with the data that it is to be trained on; nothing of either is changed.

    Parameters
    ----------
    model : Model
        Compiled.
    x, y, sample_weight, class_weight, validation_split, validation_data, batch_size, shuffle
        As in `fit`.

    Attributes
    ----------
    model : Model
        A copy, which is built. It is only looked at: for what changes a model ask for a `twin`.
    refusal : str or None
        What `fit` would say of the data, if it would refuse them; then there are no `samples`.
    samples : Samples
    parts : (Samples, Samples or None)
        What is trained on, and what is held out.
    rate_test : RateTest or None
        Of the check of the learning rate, once it is made.
    """

    rate_test: RateTest | None = None

    def __init__(
        self,
        model: Any,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        validation_split: float,
        validation_data: Any,
        batch_size: int,
        shuffle: bool,
    ) -> None:
        _refuse_streams(x, validation_data)
        self.model = copy_of(model, "doctor")
        self.model._compiled  # noqa: B018  refused where it is not compiled
        self.x, self.y = x, y
        self.validation_split, self.validation_data = validation_split, validation_data
        self.batch_size, self.shuffle = batch_size, shuffle
        self.refusal: str | None = None
        try:
            self.samples: Samples = checked_samples(self.model, x, y, sample_weight, class_weight)
            self.parts = self._parts()
        except (TypeError, ValueError) as error:
            self.refusal = str(error)

    # ------------------------------------------------------------------ data

    def _parts(self) -> tuple[Samples, Samples | None]:
        if self.validation_data is not None:
            x, y, sample_weight = unpacked_validation(self.validation_data)
            given = checked_samples(self.model, x, y, sample_weight, None, "validation ")
            return self.samples, given
        if self.validation_split == 0:
            return self.samples, None
        return split_samples(self.samples, self.validation_split)

    @functools.cached_property
    def inputs(self) -> list[tuple[str, Array]]:
        """The arrays of the inputs that are in memory, with their names; as they were given."""
        given = self.x if self.refusal else self.samples.x
        found = []
        for path, leaf in leaves_by_path(given, _is_leaf):
            name = f"x{show_path(path)}"
            try:
                rows = as_rows(leaf, name)
            except (TypeError, ValueError):
                continue  # the refusal says it
            if isinstance(rows, np.ndarray) and rows.ndim:
                found.append((name, rows))
        return found

    @property
    def size(self) -> int:
        """The number of samples, as far as it is known."""
        if self.refusal is None:
            return self.samples.size
        return len(self.inputs[0][1]) if self.inputs else 0

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield batches of the samples without end, in an order that is always the same.

        Each is valid until the next one.
        """
        shuffled = np.random.default_rng(0)
        batches = array_batches(self.model, self.samples, size, shuffled)
        while True:
            yield from batches

    @functools.cached_property
    def probe(self) -> Batch:
        """Some samples, picked at random."""
        return next(self.batches(PROBE))

    # ------------------------------------------------------------------ the model

    @functools.cached_property
    def broken(self) -> list[str]:
        """The model's weights, and what its optimizer keeps, that are not finite."""
        root = f"{self.model.path}/"
        return [
            one.path.removeprefix(root)
            for one in numbers_of(self.model)
            if one.data.dtype.kind == "f" and not np.isfinite(one.data).all()
        ]

    @property
    def obstacle(self) -> str:
        """Why no step can be done; "" where one can."""
        if self.refusal is not None:
            return "fit() refuses the data"
        return "there are weights that are not finite" if self.broken else ""

    def twin(self) -> Any:
        """Return a copy of the model, to do with what one likes."""
        twin = copy_of(self.model, "doctor")
        twin.reset_metrics()
        return twin

    @functools.cached_property
    def _watched(self) -> Watched:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of weights that get no gradient there is a check
            return Watched(self.twin(), self.probe)

    @functools.cached_property
    def step(self) -> Step:
        """The records of a training step on the probe."""
        return self._watched.records()

    @functools.cached_property
    def next_step(self) -> Step:
        """The records of a second one."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Watched(copy_of(self.stepped, "doctor"), self.probe).records()

    @property
    def stepped(self) -> Any:
        """The model that has done that step."""
        return self._watched.model

    @property
    def ops(self) -> list[Op]:
        """All ops of that step in order, also those that the loss does not depend on."""
        self.step  # noqa: B018  which gives them their numbers
        return self._watched.recorder.ops

    @functools.cached_property
    def heads(self) -> list[Head]:
        """The outputs that are trained, with what they say of the probe."""
        return self.heads_of(self.probe)

    def heads_of(self, batch: Batch) -> list[Head]:
        """Return the outputs that are trained, with what they say of a batch."""
        if has_no_call(self.model):
            raise NotLookedAt("the model is never called itself, it has a train_step of its own")
        twin = self.twin()
        x, y, sample_weight = batch
        objective = twin._compiled
        if not objective.trained:
            raise NotLookedAt("no output has a loss")
        y_pred = twin(as_tensors(x), training=True)
        several = len(objective.outputs) > 1
        names = objective.slots.names
        targets = (
            objective.slots.split(self.samples.y, "y", nested=True) if several else [self.samples.y]
        )
        pairs = objective._by_output(y, y_pred, sample_weight)
        return [
            Head(
                f"the output {name!r}" if several else "the output",
                output.loss_function,
                every,
                np.array(raw(y_true)),
                prediction,
                weights,
                output.loss_weight,
            )
            for name, every, (output, y_true, prediction, weights) in zip(
                names, targets, pairs, strict=True
            )
            if output.loss_function is not None and y_true is not None
        ]


def as_tensors(x: Any) -> Any:
    """Return the arrays of a batch's inputs as tensors."""
    return map_structure(lambda one: Tensor(one, False), x)


def data_loss(model: Any, batch: Batch) -> float:
    """Return the loss of a batch in training, without the penalties on weights.

    Of a model with a `compute_loss` of its own, or without a loss of `compile`, the whole.
    """
    x, y, sample_weight = batch
    if has_no_call(model):
        raise NotLookedAt("the model is never called itself, it has a train_step of its own")
    y_pred = model(as_tensors(x), training=True)
    loss = (
        None if has_own(model, "compute_loss") else model._compiled.loss(y, y_pred, sample_weight)
    )
    if loss is None and not model.losses and not has_own(model, "compute_loss"):
        raise NotLookedAt("only the model's own train_step knows its loss")
    if loss is None:
        loss = model.compute_loss(x, y, y_pred, sample_weight, training=True)
    return float(raw(loss))


def has_own(model: Any, method: str) -> bool:
    """Whether a model has such a method that is not nnlite's."""
    own = (one for one in type(model).__mro__ if not one.__module__.startswith("nnlite."))
    return any(method in vars(one) for one in own)


def _refuse_streams(x: Any, validation_data: Any) -> None:
    for name, data in (("x", x), ("validation_data", validation_data)):
        if data is not None and stream_of(data) is not None:
            raise ValueError(
                f"doctor: {name} comes batch by batch, and the checks look at samples here and "
                "there; give arrays, such as some hundred samples of it"
            )


def _is_leaf(value: Any) -> bool:
    """Whether it is one array, or a list of numbers, and no structure of several inputs."""
    return is_array(value) or not any(is_array(one) for one in flatten(value))
