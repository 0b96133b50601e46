"""The table that `model.summary()` prints, and the one that a notebook shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from . import tree
from .messages import say
from .tensor import Parameter

if TYPE_CHECKING:
    from .layers import Layer

#: How a column's cells stand.
ALIGN = {"Param #": str.rjust, "Trainable": str.center}

#: The widths of the columns (with a space on each side) in a table of 76 characters, as Keras gives
#: them on a terminal of 80: without and with "Connected to" and "Trainable".
WIDTHS = {
    (False, False): (33, 24, 15),
    (False, True): (29, 23, 12, 7),
    (True, False): (21, 19, 12, 19),
    (True, True): (19, 17, 11, 16, 7),
}


class Line(NamedTuple):
    """What the table says of one layer, or of one inside it.

    Attributes
    ----------
    layer : Layer
    output_shape : structure of shapes, or None
        None where it is not known.
    connected_to : list of str
        The tensors that it is called on: "dense[0][0]" is the first call's first output.
    depth : int
        0 for the layers of the model itself, 1 for those inside these, ...
    """

    layer: Layer
    output_shape: Any
    connected_to: Sequence[str] = ()
    depth: int = 0


class Table(NamedTuple):
    """A model's layers as cells, column by column, and the sums below.

    Attributes
    ----------
    name : str
        The model's.
    columns : list of str
        What the columns are called.
    widths : tuple of int
        What they share the table's width by.
    rows : list of list of str
        A cell may have several lines.
    sums : list of str
    """

    name: str
    columns: list[str]
    widths: tuple[int, ...]
    rows: list[list[str]]
    sums: list[str]


def table(
    name: str,
    lines: Sequence[Line],
    weights: dict[str, list[Parameter]],
    connected: bool = False,
    show_trainable: bool = False,
) -> Table:
    """Make the table of a model.

    Parameters
    ----------
    name : str
        The model's.
    lines : sequence of Line
    weights : dict of str to list of Parameter
        All weights, by what their sum at the end is called: "Trainable", ...
    connected, show_trainable : bool
        Whether there are these columns.
    """
    columns = ["Layer (type)", "Output Shape", "Param #"]
    columns += ["Connected to"] * connected + ["Trainable"] * show_trainable
    rows = [_cells(line, connected, show_trainable) for line in lines]
    sums = []
    for title, chosen in {"Total": list(chain(*weights.values())), **weights}.items():
        count, size = sum(w.size for w in chosen), sum(w.data.nbytes for w in chosen)
        sums.append(f"{title} params: {count:,} ({readable_size(size)})")
    return Table(name, columns, WIDTHS[connected, show_trainable], rows, sums)


def _cells(line: Line, connected: bool, show_trainable: bool) -> list[str]:
    layer = line.layer
    indent = "   " * line.depth + "└ " * bool(line.depth)
    cells = [
        f"{indent}{layer.name} ({kind_of(layer)})",
        _shape(line.output_shape),
        f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
    ]
    if connected:
        cells.append(",\n".join(line.connected_to) or "-")
    if show_trainable:
        cells.append("-" if not layer.weights else "Y" if layer.trainable else "N")
    return cells


def kind_of(layer: Layer) -> str:
    """What a layer is: its class, or of an op Keras's class for it, "GetItem"."""
    op = getattr(layer, "op", None)
    if op is None or type(layer).__name__ != "Operation":
        return type(layer).__name__
    words = {"getitem": "get_item"}.get(op.name.lstrip("_"), op.name.lstrip("_"))
    return "".join(word.capitalize() for word in words.split("_"))


def _shape(shapes: Any) -> str:
    """Write a shape; of several, one after the other."""
    if shapes is None:
        return "?"
    return ",\n".join(str(tuple(shape)) for shape in tree.leaves(shapes, tree.is_shape))


# ----------------------------------------------------------------------------------- as text


def as_text(what: Table, line_length: int, positions: Sequence[float] | None = None) -> str:
    """Lay a table out as Keras does.

    Parameters
    ----------
    what : Table
    line_length : int
        The width in characters; it grows where a word needs more.
    positions : sequence of float, optional
        Where the columns end, as parts of the width or in characters.

    Raises
    ------
    ValueError
        Where these are not as many as the columns.
    """
    shares = what.widths if positions is None else _between(positions, len(what.columns))
    widths = _widths(what.rows, shares, line_length)
    lines = [
        f'Model: "{what.name}"',
        _rule("┏┳┓", "━", widths),
        *_row(_fitting(what.columns, widths), what.columns, widths, "┃"),
        _rule("┡╇┩", "━", widths),
    ]
    for index, row in enumerate(what.rows):
        if index:
            lines.append(_rule("├┼┤", "─", widths))
        lines += _row(row, what.columns, widths, "│")
    lines.append(_rule("└┴┘", "─", widths))
    return "\n".join([*lines, *(f" {line}" for line in what.sums)])


