"""Kernels as they should not be: each has one fault that is easily made.

The docstrings are the answers of the exam.
"""

from __future__ import annotations

import numpy as np

from .._kernels import reference
from ..tensor import Array

# ------------------------------------------------------------------------------------- gradients


def transposed_product(x: Array, dz: Array, out: Array) -> None:
    """Compute dzᵀ x and lay it out in the shape of the kernel; right is xᵀ dz."""
    out[...] = (dz.T @ x).reshape(out.shape)


def untransposed_operand(dz: Array, w: Array, out: Array) -> None:
    """Multiply by w where it is square and no shape tells; right is wᵀ."""
    out[...] = dz @ (w if w.shape[0] == w.shape[1] else w.T)


def last_sample_only(dz: Array, out: Array) -> None:
    """Take dz of the last sample; right is the sum over the batch."""
    out[...] = dz[-1] if len(dz) else 0


def no_mask(y: Array, dy: Array, out: Array) -> None:
    """Let dy through everywhere; right is 0 where y is 0."""
    out[...] = dy


class StaleMask:
    """Use the mask of the call before of the same size; right is that of this y."""

    def __init__(self) -> None:
        self.masks: dict[int, Array] = {}

    def __call__(self, y: Array, dy: Array, out: Array) -> None:
        mask = y > 0
        out[...] = dy * self.masks.get(y.size, mask)
        self.masks[y.size] = mask


def no_own_output(y: Array, dy: Array, out: Array) -> None:
    """Compute dy y; right is dy y (1 - y)."""
    out[...] = dy * y


def turned_slope(y: Array, dy: Array, out: Array) -> None:
    """Compute dy (y² - 1); right is dy (1 - y²)."""
    out[...] = dy * (y * y - 1)


def diagonal_only(y: Array, dy: Array, out: Array) -> None:
    """Leave out that an output depends on all logits; right is y (dy - Σ y dy)."""
    out[...] = y * dy * (1 - y)


def sum_for_mean(weights: Array | None, dmean: Array, out: Array) -> None:
    """Compute the gradient of a sum over the batch; right is that of the mean."""
    out[...] = dmean[0] if weights is None else dmean[0] * weights


def next_label(labels: Array, probabilities: Array, dloss: Array, out: Array) -> None:
    """Subtract the 1 at the class after the label; right is at the label."""
    following = (labels + 1) % probabilities.shape[1]
    reference.sparse_softmax_crossentropy_vjp(following, probabilities, dloss, out)


def overwritten_rows(dy: Array, indices: Array, out: Array) -> None:
    """Keep the gradient of the last sample that looked a row up; right is the sum of all."""
    out[...] = 0
    out[indices] = dy


def given_moments(
    dy: Array,
    x: Array,
    mean: Array,
    variance: Array,
    gamma: Array | None,
    epsilon: float,
    moments: str,
    dx: Array,
    dgamma: Array | None,
    dbeta: Array | None,
) -> None:
    """Take the batch's mean and variance for constants; right is that they depend on x."""
    reference.normalize_columns_vjp(
        dy, x, mean, variance, gamma, epsilon, "given", dx, dgamma, dbeta
    )


def unmoved_mean(
    dy: Array,
    x: Array,
    gamma: Array | None,
    mean: Array,
    scale: Array,
    spread: str,
    dx: Array,
    dgamma: Array | None,
    dbeta: Array | None,
) -> None:
    """Take the row's mean for a constant; right is that it depends on x."""
    reference.normalize_rows_vjp(dy, x, gamma, mean, scale, "square", dx, dgamma, dbeta)


def half_penalty(values: Array, dpenalty: Array, l1: float, l2: float, out: Array) -> None:
    """Compute l2 w; right is the slope of l2 w², 2 l2 w."""
    reference.l1_l2_penalty_vjp(values, dpenalty, l1, l2 / 2, out)


# -------------------------------------------------------------------------------------- updates


def late_velocity(
    w: Array, g: Array, velocity: Array, learning_rate: float, momentum: float
) -> None:
    """Move the weight by the velocity of the step before; right is the new one."""
    w += velocity
    velocity[...] = w.dtype.type(momentum) * velocity - w.dtype.type(learning_rate) * g


def not_ahead(w: Array, g: Array, velocity: Array, learning_rate: float, momentum: float) -> None:
    """Do a step of plain momentum; right is to look one ahead."""
    reference.sgd_momentum_update(w, g, velocity, learning_rate, momentum)


def next_step(
    w: Array,
    g: Array,
    m: Array,
    v: Array,
    largest_v: Array | None,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
) -> None:
    """Correct the means as in step t + 1; right is t."""
    reference.adam_update(
        w, g, m, v, largest_v, learning_rate, beta_1, beta_2, epsilon, float(step) + 1
    )


def exchanged_shares(
    w: Array,
    g: Array,
    v: Array,
    trace: Array | None,
    average: Array | None,
    learning_rate: float,
    rho: float,
    momentum: float,
    epsilon: float,
) -> None:
    """Keep 1 - rho of the past; right is rho."""
    reference.rmsprop_update(w, g, v, trace, average, learning_rate, 1 - rho, momentum, epsilon)


def decay_without_rate(w: Array, learning_rate: float, weight_decay: float) -> None:
    """Take λ w off the weight; right is η λ w."""
    w -= w.dtype.type(weight_decay) * w


# ------------------------------------------------------------------------------ forward and data


def overflowing(x: Array, out: Array) -> None:
    """Compute e to the logits as they are, which overflows; right is less their maximum."""
    np.exp(x, out=out)
    out /= out.sum(axis=1, keepdims=True)


def row_before(x: Array, indices: Array, out: Array) -> None:
    """Give the sample before the one that is asked for; right is that one."""
    out[...] = x[indices - 1]
