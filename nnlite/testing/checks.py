"""Gradient checks of everything that the library has, each with its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .. import layers, ops, regularizers
from ..errors import keywords_of
from ..gradient_check import GradientReport, check
from ..losses import Loss
from ..model_gradients import check_layer
from ..tensor import Array
from . import keras_op_cases, layer_cases, loss_cases, op_cases
from .domains import RandomSource, floats

#: How many arrays each op and each loss is checked on.
DRAWS = 3


class Check(NamedTuple):
    """A check that can be done.

    Attributes
    ----------
    kind : str
        "layers", "losses", ...
    name : str
    run : function without arguments that returns a report
    """

    kind: str
    name: str
    run: Callable[[], GradientReport]


def library_checks() -> Iterator[Check]:
    """Yield the checks of all layers, losses, regularizers, activations and ops."""
    yield from _of_layers()
    yield from _of_losses()
    yield from _of_regularizers()
    yield from _of_ops()
    yield from _of_keras_ops()


def _named(name: str, case: str) -> str:
    return f"{name} ({case})" if case else name


def _of_layers() -> Iterator[Check]:
    for case in layer_cases.CASES:
        if case.constant:
            continue
        name = _named(case.name, case.case)
        yield Check("layers", name, partial(_check_case, case, True))
        if "training" in keywords_of(getattr(layers, case.name).call)[0]:
            yield Check("layers", f"{name}, inference", partial(_check_case, case, False))


def _check_case(case: layer_cases.LayerCase, training: bool) -> GradientReport:
    inputs = layer_cases.inputs_of(case, rows=3, dtype="float32")
    whole = isinstance(case.shape, list)
    return check_layer(layer_cases.built(case, "float32"), inputs if whole else inputs[0], training)


def _of_losses() -> Iterator[Check]:
    for case in loss_cases.CASES:
        loss = case.cls(**case.arguments)
        for seed in range(DRAWS):
            y_true, y_pred = case.arrays.draw(seed)
            weights = np.random.default_rng(seed).uniform(0.5, 2, len(y_true))
            name = _named(case.cls.__name__, case.case)
            yield Check("losses", name, partial(_check_loss, loss, y_true, y_pred, weights))


def _check_loss(loss: Loss, y_true: Array, y_pred: Array, weights: Array) -> GradientReport:
    return check(lambda x: loss(y_true, x, weights), y_pred)


def _of_regularizers() -> Iterator[Check]:
    matrix = floats((3, 4), off_zero=True).drawn(RandomSource())
    for regularizer in (
        regularizers.L1(0.5),
        regularizers.L2(0.25),
        regularizers.L1L2(0.5, 0.25),
        regularizers.OrthogonalRegularizer(0.3),
        regularizers.OrthogonalRegularizer(0.3, "columns"),
    ):
        name = type(regularizer).__name__
        yield Check("regularizers", name, partial(check, regularizer, matrix))


def _of_ops() -> Iterator[Check]:
    for case in op_cases.CASES:
        kind = "activations" if case in op_cases.ACTIVATIONS else "ops"
        for seed in range(DRAWS):
            arrays = case.arrays.draw(seed)
            name = _named(case.name, case.case)
            yield Check(kind, name, partial(_check_op, case.call, arrays, case.constants))


def _check_op(call: Any, arrays: tuple[Array, ...], constants: int) -> GradientReport:
    fixed = arrays[:constants]
    return check(lambda *tensors: call(*fixed, *tensors), *arrays[constants:])


def _of_keras_ops() -> Iterator[Check]:
    for case in keras_op_cases.CASES:
        arrays = case.draw(np.random.default_rng(3))
        if case.differentiable and any(array.dtype.kind == "f" for array in arrays):
            name = _named(case.name, case.case)
            yield Check("ops", name, partial(_check_keras, case, arrays))


def _check_keras(case: keras_op_cases.Case, arrays: tuple[Array, ...]) -> GradientReport:
    """Check an op for its floats; its whole numbers and booleans are constants."""
    moved = [place for place, array in enumerate(arrays) if array.dtype.kind == "f"]

    def call(*tensors: Any) -> Any:
        given = list(arrays)
        for place, tensor in zip(moved, tensors, strict=True):
            given[place] = tensor
        return case.call(ops, *given)

    return check(call, *(arrays[place] for place in moved))
