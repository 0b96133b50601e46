"""A model's diagram with a place for everything. Lengths are in inches."""

from __future__ import annotations

from typing import NamedTuple

from .layout import Edge, Point, Spacing, layered
from .model_graph import Box, Cell, Diagram, End, Frame
from .text import text_width

HEAD_SIZE, CELL_SIZE = 11.0, 10.0  # of letters, in points
LINE = 0.19  # the height of a line of text
PADDING = 0.12  # beside text
HEAD_HEIGHT = 0.34
CELL_SPACE = 0.13  # above and below the text of a cell, together
LEAST_WIDTH = 1.0  # of a box

SPACING = Spacing(boxes=0.4, edges=0.3, ranks=0.42)
FRAME_SPACE = 0.22  # between the sides of a frame and what stands in it
TITLE_HEIGHT = 0.42  # of a frame, where boxes stand right below


class Route(NamedTuple):
    """How an arrow runs, as in `Layout.routes`; and whether it ends here, or goes on in a frame."""

    points: list[Point]
    ends: bool


class Placed(NamedTuple):
    """A diagram that was laid out, in (across, along) from its corner.

    Attributes
    ----------
    diagram : Diagram
    middles, sizes : list of (float, float)
        Of its parts.
    routes : list of Route
    inner : dict of int to Placed
        What the parts are that are frames.
    entries, exits : list of float
        Where, across, inputs enter a frame, and outputs leave it.
    width, length : float
    """

    diagram: Diagram
    middles: list[Point]
    sizes: list[Point]
    routes: list[Route]
    inner: dict[int, Placed]
    entries: list[float]
    exits: list[float]
    width: float
    length: float


def placed(diagram: Diagram, downwards: bool, framed: bool = False) -> Placed:
    """Lay out a diagram, from top to bottom or from left to right.

    Where it is framed, points for its inputs and outputs stand on the frame's two sides.
    """
    inner = {
        place: _in_frame(part, downwards)
        for place, part in enumerate(diagram.parts)
        if isinstance(part, Frame)
    }
    sizes = [
        (inner[place].width, inner[place].length)
        if isinstance(part, Frame)
        else _turned(box_size(part), downwards)
        for place, part in enumerate(diagram.parts)
    ]
    inputs, outputs = (diagram.inputs, diagram.outputs) if framed else ([], [])
    first, behind = len(inputs), len(inputs) + len(sizes)  # the inputs, the parts, the outputs
    edges = _edges(diagram, inner, first)
    edges += [
        Edge(port, first + end.part, 0.0, _port(inner, end, "entries"))
        for port, ends in enumerate(inputs)
        for end in ends
    ]
    edges += [
        Edge(first + end.part, port, _port(inner, end, "exits"), 0.0)
        for port, end in enumerate(outputs, behind)
    ]
    points = [(0.0, 0.0)]
    layout = layered(
        points * first + sizes + points * len(outputs),
        edges,
        SPACING,
        range(behind, behind + len(outputs)),
    )
    ends = [edge.target < behind and edge.target - first not in inner for edge in edges]
    across = [x for x, _ in layout.middles]
    return Placed(
        diagram,
        layout.middles[first:behind],
        sizes,
        [Route(*one) for one in zip(layout.routes, ends, strict=True)],
        inner,
        across[:first],
        across[behind:],
        layout.width,
        layout.length,
    )


def _edges(diagram: Diagram, inner: dict[int, Placed], first: int) -> list[Edge]:
    """Return the edges between the parts, the first of which has a number."""
    return [
        Edge(
            first + source.part,
            first + target.part,
            _port(inner, source, "exits"),
            _port(inner, target, "entries"),
        )
        for source, target in diagram.arrows
    ]


def _port(inner: dict[int, Placed], end: End, side: str) -> float:
    """Where an arrow meets a part, seen from its middle: at a frame's port, or in the middle."""
    if end.part not in inner:
        return 0.0
    frame = inner[end.part]
    return float(getattr(frame, side)[end.port]) - frame.width / 2


def _in_frame(frame: Frame, downwards: bool) -> Placed:
    """Lay out what is in a frame, with room for its sides and its title."""
    made = placed(frame.diagram, downwards, framed=True)
    title = title_width(frame) + 3 * PADDING
    if downwards:  # the title stands left of where the first input enters, above the boxes
        before = after = max(FRAME_SPACE, title - min(made.entries), (title - made.width) / 2)
        length = made.length
    else:  # above everything
        before, after = TITLE_HEIGHT, FRAME_SPACE
        length = max(made.length, title)

    def moved(points: list[Point]) -> list[Point]:
        return [(across + before, along) for across, along in points]

    def lengthened(points: list[Point]) -> list[Point]:
        """Let what leaves the frame reach its far side."""
        leaves = points[-1][1] == made.length
        return [*points[:-1], (points[-1][0], length)] if leaves else points

    return made._replace(
        middles=moved(made.middles),
        routes=[Route(moved(lengthened(points)), ends) for points, ends in made.routes],
        entries=[across + before for across in made.entries],
        exits=[across + before for across in made.exits],
        width=made.width + before + after,
        length=length,
    )


def _turned(size: Point, downwards: bool) -> Point:
    """(width, height) -> (across, along)."""
    return size if downwards else (size[1], size[0])


def box_size(box: Box) -> Point:
    """Return the width and height of a layer's box."""
    width = max(LEAST_WIDTH, title_width(box) + 2 * PADDING)
    for row in box.rows:
        width = max(width, sum(cell_width(cell) for cell in row))
    return width, HEAD_HEIGHT + sum(row_height(row) for row in box.rows)


def title_width(titled: Box | Frame) -> float:
    """Return the width of a name in bold, and what stands behind it."""
    name = text_width(titled.name, HEAD_SIZE, bold=True)
    return name + text_width(titled.remark, HEAD_SIZE)


def label_width(cell: Cell) -> float:
    """Return the width of what stands before a cell's value, with the space between them."""
    return text_width(cell.label + " ", CELL_SIZE) if cell.label else 0.0


def cell_width(cell: Cell) -> float:
    """Return the width that a cell needs."""
    lines = (text_width(line, CELL_SIZE, bold=True) for line in cell.value.split("\n"))
    return label_width(cell) + max(lines) + 2 * PADDING


def row_height(row: list[Cell]) -> float:
    """Return the height of a row, by the cell of the most lines."""
    return CELL_SPACE + LINE * max(cell.value.count("\n") + 1 for cell in row)
