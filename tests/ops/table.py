"""The table of ops: how each is called, on which arrays, and what comes out.

The last column is a formula that shares no code with the op: Python's exact or correctly rounded
arithmetic, lists, einsum. The tests that read the table are in test_ops.py.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from strategies import floats, labels, matrices, one, pairs, pairs_apart, probabilities

from nnlite import Tensor, ops
from ops.activation_table import ROWS as ACTIVATIONS
from ops.rows import ABC, ONE, Row, each, logsumexp, rows_of, sigmoid, tanh


def crossentropy(target: np.ndarray, logits: np.ndarray) -> float:
    total = logsumexp(list(logits))
    return math.fsum(t * (total - x) for t, x in zip(target, logits, strict=True))


def dense(activation: Callable[[float], float]) -> Callable[..., np.ndarray]:
    return lambda x, w, b: each(activation)(np.einsum("...i,io->...o", x, w) + b)


def off_kink(b: Any) -> Any:
    """Move a bias so that no sum of products of the grid's numbers, multiples of 1/64, is 0."""
    return b + 1 / 128


ABC_DISTINCT = matrices("ABC", "ABC", unique=True)

LOGITS = st.tuples(st.integers(1, 3), st.integers(1, 4))

LABELLED = LOGITS.flatmap(lambda shape: st.tuples(labels(*shape), floats(shape)))

TARGETED = LOGITS.flatmap(lambda shape: st.tuples(probabilities(shape), floats(shape)))

APART = pairs_apart()

PICK = np.array([0, 0, 2])

SPREAD = np.arange(1, 9) / 37  # no two scores are equal

