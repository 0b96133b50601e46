"""Functions of the engine as they should not be; the docstrings are the answers of the exam."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..random.distributions import keeping_mask
from ..tensor import Array, Tensor


def first_slice(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Take the first slice of the gradient of what was broadcast; right is the sum of all."""
    gradient = gradient[(0,) * (gradient.ndim - len(shape))]
    return gradient[tuple(slice(0, 1) if size == 1 else slice(None) for size in shape)]


def last_branch(before: Array, gradient: Array, operation: str) -> Array:
    """Keep what one of two ops sends back to a tensor that both have used; right is the sum."""
    return gradient


def two_masks(inputs: Tensor, rate: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """Draw another mask for the gradient than for the outputs; right is the same."""
    kept = 0.0 if rate == 1 else 1 / (1 - rate)
    forward, backward = (
        ops.multiply(
            inputs, keeping_mask(inputs.shape, rate, kept, noise_shape, inputs.dtype, seed)
        )
        for _ in range(2)
    )
    return ops.add(backward, ops.stop_gradient(ops.subtract(forward, backward)))
