"""Which ops and layers a kernel takes part in: found out by calling them and noting the kernels."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .. import _kernels
from ..gradient_check import GradientReport, check
from ..model_gradients import check_layer
from ..tape import gradients
from ..tensor import Array, Tensor
from ..testing import layer_cases, op_cases
from ..tree import leaves, map_structure

#: How many arrays each op is called on.
DRAWS = 2


class Use(NamedTuple):
    """A call of an op or a layer.

    Attributes
    ----------
    name : str
    call : function without arguments
        Returns the outputs, as tensors.
    check : function without arguments
        Checks the gradients of the call.
    """

    name: str
    call: Callable[[], Any]
    check: Callable[[], GradientReport]


@functools.cache
def uses() -> dict[str, list[Use]]:
    """Return by the names of kernels the calls that they take part in."""
    found: dict[str, list[Use]] = {}
    for use in (*_of_ops(), *_of_layers()):
        for kernel in _called_by(use):
            found.setdefault(kernel, []).append(use)
    return found


def _called_by(use: Use) -> set[str]:
    """Return which kernels a call and its gradient need."""
    called: set[str] = set()
    with _kernels.recording(lambda kernel, arguments: called.add(kernel)):
        for y in leaves(use.call()):
            if y.requires_grad:
                gradients(y, np.ones(y.shape))
    return called


def _of_ops() -> Iterator[Use]:
    for case in op_cases.CASES:
        for seed in range(DRAWS):
            arrays = case.arrays.draw(seed)
            function = functools.partial(case.call, *arrays[: case.constants])
            moved = arrays[case.constants :]
            yield Use(
                f"ops.{case.name}",
                functools.partial(_called_on, function, moved),
                functools.partial(check, function, *moved),
            )


def _called_on(function: Callable[..., Any], arrays: tuple[Array, ...]) -> Any:
    return function(*map(Tensor, arrays))


def _of_layers() -> Iterator[Use]:
    for case in layer_cases.CASES:
        if not case.constant:
            inputs: Any = layer_cases.inputs_of(case, rows=3, dtype="float32")
            inputs = inputs if isinstance(case.shape, list) else inputs[0]
            layer = layer_cases.built(case, "float32")
            yield Use(
                f"layers.{case.name}",
                functools.partial(_layer_called, layer, inputs),
                functools.partial(check_layer, layer, inputs, True),
            )


def _layer_called(layer: Any, inputs: Any) -> Any:
    return layer(map_structure(Tensor, inputs), training=True)
