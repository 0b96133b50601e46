"""The replay: one step is recorded as a list of kernel calls, and from then on only these are run.

A step of a model whose graph cannot change is the same kernel calls each time, on the same arrays;
what differs is which rows are gathered, the step's number and a scheduled learning rate. So the
second step of its kind is recorded while it runs as ever, on the tape, and the steps after it are
replayed by the compiled loop of `_kernels/executor.pyx`, without Python and without the GIL. What
is replayed is the recorded list as `lowering.py` arranges it: some calls fused or moved forward,
and large arrays that only the step itself needs in memory of the plan's own, which those share
that are not needed at the same time. No mathematics stands in any of the three.

Nothing is replayed blindly. While a step is recorded, every array that a kernel reads must be
known: the data, a weight, the state of an optimizer or a metric, or what an earlier kernel of the
step has written. Whatever else had a hand in it (numpy, or an op that is no kernel) shows up as an
array that nobody knows, and such steps stay on the tape. So do those in which code of the user's
own takes part, since that may do something else the next time. And where an attribute of a layer,
weight, optimizer, loss or metric is set, all of them are compared with what they were.

What this asks of nnlite's own layers, losses, metrics and optimizers: they change known arrays by
kernels only, and decide nothing by looking at values.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from . import _kernels, spans
from .changes import Watch
from .data import joined, pack_x_y_sample_weight
from .inputs import held_dtypes, within
from .layers import Layer
from .lowering import Call, lowered, owner_of
from .objective import Objective
from .origins import origin
from .registry import Configurable, is_ours
from .tape import ONES
from .tensor import Array, Tensor
from .tree import flatten, is_nested, map_structure, pack

#: How many shapes of a batch a model keeps recorded for its predictions.
MOST_PLANS = 4

#: Seconds after which replayed steps come back to Python, which then looks for Ctrl-C.
STRETCH = 0.05


class Steps:
    """The steps of a run over batches: on the tape at first, then replayed where that is possible.

    Parameters
    ----------
    model : Trainer
        Compiled and built; `run_eagerly` keeps it on the tape.
    mode : "train" or "test"
    batches : ArrayBatches or StreamBatches

    Attributes
    ----------
    guards_loss : bool
        Whether `run` is to return after the step that leaves a loss which is not finite. To be set
        before the first step.
    """

    def __init__(self, model: Any, mode: str, batches: Any) -> None:
        self.model = model
        self.batches = batches
        self.train = mode == "train"
        self.name = f"{mode} step"  # in a profile
        self.replays = False
        self.plans: dict[Any, Any] = {}  # by size of batch and kind; None after the first step
        self.watch = Watch(self._parts)
        self.at_once = 1  # how many replayed steps fill a stretch
        self.logs: Any = None  # what a step on the tape has returned
        self.witness: Any = None  # is told of each single step, before and after it
        self.guards_loss = False
        self._columns = batches.columns  # those that the plans are for

    def results(self) -> dict[str, Any]:
        """Return the means so far, or what a step that is not replayed has returned."""
        if self.replays or self.logs is None:
            return self.model.get_metrics_result()
        return self.logs

    def run(self, rows: Array, steps: int) -> int:
        """Do `steps` steps of equal size on the samples at `rows`, in order; return how many.

        They are fewer only where the loss is guarded and is lost.
        """
        size, left = len(rows) // steps, steps
        while left:
            kind, alike = self.model.optimizer.alike(left) if self.train else (None, left)
            key = size, kind
            plan = self._plan(key)
            done = 1 if plan is None or self.witness else min(alike, self.at_once)
            if self.witness:
                self.witness.before_step(rows[:size])
            if plan is None:
                spans.timed("step", self.name, self._on_tape, rows[:size], key)
            else:
                done = self._replay(plan, rows[: done * size], done)
            if self.witness:
                self.witness.after_step()
            rows, left = rows[done * size :], left - done
            if self.guards_loss and not math.isfinite(self._guard()[0]):
                break
        return steps - left

    # ------------------------------------------------------------------ on the tape

    def _on_tape(self, rows: Array, key: Any) -> None:
        """Do one step on the tape, and record it where it is the second of its kind."""
        step = self._step()
        if not self.replays or key not in self.plans:
            self.plans[key] = None  # the first step makes what is made only once
            self.logs = step(pack_x_y_sample_weight(*self.batches.gather(rows)))
            return
        rows = rows.copy()  # a window, which moves when the step is replayed
        known = [rows, *self._known()]
        recorder = Recorder(known)
        with _kernels.recording(recorder.note):
            self.logs = step(pack_x_y_sample_weight(*self.batches.gather(rows)))
        if recorder.stranger is None and self._has_looked_at(recorder.looked_up):
            windows = [rows, *(cell for cell, _ in self._moving(0))]
            counter = self.model.optimizer._iterations.data if self.train else None
            guard = self._guard() if self.guards_loss else None
            self.plans[key] = Recorded(lowered(recorder.calls, known), windows, counter, guard)
        else:
            self.replays = False

    def _has_looked_at(self, tables: dict[int, int]) -> bool:
        """Whether all ids of the data are rows of the tables that they are looked up in."""
        bounds = {
            id(owner_of(column.buffer)): column.bounds
            for column in self.batches.columns
            if tables and column is not None and column.buffer.dtype.kind == "i"
        }
        found = [(bounds.get(owner), rows) for owner, rows in tables.items()]
        return all(one is not None and -1 < one[0] <= one[1] < rows for one, rows in found)

    def _known(self) -> Iterator[Array | None]:
        """Everything that is there before a step and stays."""
        yield from ONES.values()
        yield from constants(self.model)
        for column in self.batches.columns:
            if column is not None:
                yield from (column.rows, column.buffer)
        yield from (variable.data for variable in self.model.variables)
        yield from (number.data for number in self.model.optimizer.variables)
        yield from self.model._compiled.state()

    def _guard(self) -> Array:
        """Return the array whose first number is not finite once a loss was not."""
        state: Array = self.model._compiled.mean_loss.state
        return state

    def _moving(self, steps: int) -> list[tuple[Array, Array]]:
        """Return the optimizer's numbers that move on, with their values in the next steps."""
        return self.model.optimizer.moving(steps) if self.train else []

    # ------------------------------------------------------------------ replayed

    def _plan(self, key: Any) -> Any:
        if self.watch.changed() or self._columns is not self.batches.columns:
            self._columns = self.batches.columns
            self.plans.clear()
            self.replays = self._may_replay()
        if not self.replays or not _kernels.replayable():
            self.plans.clear()
            return None
        return self.plans.get(key)

    def _may_replay(self) -> bool:
        columns = (column for column in self.batches.columns if column is not None)
        return (
            not self.model.run_eagerly
            and is_ours(self._step())
            and _all_ours(self._parts())
            and all(column.gathers for column in columns)
        )

    def _parts(self) -> Iterator[Any]:
        yield from _inside(self.model)
        yield from _around(self.model)

    def _step(self) -> Any:
        return self.model.train_step if self.train else self.model.test_step

    def _replay(self, plan: Any, rows: Array, steps: int) -> int:
        began = time.perf_counter()
        done: int = plan.run(steps, rows, *(values for _, values in self._moving(steps)))
        self.at_once = _fitting(done, time.perf_counter() - began)
        return done


