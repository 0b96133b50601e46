"""What is known of one training step: plain records, which text, page and picture only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..tensor import Array


class Kernel(NamedTuple):
    """A kernel that ran.

    Attributes
    ----------
    name : str
    formula : str
        The first line of its specification's docstring.
    given : str
        Which of several things it was asked to do, such as "multiply", or "".
    """

    name: str
    formula: str
    given: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.given})" if self.given else self.name


class Flow(NamedTuple):
    """A part of a gradient: what one op has sent back.

    Attributes
    ----------
    op : Op
    argument : str
        To which of its arguments.
    gradient : array
    kernel : Kernel or None
        What computed it; None where numpy did, or nothing was to be computed.
    unchanged : bool
        Whether it is the very gradient of the op's result.
    """

    op: Op
    argument: str
    gradient: Array
    kernel: Kernel | None
    unchanged: bool


@dataclass
class Value:
    """An array that an op reads or makes.

    Attributes
    ----------
    name : str
        "x", "hidden/kernel", "y3": the result of op 3.
    kind : "input", "target", "weight", "constant" or "result"
    data : array
        A copy, made when an op first saw it.
    maker : Op or None
        The op whose result it is.
    made_by : Kernel or None
        Of a constant what has filled it, such as a mask's.
    gradient : array or None
        All that flows back to it.
    flows : list of Flow
        Its parts, one from each op that reads it.
    """

    name: str
    kind: str
    data: Array
    maker: Op | None = None
    made_by: Kernel | None = None
    gradient: Array | None = None
    flows: list[Flow] = field(default_factory=list)


class Argument(NamedTuple):
    """A value by the name that an op has for it."""

    name: str
    value: Value


@dataclass
class Op:
    """An op that ran.

    Attributes
    ----------
    number : int
        From 1, in order.
    name : str
    formula : str
        The first line of its docstring.
    layer : str
        The path of the layer in whose call it ran, or "": then it is a part of the loss.
    layer_class : str
    arguments : list of Argument
    attributes : dict
        What it was called with besides.
    kernels, kernels_back : list of Kernel
        Those that computed the result, and the gradients; none where numpy did.
    """

    number: int
    name: str
    formula: str
    layer: str
    layer_class: str
    arguments: list[Argument]
    attributes: dict[str, Any]
    result: Value = field(init=False)
    kernels: list[Kernel] = field(default_factory=list)
    kernels_back: list[Kernel] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it ran, in words."""
        return f"{self.layer} ({self.layer_class})" if self.layer else "loss"

    def renumber(self, number: int) -> None:
        """Take another number."""
        self.number, self.result.name = number, f"y{number}"

    def sent_back(self) -> Iterator[tuple[Argument, Flow]]:
        """Yield what its vjp has sent back, argument by argument."""
        for argument in self.arguments:
            for flow in argument.value.flows:
                if flow.op is self and flow.argument == argument.name:
                    yield argument, flow


class UpdateCall(NamedTuple):
    """A kernel that has written into a weight, with the numbers and the gradient that it read."""

    kernel: Kernel
    numbers: dict[str, float]
    gradient: Array | None


class Slot(NamedTuple):
    """What an optimizer keeps of a weight, before the step (None if it was made by it) and after.

    A constraint's or an own optimizer's books are not known.
    """

    name: str
    before: Array | None
    after: Array


class Update(NamedTuple):
    """What the step has done to a weight.

    Attributes
    ----------
    name : str
        The weight's path.
    before, after : array
    gradient : array or None
        Of the loss.
    calls : list of UpdateCall
        The kernels that have written into the weight, in order; none where numpy did.
    slots : list of Slot
    constraint : str
        What the optimizer applies to the weight at last, with its formula; "" where nothing.
    trained : bool
        Whether an optimizer changes it, or the layer itself.
    """

    name: str
    before: Array
    after: Array
    gradient: Array | None
    calls: list[UpdateCall]
    slots: list[Slot]
    constraint: str = ""
    trained: bool = True

    def made_of_gradient(self, call: UpdateCall) -> Array | None:
        """Return what a call read as its gradient, where that is another: clipped, scaled, ..."""
        if call.gradient is None or self.gradient is None:
            return None
        used = call.gradient.reshape(self.gradient.shape)
        return None if np.array_equal(used, self.gradient, equal_nan=True) else used


class Step(NamedTuple):
    """All that is known of one training step.

    Attributes
    ----------
    model : str
        The model's name.
    table : str
        Whose kernels ran: "compiled" or "numpy".
    samples : int
    loss : Value or None
        What was differentiated.
    loss_name, optimizer_name : str
        Their classes, with the first lines of their docstrings.
    inputs : list of Value
        The batch.
    ops : list of Op
        Those that the loss depends on.
    updates : list of Update
        Of each weight that was to be trained or has changed.
    logs : dict of str to float
    """

    model: str
    table: str
    samples: int
    loss: Value | None
    loss_name: str
    optimizer_name: str
    inputs: list[Value]
    ops: list[Op]
    updates: list[Update]
    logs: dict[str, Any]
