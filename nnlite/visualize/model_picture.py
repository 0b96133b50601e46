"""The picture of a laid-out model, drawn with matplotlib. Lengths are in inches, y downwards."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .figures import new_figure
from .layout import Point
from .model_graph import Box, Cell, Frame
from .model_layout import (
    CELL_SIZE,
    HEAD_HEIGHT,
    HEAD_SIZE,
    LINE,
    PADDING,
    TITLE_HEIGHT,
    Placed,
    Route,
    cell_width,
    label_width,
    row_height,
    title_width,
)
from .text import FONT, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARGIN = 0.2  # around the picture
TIP = 0.12  # the length of an arrow's head

INK, PAPER, EDGE = "#1f2933", "#ffffff", "#9aa5b1"
ARROW = "#52606d"
HEADS = {True: "#1f6f8b", False: "#2f3b4a"}  # of boxes: of inputs, of other layers
CELLS = {None: PAPER, True: "#2e7d4f", False: "#b0413e"}  # trainable or not
FRAMES = ("#eef3f8", "#dde7f0")  # of frames, and of those inside these


def drawn(model: Placed, downwards: bool) -> Figure:
    """Draw a laid-out diagram.

    Parameters
    ----------
    model : Placed
    downwards : bool
        Whether it was laid out so; else from left to right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    size = (model.width, model.length) if downwards else (model.length, model.width)
    width, height = (side + 2 * MARGIN for side in size)
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    figure.set_facecolor(PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
    axes.axis("off")
    _Pen(axes, downwards).diagram(model, (0.0, 0.0), 0)
    return figure


class _Pen:
    """Draws the parts of a diagram.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        In inches, y downwards.
    downwards : bool
        Whether "along" is down, or to the right.
    """

    def __init__(self, axes: Axes, downwards: bool) -> None:
        self.axes = axes
        self.downwards = downwards

    def diagram(self, model: Placed, corner: Point, depth: int) -> None:
        """Draw what was laid out, from its corner (across, along) on."""
        for place, part in enumerate(model.diagram.parts):
            (across, along), (width, length) = model.middles[place], model.sizes[place]
            here = (corner[0] + across - width / 2, corner[1] + along - length / 2)
            x, y = self.turned(here)
            size = self.turned((width, length))
            if isinstance(part, Frame):
                self.rectangle((x, y), size, EDGE, FRAMES[depth % len(FRAMES)])
                self.title(part, x + PADDING, y + TITLE_HEIGHT / 2, INK)
                self.diagram(model.inner[place], here, depth + 1)
            else:
                self.box(part, (x, y), size)
        for route in model.routes:
            self.arrow(route, corner)

    def turned(self, point: Point) -> Point:
        """(across, along) -> (x, y)."""
        return point if self.downwards else (point[1], point[0])

    def rectangle(self, corner: Point, size: Point, edge: str, colour: str = "none") -> None:
        """Draw a rectangle, filled with a colour or empty."""
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle(corner, *size, facecolor=colour, edgecolor=edge, lw=0.9))

    def text(self, text: str, x: float, y: float, size: float, **style: Any) -> None:
        """Write a line from x to the right, its capitals' middle at y."""
        baseline = y + 0.365 * size / 72  # these are 0.73 of the size high
        self.axes.text(
            x, baseline, text, size=size, family=FONT, va="baseline", parse_math=False, **style
        )

    def title(self, titled: Box | Frame, x: float, y: float, colour: str) -> None:
        """Write a name in bold, and what stands behind it."""
        self.text(titled.name, x, y, HEAD_SIZE, weight="bold", color=colour)
        behind = x + text_width(titled.name, HEAD_SIZE, bold=True)
        self.text(titled.remark, behind, y, HEAD_SIZE, color=colour)

    def box(self, box: Box, corner: Point, size: Point) -> None:
        """Draw a layer: its head, and the rows below."""
        (left, top), (width, _) = corner, size
        head = HEADS[box.is_input]
        self.rectangle(corner, (width, HEAD_HEIGHT), head, head)
        self.title(box, left + (width - title_width(box)) / 2, top + HEAD_HEIGHT / 2, PAPER)
        y = top + HEAD_HEIGHT
        for row in box.rows:
            height = row_height(row)
            spare = (width - sum(map(cell_width, row))) / len(row)
            x = left
            for cell in row:
                self.cell(cell, (x, y), (cell_width(cell) + spare, height))
                x += cell_width(cell) + spare
            y += height
        self.rectangle(corner, size, head)

    def cell(self, cell: Cell, corner: Point, size: Point) -> None:
        """Draw a cell with its text in the middle."""
        (left, top), (width, height) = corner, size
        self.rectangle(corner, size, EDGE, CELLS[cell.trainable])
        colour = INK if cell.trainable is None else PAPER
        lines = cell.value.split("\n")
        x = left + (width - cell_width(cell)) / 2 + PADDING
        y = top + (height - LINE * (len(lines) - 1)) / 2
        self.text(cell.label, x, y, CELL_SIZE, color=colour)
        for number, line in enumerate(lines):
            place = x + label_width(cell), y + LINE * number
            self.text(line, *place, CELL_SIZE, weight="bold", color=colour)

    def arrow(self, route: Route, corner: Point) -> None:
        """Draw an arrow along its route: straight along, across by curves."""
        from matplotlib.patches import PathPatch, Polygon
        from matplotlib.path import Path

        points = [(corner[0] + across, corner[1] + along) for across, along in route.points]
        tip = points[-1]
        if route.ends:
            points[-2:] = [(across, along - TIP) for across, along in points[-2:]]
        codes, vertices = [Path.MOVETO], [points[0]]
        for number, (begin, end) in enumerate(pairwise(points)):
            if number % 2:
                middle = (begin[1] + end[1]) / 2
                vertices += [(begin[0], middle), (end[0], middle), end]
                codes += [Path.CURVE4] * 3
            else:
                vertices.append(end)
                codes.append(Path.LINETO)
        path = Path([self.turned(vertex) for vertex in vertices], codes)
        self.axes.add_patch(PathPatch(path, fill=False, edgecolor=ARROW, lw=1.3))
        if route.ends:
            head = [tip, *((tip[0] + side, tip[1] - TIP) for side in (-TIP / 2.4, TIP / 2.4))]
            self.axes.add_patch(Polygon([self.turned(point) for point in head], color=ARROW, lw=0))