def _between(positions: Sequence[float], columns: int) -> tuple[float, ...]:
    """Return the widths of columns that end at some positions."""
    if len(positions) != columns or list(positions) != sorted(positions):
        raise ValueError(
            f"summary: positions say where the {columns} columns end, from left to right, got "
            f"{positions!r}"
        )
    return tuple(end - start for start, end in zip([0, *positions], positions, strict=False))


def _widths(rows: list[list[str]], shares: tuple[float, ...], line_length: int) -> list[int]:
    """Share `line_length` among the columns, each at least as wide as its longest word."""
    room = line_length - len(shares) - 1  # without the bars
    exact = [share * room / sum(shares) for share in shares]
    widths = [int(width) for width in exact]
    by_rest = sorted(range(len(shares)), key=lambda column: int(exact[column]) - exact[column])
    for column in by_rest[: room - sum(widths)]:
        widths[column] += 1
    needed = [
        max((len(part) + 2 for row in rows for part in _unbroken(row[column], column)), default=0)
        for column in range(len(shares))
    ]
    return [max(width, need) for width, need in zip(widths, needed, strict=True)]


def _unbroken(cell: str, column: int) -> list[str]:
    """Return the pieces of a cell that stay on one line: the words of a layer's name and type."""
    if column:
        return cell.split("\n")
    words = cell.split()
    return [" ".join(words[:2]), *words[2:]] if words[0] == "└" else words


def _fitting(titles: list[str], widths: list[int]) -> list[str]:
    """Cut titles that are too long, as Keras does: "Trai…"."""
    return [
        title if len(title) <= width - 2 else f"{title[: width - 3]}…"
        for title, width in zip(titles, widths, strict=True)
    ]


def _rule(corners: str, line: str, widths: list[int]) -> str:
    return corners[0] + corners[1].join(line * width for width in widths) + corners[2]


def _row(cells: list[str], columns: list[str], widths: list[int], bar: str) -> list[str]:
    """Lay out one row, of as many lines as its cells need."""
    wrapped = [_wrapped(cell, width - 2) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=""):
        padded = (
            ALIGN.get(column, str.ljust)(part, width - 2)
            for part, column, width in zip(parts, columns, widths, strict=True)
        )
        lines.append(f"{bar} {f' {bar} '.join(padded)} {bar}")
    return lines


def _wrapped(cell: str, width: int) -> list[str]:
    """Break a cell where it is too long: before its last word, the type of a layer."""
    lines = []
    for line in cell.split("\n"):
        head, _, last = line.rpartition(" ")
        lines += [line] if len(line) <= width or not head.strip() else [head, last]
    return lines


# ------------------------------------------------------------------------------ for a notebook


#: How a cell of a table in HTML looks; the colour of its line suits light and dark pages.
CELL = "padding: 0.2em 1em; border-bottom: 1px solid #8886; vertical-align: top"


def as_html(what: Table) -> str:
    """Write a table in HTML."""
    import html  # its table of entities is large

    def row(cells: list[str], tag: str) -> str:
        parts = (
            f'<{tag} style="{CELL}; text-align: {"right" if name in ALIGN else "left"}">'
            f"{html.escape(cell).replace('   ', '&emsp;').replace(chr(10), '<br>')}</{tag}>"
            for cell, name in zip(cells, what.columns, strict=True)
        )
        return f"<tr>{''.join(parts)}</tr>"

    body = "".join(row(cells, "td") for cells in what.rows)
    sums = "<br>".join(map(html.escape, what.sums))
    return (
        f"<div><strong>Model: {html.escape(what.name)}</strong>"
        f'<table style="border-collapse: collapse; margin: 0.5em 0">'
        f"<thead>{row(what.columns, 'th')}</thead><tbody>{body}</tbody></table>"
        f"{sums}</div>"
    )


def readable_size(size: int) -> str:
    """1044032 -> "1019.56 KB", in steps of 1024, as Keras writes it."""
    value, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"


def print_summary(text: str, print_fn: Callable[[str], Any] | None) -> None:
    """Print the table with `print_fn`, by default as everything that a user is told."""
    (print_fn or say)(text)
