"""Each op that a function calls, checked alone: there a fault shows what it is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..tape import Op, Watcher, running, watched_by
from ..tensor import Tensor, raw
from .report import GradientReport

#: Not more calls of ops than these are looked at.
MOST = 200


class Call(NamedTuple):
    """A call of an op: on what, in which layer, and which inputs a gradient flows back to."""

    op: Op
    inputs: list[Any]
    attributes: dict[str, Any]
    wanted: list[int]
    layer: str

    @property
    def subject(self) -> str:
        return f"the op {self.op.name!r}" + (f" in {self.layer!r}" if self.layer else "")

    @property
    def names(self) -> list[str]:
        """The names of the wanted inputs."""
        given = [] if self.op.takes_many else self.op.inputs
        return [given[place] if given else f"input {place}" for place in self.wanted]

    def again(self, *tensors: Tensor) -> Tensor:
        """Do it again on other values of the wanted inputs."""
        inputs = list(self.inputs)
        for place, tensor in zip(self.wanted, tensors, strict=True):
            inputs[place] = tensor
        return self.op(*inputs, **copy.deepcopy(self.attributes))


class Calls(Watcher):
    """Keeps the calls of all ops that a gradient flows back through, each kind once a layer."""

    def __init__(self) -> None:
        self.found: dict[Any, Call] = {}

    def op_ends(self, op: Op, inputs: Any, attributes: dict[str, Any], y: Tensor) -> None:
        if y.node is None or len(self.found) >= MOST:
            return
        wanted = [place for place, one in enumerate(inputs) if _is_differentiated(one)]
        layer = getattr(running(), "name", "")
        key = op, layer, tuple(np.shape(raw(one)) for one in inputs)
        if key not in self.found:
            arrays = [copy.deepcopy(raw(one)) for one in inputs]
            self.found[key] = Call(op, arrays, copy.deepcopy(attributes), wanted, layer)


def wrong_ops(
    run: Callable[[], Any], check: Callable[[Call], GradientReport]
) -> list[GradientReport]:
    """Return the reports of the ops that are wrong alone.

    Parameters
    ----------
    run : function without arguments
        Calls the ops.
    check : function of a Call
    """
    calls = Calls()
    with watched_by(calls):
        run()
    reports = []
    for call in calls.found.values():
        try:
            report = check(call)
        except ValueError:
            continue  # an op that draws random numbers, or does not go on at other values
        if report.verdict == "wrong":
            reports.append(report)
    return reports


def _is_differentiated(one: Any) -> bool:
    return isinstance(one, Tensor) and one.requires_grad
