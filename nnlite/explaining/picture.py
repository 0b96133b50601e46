"""The graph of a step as SVG: a card for each op, its values on the way down, gradients beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..tensor import Array
from ..visualize.layering import Edge
from ..visualize.layout import Layout, Spacing, layered
from . import numbers
from .markup import Markup, element
from .records import Argument, Op, Step, Value

#: Lengths are in pixels. A letter is as wide as in a monospaced font of 11 pixels.
LETTER, LINE, PADDING, MARGIN = 6.7, 15.0, 8.0, 6.0
SPACING = Spacing(boxes=24.0, edges=12.0, ranks=64.0)

#: How many letters of a line are shown; a hint has all of them.
MOST_LETTERS = 46

#: The layout of more cards takes long, and nobody finds their way about in it.
MOST_CARDS = 300


class Written(NamedTuple):
    """A line of text in the picture, with the class that gives it its colour."""

    text: str
    look: str = ""


class Card(NamedTuple):
    """A box of the graph.

    Attributes
    ----------
    lines : list of list of Written
    hint : str
        What is shown where the pointer rests.
    op : Op or None
        None of a part of the batch, and of the loss at the end.
    entering : list of Argument
        The values that come from other cards.
    """

    lines: list[list[Written]]
    hint: str
    op: Op | None
    entering: list[Argument]

    @property
    def width(self) -> float:
        letters = max(sum(len(part.text) + 2 for part in line) for line in self.lines)
        beside = self.port * max(2, len(self.entering)) if self.entering else 0.0
        return max(letters * LETTER + PADDING, beside) + PADDING

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + PADDING

    @property
    def port(self) -> float:
        """How much room each value has that enters, and what is written beside it."""
        widest = max(
            (len(line) for one in self.entering for line in _beside(one, self.op)), default=0
        )
        return (widest + 1) * LETTER + PADDING

    def enters(self, place: int) -> float:
        """Return where a value enters, seen from the middle: a single one there."""
        count = len(self.entering)
        return 0.0 if count == 1 else (place + 0.12 - count / 2) * self.port


def as_svg(step: Step, link: Callable[[Op], str]) -> Markup:
    """Draw the graph of a step; `link` says where a click on an op leads."""
    cards = [*_cards(step)]
    if len(cards) > MOST_CARDS:
        return element("p", f"The graph of {len(cards)} ops is not drawn.")
    place = {id(card.op): at for at, card in enumerate(cards) if card.op is not None}
    inputs = {card.lines[0][0].text: at for at, card in enumerate(cards) if card.op is None}
    edges, labels = [], []
    for target, card in enumerate(cards):
        for at, argument in enumerate(card.entering):
            maker = argument.value.maker
            source = inputs[argument.value.name] if maker is None else place[id(maker)]
            edges.append(Edge(source, target, enters=card.enters(at)))
            labels.append((argument, card.op))
    layout = layered([(card.width, card.height) for card in cards], edges, SPACING)
    drawn = [
        *(_edge(route, *label) for route, label in zip(layout.routes, labels, strict=True)),
        *(_card(card, middle, link) for card, middle in zip(cards, layout.middles, strict=True)),
    ]
    return _framed(layout, drawn)


def _framed(layout: Layout, drawn: list[Markup]) -> Markup:
    width, height = layout.width + 2 * MARGIN, layout.length + 2 * MARGIN
    moved = element("g", *drawn, transform=f"translate({MARGIN:g} {MARGIN:g})")
    box = f"0 0 {width:.0f} {height:.0f}"
    return element(
        "svg", moved, viewBox=box, width=f"{width:.0f}", height=f"{height:.0f}", role="img",
        aria_label="the graph of the step",
    )  # fmt: skip


# --------------------------------------------------------------------------------------- the cards


def _cards(step: Step) -> Iterator[Card]:
    read = [argument.value for op in step.ops for argument in op.arguments]
    seen: set[int] = set()
    for value in read:
        if value.kind == "input" and id(value) not in seen:
            seen.add(id(value))
            yield Card(
                [[Written(value.name, "name")], [Written(numbers.few(value.data), "value")]],
                hint_of(value), None, [],
            )  # fmt: skip
    for op in step.ops:
        yield _card_of(op)
    if step.loss is not None and step.loss.maker is not None:
        yield Card([[Written("loss", "name")]], hint_of(step.loss), None, [Argument("", step.loss)])


def _card_of(op: Op) -> Card:
    lines = [[Written(f"{op.number} {op.name}", "name"), Written(_cut(op.place), "quiet")]]
    if op.formula:
        lines.append([Written(_cut(op.formula), "quiet")])
    entering = []
    for argument in op.arguments:
        value = argument.value
        if value.maker is not None or value.kind == "input":
            entering.append(argument)
            continue
        name = argument.name if value.kind == "constant" else f"{argument.name}: {value.name}"
        lines.append([Written(_cut(name), "quiet"), Written(numbers.few(value.data), "value")])
        gradient = _sent(argument, op)
        if gradient is not None:
            lines.append([Written("  ∂ " + numbers.few(gradient), "gradient")])
    return Card(lines, _hint_of_op(op), op, entering)


def _card(card: Card, middle: tuple[float, float], link: Callable[[Op], str]) -> Markup:
    left, top = middle[0] - card.width / 2, middle[1] - card.height / 2
    parts = [
        element("title", card.hint),
        element(
            "rect", x=f"{left:.1f}", y=f"{top:.1f}", width=f"{card.width:.1f}",
            height=f"{card.height:.1f}", rx="5", class_="card",
        ),
    ]  # fmt: skip
    for at, line in enumerate(card.lines):
        spans = [
            element("tspan", part.text, class_=part.look or None, dx="12" if place else None)
            for place, part in enumerate(line)
        ]
        y = top + PADDING / 2 + (at + 0.75) * LINE
        parts.append(element("text", *spans, x=f"{left + PADDING:.1f}", y=f"{y:.1f}"))
    group = element("g", *parts)
    return group if card.op is None else element("a", group, href=link(card.op))


# --------------------------------------------------------------------------------------- the edges


def _edge(route: list[tuple[float, float]], argument: Argument, op: Op | None) -> Markup:
    enters, top = route[-2]
    # The curves end above what is written beside the arrow.
    points = [*route[:-2], (enters, top - 2 * LINE), route[-1]]
    x, y = points[0]
    path = [f"M{x:.1f} {y:.1f}"]
    for place, (to_x, to_y) in enumerate(points[1:]):
        half = (y + to_y) / 2
        curve = f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} " if place % 2 else "L"
        path.append(f"{curve}{to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    tip = f"{x - 4:.1f},{y - 7:.1f} {x + 4:.1f},{y - 7:.1f} {x:.1f},{y:.1f}"
    beside = _beside(argument, op)
    texts = []
    for at, (text, look) in enumerate(zip(beside, ("value", "gradient"), strict=False)):
        height = y - 6 - LINE * (len(beside) - 1 - at)
        texts.append(element("text", text, x=f"{x + 8:.1f}", y=f"{height:.1f}", class_=look))
    return element(
        "g",
        element("title", hint_of(argument.value)),
        element("path", d=" ".join(path), class_="edge"),
        element("polygon", points=tip, class_="tip"),
        *texts,
    )


def _beside(argument: Argument, op: Op | None) -> list[str]:
    """Return what is written beside an edge: the value, and the gradient that comes back on it."""
    gradient = argument.value.gradient if op is None else _sent(argument, op)
    written = [numbers.few(argument.value.data)]
    return written if gradient is None else [*written, f"∂ {numbers.few(gradient)}"]


def _sent(argument: Argument, op: Op) -> Array | None:
    for one, flow in op.sent_back():
        if one is argument:
            return flow.gradient
    return None


# --------------------------------------------------------------------------------------- the hints


def hint_of(value: Value) -> str:
    """Return the numbers of a value and its gradient as lines of text."""
    lines = [f"{value.name} {_size(value.data)}", *numbers.lines(value.data)]
    if value.gradient is not None:
        lines += [f"∂loss/∂{value.name}", *numbers.lines(value.gradient)]
    return "\n".join(lines)


def _hint_of_op(op: Op) -> str:
    lines = [f"{op.name} in {op.place}", op.formula]
    for argument in op.arguments:
        if argument.value.maker is None and argument.value.kind != "input":
            lines += ["", hint_of(argument.value)]
    return "\n".join([*lines, "", hint_of(op.result)])


def _size(array: Array) -> str:
    size = f"({numbers.shape(array)}) " if array.ndim else ""
    return f"{size}{array.dtype}"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}{numbers.MORE}"
