"""Tiles and blocks: a row's columns again and again, and matrices one below the other."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door
from .arithmetic import EXTREMES, OPERATIONS, operation_of


@door("x[B,I] -> out[B,O]")
def tile(x: ndarray, out: ndarray) -> None:
    """out[:, r I + i] = x[:, i], for every r: x side by side. This is how arrays broadcast."""
    rows, columns = x.shape
    count = _tiles("tile", columns, out.shape[1])
    out.reshape(rows, count, columns)[...] = x[:, None]


@door("x[B,O] -> out[B,I]")
def sum_tiles(x: ndarray, out: ndarray) -> None:
    """out[:, i] = Σ_r x[:, r I + i], in float64. This is how arrays are summed over an axis."""
    rows, columns = out.shape
    count = _tiles("sum_tiles", columns, x.shape[1])
    out[...] = x.reshape(rows, count, columns).sum(axis=1, dtype=np.float64)


@door("x[B,O] -> out[B,I]")
def extreme_of_tiles(x: ndarray, operation: str, out: ndarray) -> None:
    """out[:, i] = the "maximum" ("minimum") over r of x[:, r I + i]; NaN stays NaN."""
    operation_of("extreme_of_tiles", operation, EXTREMES)
    rows, columns = out.shape
    count = _tiles("extreme_of_tiles", columns, x.shape[1])
    if out.size and not x.size:
        raise ValueError("extreme_of_tiles: of no tiles there is no extreme")
    if out.size:
        OPERATIONS[operation].reduce(x.reshape(rows, count, columns), axis=1, out=out)


def _tiles(kernel: str, columns: int, width: int) -> int:
    """How many tiles of some columns make a row."""
    if width % max(columns, 1) or (width and not columns):
        raise ValueError(f"{kernel}: {width} columns are no multiple of {columns}")
    return width // max(columns, 1)


@door("x[B,O] -> out[N,I]")
def transpose_blocks(x: ndarray, out: ndarray) -> None:
    """out = the transposes of the matrices, (I, O) each, that lie one below the other in x."""
    (height, columns), (width, rows) = x.shape, out.shape
    if height * columns != width * rows or height % max(rows, 1):
        raise ValueError(
            f"transpose_blocks: blocks of the shape {(rows, columns)} do not make x {x.shape} and "
            f"out {out.shape}"
        )
    if x.size:
        blocks = x.reshape(-1, rows, columns)
        out.reshape(-1, columns, rows)[...] = blocks.transpose(0, 2, 1)
