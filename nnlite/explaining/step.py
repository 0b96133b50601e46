"""Does one training step on a copy of a model, and watches it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _kernels
from ..data import pack_x_y_sample_weight
from ..feeding import array_batches
from ..model_state import optimizers_of
from ..naming import names_kept
from ..random import states
from ..samples import checked_samples
from ..streams import stream_of
from ..structures import leaves_by_path, show_path
from ..tape import watched_by
from ..tensor import Array, Parameter
from . import formulas
from .recorder import Recorder
from .records import Op, Slot, Step, Update, Value


def copy_of(model: Any, what: str) -> Any:
    """Return a copy of a model with all that a step changes.

    Raises
    ------
    TypeError
        Where something in the model cannot be copied; `what` says who needs the copy.
    """
    try:
        return copy.deepcopy(model)
    except Exception as error:
        raise TypeError(
            f"{what} works on a copy of the model, and {model.name!r} cannot be copied "
            f"({type(error).__name__}: {error}); let what it keeps as attributes be copied by "
            "copy.deepcopy, or give the class a __deepcopy__"
        ) from error


def watched_step(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    *,
    what: str,
    most: int | None = None,
) -> Watched:
    """Do one training step of samples, at most so many, on a copy of a model that is compiled.

    `what` is the name of the function that does it, for messages.
    """
    if not hasattr(type(model), "train_step"):
        raise TypeError(f"{what} takes a model that is compiled, got {type(model).__name__}")
    if stream_of(x) is not None:
        raise ValueError(
            f"{what}: x comes batch by batch; give the arrays of one, as in {what}(model, *batch)"
        )
    with states.kept(), names_kept():
        twin = copy_of(model, what)
        samples = checked_samples(twin, x, y, sample_weight, class_weight)
        if most is not None and samples.size > most:
            raise ValueError(
                f"{what}: a step of {samples.size} samples is too much to read; give a few, as in "
                f"{what}(model, x[:4], y[:4])"
            )
        twin.reset_metrics()
        batch = next(iter(array_batches(twin, samples, samples.size)))
        return Watched(twin, batch)


class Watched:
    """A training step of a model on a batch, done once and watched.

    The model is changed by it, the random streams and the automatic names are not.

    Parameters
    ----------
    model : Trainer
        Compiled and built.
    batch : (x, y, sample_weight)

    Attributes
    ----------
    recorder : Recorder
    logs : what `train_step` has returned
    """

    def __init__(self, model: Any, batch: Any) -> None:
        self.model, self.batch = model, batch
        self.before = {id(one): np.array(one.data) for one in numbers_of(model)}
        self.recorder = Recorder(dict(_named(batch)), model)
        noted = _kernels.recording(self.recorder.note)
        with states.kept(), names_kept(), watched_by(self.recorder), noted:
            self.logs = model.train_step(pack_x_y_sample_weight(*batch))

    def records(self) -> Step:
        """Return what was seen."""
        model, objective = self.model, self.model._compiled
        targets = self.recorder.targets
        losses = [output.loss_function for output in objective.trained]
        ops = _leading_to(targets, self.recorder.ops)
        for place, op in enumerate(ops, 1):
            op.renumber(place)
        inputs = [Value(name, kind, np.array(array)) for name, (kind, array) in _named(self.batch)]
        return Step(
            model.name,
            _kernels.active(),
            len(inputs[0].data),
            targets[-1] if targets else None,
            "; ".join(formulas.of_part(one) for one in losses),
            formulas.of_part(model.optimizer),
            inputs,
            ops,
            [*self._updates()],
            dict(self.logs),
        )

    def _updates(self) -> Iterator[Update]:
        trained = {id(one) for one in self.model.trainable_weights}
        for weight in self.model.weights:
            value, after = self.recorder.value_of(weight), np.array(weight.data)
            made = after if value is None else value.data  # if the step has made the weight itself
            before = self.before.get(id(weight), made)
            calls = self.recorder.updates.get(id(weight.data), [])
            if id(weight) in trained or calls or not np.array_equal(before, after, equal_nan=True):
                name = self.recorder.short_path(weight)
                gradient = None if value is None else value.gradient
                slots, constraint = self._slots(weight), formulas.of_part(weight.constraint)
                mine = id(weight) in trained
                yield Update(name, before, after, gradient, calls, slots, constraint * mine, mine)

    def _slots(self, weight: Parameter) -> list[Slot]:
        return [
            Slot(name, self.before.get(id(slot)), np.array(slot.data))
            for optimizer in optimizers_of(self.model)
            for name, slot in optimizer._state.get(weight, {}).items()
        ]


def numbers_of(model: Any) -> Iterator[Parameter]:
    """Yield all that a step changes: the model's variables, and those of its optimizers."""
    yield from model.variables
    for optimizer in optimizers_of(model):
        yield from optimizer.variables


def _named(batch: Any) -> Iterator[tuple[str, tuple[str, Array]]]:
    """Yield the arrays of a batch with their names and kinds; of a structure one by one."""
    kinds = {"x": "input", "y": "target", "sample_weight": "target"}
    for (name, kind), structure in zip(kinds.items(), batch, strict=True):
        for path, array in leaves_by_path(structure):
            if array is not None:
                yield f"{name}{show_path(path)}", (kind, array)


def _leading_to(targets: list[Value], ops: list[Op]) -> list[Op]:
    """Return the ops that some values depend on, in order; all where there are no such values."""
    if not targets:
        return ops
    needed = {id(target.maker) for target in targets if target.maker is not None}
    for op in reversed(ops):
        if id(op) in needed:
            needed |= {id(argument.value.maker) for argument in op.arguments}
    return [op for op in ops if id(op) in needed]
