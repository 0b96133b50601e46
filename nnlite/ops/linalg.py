"""Linear algebra: products of all forms, norms, inverses."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from .. import config
from ..tape import op, unbroadcast
from ..tensor import Array, Tensor
from .arithmetic import cast, divide, maximum, multiply
from .comparisons import not_equal
from .elementary import abs, sqrt, square
from .indexing import getitem, stack
from .matrices import matmul
from .reductions import max, min, sum
from .shapes import diagonal, expand_dims, known, ndim, product, reshape, shape, squeeze, transpose


def dot(x1: Any, x2: Any) -> Tensor:
    """y = Σ x1 x2 over the last axis of x1 and the last but one (or the only one) of x2."""
    if not ndim(x1) or not ndim(x2):
        return multiply(x1, x2)
    if ndim(x2) <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, ([-1], [-2]))


def inner(x1: Any, x2: Any) -> Tensor:
    """y = Σ x1 x2 over the last axis of both."""
    if not ndim(x1) or not ndim(x2):
        return multiply(x1, x2)
    return tensordot(x1, x2, ([-1], [-1]))


def vdot(x1: Any, x2: Any) -> Tensor:
    """y = Σ x1 x2 over all elements."""
    return sum(multiply(reshape(x1, (-1,)), reshape(x2, (-1,))))


def outer(x1: Any, x2: Any) -> Tensor:
    """y = the product of each element of x1 with each of x2, a matrix."""
    return multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """y = Σ x1 x2 over some axes of x1 and as many of x2.

    Parameters
    ----------
    axes : int, or two lists of int
        The last so many of x1 and the first of x2, or which of x1 and which of x2.
    """
    if isinstance(axes, (int, np.integer)):
        axes = (list(range(-axes, 0)), list(range(axes)))
    first, second = (
        [int(axis) % ndim(x) for axis in np.atleast_1d(of)]
        for x, of in zip((x1, x2), axes, strict=True)
    )
    kept_1 = [axis for axis in range(ndim(x1)) if axis not in first]
    kept_2 = [axis for axis in range(ndim(x2)) if axis not in second]
    rows, summed, columns = (
        [shape(x)[axis] for axis in axes] for x, axes in ((x1, kept_1), (x1, first), (x2, kept_2))
    )
    left = reshape(transpose(x1, [*kept_1, *first]), known(product(rows), product(summed)))
    right = reshape(transpose(x2, [*second, *kept_2]), known(product(summed), product(columns)))
    return reshape(matmul(left, right), known(*rows, *columns))


def _einsum_vjp(
    wants: tuple[bool, ...], dy: Array, inputs: list[Array], subscripts: str
) -> tuple[Array | None, ...]:
    terms, result = _terms(subscripts, [x.ndim for x in inputs])
    found: list[Array | None] = []
    for place, (x, term) in enumerate(zip(inputs, terms, strict=True)):
        if not wants[place]:
            found.append(None)
            continue
        others = [(t, o) for i, (t, o) in enumerate(zip(terms, inputs, strict=True)) if i != place]
        known = set(result).union(*(t for t, _ in others))
        letters = "".join(dict.fromkeys(term))
        # What was summed of x alone gets the same gradient everywhere.
        alone = [
            (letter, np.ones(x.shape[term.index(letter)], x.dtype))
            for letter in letters
            if letter not in known
        ]
        parts = [(result, dy), *others, *alone]
        formula = ",".join(t for t, _ in parts) + "->" + letters
        dx = np.einsum(formula, *(array for _, array in parts))
        found.append(dx if letters == term else _on_diagonal(dx, term, x))
    return tuple(found)


def _on_diagonal(gradient: Array, term: str, x: Array) -> Array:
    """Return zeros like x with a gradient where all axes of one letter of `term` go together."""
    dx = np.zeros_like(x, gradient.dtype)
    diagonal = np.einsum(f"{term}->{''.join(dict.fromkeys(term))}", dx)  # a view
    diagonal[...] = unbroadcast(gradient, diagonal.shape)
    return dx


def _terms(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Split "ij,jk->ik" into the letters of the operands and those of the result.

    An ellipsis becomes letters of its own: one for each axis that has no other, from the back.
    """
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(
            f"ops.einsum: {subscripts!r} is of {len(terms)} operands, got {len(ranks)}"
        )
    if not arrow:  # numpy's rule: the letters that occur once, in order, behind the ellipsis
        once = sorted(letter for letter in set(left) - {",", "."} if left.count(letter) == 1)
        result = "." * 3 * ("..." in left) + "".join(once)
    fresh = "".join(letter for letter in string.ascii_letters if letter not in subscripts)
    spans = [
        rank - len(term.replace("...", "")) if "..." in term else 0
        for term, rank in zip(terms, ranks, strict=True)
    ]
    terms = [
        term.replace("...", fresh[-span:] if span > 0 else "")
        for term, span in zip(terms, spans, strict=True)
    ]
    longest = sorted(spans)[-1]
    return terms, result.replace("...", fresh[-longest:] if longest > 0 else "")


