"""A step as HTML: one page that needs nothing else, and the same for a notebook."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ..tensor import Array
from . import numbers
from .markup import Markup, element, joined
from .picture import as_svg
from .records import Kernel, Op, Step, Update
from .style import SCRIPT, STYLE
from .text import as_text, by_whom, headline, origin, settings, way_back


def as_page(step: Step) -> str:
    """Write a whole page."""
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", headline(step)),
        element("style", Markup(":root { color-scheme: light dark } body { margin: 0 }")),
    )
    page = element("html", head, element("body", as_fragment(step)), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def as_fragment(step: Step) -> Markup:
    """Write what a notebook displays."""
    mark = f"step-{zlib.crc32(as_text(step).encode()):08x}"  # several may stand on one page

    def place(part: str, op: Op) -> str:
        return f"{mark}-{part}-{op.number}"

    back = [op for op in reversed(step.ops) if op.result.gradient is not None]
    return element(
        "div",
        element("style", Markup(STYLE)),
        element("h1", headline(step)),
        *_introduction(step),
        element("div", as_svg(step, lambda op: f"#{place('forward', op)}"), class_="graph"),
        element("button", "Unfold all", type="button"),
        element("h2", "Forward"),
        *(_forward(op, step.table, place("forward", op)) for op in step.ops),
        element("h2", "Backward"),
        *(_backward(op, step.table, place("backward", op)) for op in back),
        element("h2", "Update"),
        *(_update(update, step.table) for update in step.updates),
        element("h2", "Reported"),
        _reported(step),
        element("script", Markup(SCRIPT)),
        class_="nnlite-step",
    )


def _introduction(step: Step) -> Iterator[Markup]:
    parts = {"Loss": step.loss_name, "Optimizer": step.optimizer_name}
    yield element(
        "p",
        *(joined(element("b", name), f" {text} ", Markup("<br>")) for name, text in parts.items()),
        element("b", "Kernels"),
        f" {step.table}",
    )
    yield element(
        "p",
        element("span", "Values", class_="value"),
        " flow down, ",
        element("span", "gradients", class_="gradient"),
        " (∂: of the loss) flow back up. Hover for the numbers; a click on an op leads to its "
        "lines below, which unfold. Every number was copied while the step ran.",
        class_="quiet",
    )


def _folded(summary: Iterable[Markup], body: Iterable[Markup], place: str | None = None) -> Markup:
    return element("details", element("summary", *summary), *body, id=place)


def _summary(op: Op, shown: Array, look: str) -> Iterator[Markup]:
    yield element("b", f"{op.number} {op.name}")
    yield element("span", f" {op.place} ", class_="quiet")
    yield element("code", numbers.few(shown), class_=look)


def _forward(op: Op, table: str, place: str) -> Markup:
    body = [element("p", *_formula(op.formula, settings(op)))]
    for argument in op.arguments:
        body.append(_array(argument.name, origin(argument.value), argument.value.data, "value"))
    body.append(_array(op.result.name, "result", op.result.data, "value"))
    body.append(_ran(op.kernels, table))
    return _folded(_summary(op, op.result.data, "value"), body, place)


def _backward(op: Op, table: str, place: str) -> Markup:
    gradient = op.result.gradient
    assert gradient is not None
    flows = op.result.flows
    came = " + ".join(f"op {flow.op.number}" for flow in flows)
    note = f"came from {came}" if came else "the loss itself"
    body = [_array(f"∂loss/∂{op.result.name}", note, gradient, "gradient")]
    if len(flows) > 1:
        for flow in flows:
            part = f"of it from op {flow.op.number}"
            body.append(_array(flow.argument, part, flow.gradient, "gradient"))
    for argument, flow in op.sent_back():
        to = f"sent back to {argument.name}, {origin(argument.value)}; {way_back(flow)}"
        body.append(_array(f"∂loss/∂{argument.value.name}", to, flow.gradient, "gradient"))
    body.append(_ran(op.kernels_back, table))
    return _folded(_summary(op, gradient, "gradient"), body, place)


def _update(update: Update, table: str) -> Markup:
    changed = (update.before != update.after).any()
    summary = [
        element("b", update.name),
        Markup(" "),
        element("code", numbers.few(update.before), class_="value"),
        Markup(" → ") if changed else Markup(" stays "),
        element("code", numbers.few(update.after), class_="value"),
    ]
    body = [_array("before", "", update.before, "value")]
    if update.gradient is not None:
        body.append(_array("gradient", "of the loss", update.gradient, "gradient"))
    for call in update.calls:
        given = ", ".join(f"{name} = {numbers.number(v)}" for name, v in call.numbers.items())
        body.append(element("p", *_formula(call.kernel.formula, given)))
        made = update.made_of_gradient(call)
        if made is not None:
            body.append(_array("g", "what the optimizer made of it", made, "gradient"))
    if update.constraint:
        body.append(element("p", "then its constraint, ", element("code", update.constraint)))
    for slot in update.slots:
        if slot.before is not None:
            body.append(_array(slot.name, "before", slot.before, "quiet"))
        body.append(_array(slot.name, "after", slot.after, "quiet"))
    body.append(_array("after", "", update.after, "value"))
    if update.calls or changed:
        body.append(_ran([call.kernel for call in update.calls], table))
    return _folded(summary, body)


def _reported(step: Step) -> Markup:
    rows = [
        element(
            "tr",
            element("th", name),
            element("td", value if getattr(value, "ndim", 0) else numbers.number(value)),
        )
        for name, value in step.logs.items()
    ]
    return element("div", element("table", *rows), class_="numbers")


# ------------------------------------------------------------------------------------------ parts


def _formula(formula: str, given: str) -> Iterator[Markup]:
    if formula:
        yield element("code", formula)
    if given:
        yield element("span", f"  with {given}", class_="quiet")


def _ran(kernels: Iterable[Kernel], table: str) -> Markup:
    kernels = list(kernels)
    rows = [
        element("li", element("b", kernel), " ", element("code", kernel.formula))
        for kernel in kernels
    ]
    if not rows:
        return element("p", "Run by numpy.", class_="quiet")
    return joined(
        element("p", f"Run by {by_whom(kernels, table)}:", class_="quiet"), element("ul", *rows)
    )


def _array(name: str, note: str, array: Array, look: str) -> Markup:
    """Write the numbers of an array as a table below its name, shape and range."""
    shape = f"({numbers.shape(array)}) " if array.ndim else ""
    facts = ", ".join(filter(None, (f"{shape}{array.dtype}", numbers.span(array))))
    rows = [element("tr", *(element("td", cell) for cell in row)) for row in numbers.rows(array)]
    return element(
        "div",
        element(
            "p",
            element("b", name, class_=look),
            " ",
            element("span", ", ".join(filter(None, (note, facts))), class_="quiet"),
        ),
        element("div", element("table", *rows), class_="numbers"),
        class_="array",
    )
