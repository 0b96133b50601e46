"""All numbers of a model that training changes: its weights, its optimizers', its metrics'."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import whole
from .interrupts import Uninterrupted
from .layers.weights import gather
from .metrics.base import StateMetric
from .optimizers import Optimizer
from .tensor import Array, Parameter


def state_of_model(model: Any, with_metrics: bool) -> dict[str, Any]:
    """Return the numbers of a built model as lists of arrays, which are its own and no copies.

    Parameters
    ----------
    model : Trainer
    with_metrics : bool
        Whether the metrics have seen something that counts: in the middle of an epoch.

    Raises
    ------
    ValueError
        Where a metric keeps what it has seen elsewhere than in variables.
    """
    places = {id(variable): place for place, variable in enumerate(model.variables)}
    return {
        "variables": [variable.data for variable in model.variables],
        "optimizers": [_state_of_optimizer(one, places) for one in optimizers_of(model)],
        "metrics": [_seen(metric) for metric in model.metrics] if with_metrics else None,
    }


def restore_model(model: Any, state: dict[str, Any]) -> None:
    """Write the numbers that `state_of_model` returned into a model like the one it was asked for.

    Raises
    ------
    ValueError
        Where something has another number of arrays, or an array another shape or dtype; then no
        number has been changed.
    """
    variables, optimizers = model.variables, optimizers_of(model)
    targets = _pairs("the model", variables, state["variables"])
    _same_number("optimizers", optimizers, state["optimizers"])
    for optimizer, found in zip(optimizers, state["optimizers"], strict=True):
        targets += _targets_in_optimizer(optimizer, found, variables)
    if state["metrics"] is not None:
        _same_number("metrics", model.metrics, state["metrics"])
        for metric, arrays in zip(model.metrics, state["metrics"], strict=True):
            targets += _targets_in_metric(metric, arrays)
    with Uninterrupted():
        for target, values in targets:
            target[...] = values


def optimizers_of(model: Any) -> list[Any]:
    """Return the optimizer of `compile`, and those that a model with its own steps has besides."""
    found: dict[int, Any] = {}
    gather(vars(model).values(), Optimizer, found)
    return list(found.values())


def _state_of_optimizer(optimizer: Any, places: dict[int, int]) -> dict[str, Any]:
    weights = [places.get(id(weight)) for weight in optimizer.built_for]
    if None in weights:
        raise ValueError(f"{optimizer.name!r} trains weights that are not the model's")
    return {
        "weights": weights,
        "learning_rate": float(optimizer.learning_rate) if optimizer.has_own_rate else None,
        "variables": [variable.data for variable in optimizer.variables],
    }


def _targets_in_optimizer(
    optimizer: Any, state: dict[str, Any], variables: list[Parameter]
) -> list[tuple[Array, Array]]:
    places = [whole(place, "the place of a weight", 0) for place in state["weights"]]
    if any(place >= len(variables) for place in places):
        raise ValueError(f"{optimizer.name!r} trained weights that the model does not have")
    optimizer.build([variables[place] for place in places])
    if state["learning_rate"] is not None and not optimizer.has_own_rate:
        optimizer.learning_rate = state["learning_rate"]  # a callback has set one
    return _pairs(f"optimizer {optimizer.name!r}", optimizer.variables, state["variables"])


def _seen(metric: Any) -> list[Array]:
    arrays: list[Array] = metric.seen()
    if not arrays and not isinstance(metric, StateMetric):
        raise ValueError(
            f"the metric {metric.name!r} keeps what it has seen in attributes of its own, which a "
            "backup in the middle of an epoch cannot hold: let it use add_weight"
        )
    return arrays


def _targets_in_metric(metric: Any, arrays: list[Array]) -> list[tuple[Array, Array]]:
    if isinstance(metric, StateMetric) and len(arrays) > len(metric.seen()):
        metric.state_of(*np.shape(arrays[-1]))  # the next step would have made it
    return _pairs(f"metric {metric.name!r}", metric.seen(), arrays)


def _pairs(where: str, targets: list[Any], arrays: list[Array]) -> list[tuple[Array, Array]]:
    """Return the arrays to write into, each with what to write; all have to fit."""
    _same_number(f"arrays of {where}", targets, arrays)
    pairs = []
    for target, values in zip(targets, arrays, strict=True):
        own = target.data if isinstance(target, Parameter) else target
        if own.shape != np.shape(values) or own.dtype != values.dtype:
            name = target.path if isinstance(target, Parameter) else where
            raise ValueError(
                f"{name} has the shape {own.shape} and the dtype {own.dtype}, but there are values "
                f"of {np.shape(values)} and {values.dtype} for it"
            )
        pairs.append((own, values))
    return pairs


def _same_number(what: str, ours: list[Any], given: list[Any]) -> None:
    if len(ours) != len(given):
        raise ValueError(f"there are {len(ours)} {what}, but values for {len(given)}")
