"""The ops that layers and losses consist of: how each is called, and on which arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..tensor import Tensor
from .activation_cases import CASES as ACTIVATIONS
from .cases import ABC, ONE, OpCase
from .domains import (
    floats,
    integers,
    labels,
    matrices,
    one,
    pairs,
    pairs_apart,
    probabilities,
    tuples,
)


def off_kink(b: Any) -> Any:
    """Move a bias so that no sum of products of the grid's numbers, multiples of 1/64, is 0."""
    return b + 1 / 128


ABC_DISTINCT = matrices("ABC", "ABC", unique=True)

LOGITS = tuples(integers(1, 3), integers(1, 4))

LABELLED = LOGITS.flatmap(lambda shape: tuples(labels(*shape), floats(shape)))

TARGETED = LOGITS.flatmap(lambda shape: tuples(probabilities(shape), floats(shape)))

APART = pairs_apart()

PICK = np.array([0, 0, 2])

SPREAD = np.arange(1, 9) / 37  # no two scores are equal

PRODUCTS = ("ai,ib->ab", "i,i->", "i,ib->b", "ai,i->a", "cai,ib->cab", "i,cib->cb")

CASES = [
    OpCase("add", "", ops.add, pairs()),
    OpCase("subtract", "", ops.subtract, pairs()),
    OpCase("multiply", "by a number", lambda x: 3 * x, ONE),
    OpCase("multiply", "", ops.multiply, pairs()),
    OpCase("divide", "", ops.divide, pairs(second={"off_zero": True})),
    OpCase("power", "", ops.power, pairs(first={"low": 0.5}, second={"low": -2})),
    OpCase("power", "of a negative number", lambda a: ops.power(a, 3), one(off_zero=True)),
    OpCase("negative", "", ops.negative, ONE),
    OpCase("abs", "", ops.abs, one(off_zero=True)),
    OpCase("square", "", ops.square, ONE),
    OpCase("sqrt", "", ops.sqrt, one(low=0.25)),
    OpCase("exp", "", ops.exp, ONE),
    OpCase("log", "", ops.log, one(low=0.25)),
    OpCase("log1p", "", ops.log1p, one(low=-0.5)),
    OpCase("expm1", "", ops.expm1, ONE),
    OpCase("sin", "", ops.sin, ONE),
    OpCase("cos", "", ops.cos, ONE),
    OpCase("sign", "", ops.sign, one(off_zero=True)),
    OpCase("maximum", "", ops.maximum, APART),
    OpCase("minimum", "", ops.minimum, APART),
    OpCase("clip", "", lambda x: ops.clip(x, -1.03, 1.03), ONE),
    OpCase("where", "", lambda a, b: ops.where(a > 0, a, b), pairs(first={"off_zero": True})),
    OpCase("cast", "", lambda x: ops.cast(x, x.dtype), ONE),
    OpCase("sum", "all", ops.sum, ONE),
    OpCase("sum", "axis", lambda x: ops.sum(x, -1), ABC),
    OpCase("sum", "two axes", lambda x: ops.sum(x, (0, -1)), ABC),
    OpCase("sum", "keepdims", lambda x: ops.sum(x, axis=1, keepdims=True), ABC),
    OpCase("mean", "all", ops.mean, ONE),
    OpCase("mean", "axis", lambda x: ops.mean(x, axis=-1), ABC),
    OpCase("mean", "keepdims", lambda x: ops.mean(x, keepdims=True), ABC),
    OpCase("max", "all", ops.max, one(unique=True)),
    OpCase("max", "axis", lambda x: ops.max(x, -1), ABC_DISTINCT),
    OpCase("max", "keepdims", lambda x: ops.max(x, (0, 1), True), ABC_DISTINCT),
    OpCase("min", "all", ops.min, one(unique=True)),
    OpCase("min", "axis", lambda x: ops.min(x, -1), ABC_DISTINCT),
    OpCase("reshape", "", lambda x: ops.reshape(x, (-1, x.shape[2])), ABC),
    OpCase("transpose", "", ops.transpose, ABC),
    OpCase("transpose", "axes", lambda x: ops.transpose(x, (2, 0, 1)), ABC),
    OpCase("transpose", "axes from the end", lambda x: ops.transpose(x, (-1, 0, -2)), ABC),
    OpCase("expand_dims", "", lambda x: ops.expand_dims(x, 1), ABC),
    OpCase("squeeze", "", lambda x: ops.squeeze(x, 1), tuples(floats((3, 1, 2)))),
    OpCase("broadcast_to", "", lambda x: ops.broadcast_to(x, (2, 3, 4)), tuples(floats((3, 1)))),
    OpCase(
        "getitem",
        "slices",
        lambda x: ops.getitem(x, (slice(1, None), Ellipsis, slice(None, None, -1))),
        ABC,
    ),
    OpCase(
        "getitem",
        "columns of a matrix",
        lambda x: ops.getitem(x, (slice(None), slice(1, -1))),
        matrices("AB", "AB"),
    ),
    OpCase(
        "getitem",
        "the same row twice",
        lambda x: ops.getitem(x, Tensor(PICK)),
        tuples(floats((3, 2))),
    ),
    OpCase(
        "getitem", "a mask", lambda x: ops.getitem(x, x > 0), tuples(floats((3, 2), off_zero=True))
    ),
    OpCase(
        "getitem",
        "one element",
        lambda x: ops.getitem(x, (1, PICK[2], None)),
        tuples(floats((2, 3))),
    ),
    OpCase("concatenate", "", lambda a, b: ops.concatenate([a, b, a]), matrices("ABC", "AB", "AC")),
    OpCase(
        "concatenate",
        "axis",
        lambda a, b: ops.concatenate([a, b], axis=0),
        matrices("ABC", "AC", "BC"),
    ),
    OpCase(
        "take_rows",
        "",
        lambda w: ops.take_rows(w, np.array([[2, 0], [2, 1]])),
        tuples(floats((3, 2))),
    ),
    OpCase("stack", "", lambda a, b: ops.stack([a, b]), matrices("AB", "AB", "AB")),
    OpCase("stack", "axis", lambda a, b: ops.stack([a, b], -1), matrices("A", "A", "A")),
    *(
        OpCase(
            "matmul",
            formula,
            ops.matmul,
            matrices("ABCI", *formula.upper().split("->")[0].split(",")),
        )
        for formula in PRODUCTS
    ),
    OpCase("matmul", "broadcast", ops.matmul, tuples(floats((2, 1, 3, 2)), floats((2, 2, 1)))),
    *(
        OpCase(
            "dense",
            activation,
            lambda x, w, b, activation=activation: ops.dense(
                x, w, off_kink(b), activation=activation
            ),
            matrices("BIO", "BI", "IO", "O"),
        )
        for activation in ("linear", "relu", "sigmoid", "tanh")
    ),
    OpCase(
        "dense",
        "without bias, on three axes",
        lambda x, w: ops.dense(x, w),
        matrices("ABIO", "ABI", "IO"),
    ),
    *ACTIVATIONS,
    OpCase(
        "sparse_softmax_crossentropy", "", ops.sparse_softmax_crossentropy, LABELLED, constants=1
    ),
    OpCase("softmax_crossentropy", "", ops.softmax_crossentropy, TARGETED, constants=1),
    OpCase(
        "elementwise_loss",
        "",
        lambda y, p: ops.elementwise_loss(y, p, "squared"),
        matrices("BO", "BO", "BO"),
        constants=1,
    ),
    OpCase(
        "categorical_hinge",
        "",
        lambda y, p: ops.categorical_hinge(y, p + SPREAD[: p.shape[1]].astype(p.dtype)),
        TARGETED,
        constants=1,
    ),
    OpCase(
        "weighted_mean",
        "",
        lambda weights, values: ops.weighted_mean(values, weights),
        matrices("B", "B", "B"),
        constants=1,
    ),
    OpCase("weighted_mean", "without weights", ops.weighted_mean, matrices("B", "B")),
]