@op(_einsum_vjp)
def _einsum(*operands: Array, subscripts: str) -> Array:
    _terms(subscripts, [x.ndim for x in operands])
    return np.einsum(subscripts, *operands)


def einsum(subscripts: str, *operands: Any) -> Tensor:
    """y = the sum of products that `subscripts` say, as in "bi,io->bo" or "...i,io->...o".

    A letter that an operand has twice means a diagonal: "bii->bi" is one, "bii->b" its sum.

    Raises
    ------
    ValueError
        For another number of operands, and for sizes that do not go together.
    """
    return _einsum(*operands, subscripts=subscripts)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """y = the sum of a diagonal of the matrices in x: `offset`, `axis1`, `axis2` say which."""
    return sum(diagonal(x, offset, axis1, axis2), -1)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """y = the norm of x along an axis, or two: of vectors or matrices.

    Parameters
    ----------
    ord : int, float, "fro" or None
        None and "fro" are √Σ x². Of vectors: 1, 2, ∞, -∞, 0 (how many are not 0), or Σ |x|^ord
        to the power of 1 / ord.
        Of matrices: 1, -1, ∞ and -∞, the extremes of the sums of columns and rows.

    Raises
    ------
    ValueError
        For another `ord`, such as those of singular values.
    """
    axes = tuple(range(ndim(x))) if axis is None else tuple(np.atleast_1d(axis).tolist())
    if ord is None or (ord == "fro" and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return sqrt(sum(square(x), axes, keepdims))
    if len(axes) == 1 and not isinstance(ord, str):
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        summed, over = axes if ord in (1, -1) else axes[::-1]
        found = (max if ord > 0 else min)(sum(abs(x), summed, True), over, True)
        return found if keepdims else squeeze(found, axes)
    raise ValueError(f"ops.norm: ord={ord!r} is not there for {len(axes)} axes")


def _vector_norm(x: Any, ord: float, axis: int, keepdims: bool) -> Tensor:
    if ord in (np.inf, -np.inf):
        return (max if ord > 0 else min)(abs(x), axis, keepdims)
    if ord == 0:
        return sum(cast(not_equal(x, 0), abs(x).dtype), axis, keepdims)
    if ord == 1:
        return sum(abs(x), axis, keepdims)
    return sum(abs(x) ** float(ord), axis, keepdims) ** (1 / ord)


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """y = x / max(norm x, epsilon) along `axis`, by the norm of `order`."""
    small = config.epsilon() if epsilon is None else epsilon
    return divide(x, maximum(norm(x, order, axis, True), float(small)))


@op(x=lambda dy, y: -np.swapaxes(y, -1, -2) @ dy @ np.swapaxes(y, -1, -2))
def inv(x: Array, /) -> Array:
    """y = x⁻¹, matrix by matrix."""
    return np.linalg.inv(x)


@op(x=lambda dy, x, y: (dy * y)[..., None, None] * np.swapaxes(np.linalg.inv(x), -1, -2))
def det(x: Array, /) -> Array:
    """y = the determinant, matrix by matrix."""
    return np.asarray(np.linalg.det(x))


def _solve_vjp(wants: tuple[bool, ...], dy: Array, a: Array, y: Array) -> tuple[Array, Array]:
    db = np.linalg.solve(np.swapaxes(a, -1, -2), dy)
    return -db @ np.swapaxes(y, -1, -2), db


@op(_solve_vjp)
def _solve(a: Array, b: Array, /) -> Array:
    return np.linalg.solve(a, b)


def solve(a: Any, b: Any) -> Tensor:
    """y = the solution of a y = b, matrix by matrix.

    Parameters
    ----------
    a : (..., N, N)
    b : (..., N, M), or (..., N) with an axis less than a
    """
    if ndim(b) == ndim(a) - 1:
        return squeeze(_solve(a, expand_dims(b, -1)), -1)
    return _solve(a, b)


def cross(x1: Any, x2: Any) -> Tensor:
    """y = the cross product of vectors of three numbers, along the last axis."""
    parts = [(getitem(x1, (..., i)), getitem(x2, (..., i))) for i in range(3)]
    (a, d), (b, e), (c, f) = parts
    return stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)
