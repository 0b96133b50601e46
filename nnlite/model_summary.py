"""The table that `model.summary()` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from .tensor import Parameter

if TYPE_CHECKING:
    from .layers import Layer

Cells = tuple[str, str, str]

COLUMNS = ("Layer (type)", "Output Shape", "Param #")


def summary_text(
    name: str,
    rows: Iterable[Cells],
    weights: dict[str, list[Parameter]],
    line_length: int,
) -> str:
    """Lay out a model's layers as Keras does.

    Parameters
    ----------
    name : str
        The model's.
    rows : iterable of (layer and type, output shape, number of parameters)
    weights : dict of str to list of Parameter
        All weights, by what their line at the end is called: "Trainable", ...
    line_length : int
        The width of the table in characters; it grows where a cell needs more.
    """
    table = [COLUMNS, *rows]
    widths = _widths(table, line_length)
    lines = [
        f'Model: "{name}"',
        _rule("┏┳┓", "━", widths),
        _row(table[0], widths, "┃"),
        _rule("┡╇┩", "━", widths),
    ]
    for index, row in enumerate(table[1:]):
        if index:
            lines.append(_rule("├┼┤", "─", widths))
        lines.append(_row(row, widths, "│"))
    lines.append(_rule("└┴┘", "─", widths))
    for title, chosen in {"Total": list(chain(*weights.values())), **weights}.items():
        count, size = sum(w.size for w in chosen), sum(w.data.nbytes for w in chosen)
        lines.append(f" {title} params: {count:,} ({readable_size(size)})")
    return "\n".join(lines)


def layer_row(layer: Layer, output_shape: Any) -> Cells:
    """Return the three cells of one layer."""
    shape = "?" if output_shape is None else str(tuple(output_shape))
    parameters = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    return f"{layer.name} ({type(layer).__name__})", shape, parameters


def readable_size(size: int) -> str:
    """1044032 -> "1019.56 KB", in steps of 1024, as Keras writes it."""
    value, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"


def print_summary(text: str, print_fn: Callable[[str], Any] | None) -> None:
    """Print the table with `print_fn`, by default `print`."""
    (print_fn or print)(text)


def _widths(rows: list[Cells], line_length: int) -> list[int]:
    """Share `line_length` among the columns as Keras does, each at least as wide as its cells."""
    first, second = int(0.45 * line_length), int(0.80 * line_length)
    shares = (first - 1, second - first - 2, line_length - second - 1)  # 4 of it are bars
    needed = [max(len(row[column]) for row in rows) + 2 for column in range(len(COLUMNS))]
    return [max(share, need) for share, need in zip(shares, needed, strict=True)]


def _rule(corners: str, line: str, widths: list[int]) -> str:
    return corners[0] + corners[1].join(line * width for width in widths) + corners[2]


def _row(cells: Cells, widths: list[int], bar: str) -> str:
    name, shape, number = (f" {cell} " for cell in cells)
    padded = (name.ljust(widths[0]), shape.ljust(widths[1]), number.rjust(widths[2]))
    return bar + bar.join(padded) + bar
