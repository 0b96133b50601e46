"""The activations, and on which arrays each is to be checked; see op_cases.py."""

from __future__ import annotations

from .. import ops
from .cases import ABC, ONE, OpCase
from .domains import one

#: Activations that work element by element, with their own arguments.
CURVES = (
    "celu",
    "elu",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "relu6",
    "selu",
    "silu",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh_shrink",
)

CASES = [
    OpCase("relu", "", ops.relu, one(off_zero=True)),
    OpCase("sigmoid", "", ops.sigmoid, ONE),
    OpCase("tanh", "", ops.tanh, ONE),
    OpCase("softmax", "", ops.softmax, one(min_dims=1)),
    OpCase("softmax", "two axes", lambda x: ops.softmax(x, axis=(0, 2)), ABC),
    OpCase("log_softmax", "", ops.log_softmax, one(min_dims=1)),
    OpCase("log_softmax", "axis", lambda x: ops.log_softmax(x, axis=0), ABC),
    OpCase("sparsemax", "", lambda x: ops.sparsemax(0.9173 * x), one(min_dims=1)),
    *(
        OpCase(
            "glu",
            f"axis {axis}",
            lambda x, axis=axis: ops.glu(ops.concatenate([x, x * x], axis=axis), axis=axis),
            ABC,
        )
        for axis in (0, 1, -1)
    ),
    # Their kinks are multiples of 1/8.
    *(
        OpCase(name, "", lambda x, name=name: getattr(ops, name)(x + 1 / 16), ONE)
        for name in CURVES
    ),
    OpCase("gelu", "exact", lambda x: ops.gelu(x, approximate=False), ONE),
    *(
        OpCase(
            name,
            "with an argument",
            lambda x, name=name: getattr(ops, name)(x, 0.3),
            one(off_zero=True),
        )
        for name in ("celu", "elu", "hard_shrink", "leaky_relu", "soft_shrink", "squareplus")
    ),
    OpCase("threshold", "", lambda x: ops.threshold(x, 0.3, default_value=-7.0), ONE),
]
