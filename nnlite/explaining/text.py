"""A step as text: forward, backward and update, one op after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..tensor import Array
from . import numbers
from .records import Flow, Kernel, Op, Step, Update, Value

#: How wide the column of names is.
NAMES = 24


def as_text(step: Step) -> str:
    """Write a step."""
    return "\n".join(_lines(step))


def headline(step: Step) -> str:
    """Say in a line what was done."""
    loss = f", loss {numbers.number(step.loss.data.ravel()[0])}" if step.loss is not None else ""
    samples = f"{step.samples} sample{'s' if step.samples != 1 else ''}"
    return f"One training step of {step.model!r} on {samples}{loss}"


def by_whom(kernels: Iterable[Kernel], table: str) -> str:
    """Say which kernels ran."""
    names = ", ".join(map(str, kernels))
    return f"{names}, {table}" if names else "numpy"


def settings(op: Op) -> str:
    """Write what an op was called with besides arrays."""
    return ", ".join(
        f"{name} = {numbers.few(value) if hasattr(value, 'dtype') else repr(value)}"
        for name, value in op.attributes.items()
    )


def origin(value: Value) -> str:
    """Say where a value comes from."""
    if value.maker is not None:
        return f"from op {value.maker.number}"
    made_by = f", made by {value.made_by}" if value.made_by else ""
    return f"{value.kind} {value.name}{made_by}"


def way_back(flow: Flow) -> str:
    """Say how a part of a gradient came to be."""
    if flow.kernel is not None:
        return f"{flow.kernel}: {flow.kernel.formula}"
    return "the same that came" if flow.unchanged else "computed by numpy"


def _lines(step: Step) -> Iterator[str]:
    yield headline(step)
    for name, part in (("loss", step.loss_name), ("optimizer", step.optimizer_name)):
        if part:
            yield f"  {name}: {part}"
    for value in step.inputs:
        yield from _array(value.name, value.kind, value.data)
    yield from ("", "FORWARD")
    for op in step.ops:
        yield from _forward(op, step.table)
    yield from ("", "BACKWARD")
    for op in reversed(step.ops):
        if op.result.gradient is not None:
            yield from _backward(op, step.table)
    yield from ("", "UPDATE")
    for update in step.updates:
        yield from _update(update, step.table)
    reported = ", ".join(f"{name} {numbers.number(v)}" for name, v in _plain(step))
    yield from ("", f"REPORTED  {reported}" if reported else "NOTHING REPORTED")


def _plain(step: Step) -> Iterator[tuple[str, float]]:
    return ((name, v) for name, v in step.logs.items() if not getattr(v, "ndim", 0))


def _title(op: Op, kernels: list[Kernel], table: str) -> str:
    return f"{op.number:>3}. {op.name}, {op.place}  [{by_whom(kernels, table)}]"


def _forward(op: Op, table: str) -> Iterator[str]:
    yield _title(op, op.kernels, table)
    attributes = settings(op)
    if op.formula or attributes:
        yield f"     {'   '.join(filter(None, (op.formula, attributes)))}"
    for argument in op.arguments:
        yield from _array(argument.name, origin(argument.value), argument.value.data)
    yield from _array(op.result.name, "result", op.result.data)


def _backward(op: Op, table: str) -> Iterator[str]:
    gradient = op.result.gradient
    assert gradient is not None
    yield _title(op, op.kernels_back, table)
    parts = [f"op {flow.op.number}" for flow in op.result.flows]
    came = f"from {' + '.join(parts)}" if parts else "the loss itself"
    yield from _array(f"∂loss/∂{op.result.name}", came, gradient)
    for argument, flow in op.sent_back():
        yield from _array(f"→ {argument.value.name}", way_back(flow), flow.gradient)


def _update(update: Update, table: str) -> Iterator[str]:
    kernels = by_whom((call.kernel for call in update.calls), table)
    yield f"   {update.name}  [{kernels if update.calls else 'unchanged or numpy'}]"
    for call in update.calls:
        given = ", ".join(f"{name} = {numbers.number(v)}" for name, v in call.numbers.items())
        yield f"     {call.kernel.formula}   {given}".rstrip()
    yield from _array("before", "", update.before)
    if update.gradient is not None:
        yield from _array("gradient", "", update.gradient)
    for call in update.calls:
        made = update.made_of_gradient(call)
        if made is not None:
            yield from _array("g", "what the optimizer made of it", made)
    if update.constraint:
        yield f"     then its constraint, {update.constraint}"
    for slot in update.slots:
        if slot.before is not None:
            yield from _array(f"{slot.name} before", "", slot.before)
        yield from _array(f"{slot.name} after", "", slot.after)
    yield from _array("after", "", update.after)


def _array(name: str, note: str, array: Array) -> Iterator[str]:
    """Write an array: on one line what fits there, else below its name."""
    size = f"({numbers.shape(array)})" if array.ndim else ""
    head = f"       {name.ljust(NAMES)} {size.ljust(9)}"
    table = numbers.lines(array)
    if len(table) == 1 and len(table[0]) <= 60:
        yield f"{head} {table[0]}{f'   {note}' if note else ''}"
        return
    span = numbers.span(array)
    yield f"{head} {', '.join(filter(None, (note, span)))}".rstrip()
    for line in table:
        yield f"         {line}"