class Predictor:
    """The forward pass of a model, replayed where that is possible. A model keeps its own.

    Parameters
    ----------
    model : Trainer
        Built.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.plans: dict[Any, Any] = {}  # by the shape of a batch
        self.watch = Watch(lambda: _inside(model))
        self.lock = threading.Lock()  # a plan has one set of arrays
        self.at_once = 1  # how many replayed steps fill a stretch

    def run(self, x: Any, steps: int) -> Any:
        """Return the outputs for x, computed in `steps` batches of equal size.

        Parameters
        ----------
        x : (steps x size, ...) array, or list, tuple or dict of such, one for each input
        steps : int
        """
        leaves = flatten(x)
        arrays = [*map(np.ascontiguousarray, leaves, held_dtypes(self.model, len(leaves)))]
        size = len(arrays[0]) // steps
        if self.lock.acquire(False):  # not where another thread is at work
            try:
                plan = self._plan(x, arrays, size)
                if plan is not None and plan.has_rows_for(arrays):
                    return self._replay(plan, arrays, steps)
            finally:
                self.lock.release()
        x = pack(x, arrays)
        return joined([self.on_tape(_rows(x, step * size, size)) for step in range(steps)])

    def _replay(self, plan: Any, arrays: list[Array], steps: int) -> Any:
        began = time.perf_counter()
        outputs = [np.empty((steps * size, *shape), dtype) for size, shape, dtype in plan.shapes]
        plan.calls.run(steps, *arrays, *outputs)
        self.at_once = _fitting(steps, time.perf_counter() - began)
        return outputs[0] if plan.structure is None else pack(plan.structure, outputs)

    def _plan(self, x: Any, arrays: list[Array], size: int) -> Any:
        replayable = _kernels.replayable()
        if self.watch.changed() or not replayable:
            self.plans.clear()
        if not replayable:
            return None
        shape = arrays[0].shape[1:] if x is arrays[0] else _described(x)
        key = size, shape
        if key not in self.plans:
            while len(self.plans) >= MOST_PLANS:
                del self.plans[next(iter(self.plans))]
            self.plans[key] = self._record(pack(x, (one[:size].copy() for one in arrays)))
        return self.plans[key]

    def _record(self, batch: Any) -> Any:
        """Record the forward pass of a batch of its own; None where it cannot be replayed."""
        model = self.model
        ours = is_ours(model.predict_step) and _all_ours(_inside(model))
        if model.run_eagerly or not ours:
            return None
        windows = flatten(batch)  # they move when the pass is replayed
        known = [*windows, *constants(model), *(one.data for one in model.variables)]
        recorder = Recorder(known)
        with _kernels.recording(recorder.note):
            y = model.predict_step(pack_x_y_sample_weight(batch))
        if recorder.stranger is not None or not all(map(recorder.has_made, flatten(y))):
            return None
        outputs = [one.data for one in flatten(y)]
        if len({id(owner_of(one)) for one in outputs}) < len(outputs):
            return None  # an output that is given twice is one array, and no two windows
        looked_up = [recorder.looked_up.pop(id(owner_of(window)), None) for window in windows]
        tables = [(place, rows) for place, rows in enumerate(looked_up) if rows is not None]
        if recorder.looked_up:
            return None
        calls = Recorded(lowered(recorder.calls, [*known, *outputs]), [*windows, *outputs])
        shapes = [(len(one), one.shape[1:], one.dtype) for one in outputs]
        return Pass(calls, shapes, map_structure(len, y) if is_nested(y) else None, tables)

    def on_tape(self, x: Any) -> Any:
        """Return the outputs for a batch, which may be of several inputs."""
        # A copy: what a model that only reshapes returns lies in the batch itself.
        with spans.span("step", "predict step"):
            return map_structure(_copied, self.model.predict_step(pack_x_y_sample_weight(x)))


class Recorded:
    """Recorded calls, ready to be replayed.

    Parameters
    ----------
    calls : list of Call
    windows, counter, guard
        See the executor's `Plan`.
    """

    def __init__(
        self, calls: list[Call], windows: list[Array], counter: Any = None, guard: Any = None
    ) -> None:
        self.calls = calls
        self.plan = _kernels.plan([call[:2] for call in calls], windows, counter, guard)

    def run(self, steps: int, *arrays: Array) -> int:
        """Do some steps; where a profile listens, with a look at the clock after each call.

        Returns
        -------
        int
            How many were done.
        """
        listener = spans.listener  # another thread may end its profile meanwhile
        if listener is None:
            done: int = self.plan.run(steps, *arrays)
            return done
        readings = self.plan.run_timed(steps, *arrays)
        listener.replayed(self.calls, readings)
        return len(readings)


class Pass(NamedTuple):
    """A recorded forward pass.

    Attributes
    ----------
    calls : Recorded
    shapes : list of (rows, shape of a sample, dtype)
        Of the outputs of a batch.
    structure : structure of outputs, None of a single one
    tables : list of (place, rows)
        Of each input that holds ids: how many rows the table has that they are looked up in.
    """

    calls: Any
    shapes: list[tuple[int, tuple[int, ...], Any]]
    structure: Any
    tables: list[tuple[int, int]]

    def has_rows_for(self, arrays: list[Array]) -> bool:
        """Whether all ids in the inputs are in their tables: a replay does not look at them."""
        return not self.tables or all(within(arrays[place], rows) for place, rows in self.tables)


class Recorder:
    """Notes the kernel calls of a step, and whether anything else had a hand in it.

    Parameters
    ----------
    known : iterable of arrays
        What the step may read: all that is there before it and stays.

    Attributes
    ----------
    calls : list of Call
    stranger : str or None
        Which call first read an array that is neither known nor made by an earlier call.
    written : set of int
        The ids of the arrays whose memory the calls write.
    looked_up : dict of int to int
        By the id of an array that holds ids for `take_rows`, how many rows the table has. A plan
        looks at no values, so somebody has to have looked at these.
    """

    def __init__(self, known: Iterable[Array | None]) -> None:
        owners = [owner_of(array) for array in known if array is not None]
        self.known = {id(owner): owner for owner in owners}  # kept, so that no id is used again
        self.calls: list[Call] = []
        self.stranger: str | None = None
        self.written: set[int] = set()
        self.looked_up: dict[int, int] = {}

    def note(self, kernel: str, arguments: tuple[Any, ...]) -> None:
        """Note a call, just before it runs."""
        reads, writes = _kernels.reads_and_writes(kernel)
        for place in reads:
            array = arguments[place]
            fresh = place in writes or array is None
            if not fresh and id(owner_of(array)) not in self.known:
                self.stranger = self.stranger or f"{kernel}, argument {place}"
        for place in writes:
            if arguments[place] is not None:
                owner = owner_of(arguments[place])
                self.known[id(owner)] = owner
                self.written.add(id(owner))
        if kernel == "take_rows":
            table, ids = len(arguments[0]), id(owner_of(arguments[1]))
            self.looked_up[ids] = min(table, self.looked_up.get(ids, table))
        self.calls.append(Call(kernel, arguments, (origin(),)))

    def has_made(self, result: Any) -> bool:
        """Whether a result is a tensor that the calls have written as a whole."""
        if not isinstance(result, Tensor):
            return False
        array, owner = result.data, owner_of(result.data)
        whole = array.flags.c_contiguous and array.nbytes == owner.nbytes
        return array.ndim > 0 and whole and id(owner) in self.written


def _fitting(steps: int, seconds: float) -> int:
    """How many steps fill a stretch, after `steps` of them have taken `seconds`."""
    return int(steps * STRETCH / (seconds + 1e-9)) or 1


def _rows(x: Any, first: int, count: int) -> Any:
    """Return some rows of each array of x."""
    return map_structure(lambda one: one[first : first + count], x)


def _described(x: Any) -> str:
    """Say what structure x has, and of which shape the rows of its arrays are."""
    return repr(map_structure(lambda one: one.shape[1:], x))


def _copied(output: Any) -> Array:
    return output.data.copy() if isinstance(output, Tensor) else np.array(output)


def _inside(model: Layer) -> Iterator[Any]:
    """Yield all layers, weights and their settings: what a forward pass depends on."""
    for layer, weights, _ in model._inside():
        for part in (layer, *weights):
            yield part
            yield from (value for value in vars(part).values() if _is_setting(value))


def constants(model: Layer) -> Iterator[Array]:
    """Yield the arrays that layers keep beside their weights; a new one is a change."""
    for layer, _, _ in model._inside():
        yield from (value for value in vars(layer).values() if isinstance(value, np.ndarray))


def _is_setting(value: Any) -> bool:
    """Whether a part of a layer has settings of its own: a regularizer, a constraint, ..."""
    return isinstance(value, Configurable) and not isinstance(value, Layer)


def _around(model: Any) -> Iterator[Any]:
    """Yield what else takes part in a step: optimizer, loss and metrics."""
    objective: Objective = model._compiled
    yield model.optimizer
    yield from objective.parts()


def _all_ours(parts: Iterable[Any]) -> bool:
    """Whether no code of the user's own is in some objects, nor in what they call."""
    for part in parts:
        called = (value for name, value in vars(part).items() if name != "_schedule")
        if not is_ours(part) or not all(map(is_ours, filter(callable, called))):
            return False
    return True
