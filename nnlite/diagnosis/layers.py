"""What one training step shows of the layers: idle units, flat ends, gradients by depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..explaining.records import Op, Step
from ..tensor import Array
from .findings import Finding, NotLookedAt
from .patient import FEWEST, Head, Patient

#: Which part of a layer's units may never be active.
MOST_DEAD = 0.4

#: From where on a function counts as flat, and which part of a layer's outputs may lie there.
ENDS = {"sigmoid": (0.01, 0.99), "hard_sigmoid": (0.01, 0.99), "tanh": (-0.99, 0.99)}
MOST_FLAT = 0.5

#: When a softmax is sure, and which part of the probe may be sure of something wrong.
SURE, MOST_WRONG = 0.99, 0.2

#: How many times smaller, or larger, gradients may become towards the input.
MOST_CHANGE = 1000.0


def function_of(op: Op) -> str:
    """Return the name of the function that an op applies."""
    if op.name == "dense":
        return str(op.attributes.get("activation"))
    if op.name == "rectified" and not op.attributes.get("negative_slope"):
        return "relu"
    return op.name


def broken(patient: Patient) -> Iterator[Finding]:
    """Find weights, and what an optimizer keeps, that are not finite before any step."""
    if names := patient.broken:
        yield Finding(
            "error",
            f"{_listed(names)} {'is' if len(names) == 1 else 'are'} NaN or infinite already",
            "No step brings them back, whatever the data are",
            "Make the model anew, or load it from before; fit(..., debug_nans=True) names the op "
            "where it begins",
            {"weights": names},
        )


def dead(patient: Patient) -> Iterator[Finding]:
    """Find ReLUs that are active for none of the samples."""
    if patient.size < FEWEST:
        raise NotLookedAt(f"fewer than {FEWEST} samples may all lie where a ReLU is 0")
    active: dict[str, Array] = {}
    for op in patient.ops:
        if op.layer and function_of(op) in ("relu", "relu6") and op.result.data.ndim > 1:
            outputs = op.result.data
            now = ~(outputs.reshape(-1, outputs.shape[-1]) <= 0).all(axis=0)  # NaN is not dead
            active[op.layer] = now | active.get(op.layer, np.zeros_like(now))
    for layer, units in active.items():
        share = 1 - float(units.mean())
        if share <= MOST_DEAD or (len(units) < 3 and share < 1):
            continue
        yield Finding(
            "error" if share == 1 else "warning",
            f"{np.count_nonzero(~units)} of the {len(units)} ReLUs of {layer!r} ({share:.0%}) are "
            f"0 for all of {patient.step.samples:,} samples",
            "No gradient flows through them, so that they will hardly ever learn anything again",
            "Smaller steps and scaled inputs keep them alive; begin anew with "
            "kernel_initializer='he_normal', or use activation='leaky_relu'",
            {"layer": layer, "share": share, "units": np.flatnonzero(~units)},
        )


def saturated(patient: Patient) -> Iterator[Finding]:
    """Find functions that mostly lie at their flat ends, and a softmax that is sure and wrong."""
    used = {id(argument.value) for op in patient.ops if op.layer for argument in op.arguments}
    for op in patient.ops:
        function = function_of(op)
        if op.layer and function in ENDS and id(op.result) in used:
            low, high = ENDS[function]
            share = float(np.mean((op.result.data < low) | (op.result.data > high)))
            if share > MOST_FLAT:
                yield _flat(op.layer, function, share)
    for head in patient.heads:
        if head.function == "softmax" and head.y_pred.shape[-1] > 1:
            p, classes = head.y_pred.data, head.y_pred.shape[-1]
            labels = head.y_true.reshape(len(p), -1)
            right = labels.argmax(axis=1) if labels.shape[1] == classes else labels[:, 0]
            if p.ndim != 2 or labels.shape[1] not in (1, classes):
                continue
            amiss = (p.argmax(axis=1) != right) & _counted(head, right)
            wrong = float(np.mean((p.max(axis=1) > SURE) & amiss))
            if wrong > MOST_WRONG:
                yield Finding(
                    "warning",
                    f"for {wrong:.0%} of the samples the softmax of {head.name} is more than "
                    f"{SURE:.0%} sure of a wrong class",
                    "At its ends a softmax hardly changes: it takes long to come back from there",
                    "Scale the inputs, or begin with smaller weights and a smaller learning rate",
                    {"share": wrong},
                )


def _counted(head: Head, labels: Array) -> Any:
    """Whether the loss takes a label into account."""
    ignored = getattr(head.loss, "ignore_class", None)
    return True if ignored is None else labels != ignored


def _flat(layer: str, function: str, share: float) -> Finding:
    return Finding(
        "warning",
        f"{share:.0%} of the outputs of {layer!r} lie at the flat ends of its {function}",
        "There its slope is about 0: gradients stop at this layer, and those before learn nothing",
        "Scale the inputs, put a BatchNormalization before it, or use activation='relu' in hidden "
        "layers",
        {"layer": layer, "share": share},
    )


# ------------------------------------------------------------------------------------ gradients


def gradients(patient: Patient) -> Iterator[Finding]:
    """Find gradients that are not finite, are 0, vanish or explode on their way to the input."""
    step = patient.step
    if not patient.stepped.trainable_weights:
        yield Finding(
            "error",
            f"{step.model!r} has no weights that are trained",
            "Nothing can change",
            "Let layers have trainable=True, or give the model a layer with weights",
            {},
        )
        return
    found = _gradients(step)
    broken = [name for name, gradient in found.items() if not np.isfinite(gradient).all()]
    if broken:
        yield _not_finite(broken)
        return
    root = f"{patient.stepped.path}/"
    trained = [one.path.removeprefix(root) for one in patient.stepped.trainable_weights]
    none = [name for name in trained if not np.any(found.get(name, 0))]
    if none:  # behind a kernel that begins as 0 there may be one from the second step on
        second = _gradients(patient.next_step)
        none = [name for name in none if not np.any(second.get(name, 0))]
    if none:
        yield _none(none, all_of_them=len(none) == len(trained))
    yield from _by_depth(patient)


def _gradients(step: Step) -> dict[str, Array]:
    return {one.name: one.gradient for one in step.updates if one.gradient is not None}


def _not_finite(names: list[str]) -> Finding:
    return Finding(
        "error",
        f"in the first step already the gradients of {_listed(names)} are not finite",
        "One such step makes the weights NaN",
        "Scale the inputs and targets, and look at logarithms, divisions and roots in your own "
        "layers and losses; fit(..., callbacks=[TerminateOnNaN(explain=True)]) finds the op",
        {"weights": names},
    )


def _none(names: list[str], all_of_them: bool) -> Finding:
    return Finding(
        "error" if all_of_them else "warning",
        f"the gradient is 0 for {'all weights' if all_of_them else _listed(names)}",
        "They stay as they are, whatever the learning rate",
        "Does the loss depend on them? Dead ReLUs, a softmax of one unit and ops without a slope "
        "(round, argmax, stop_gradient) let nothing through",
        {"weights": names},
    )


def _by_depth(patient: Patient) -> Iterator[Finding]:
    sizes = dict(_sizes(patient))
    if len(sizes) < 3 or not min(sizes.values()):
        return
    (first, *_, last) = sizes
    ratio = sizes[first] / sizes[last]
    told = (
        f"what flows back to {first!r} is {_times(ratio)} than at {last!r}, {len(sizes)} layers on"
    )
    numbers = {"sizes": sizes, "ratio": ratio}
    if ratio < 1 / MOST_CHANGE:
        yield Finding(
            "warning",
            f"the gradient vanishes: {told}",
            "The first layers hardly learn, and the others build upon what is random",
            "Use activation='relu' with kernel_initializer='he_normal', or BatchNormalization "
            "between the layers; fewer layers may do",
            numbers,
        )
    elif ratio > MOST_CHANGE:
        yield Finding(
            "warning",
            f"the gradient explodes: {told}",
            "The first layers are thrown about by steps that do for the last ones",
            "Begin with smaller weights (kernel_initializer='glorot_uniform' or 'he_normal'), put "
            "BatchNormalization between the layers, or clip: optimizer(clipnorm=1.0)",
            numbers,
        )


def _sizes(patient: Patient) -> Iterator[tuple[str, float]]:
    """Yield each layer with weights, from the input on, and the size of what flows back to it."""
    for op in patient.ops:
        weights = [a for a in op.arguments if a.value.kind == "weight" and a.value.data.ndim > 1]
        if op.layer and weights and op.result.gradient is not None:
            yield op.layer, float(np.sqrt(np.mean(op.result.gradient.astype(float) ** 2)))


def _times(ratio: float) -> str:
    return f"{1 / ratio:,.0f} times smaller" if ratio < 1 else f"{ratio:,.0f} times larger"


def _listed(names: list[Any], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
