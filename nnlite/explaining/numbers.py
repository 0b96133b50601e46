"""Arrays as text: a number, a few, or a table, always with a word on what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Array

#: What stands for what is left out.
MORE = "…"


def number(value: Any) -> str:
    """Write a number with four digits that count; whole numbers and booleans as they are."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{float(value) + 0.0:.4g}".replace("e+", "e")  # + 0.0 makes 0 of -0


def shape(array: Array) -> str:
    """Write a shape: "2×3"; that of a number is empty."""
    return "×".join(map(str, array.shape))


def few(array: Array, most: int = 2) -> str:
    """Write the first numbers of an array, and its shape if there are more."""
    first = [number(value) for value in array.ravel()[:most]]
    rest = [MORE] if array.size > most else []
    size = f"  ({shape(array)})" if array.ndim else ""
    return ", ".join([*first, *rest]) + size


def span(array: Array) -> str:
    """Say in which range the numbers lie, and how many are none."""
    if array.dtype.kind not in "iuf" or array.size < 2:
        return ""
    finite = array[np.isfinite(array)]
    lost = array.size - finite.size
    words = [f"{number(finite.min())} to {number(finite.max())}"] if finite.size else []
    return ", ".join([*words, *([f"{lost} not finite"] if lost else [])])


def rows(array: Array, most_rows: int = 6, most_columns: int = 8) -> list[list[str]]:
    """Write an array as a table: a row for each place along all axes but the last.

    What is left out at the right or below is a `MORE`.
    """
    table = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    written = [
        [number(value) for value in row[:most_columns]] + [MORE] * (len(row) > most_columns)
        for row in table[:most_rows]
    ]
    return written + [[MORE]] * (len(table) > most_rows)


def lines(array: Array, most_rows: int = 6, most_columns: int = 8) -> list[str]:
    """Write the same in columns, line by line."""
    table = rows(array, most_rows, most_columns)
    width = max((len(cell) for row in table for cell in row), default=0)
    return ["  ".join(cell.rjust(width) for cell in row) for row in table]
