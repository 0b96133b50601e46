"""Finds the first number of a step that is not finite: which op made it, or how it came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor import Array
from . import advice, numbers
from .finding import Finding
from .recorder import Recorder
from .records import Argument, Op, Step, Update, Value
from .text import origin


def is_finite(array: Array) -> bool:
    """Whether no number is nan or infinite."""
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def find(step: Step, recorder: Recorder, largest: Sequence[float], rate: float) -> Finding:
    """Say where the first number of a step began that is not finite.

    Parameters
    ----------
    step : Step
    recorder : Recorder
        What has watched it.
    largest : sequence of float
        The largest weight of each of the last steps, before it.
    rate : float
        The learning rate.
    """
    found = (
        next(filter(None, (_in_forward(step, target) for target in recorder.targets)), None)
        or _in_backward(step, recorder.walked)
        or next((_of_update(update) for update in step.updates if not _went_well(update)), None)
    )
    if found is None:
        return Finding("nowhere", "", facts=(advice.SOMETHING_ELSE,))
    return _with_growth(found, step, largest, rate)


# ------------------------------------------------------------------------------------- forward


def _in_forward(step: Step, loss: Value) -> Finding | None:
    if is_finite(loss.data) or loss.maker is None:
        return None
    op, argument = _first_cause(loss.maker)
    where = f"op {op.number}, {op.name}, in {op.place}"
    if argument is None:
        facts = [f"its formula: {op.formula}"] if op.formula else []
        return Finding(
            "forward",
            where,
            op.name,
            op.layer,
            _rows(op.result.data, step.samples),
            facts=(*facts, *_examples(op)),
            advice=_advice(op.name, op.arguments),
        )
    value = argument.value
    if any(one.name == value.name and is_finite(one.before) for one in step.updates):
        return None  # an update in the middle of the step has made it so
    phase = {"weight": "weights", "input": "data", "target": "data"}.get(value.kind, "forward")
    rows = _rows(value.data, step.samples) if phase != "weights" else ()
    facts = [f"{value.name} {_at(value.data)}; it is read by {where}"]
    by_hand = value.kind == "constant" and value.made_by is None
    causes = (advice.BY_NUMPY,) if by_hand else ()
    return Finding(phase, origin(value), op.name, op.layer, rows, facts=tuple(facts), advice=causes)


def _first_cause(last: Op) -> tuple[Op, Argument | None]:
    """Return the earliest op where such numbers come in, and through what; None: it made them."""
    waiting, seen = [last], {id(last)}
    causes: list[tuple[Op, Argument | None]] = []
    while waiting:
        op = waiting.pop()
        bad = [one for one in op.arguments if not is_finite(one.value.data)]
        if not bad:
            causes.append((op, None))
        for one in bad:
            maker = one.value.maker
            if maker is None:
                causes.append((op, one))
            elif id(maker) not in seen:
                seen.add(id(maker))
                waiting.append(maker)
    return min(causes, key=lambda cause: cause[0].number)


def _examples(op: Op) -> list[str]:
    """Say what the op was given where it gave such a number, or else in which range."""
    result = op.result.data
    place = tuple(np.argwhere(~np.isfinite(result))[0])
    at = f" at [{', '.join(map(str, place))}]" if place else ""
    given = [one for one in op.arguments if _fits(one.value.data, result)]
    if len(given) == len(op.arguments):
        values = [np.broadcast_to(one.value.data, result.shape)[place] for one in given]
        told = ", ".join(
            f"{one.name} = {numbers.number(value)}"
            for one, value in zip(given, values, strict=True)
        )
        return [f"{told} gives {numbers.number(result[place])}{at}"]
    spans = [f"{one.name}: {numbers.span(one.value.data) or numbers.few(one.value.data)}"
             for one in op.arguments]  # fmt: skip
    return [f"given {'; '.join(spans)}", f"it gives {numbers.number(result[place])}{at}"]


def _fits(array: Array, result: Array) -> bool:
    try:
        return np.broadcast_shapes(array.shape, result.shape) == result.shape
    except ValueError:
        return False


# ------------------------------------------------------------------------------------ backward


def _in_backward(step: Step, walked: Sequence[Value]) -> Finding | None:
    for value in walked:
        if value.gradient is None or is_finite(value.gradient):
            continue
        flows = [flow for flow in value.flows if not is_finite(flow.gradient)]
        if not flows:  # each part is finite, and their sum is not
            where = f"the gradients for {value.name} overflow when they are added up"
            return Finding("backward", where, advice=(advice.OVERFLOW,))
        flow = flows[0]
        op = flow.op
        if not all(is_finite(one.value.data) for one in op.arguments):
            continue  # an update in the middle of the step has made them so
        came = op.result.gradient
        facts = [f"it sends {numbers.number(_first_bad(flow.gradient))} back to {flow.argument}, "
                 f"{origin(value)}, which {_range(value.data)}"]  # fmt: skip
        if came is not None:
            facts.append(f"the gradient that came to it {_range(came)}")
        return Finding(
            "backward",
            f"op {op.number}, {op.name}, in {op.place}",
            op.name,
            op.layer,
            _rows(flow.gradient, step.samples),
            facts=tuple(facts),
            advice=_advice(op.name, op.arguments),
        )
    return None


# -------------------------------------------------------------------------------------- update


def _went_well(update: Update) -> bool:
    return all(map(is_finite, (update.after, *(slot.after for slot in update.slots))))


def _of_update(update: Update) -> Finding:
    before = [update.before, *(slot.before for slot in update.slots if slot.before is not None)]
    if not all(map(is_finite, before)):
        return Finding("weights", f"{update.name} or what the optimizer keeps of it")
    facts = [f"before, the weight {_range(update.before)}"]
    if update.gradient is not None:
        facts.append(f"its gradient {_range(update.gradient)}")
    for call in update.calls:
        given = ", ".join(f"{name} = {numbers.number(v)}" for name, v in call.numbers.items())
        facts.append(f"{call.kernel.name}: {call.kernel.formula}; {given}")
    facts += [f"after it, {slot.name} {_range(slot.after)}" for slot in update.slots]
    if update.constraint:
        facts.append(f"then its constraint is applied, {update.constraint}")
    return Finding(
        "update" if update.trained else "state",
        f"the weight {update.name}",
        facts=tuple(facts),
        advice=_advice_of(update),
    )


def _advice_of(update: Update) -> tuple[str, ...]:
    """Say what makes an update of finite numbers one that is not."""
    given = [value for call in update.calls for value in call.numbers.values()]
    if not np.isfinite(given).all():
        return (advice.NO_RATE,)
    if any(call.numbers.get("epsilon") == 0 for call in update.calls):
        return (advice.NO_EPSILON,)
    read = [update.before, *(slot.before for slot in update.slots if slot.before is not None)]
    read += [array for array in (update.gradient, np.array(given)) if array is not None]
    return (advice.OVERFLOW,) if max(map(_largest, read)) > advice.LARGE else ()


# --------------------------------------------------------------------------------------- causes


def _advice(op: str, arguments: Sequence[Argument]) -> tuple[str, ...]:
    known = advice.OF_OPS.get(op)
    large = max((_largest(one.value.data) for one in arguments), default=0.0) > advice.LARGE
    return tuple(filter(None, (known, advice.OVERFLOW if large else None)))


def _with_growth(found: Finding, step: Step, largest: Sequence[float], rate: float) -> Finding:
    """Add what the last steps, and the inputs, say about it."""
    facts, causes = list(found.facts), list(found.advice)
    if len(largest) > 1 and largest[-1] > advice.DIVERGING * largest[0] > 0:
        before, now = map(numbers.number, (largest[0], largest[-1]))
        facts.append(
            f"the largest weight has grown from {before} to {now} in {len(largest) - 1} "
            f"step{'s' * (len(largest) > 2)}"
        )
        causes += [advice.of_growth(rate)] * (rate > 0)
    widest = max(_largest(value.data) for value in step.inputs if value.kind == "input")
    if widest > advice.LARGE / 1e3 and found.phase != "data":
        facts.append(f"the inputs reach up to {numbers.number(widest)}")
        causes.append(advice.UNSCALED)
    return found._replace(facts=tuple(facts), advice=tuple(causes))


def _largest(array: Array) -> float:
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    return float(np.abs(finite).max()) if finite.size and array.dtype.kind in "iuf" else 0.0


def _rows(array: Array, samples: int) -> tuple[int, ...]:
    """Return the samples whose numbers are not all finite, where the first axis is theirs."""
    if array.ndim == 0 or len(array) != samples:
        return ()
    bad = ~np.isfinite(array).reshape(samples, -1).all(axis=1)
    return tuple(map(int, np.flatnonzero(bad)))


def _first_bad(array: Array) -> Any:
    return array[~np.isfinite(array)].ravel()[0]


def _at(array: Array) -> str:
    """Say what stands where, of the first such number."""
    place = tuple(np.argwhere(~np.isfinite(array))[0])
    return f"holds {numbers.number(array[place])} at [{', '.join(map(str, place))}]"


def _range(array: Array) -> str:
    """Say between what the numbers lie."""
    if not np.isfinite(array).any():
        return "has no finite number"
    span = numbers.span(array)
    return f"lies in {span}" if span else f"is {numbers.few(array)}"
