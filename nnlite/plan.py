"""The replay: one step is recorded as a list of kernel calls, and from then on only these are run.

A step of a model whose graph cannot change is the same kernel calls each time, on the same arrays;
what differs is which rows are gathered, the step's number and a scheduled learning rate. So the
second step of its kind is recorded while it runs as ever, on the tape, and the steps after it are
replayed by the compiled loop of `_kernels/executor.pyx`, without Python and without the GIL. No
mathematics stands here or there.

Nothing is replayed blindly. While a step is recorded, every array that a kernel reads must be
known: the data, a weight, the state of an optimizer or a metric, or what an earlier kernel of the
step has written. Whatever else had a hand in it (numpy, or an op that is no kernel) shows up as an
array that nobody knows, and such steps stay on the tape. So do those in which code of the user's
own takes part, since that may do something else the next time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _kernels
from .data import ArrayBatches
from .layers import Layer
from .objective import Objective
from .tape import ONES
from .tensor import Array

if TYPE_CHECKING:
    from .training import Trainer

#: Seconds after which replayed steps come back to Python, which then looks for Ctrl-C.
STRETCH = 0.05


class Steps:
    """The steps of a run over batches: on the tape at first, then replayed where that is possible.

    Parameters
    ----------
    model : Trainer
        Compiled and built.
    mode : "train" or "test"
    batches : ArrayBatches
    """

    def __init__(self, model: Trainer, mode: str, batches: ArrayBatches) -> None:
        self.model = model
        self.batches = batches
        self.train = mode == "train"
        self.step = model.train_step if self.train else model.test_step
        self.replays = all(map(_is_ours, _parts(model, self.step))) and all(
            column is None or column.gathers for column in batches.columns
        )
        self.plans: dict[Any, Any] = {}
        self.at_once = 1  # how many replayed steps fill a stretch

    def run(self, rows: Array, steps: int) -> None:
        """Do `steps` steps of equal size on the samples at `rows`, in order."""
        size = len(rows) // steps
        while steps:
            plan = self._plan(size)
            done = 1 if plan is None else min(steps, self.at_once)
            if plan is None:
                self._on_tape(rows[:size])
            else:
                self._replay(plan, rows[: done * size], done)
            rows, steps = rows[done * size :], steps - done

    # ------------------------------------------------------------------ on the tape

    def _on_tape(self, rows: Array) -> None:
        """Do one step on the tape, and record it where it is the second of its kind."""
        key = self._key(len(rows))
        if not self.replays or key not in self.plans:
            self.plans[key] = None  # the first step makes what is made only once
            self.step(self.batches.gather(rows))
            return
        rows = rows.copy()  # a window, which moves when the step is replayed
        recorder = Recorder([rows, *self._known()])
        with _kernels.recording(recorder.note):
            self.step(self.batches.gather(rows))
        if recorder.stranger is None:
            cells = [cell for cell, _ in self._moving(0)]
            self.plans[key] = _kernels.plan(recorder.calls, [rows, *cells])
        else:
            self.replays = False

    def _known(self) -> Iterator[Array | None]:
        """Everything that is there before a step and stays."""
        yield from ONES.values()
        for column in self.batches.columns:
            if column is not None:
                yield from (column.rows, column.buffer)
        yield from (weight.data for weight in self.model.weights)
        yield from (number.data for number in self.model.optimizer.variables)
        yield from self.model._compiled.state()

    def _moving(self, steps: int) -> list[tuple[Array, Array]]:
        """Return the optimizer's numbers that move on, with their values in the next steps."""
        return self.model.optimizer.moving(steps) if self.train else []

    # ------------------------------------------------------------------ replayed

    def _plan(self, size: int) -> Any:
        if not self.replays or _kernels.active() != "compiled":
            return None
        return self.plans.get(self._key(size))

    def _key(self, size: int) -> Any:
        """All that a recording depends on; where something changes, the step is recorded anew."""
        model, optimizer = self.model, self.model.optimizer
        weights = tuple((id(weight), weight.trainable) for weight in model.weights)
        layers = tuple(id(layer) for layer in model.layers)
        settings = (id(optimizer), optimizer.settings()) if self.train else None
        return size, layers, weights, id(model._objective), settings

    def _replay(self, plan: Any, rows: Array, steps: int) -> None:
        began = time.perf_counter()
        plan.run(steps, rows, *(values for _, values in self._moving(steps)))
        if self.train:
            self.model.optimizer.iterations.data += steps
        seconds = max(time.perf_counter() - began, 1e-9)
        self.at_once = max(1, int(steps * STRETCH / seconds))


class Recorder:
    """Notes the kernel calls of a step, and whether anything else had a hand in it.

    Parameters
    ----------
    known : iterable of arrays
        What the step may read: all that is there before it and stays.

    Attributes
    ----------
    calls : list of (kernel's name, its arguments)
    stranger : str or None
        Which call first read an array that is neither known nor made by an earlier call.
    """

    def __init__(self, known: Iterable[Array | None]) -> None:
        owners = [_owner(array) for array in known if array is not None]
        self.known = {id(owner): owner for owner in owners}  # kept, so that no id is used again
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.stranger: str | None = None

    def note(self, kernel: str, arguments: tuple[Any, ...]) -> None:
        """Note a call, just before it runs."""
        reads, writes = _kernels.reads_and_writes(kernel)
        for place in reads:
            array = arguments[place]
            fresh = place in writes or array is None
            if not fresh and id(_owner(array)) not in self.known:
                self.stranger = self.stranger or f"{kernel}, argument {place}"
        for place in writes:
            if arguments[place] is not None:
                owner = _owner(arguments[place])
                self.known[id(owner)] = owner
        self.calls.append((kernel, arguments))


def _owner(array: Array) -> Array:
    """Return the array that owns the memory which `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _parts(model: Trainer, step: Any) -> Iterator[Any]:
    """Everything whose code takes part in a step."""
    yield step
    yield model.optimizer
    yield from _inside(model)
    objective: Objective = model._compiled
    for part in (objective.loss_function, *objective.all_metrics):
        yield part
        yield from filter(callable, vars(part).values())


def _inside(layer: Layer) -> Iterator[Any]:
    yield layer
    yield from (value for value in vars(layer).values() if callable(value))
    for inner in layer._owned(Layer):
        yield from _inside(inner)


def _is_ours(part: Any) -> bool:
    """Whether nnlite itself has written a function, or the class of an object."""
    return str(getattr(part, "__module__", "")).partition(".")[0] == __name__.partition(".")[0]
