"""Watches a training step, on the tape and at the kernels, and makes its records."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _kernels
from .._kernels import reference
from ..lowering import owner_of
from ..signatures import parameters_of
from ..tape import Node, Watcher, this_thread
from ..tape import Op as TapeOp
from ..tensor import Array, Parameter, Tensor, raw
from . import formulas
from .records import Argument, Flow, Kernel, Op, UpdateCall, Value


class Source(NamedTuple):
    """What an array is that no op has made: how it is called, and its kind."""

    name: str
    kind: str


class Recorder(Watcher):
    """Makes records of what runs while it watches, in order.

    Nothing is looked up later that could have changed by then: arrays are copied at once, and the
    objects that were seen are kept, so that an id never stands for two.

    Parameters
    ----------
    batch : dict of str to (kind, array)
        What the arrays of the batch are called.
    model : Layer
        Its weights are those whose updates count; its name is left out of their paths.

    Attributes
    ----------
    ops : list of Op
    targets : list of Value
        What was differentiated.
    updates : dict of int to list of UpdateCall
        By the id of a weight's array.
    walked : list of Value
        In the order in which their gradients became known.
    """

    def __init__(
        self,
        batch: dict[str, tuple[str, Array]],
        model: Any,
    ) -> None:
        self.ops: list[Op] = []
        self.targets: list[Value] = []
        self.walked: list[Value] = []
        self.updates: dict[int, list[UpdateCall]] = {id(one.data): [] for one in model.weights}
        self._model = model
        self._batch = {
            id(owner_of(array)): Source(name, kind) for name, (kind, array) in batch.items()
        }
        self._values: dict[Any, Value] = {}
        self._fillers: dict[int, Kernel] = {}  # by the id of an array, what has written it last
        self._kept: list[Any] = []
        self._kernels: list[Kernel] | None = None  # where the kernels go that run now

    # ------------------------------------------------------------------ forward

    def op_begins(self, op: TapeOp) -> None:
        self._kernels = []

    def op_ends(self, op: TapeOp, inputs: Any, attributes: dict[str, Any], y: Tensor) -> None:
        layer = this_thread.around.running
        names = [f"x{place}" for place in range(len(inputs))] if op.takes_many else op.inputs
        record = Op(
            len(self.ops) + 1,
            op.name.lstrip("_"),
            formulas.of_op(op),
            self.short_path(layer) if layer is not None else "",
            type(layer).__name__ if layer is not None else "",
            [
                Argument(name, self._value(value, name))
                for name, value in zip(names, inputs, strict=True)
                if value is not None
            ],
            {name: _copied(value) for name, value in attributes.items() if value is not None},
        )
        record.kernels, self._kernels = self._kernels or [], None
        record.result = Value(f"y{record.number}", "result", np.array(y.data), record)
        self._keep(y, record.result)
        self.ops.append(record)

    def _value(self, given: Any, argument: str) -> Value:
        """Return the value that an op was given, which is a new one where nobody has seen it."""
        array = raw(given)
        if not isinstance(array, np.ndarray):
            return Value(argument, "constant", np.asarray(array))
        found = self._values.get(id(given)) or self._values.get(_key(given))
        updated = isinstance(given, Parameter) and found and _differ(found.data, array)
        if found is None or updated:
            owner = id(owner_of(array))
            source = self._batch.get(owner, Source(argument, "constant"))
            if isinstance(given, Parameter):
                source = Source(self.short_path(given), "weight")
            found = Value(source.name, source.kind, np.array(array))
            if source.kind == "constant":
                found.made_by = self._fillers.get(owner)
            self._keep(given, found)
        return found

    def _keep(self, thing: Tensor | Array, value: Value) -> None:
        self._kept.append(thing)  # so that no other gets its id or its memory
        self._values[id(thing)] = self._values[_key(thing)] = value

    def short_path(self, thing: Any) -> str:
        """Return the path of a layer or a weight inside the model."""
        path: str = thing.path
        return path.removeprefix(f"{self._model.path}/")

    def value_of(self, weight: Parameter) -> Value | None:
        """Return the value of a weight, where an op has read it."""
        return self._values.get(id(weight))

    # ------------------------------------------------------------------ backward

    def walk_begins(self, target: Tensor) -> None:
        target_value = self._values.get(_key(target))
        if target_value is not None:
            self.targets.append(target_value)

    def gradient_known(self, at: Node | Tensor, gradient: Array) -> None:
        value = self._values.get(id(at))
        self._kernels = None
        if value is None:
            return
        value.gradient = np.array(gradient)
        self.walked.append(value)
        if value.maker is not None:
            self._kernels = value.maker.kernels_back
            self._kernels.clear()
            self._forget_flows(value.maker)

    @staticmethod
    def _forget_flows(op: Op) -> None:
        """Forget what an earlier walk over the tape has sent back from here."""
        for argument in op.arguments:
            flows = argument.value.flows
            flows[:] = [flow for flow in flows if flow.op is not op]

    def gradient_flows(self, source: Node, to: Node | Tensor, gradient: Array) -> None:
        result, value = self._values.get(id(source)), self._values.get(id(to))
        maker = result.maker if result is not None else None
        if maker is None or value is None:  # it was made before anybody watched
            return
        done = {flow.argument for flow in value.flows if flow.op is maker}
        name = next(a.name for a in maker.arguments if a.value is value and a.name not in done)
        came = maker.result.gradient
        same = came is not None and np.array_equal(came, gradient, equal_nan=True)
        kernel = self._fillers.get(id(owner_of(gradient))) if self._kernels else None
        value.flows.append(Flow(maker, name, np.array(gradient), kernel, same))

    # ------------------------------------------------------------------ kernels

    def note(self, kernel: str, arguments: tuple[Any, ...]) -> None:
        """Note a kernel's call, just before it runs."""
        _, writes = _kernels.reads_and_writes(kernel)
        written = [owner_of(arguments[place]) for place in writes if arguments[place] is not None]
        given = ", ".join(one for one in arguments if isinstance(one, str))
        record = Kernel(kernel, formulas.of_kernel(kernel), given)
        for owner in written:
            self._fillers[id(owner)] = record
            self._kept.append(owner)
            if id(owner) in self.updates:
                self.updates[id(owner)].append(_update_call(record, arguments))
        if self._kernels is not None and record not in self._kernels:
            self._kernels.append(record)


def _key(thing: Tensor | Array) -> Any:
    """Return what a value is found by: the note on the tape, a leaf itself, or the memory."""
    if isinstance(thing, Tensor) and thing.requires_grad:
        return id(thing.node or thing)
    array = thing.data if isinstance(thing, Tensor) else thing
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str


def _differ(a: Array, b: Array) -> bool:
    return not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _update_call(kernel: Kernel, arguments: tuple[Any, ...]) -> UpdateCall:
    """Note the numbers that an update reads, and its gradient `g`."""
    names = parameters_of(getattr(reference, kernel.name)).names
    given = dict(zip(names, arguments, strict=True))
    numbers = {
        name: float(value)
        for name, value in given.items()
        if np.ndim(value) == 0 and not isinstance(value, (str, type(None)))
    }
    gradient = np.array(given["g"]) if isinstance(given.get("g"), np.ndarray) else None
    return UpdateCall(kernel, numbers, gradient)


def _copied(attribute: Any) -> Any:
    """Return an attribute as it is now."""
    array = attribute.data if isinstance(attribute, Tensor) else attribute
    return np.array(array) if isinstance(array, np.ndarray) else array
