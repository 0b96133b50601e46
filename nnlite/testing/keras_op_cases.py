"""The ops that have Keras's name and meaning: each is called alike on both.

`call(ops, *tensors)` is asked of nnlite.ops and, by the tests, of keras.ops. The arrays are made by
a function of a random generator; floats are differentiated, whole numbers and booleans are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..tensor import Array

#: Makes arrays of a random generator.
Draw = Callable[[np.random.Generator], tuple[Array, ...]]


class Case(NamedTuple):
    """How an op is called on a module of ops, and on which arrays."""

    name: str
    call: Callable[..., Any]
    draw: Draw
    differentiable: bool = True
    case: str = ""


def normal(*shapes: tuple[int, ...]) -> Draw:
    """Draw from the normal distribution."""
    return lambda random: tuple(random.normal(size=shape) for shape in shapes)


def within(low: float, high: float, *shapes: tuple[int, ...]) -> Draw:
    """Draw numbers between two."""
    return lambda random: tuple(random.uniform(low, high, shape) for shape in shapes)


def integers(high: int, *shapes: tuple[int, ...]) -> Draw:
    """Draw whole numbers from 0 up to, but not, another."""
    return lambda random: tuple(random.integers(0, high, shape) for shape in shapes)


def nothing(random: np.random.Generator) -> tuple[Array, ...]:
    """Draw no array."""
    return ()


def both(first: Draw, second: Draw) -> Draw:
    """Draw what two others do."""
    return lambda random: (*first(random), *second(random))


X, XY, XYZ = normal((3, 4)), normal((3, 4), (3, 4)), normal((3, 4, 5))
SPECIAL = np.array([0.0, -1.5, np.nan, np.inf, -np.inf])


def special(random: np.random.Generator) -> tuple[Array, ...]:
    """Return numbers that are none, or have no end."""
    return (SPECIAL,)


def with_gaps(o: Any, x: Any) -> Any:
    """Return x with NaN at some places."""
    return o.where(np.array([[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]], bool), np.float32("nan"), x)


def unary(*names: str, draw: Any = X, **kinds: Any) -> list[Case]:
    """Return cases of ops that are called on arrays alone."""
    return [Case(name, lambda o, *a, n=name: getattr(o, n)(*a), draw, **kinds) for name in names]


CASES = [
    # elementary functions
    *unary("absolute", "square", "exp2", "sin", "cos", "tan", "arctan", "sinh", "cosh", "arcsinh"),
    *unary("rsqrt", "reciprocal", "cbrt", "log2", "log10", draw=within(0.5, 3, (3, 4))),
    *unary("arcsin", "arccos", "arctanh", draw=within(-0.9, 0.9, (3, 4))),
    *unary("arccosh", draw=within(1.2, 3, (3, 4))),
    *unary("floor", "ceil", "trunc", "sign"),
    Case("round", lambda o, x: o.round(x, 1), X),
    *unary("nan_to_num", draw=special, differentiable=False),
    Case(
        "nan_to_num", lambda o, x: o.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0), special, False
    ),
    # two numbers
    *unary("arctan2", "hypot", "logaddexp", "true_divide", draw=XY),
    *unary("mod", "floor_divide", draw=both(normal((3, 4)), within(0.5, 2, (3, 4)))),
    Case("divide_no_nan", lambda o, a, b: o.divide_no_nan(a, b * o.cast(b > 0, b.dtype)), XY),
    # comparisons and logic
    *unary("isnan", "isinf", "isfinite", draw=special, differentiable=False),
    *unary("logical_and", "logical_or", "logical_xor", draw=integers(2, (3, 4), (3, 4))),
    *unary("logical_not", "any", "all", draw=integers(2, (3, 4))),
    Case("any", lambda o, x: o.any(x, axis=1, keepdims=True), integers(2, (3, 4))),
    Case("all", lambda o, x: o.all(x, axis=0), integers(2, (3, 4))),
    Case("isclose", lambda o, a, b: o.isclose(a, b, atol=0.5), XY, False),
    Case("allclose", lambda o, a, b: o.allclose(a, b, atol=0.5), XY, False),
    Case("allclose", lambda o, a, b: o.allclose(a, a + 1e-9 * b), XY, False),
    Case("isin", lambda o, a, b: o.isin(a, b), integers(5, (3, 4), (2,))),
    # creation
    Case("zeros", lambda o: o.zeros((2, 3)), nothing),
    Case("ones", lambda o: o.ones((2, 3), dtype="int32"), nothing),
    Case("full", lambda o: o.full((2, 3), 1.5), nothing),
    Case("eye", lambda o: o.eye(3, 4, k=1), nothing),
    Case("identity", lambda o: o.identity(3), nothing),
    Case("tri", lambda o: o.tri(3, 4, k=-1), nothing),
    Case("arange", lambda o: o.arange(5), nothing),
    Case("arange", lambda o: o.arange(1.0, 4.0, 0.5), nothing),
    Case("arange", lambda o: o.arange(5, step=2), nothing),
    Case("linspace", lambda o: o.linspace(1, 2, 5, endpoint=False), nothing),
    *unary("zeros_like", "ones_like", differentiable=False),
    Case("full_like", lambda o, x: o.full_like(x, 2.5), X, False),
    Case("one_hot", lambda o, x: o.one_hot(x - 1, 3), integers(4, (3, 4))),
    Case("one_hot", lambda o, x: o.one_hot(x, 3, axis=0), integers(3, (3, 4))),
    Case("multi_hot", lambda o, x: o.multi_hot(x, 5), integers(5, (3, 2))),
    # reductions
    *unary("prod", "var", "std", "logsumexp"),
    *(
        Case(name, lambda o, x, n=name: getattr(o, n)(x, axis=1, keepdims=True), X)
        for name in ("prod", "var", "std", "logsumexp", "amax", "amin")
    ),
    Case("prod", lambda o, x: o.prod(o.where(x > 1, 0.0 * x, x), axis=0), X, False, "with zeros"),
    Case("logsumexp", lambda o, x: o.logsumexp(x * 1000, axis=0), X, False, "large"),
    Case("prod", lambda o, x: o.prod(x, axis=(0, -1)), normal((2, 3, 4))),
    *unary("mean", "median", draw=integers(9, (3, 4))),
    Case("quantile", lambda o, x: o.quantile(x, 0.3, axis=1), integers(9, (3, 4))),
    Case("average", lambda o, x: o.average(x, axis=1, weights=[1.0, 2.0, 3.0, 4.0]), X),
    Case("cumsum", lambda o, x: o.cumsum(x, axis=1), X),
    Case("cumsum", lambda o, x: o.cumsum(x), X),
    Case("moments", lambda o, x: o.moments(x, axes=[0]), X),
    Case("average", lambda o, x: o.average(x, axis=0), X),
    Case("average", lambda o, x, w: o.average(x, axis=1, weights=w), both(X, within(1, 2, (4,)))),
    Case("average", lambda o, x, w: o.average(x, weights=w), both(X, within(1, 2, (3, 4)))),
    Case("count_nonzero", lambda o, x: o.count_nonzero(x, axis=1), integers(2, (3, 4))),
    *(
        Case("median", lambda o, x, kinds=kinds: o.median(x, **kinds), XYZ)
        for kinds in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)})
    ),
    *(
        Case("quantile", lambda o, x, m=m: o.quantile(x, [0.3, 0.5, 1.0], 0, method=m), X)
        for m in ("linear", "lower", "higher", "midpoint", "nearest")
    ),
    Case("quantile", lambda o, x: o.quantile(x, 0.3), X),
    Case("quantile", lambda o, x: o.quantile(x, [[0.3], [0.9]], (0, 2), keepdims=True), XYZ),
    Case("percentile", lambda o, x: o.percentile(x, [30, 50], axis=1, keepdims=True), X),
    *(
        Case(
            name, lambda o, x, n=name, k=kinds: getattr(o, n)(with_gaps(o, x), **k), X, case="gaps"
        )
        for name in ("nansum", "nanmean")
        for kinds in ({}, {"axis": 1}, {"axis": 0, "keepdims": True})
    ),
    # order
    Case("argmax", lambda o, x: o.argmax(x, axis=1), X, False),
    Case("argmax", lambda o, x: o.argmax(x), X, False),
    Case("argmin", lambda o, x: o.argmin(x, axis=0, keepdims=True), X, False),
    Case("argsort", lambda o, x: o.argsort(x, axis=0), X, False),
    Case("sort", lambda o, x: o.sort(x, axis=0), X),
    Case("top_k", lambda o, x: o.top_k(x, 2)[0], X),
    Case("top_k", lambda o, x: o.top_k(x, 2)[1], X, False),
    Case("top_k", lambda o, x: o.top_k(o.cast(x, "uint8"), 2)[0], integers(9, (3, 4))),
    Case("in_top_k", lambda o, t, p: o.in_top_k(t, p, 2), both(integers(4, (3,)), X), False),
    Case("searchsorted", lambda o, x: o.searchsorted(o.linspace(-1, 1, 5), x), normal((6,)), False),
    Case("digitize", lambda o, x: o.digitize(x, np.linspace(-1, 1, 5)), normal((6,)), False),
    Case("bincount", lambda o, x: o.bincount(x, minlength=7), integers(5, (9,))),
    # shapes
    Case("ravel", lambda o, x: o.ravel(x), X),
    Case("moveaxis", lambda o, x: o.moveaxis(x, [0, 1], [2, 0]), normal((2, 3, 4))),
    Case("moveaxis", lambda o, x: o.moveaxis(x, -1, 0), normal((2, 3, 4))),
    Case("swapaxes", lambda o, x: o.swapaxes(x, 0, -1), normal((2, 3, 4))),
    Case("flip", lambda o, x: o.flip(x, axis=1), X),
    Case("flip", lambda o, x: o.flip(x), X),
    Case("roll", lambda o, x: o.roll(x, 2, axis=1), X),
    Case("roll", lambda o, x: o.roll(x, -3), X),
    Case("repeat", lambda o, x: o.repeat(x, 3, axis=1), X),
    Case("repeat", lambda o, x: o.repeat(x, 2), X),
    Case("repeat", lambda o, x: o.repeat(x, np.array([1, 0, 2]), axis=0), X),
    Case("tile", lambda o, x: o.tile(x, (2, 3)), X),
    Case("tile", lambda o, x: o.tile(x, (2, 1, 2)), X),
    Case("pad", lambda o, x: o.pad(x, ((1, 0), (2, 3))), X),
    Case("pad", lambda o, x: o.pad(x, 1, constant_values=2.0), X),
    Case("tril", lambda o, x: o.tril(x, -1), X),
    Case("triu", lambda o, x: o.triu(x, 1), X),
    Case("diagonal", lambda o, x: o.diagonal(x, 1), X),
    Case("diagonal", lambda o, x: o.diagonal(x, -1, 1, 2), normal((2, 3, 4))),
    Case("diag", lambda o, x: o.diag(x, 1), X),
    Case("diag", lambda o, x: o.diag(x, -1), normal((3,))),
    Case("hstack", lambda o, a, b: o.hstack([a, b]), XY),
    Case("hstack", lambda o, a, b: o.hstack([a, b]), normal((3,), (2,))),
    Case("vstack", lambda o, a, b: o.vstack([a, b]), normal((4,), (3, 4))),
    Case("append", lambda o, a, b: o.append(a, b, axis=1), XY),
    Case("append", lambda o, a, b: o.append(a, b), XY),
    Case("diff", lambda o, x: o.diff(x), X),
    Case("diff", lambda o, x: o.diff(x, n=2, axis=0), X),
    Case("split", lambda o, x: o.split(x, 2, axis=1), X),
    Case("split", lambda o, x: o.split(x, [1, 2], axis=-1), X),
    Case("unstack", lambda o, x: o.unstack(x, axis=1), X),
    # parts
    Case("take", lambda o, x: o.take(x, np.array([1, 1, 3]), axis=1), X),
    Case("take", lambda o, x: o.take(x, np.array([[5, 0], [2, 2]])), X),
    Case(
        "take_along_axis",
        lambda o, x, i: o.take_along_axis(x, i, axis=1),
        both(X, integers(4, (3, 2))),
    ),
    Case("take_along_axis", lambda o, x, i: o.take_along_axis(x, i), both(X, integers(12, (5,)))),
    Case(
        "take_along_axis",
        lambda o, x, i: o.take_along_axis(x, i, axis=0),
        both(X, integers(3, (2, 4))),
    ),
    Case("slice", lambda o, x: o.slice(x, [1, 0], [2, 3]), X),
    Case("slice_update", lambda o, x, u: o.slice_update(x, [1, 0], u), normal((3, 4), (2, 3))),
    Case(
        "scatter",
        lambda o, v: o.scatter(np.array([[0, 1], [2, 3], [0, 1]]), v, (3, 4)),
        normal((3,)),
    ),
    Case(
        "scatter_update",
        lambda o, x, u: o.scatter_update(x, np.array([[0, 1], [2, 3]]), u),
        normal((3, 4), (2,)),
    ),
    Case("segment_sum", lambda o, x: o.segment_sum(x, np.array([0, 2, 0]), 4), X),
    # linear algebra
    Case("dot", lambda o, a, b: o.dot(a, b), normal((3, 4), (4, 2))),
    Case("dot", lambda o, a, b: o.dot(a, b), normal((3, 4), (2, 4, 5))),
    Case("inner", lambda o, a, b: o.inner(a, b), normal((3, 4), (2, 4))),
    Case("vdot", lambda o, a, b: o.vdot(a, b), normal((4,), (4,))),
    Case("outer", lambda o, a, b: o.outer(a, b), normal((3,), (4,))),
    Case("tensordot", lambda o, a, b: o.tensordot(a, b, 1), normal((2, 3, 4), (4, 2))),
    Case(
        "tensordot",
        lambda o, a, b: o.tensordot(a, b, [[0, 2], [1, 0]]),
        normal((2, 3, 4), (4, 2, 3)),
    ),
    Case("einsum", lambda o, a, b: o.einsum("bi,io->bo", a, b), normal((3, 4), (4, 2))),
    Case("einsum", lambda o, a, b: o.einsum("bij,bkj->bik", a, b), normal((2, 3, 4), (2, 2, 4))),
    Case("einsum", lambda o, a, b: o.einsum("ij,jk", a, b), normal((3, 4), (4, 2))),
    Case("einsum", lambda o, x: o.einsum("ij->j", x), X),
    Case("einsum", lambda o, a, b: o.einsum("ij,k->i", a, b), normal((3, 4), (2,))),
    *(
        Case("einsum", lambda o, *x, s=s: o.einsum(s, *x), normal(*shapes))
        for s, shapes in (
            ("...i,io->...o", ((2, 3, 4), (4, 5))),
            ("...i,io->...o", ((4,), (4, 5))),
            ("...ij,...jk", ((2, 1, 3, 4), (5, 4, 2))),
            ("a...,...->...a", ((2, 3, 1), (3, 4))),
            ("...i->...", ((2, 3, 4),)),
            ("ii->i", ((3, 3),)),
            ("ii", ((3, 3),)),
            ("bii->bi", ((2, 3, 3),)),
            ("...ii->i...", ((2, 3, 4, 4),)),
            ("iji,ik->jk", ((3, 2, 3), (3, 4))),
            ("ii,iij->j", ((3, 3), (3, 3, 2))),
            ("ii,i->i", ((1, 1), (4,))),
        )
    ),
    Case("trace", lambda o, x: o.trace(x), normal((3, 3))),
    *(Case("norm", lambda o, x, n=n: o.norm(x, ord=n, axis=1), X) for n in (None, 1, 2, 3, np.inf)),
    Case("norm", lambda o, x: o.norm(o.floor(x), ord=0, axis=1), X, False),
    *(Case("norm", lambda o, x, n=n: o.norm(x, ord=n), X) for n in (None, "fro", 1, -1, np.inf)),
    Case("norm", lambda o, x: o.norm(x, axis=-1, keepdims=True), normal((2, 3, 4))),
    Case("normalize", lambda o, x: o.normalize(x, axis=1), X),
    Case("inv", lambda o, x: o.inv(x), normal((2, 3, 3))),
    Case("det", lambda o, x: o.det(x), normal((2, 3, 3))),
    Case("solve", lambda o, a, b: o.solve(a, b), normal((3, 3), (3, 2))),
    Case("solve", lambda o, a, b: o.solve(a, b), normal((3, 3), (3,))),
    Case("solve", lambda o, a, b: o.solve(a, b), normal((2, 3, 3), (2, 3, 2))),
    Case("cross", lambda o, a, b: o.cross(a, b), normal((2, 3), (2, 3))),
    # normalization
    Case(
        "batch_normalization",
        lambda o, x, m, v: o.batch_normalization(x, m, v, axis=-1),
        both(normal((2, 3, 4), (4,)), within(0.5, 2, (4,))),
    ),
    Case(
        "batch_normalization",
        lambda o, x, m, b, g, v: o.batch_normalization(x, m, v, 1, b, g, epsilon=0.1),
        both(normal((2, 3, 4), (3,), (3,), (3,)), within(0.5, 2, (3,))),
    ),
    Case("layer_normalization", lambda o, x: o.layer_normalization(x), X),
    Case(
        "layer_normalization",
        lambda o, x, g, b: o.layer_normalization(x, g, b, axis=1, epsilon=0.1),
        normal((2, 3, 4), (3,), (3,)),
    ),
    Case(
        "layer_normalization",
        lambda o, x, g, b: o.layer_normalization(x, g, b, axis=(0, -1)),
        normal((2, 3, 4), (2, 4), (2, 4)),
        case="two axes",
    ),
    Case("rms_normalization", lambda o, x: o.rms_normalization(x, epsilon=0.1), X),
    Case("rms_normalization", lambda o, x, g: o.rms_normalization(x, g), normal((2, 3, 4), (4,))),
    Case("rms_normalization", lambda o, x: o.rms_normalization(x, axis=(0, 1)), normal((2, 3, 4))),
    # cross-entropies, whose targets are constants
    *(
        Case(
            "binary_crossentropy",
            lambda o, t, x, logits=logits: o.binary_crossentropy(o.cast(t, x.dtype), x, logits),
            both(integers(2, shape), drawn(shape)),
        )
        for logits, drawn in ((False, lambda shape: within(0.1, 0.9, shape)), (True, normal))
        for shape in ((3, 4), (3,), (2, 3, 4))
    ),
    *(
        Case(
            name,
            lambda o, t, x, name=name, kinds=kinds: getattr(o, name)(
                o.cast(t, "int64" if name[0] == "s" else x.dtype), x, **kinds
            ),
            both(targets, within(0.1, 0.9, (2, 3, 4))),
        )
        for name, targets in (
            ("categorical_crossentropy", integers(2, (2, 3, 4))),
            ("sparse_categorical_crossentropy", integers(4, (2, 3))),
            ("sparse_categorical_crossentropy", integers(4, (2, 3, 1))),
        )
        for kinds in ({}, {"from_logits": True})
    ),
    Case(
        "categorical_crossentropy",
        lambda o, t, x: o.categorical_crossentropy(o.cast(t, x.dtype), x, axis=1),
        both(integers(2, (2, 3, 4)), within(0.1, 0.9, (2, 3, 4))),
    ),
    Case(
        "categorical_crossentropy",
        lambda o, t, x: o.categorical_crossentropy(o.cast(t, x.dtype), x, True),
        both(integers(2, (4,)), normal((4,))),
    ),
    # choices and loops
    Case("cond", lambda o, x: o.cond(True, lambda: x * 2, lambda: x), X),
    Case("switch", lambda o, x: o.switch(1, [lambda v: v, lambda v: v * 3], x), X),
    Case("fori_loop", lambda o, x: o.fori_loop(0, 3, lambda i, v: v * 1.5, x), X),
    Case(
        "while_loop",
        lambda o, x: o.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (0, x))[1],
        X,
        False,
    ),
    Case("map", lambda o, x: o.map(lambda row: row * 2, x), X),
    Case("vectorized_map", lambda o, x: o.vectorized_map(lambda row: row * row, x), X),
    # to and fro
    Case("convert_to_tensor", lambda o, x: o.convert_to_tensor(x, "float32"), X, False),
    Case("array", lambda o: o.array([[1.0, 2.0]]), nothing),
    Case("convert_to_numpy", lambda o, x: o.convert_to_numpy(x), X, False),
    Case("copy", lambda o, x: o.copy(x), X),
    Case("saturate_cast", lambda o, x: o.saturate_cast(x * 100, "uint8"), X, False),
    Case("shape", lambda o, x: np.array(o.shape(x)), X, False),
    Case("ndim", lambda o, x: np.array(o.ndim(x)), X, False),
    Case("size", lambda o, x: np.array(o.size(x)), X, False),
]