ROWS = [
    # arithmetic
    Row("add", "", ops.add, pairs(), each(lambda a, b: math.fsum([a, b]))),
    Row("subtract", "", ops.subtract, pairs(), each(lambda a, b: math.fsum([a, -b]))),
    Row("multiply", "by a number", lambda x: 3 * x, ONE, each(lambda x: x + x + x)),
    Row("multiply", "", ops.multiply, pairs(), each(lambda a, b: float(Fraction(a) * Fraction(b)))),
    Row(
        "divide",
        "",
        ops.divide,
        pairs(second={"off_zero": True}),
        each(lambda a, b: float(Fraction(a) / Fraction(b))),
    ),
    Row(
        "power",
        "",
        ops.power,
        pairs(first={"low": 0.5}, second={"low": -2}),
        each(lambda a, b: math.exp(b * math.log(a))),
    ),
    Row(
        "power",
        "of a negative number",
        lambda a: ops.power(a, 3),
        one(off_zero=True),
        each(lambda a: a * a * a),
    ),
    Row("negative", "", ops.negative, ONE, each(lambda x: 0 - x)),
    Row("abs", "", ops.abs, one(off_zero=True), each(lambda x: x if x > 0 else -x)),
    Row("square", "", ops.square, ONE, each(lambda x: x * x)),
    Row("sqrt", "", ops.sqrt, one(low=0.25), each(lambda x: math.exp(math.log(x) / 2))),
    Row("exp", "", ops.exp, ONE, each(lambda x: math.pow(math.e, x))),
    Row("log", "", ops.log, one(low=0.25), each(math.log)),
    Row("log1p", "", ops.log1p, one(low=-0.5), each(lambda x: math.log(1 + x))),
    Row("expm1", "", ops.expm1, ONE, each(lambda x: math.exp(x) - 1)),
    Row("sin", "", ops.sin, ONE, each(lambda x: math.cos(x - math.pi / 2))),
    Row("cos", "", ops.cos, ONE, each(lambda x: math.sin(x + math.pi / 2))),
    Row("sign", "", ops.sign, one(off_zero=True), each(lambda x: x / math.fabs(x))),
    Row("maximum", "", ops.maximum, APART, each(lambda a, b: a if a > b else b)),
    Row("minimum", "", ops.minimum, APART, each(lambda a, b: a if a < b else b)),
    Row(
        "clip",
        "",
        lambda x: ops.clip(x, -1.03, 1.03),
        ONE,
        each(lambda x: sorted([-1.03, x, 1.03])[1]),
    ),
    Row(
        "where",
        "",
        lambda a, b: ops.where(a > 0, a, b),
        pairs(first={"off_zero": True}),
        each(lambda a, b: a if a > 0 else b),
    ),
    Row("cast", "", lambda x: ops.cast(x, x.dtype), ONE, each(float)),
    # sums
    Row("sum", "all", ops.sum, ONE, lambda x: math.fsum(x.ravel())),
    Row("sum", "axis", lambda x: ops.sum(x, -1), ABC, rows_of(math.fsum)),
    Row(
        "sum",
        "two axes",
        lambda x: ops.sum(x, (0, -1)),
        ABC,
        lambda x: [math.fsum(x[:, b].ravel()) for b in range(x.shape[1])],
    ),
    Row(
        "sum",
        "keepdims",
        lambda x: ops.sum(x, axis=1, keepdims=True),
        ABC,
        lambda x: np.einsum("abc->ac", x)[:, np.newaxis],
    ),
    Row("mean", "all", ops.mean, ONE, lambda x: math.fsum(x.ravel()) / x.size),
    Row(
        "mean",
        "axis",
        lambda x: ops.mean(x, axis=-1),
        ABC,
        rows_of(lambda row: math.fsum(row) / len(row)),
    ),
    Row(
        "mean",
        "keepdims",
        lambda x: ops.mean(x, keepdims=True),
        ABC,
        lambda x: [[[math.fsum(x.ravel()) / x.size]]],
    ),
    Row("max", "all", ops.max, one(unique=True), lambda x: max(x.ravel().tolist())),
    Row("max", "axis", lambda x: ops.max(x, -1), ABC_DISTINCT, rows_of(max)),
    Row(
        "max",
        "keepdims",
        lambda x: ops.max(x, (0, 1), True),
        ABC_DISTINCT,
        lambda x: [[[max(x[:, :, c].ravel()) for c in range(x.shape[2])]]],
    ),
    Row("min", "all", ops.min, one(unique=True), lambda x: min(x.ravel().tolist())),
    Row("min", "axis", lambda x: ops.min(x, -1), ABC_DISTINCT, rows_of(min)),
    # shapes
    Row(
        "reshape",
        "",
        lambda x: ops.reshape(x, (-1, x.shape[2])),
        ABC,
        lambda x: [list(row) for matrix in x for row in matrix],
    ),
    Row("transpose", "", ops.transpose, ABC, lambda x: np.einsum("abc->cba", x)),
    Row(
        "transpose",
        "axes",
        lambda x: ops.transpose(x, (2, 0, 1)),
        ABC,
        lambda x: np.einsum("abc->cab", x),
    ),
    Row(
        "transpose",
        "axes from the end",
        lambda x: ops.transpose(x, (-1, 0, -2)),
        ABC,
        lambda x: np.einsum("abc->cab", x),
    ),
    Row(
        "expand_dims",
        "",
        lambda x: ops.expand_dims(x, 1),
        ABC,
        lambda x: [[matrix.tolist()] for matrix in x],
    ),
    Row(
        "squeeze",
        "",
        lambda x: ops.squeeze(x, 1),
        st.tuples(floats((3, 1, 2))),
        lambda x: [matrix.tolist()[0] for matrix in x],
    ),
    Row(
        "broadcast_to",
        "",
        lambda x: ops.broadcast_to(x, (2, 3, 4)),
        st.tuples(floats((3, 1))),
        lambda x: [[[row[0]] * 4 for row in x.tolist()]] * 2,
    ),
    Row(
        "getitem",
        "slices",
        lambda x: ops.getitem(x, (slice(1, None), Ellipsis, slice(None, None, -1))),
        ABC,
        lambda x: np.array([[row[::-1] for row in matrix] for matrix in x.tolist()[1:]]).reshape(
            len(x) - 1, *x.shape[1:]
        ),
    ),
    Row(
        "getitem",
        "columns of a matrix",
        lambda x: ops.getitem(x, (slice(None), slice(1, -1))),
        matrices("AB", "AB"),
        lambda x: np.array([row[1:-1] for row in x.tolist()]).reshape(len(x), -1),
    ),
    Row(
        "getitem",
        "the same row twice",
        lambda x: ops.getitem(x, Tensor(PICK)),
        st.tuples(floats((3, 2))),
        lambda x: [x.tolist()[i] for i in (0, 0, 2)],
    ),
    Row(
        "getitem",
        "a mask",
        lambda x: ops.getitem(x, x > 0),
        st.tuples(floats((3, 2), off_zero=True)),
        lambda x: [value for value in x.ravel() if value > 0],
    ),
    Row(
        "getitem",
        "one element",
        lambda x: ops.getitem(x, (1, PICK[2], None)),
        st.tuples(floats((2, 3))),
        lambda x: [x.tolist()[1][2]],
    ),
    Row(
        "concatenate",
        "",
        lambda a, b: ops.concatenate([a, b, a]),
        matrices("ABC", "AB", "AC"),
        lambda a, b: [[*p, *q, *p] for p, q in zip(a.tolist(), b.tolist(), strict=True)],
    ),
    Row(
        "concatenate",
        "axis",
        lambda a, b: ops.concatenate([a, b], axis=0),
        matrices("ABC", "AC", "BC"),
        lambda a, b: [*a.tolist(), *b.tolist()],
    ),
    Row(
        "take_rows",
        "",
        lambda w: ops.take_rows(w, np.array([[2, 0], [2, 1]])),
        floats((3, 2)).map(lambda w: [w]),
        lambda w: [[w.tolist()[i] for i in ids] for ids in ([2, 0], [2, 1])],
    ),
    Row(
        "stack",
        "",
        lambda a, b: ops.stack([a, b]),
        matrices("AB", "AB", "AB"),
        lambda a, b: [a.tolist(), b.tolist()],
    ),
    Row(
        "stack",
        "axis",
        lambda a, b: ops.stack([a, b], -1),
        matrices("A", "A", "A"),
        lambda a, b: [[p, q] for p, q in zip(a, b, strict=True)],
    ),
    # matrices
    *(
        Row(
            "matmul",
            formula,
            ops.matmul,
            matrices("ABCI", *formula.upper().split("->")[0].split(",")),
            lambda a, b, formula=formula: np.einsum(formula, a, b),
        )
        for formula in ("ai,ib->ab", "i,i->", "i,ib->b", "ai,i->a", "cai,ib->cab", "i,cib->cb")
    ),
    Row(
        "matmul",
        "broadcast",
        ops.matmul,
        st.tuples(floats((2, 1, 3, 2)), floats((2, 2, 1))),
        lambda a, b: np.einsum("cxai,dib->cdab", a, b),
    ),
    *(
        Row(
            "dense",
            activation,
            lambda x, w, b, activation=activation: ops.dense(
                x, w, off_kink(b), activation=activation
            ),
            matrices("BIO", "BI", "IO", "O"),
            lambda x, w, b, formula=formula: dense(formula)(x, w, off_kink(b)),
        )
        for activation, formula in {
            "linear": float,
            "relu": lambda z: z if z > 0 else 0.0,
            "sigmoid": sigmoid,
            "tanh": tanh,
        }.items()
    ),
    Row(
        "dense",
        "without bias, on three axes",
        lambda x, w: ops.dense(x, w),
        matrices("ABIO", "ABI", "IO"),
        lambda x, w: np.einsum("abi,io->abo", x, w),
    ),
    # activations
    *ACTIVATIONS,
    # losses
    Row(
        "sparse_softmax_crossentropy",
        "",
        ops.sparse_softmax_crossentropy,
        LABELLED,
        lambda y, x: [logsumexp(row) - row[label] for label, row in zip(y, x, strict=True)],
        constants=1,
    ),
    Row(
        "softmax_crossentropy",
        "",
        ops.softmax_crossentropy,
        TARGETED,
        lambda y, x: [crossentropy(target, row) for target, row in zip(y, x, strict=True)],
        constants=1,
    ),
    Row(
        "elementwise_loss",
        "",
        lambda y, p: ops.elementwise_loss(y, p, "squared"),
        matrices("BO", "BO", "BO"),
        lambda y, p: np.einsum("bo,bo->b", p - y, p - y) / y.shape[1],
        constants=1,
    ),
    Row(
        "categorical_hinge",
        "",
        lambda y, p: ops.categorical_hinge(y, p + SPREAD[: p.shape[1]].astype(p.dtype)),
        TARGETED,
        lambda y, p: [
            max(0, 1 + max((1 - y) * q) - math.fsum(y * q))
            for y, q in zip(y, p + SPREAD[: p.shape[1]], strict=True)
        ],
        constants=1,
    ),
    Row(
        "weighted_mean",
        "",
        lambda weights, values: ops.weighted_mean(values, weights),
        matrices("B", "B", "B"),
        lambda w, v: math.fsum(a * b for a, b in zip(w, v, strict=True)) / len(v),
        constants=1,
    ),
    Row(
        "weighted_mean",
        "without weights",
        ops.weighted_mean,
        matrices("B", "B"),
        lambda v: math.fsum(v) / len(v),
    ),
]
