"""How much a kernel computes, of those whose work is a product of matrices."""

from __future__ import annotations

from typing import Any

#: Which axis of its second operand a product has and its first operand has not. All elements of the
#: first one meet all that lie along it.
PRODUCTS = {
    "dense_forward": 1,  # x[B,I] w[I,O]
    "dense_backward_input": 0,  # dz[B,O] w[I,O]
    "dense_backward_input_relu": 0,
    "dense_backward_kernel": 1,  # x[B,I] dz[B,O]
    "dense_sgd_update": 1,
    "dense_sgd_momentum_update": 1,
    "dense_sgd_nesterov_update": 1,
}


def flops(kernel: str, arguments: tuple[Any, ...]) -> int:
    """Return the multiplications and additions of a dense product, 2·B·I·O; 0 of other kernels."""
    if kernel not in PRODUCTS:
        return 0
    left, right = arguments[:2]
    return int(2 * left.size * right.shape[PRODUCTS[kernel]])
