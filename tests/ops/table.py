"""The table of ops: what comes out of each.

How an op is called and on which arrays stands in nnlite/testing/op_cases.py. Here is, by the same
names, a formula that shares no code with the op: Python's exact or correctly rounded arithmetic,
lists, einsum. The tests that read the table are in test_ops.py.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from strategies import values_of

from nnlite.testing.op_cases import CASES, PRODUCTS, SPREAD, off_kink
from ops.activation_table import WITNESSES as ACTIVATIONS
from ops.rows import Row, each, logsumexp, rows_of, sigmoid, tanh


def crossentropy(target: np.ndarray, logits: np.ndarray) -> float:
    total = logsumexp(list(logits))
    return math.fsum(t * (total - x) for t, x in zip(target, logits, strict=True))


def dense(activation: Callable[[float], float]) -> Callable[..., np.ndarray]:
    return lambda x, w, b: each(activation)(np.einsum("...i,io->...o", x, w) + b)


WITNESSES: dict[tuple[str, str], Callable[..., Any]] = {
    ("add", ""): each(lambda a, b: math.fsum([a, b])),
    ("subtract", ""): each(lambda a, b: math.fsum([a, -b])),
    ("multiply", "by a number"): each(lambda x: x + x + x),
    ("multiply", ""): each(lambda a, b: float(Fraction(a) * Fraction(b))),
    ("divide", ""): each(lambda a, b: float(Fraction(a) / Fraction(b))),
    ("power", ""): each(lambda a, b: math.exp(b * math.log(a))),
    ("power", "of a negative number"): each(lambda a: a * a * a),
    ("negative", ""): each(lambda x: 0 - x),
    ("abs", ""): each(lambda x: x if x > 0 else -x),
    ("square", ""): each(lambda x: x * x),
    ("sqrt", ""): each(lambda x: math.exp(math.log(x) / 2)),
    ("exp", ""): each(lambda x: math.pow(math.e, x)),
    ("log", ""): each(math.log),
    ("log1p", ""): each(lambda x: math.log(1 + x)),
    ("expm1", ""): each(lambda x: math.exp(x) - 1),
    ("sin", ""): each(lambda x: math.cos(x - math.pi / 2)),
    ("cos", ""): each(lambda x: math.sin(x + math.pi / 2)),
    ("sign", ""): each(lambda x: x / math.fabs(x)),
    ("maximum", ""): each(lambda a, b: a if a > b else b),
    ("minimum", ""): each(lambda a, b: a if a < b else b),
    ("clip", ""): each(lambda x: sorted([-1.03, x, 1.03])[1]),
    ("where", ""): each(lambda a, b: a if a > 0 else b),
    ("cast", ""): each(float),
    ("sum", "all"): lambda x: math.fsum(x.ravel()),
    ("sum", "axis"): rows_of(math.fsum),
    ("sum", "two axes"): lambda x: [math.fsum(x[:, b].ravel()) for b in range(x.shape[1])],
    ("sum", "keepdims"): lambda x: np.einsum("abc->ac", x)[:, np.newaxis],
    ("mean", "all"): lambda x: math.fsum(x.ravel()) / x.size,
    ("mean", "axis"): rows_of(lambda row: math.fsum(row) / len(row)),
    ("mean", "keepdims"): lambda x: [[[math.fsum(x.ravel()) / x.size]]],
    ("max", "all"): lambda x: max(x.ravel().tolist()),
    ("max", "axis"): rows_of(max),
    ("max", "keepdims"): lambda x: [[[max(x[:, :, c].ravel()) for c in range(x.shape[2])]]],
    ("min", "all"): lambda x: min(x.ravel().tolist()),
    ("min", "axis"): rows_of(min),
    ("reshape", ""): lambda x: [list(row) for matrix in x for row in matrix],
    ("transpose", ""): lambda x: np.einsum("abc->cba", x),
    ("transpose", "axes"): lambda x: np.einsum("abc->cab", x),
    ("transpose", "axes from the end"): lambda x: np.einsum("abc->cab", x),
    ("expand_dims", ""): lambda x: [[matrix.tolist()] for matrix in x],
    ("squeeze", ""): lambda x: [matrix.tolist()[0] for matrix in x],
    ("broadcast_to", ""): lambda x: [[[row[0]] * 4 for row in x.tolist()]] * 2,
    ("getitem", "slices"): lambda x: np.array(
        [[row[::-1] for row in matrix] for matrix in x.tolist()[1:]]
    ).reshape(len(x) - 1, *x.shape[1:]),
    ("getitem", "columns of a matrix"): lambda x: np.array(
        [row[1:-1] for row in x.tolist()]
    ).reshape(len(x), -1),
    ("getitem", "the same row twice"): lambda x: [x.tolist()[i] for i in (0, 0, 2)],
    ("getitem", "a mask"): lambda x: [value for value in x.ravel() if value > 0],
    ("getitem", "one element"): lambda x: [x.tolist()[1][2]],
    ("concatenate", ""): lambda a, b: [
        [*p, *q, *p] for p, q in zip(a.tolist(), b.tolist(), strict=True)
    ],
    ("concatenate", "axis"): lambda a, b: [*a.tolist(), *b.tolist()],
    ("take_rows", ""): lambda w: [[w.tolist()[i] for i in ids] for ids in ([2, 0], [2, 1])],
    ("stack", ""): lambda a, b: [a.tolist(), b.tolist()],
    ("stack", "axis"): lambda a, b: [[p, q] for p, q in zip(a, b, strict=True)],
    **{
        ("matmul", formula): lambda a, b, formula=formula: np.einsum(formula, a, b)
        for formula in PRODUCTS
    },
    ("matmul", "broadcast"): lambda a, b: np.einsum("cxai,dib->cdab", a, b),
    **{
        ("dense", activation): lambda x, w, b, formula=formula: dense(formula)(x, w, off_kink(b))
        for activation, formula in {
            "linear": float,
            "relu": lambda z: z if z > 0 else 0.0,
            "sigmoid": sigmoid,
            "tanh": tanh,
        }.items()
    },
    ("dense", "without bias, on three axes"): lambda x, w: np.einsum("abi,io->abo", x, w),
    **ACTIVATIONS,
    ("sparse_softmax_crossentropy", ""): lambda y, x: [
        logsumexp(row) - row[label] for label, row in zip(y, x, strict=True)
    ],
    ("softmax_crossentropy", ""): lambda y, x: [
        crossentropy(target, row) for target, row in zip(y, x, strict=True)
    ],
    ("elementwise_loss", ""): lambda y, p: np.einsum("bo,bo->b", p - y, p - y) / y.shape[1],
    ("categorical_hinge", ""): lambda y, p: [
        max(0, 1 + max((1 - y) * q) - math.fsum(y * q))
        for y, q in zip(y, p + SPREAD[: p.shape[1]], strict=True)
    ],
    ("weighted_mean", ""): lambda w, v: (
        math.fsum(a * b for a, b in zip(w, v, strict=True)) / len(v)
    ),
    ("weighted_mean", "without weights"): lambda v: math.fsum(v) / len(v),
}

ROWS = [
    Row(
        *(case.name, case.case, case.call, values_of(case.arrays)),
        *(WITNESSES[case.name, case.case], case.constants),
    )
    for case in CASES
]
