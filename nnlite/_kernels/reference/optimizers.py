"""Optimizers: all arrays are flat (N,) and come first; w and the states are updated in place.

Each function is a rule of `updates_loops.h` too. Numbers are rounded to the arrays' type where
`real` stands.
"""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray

from ..door import door


@door("w[N] g[N] -> w[N]")
def sgd_update(w: ndarray, g: ndarray, learning_rate: float) -> None:
    """w ← w - learning_rate g."""
    w -= w.dtype.type(learning_rate) * g


@door("w[N] g[N] velocity[N] -> w[N] velocity[N]")
def sgd_momentum_update(
    w: ndarray, g: ndarray, velocity: ndarray, learning_rate: float, momentum: float
) -> None:
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity."""
    velocity *= w.dtype.type(momentum)
    velocity -= w.dtype.type(learning_rate) * g
    w += velocity


@door("w[N] g[N] velocity[N] -> w[N] velocity[N]")
def sgd_nesterov_update(
    w: ndarray, g: ndarray, velocity: ndarray, learning_rate: float, momentum: float
) -> None:
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g (v is velocity)."""
    step = w.dtype.type(learning_rate) * g
    velocity *= w.dtype.type(momentum)
    velocity -= step
    w += w.dtype.type(momentum) * velocity - step


@door("w[N] g[N] m[N] v[N] largest_v[N]? -> w[N] m[N] v[N] largest_v[N]?")
def adam_update(
    w: ndarray,
    g: ndarray,
    m: ndarray,
    v: ndarray,
    largest_v: ndarray | None,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
) -> None:
    """m ← m + (1 - beta_1) (g - m);  v ← v + (1 - beta_2) (g² - v);  w ← w - α m / (√v + epsilon).

    Here α = learning_rate √(1 - beta_2^step) / (1 - beta_1^step), and steps count from 1. Where
    `largest_v` is given, largest_v ← max(largest_v, v) takes the place of v below the root.
    """
    real = w.dtype.type
    step = float(step)
    alpha = float(learning_rate) * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    m += (g - m) * real(1 - beta_1)
    v += (g * g - v) * real(1 - beta_2)
    if largest_v is not None:
        v = np.maximum(largest_v, v, out=largest_v)
    w -= m * real(alpha) / (np.sqrt(v) + real(epsilon))


@door("w[N] g[N] v[N] trace[N]? average[N]? -> w[N] v[N] trace[N]? average[N]?")
def rmsprop_update(
    w: ndarray,
    g: ndarray,
    v: ndarray,
    trace: ndarray | None,
    average: ndarray | None,
    learning_rate: float,
    rho: float,
    momentum: float,
    epsilon: float,
) -> None:
    """v ← rho v + (1 - rho) g²;  w ← w - s  with  s = learning_rate g / √(v + epsilon).

    Where `average` is given, average ← rho average + (1 - rho) g, and v - average² takes the place
    of v below the root. Where `trace` is given, trace ← momentum trace + s takes the place of s.
    """
    real = w.dtype.type
    v[...] = real(rho) * v + real(1 - rho) * (g * g)
    variance = v
    if average is not None:
        average[...] = real(rho) * average + real(1 - rho) * g
        variance = v - average * average
    step = real(learning_rate) * g / np.sqrt(variance + real(epsilon))
    if trace is not None:
        trace[...] = real(momentum) * trace + step
        step = trace
    w -= step


@door("w[N] g[N] accumulator[N] -> w[N] accumulator[N]")
def adagrad_update(
    w: ndarray, g: ndarray, accumulator: ndarray, learning_rate: float, epsilon: float
) -> None:
    """accumulator ← accumulator + g²;  w ← w - learning_rate g / √(accumulator + epsilon)."""
    real = w.dtype.type
    accumulator += g * g
    w -= real(learning_rate) * g / np.sqrt(accumulator + real(epsilon))


@door("w[N] g[N] v[N] squared_steps[N] -> w[N] v[N] squared_steps[N]")
def adadelta_update(
    w: ndarray,
    g: ndarray,
    v: ndarray,
    squared_steps: ndarray,
    learning_rate: float,
    rho: float,
    epsilon: float,
) -> None:
    """v ← rho v + (1 - rho) g²;  w ← w - learning_rate s, s = g √((d + epsilon) / (v + epsilon)).

    Here d is `squared_steps`, and then d ← rho d + (1 - rho) s².
    """
    real = w.dtype.type
    v[...] = real(rho) * v + real(1 - rho) * (g * g)
    step = g * np.sqrt((squared_steps + real(epsilon)) / (v + real(epsilon)))
    squared_steps[...] = real(rho) * squared_steps + real(1 - rho) * (step * step)
    w -= real(learning_rate) * step


@door("w[N] g[N] m[N] largest[N] -> w[N] m[N] largest[N]")
def adamax_update(
    w: ndarray,
    g: ndarray,
    m: ndarray,
    largest: ndarray,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
) -> None:
    """m ← m + (1 - beta_1) (g - m);  u ← max(beta_2 u, |g|);  w ← w - α m / (u + epsilon).

    Here u is `largest`, and α = learning_rate / (1 - beta_1^step); steps count from 1.
    """
    real = w.dtype.type
    alpha = float(learning_rate) / (1 - beta_1 ** float(step))
    m += (g - m) * real(1 - beta_1)
    np.maximum(real(beta_2) * largest, np.abs(g), out=largest)
    w -= m * real(alpha) / (largest + real(epsilon))


@door("w[N] g[N] m[N] v[N] -> w[N] m[N] v[N]")
def nadam_update(
    w: ndarray,
    g: ndarray,
    m: ndarray,
    v: ndarray,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
    product: float,
) -> None:
    """m ← m + (1 - beta_1) (g - m);  v ← v + (1 - beta_2) (g² - v);  w ← w - s / (√v̂ + epsilon).

    s = learning_rate (ν m / (1 - ν product) + (1 - μ) g / (1 - product)), v̂ = v / (1 - beta_2^step)

    with μ = beta_1 (1 - 0.96^step / 2), ν the same of the next step, and `product` that of all μ so
    far; steps count from 1.
    """
    real = w.dtype.type
    rate, step, product = float(learning_rate), float(step), float(product)
    now, following = (beta_1 * (1 - 0.5 * 0.96**t) for t in (step, step + 1))
    of_mean = real(rate * following / (1 - product * following))
    of_gradient = real(rate * (1 - now) / (1 - product))
    m += (g - m) * real(1 - beta_1)
    v += (g * g - v) * real(1 - beta_2)
    root = np.sqrt(v * real(1 / (1 - beta_2**step)))
    w -= (of_mean * m + of_gradient * g) / (root + real(epsilon))


@door("w[N] g[N] accumulator[N] linear[N] -> w[N] accumulator[N] linear[N]")
def ftrl_update(
    w: ndarray,
    g: ndarray,
    accumulator: ndarray,
    linear: ndarray,
    learning_rate: float,
    learning_rate_power: float,
    l1: float,
    l2: float,
    l2_shrinkage: float,
    beta: float,
) -> None:
    """n ← n + g²;  z ← z + g + 2 l2_shrinkage w - (n₊ - n₋) w / η;  w ← (clip(z, ±l1) - z) / q.

    Here n is `accumulator`, z is `linear`, η is the learning rate, n₋ and n₊ are the old and new
    n^(-learning_rate_power), and q = n₊ / η + 2 l2 + beta / η.
    """
    real, rate = w.dtype.type, np.float64(learning_rate)  # 1 / 0 is inf
    per_rate = real(1 / rate)
    before = _power(accumulator, -learning_rate_power)
    accumulator += g * g
    after = _power(accumulator, -learning_rate_power)
    linear += g + real(2 * l2_shrinkage) * w - (after - before) * per_rate * w
    clipped = np.clip(linear, real(-l1), real(l1))
    w[...] = (clipped - linear) / (after * per_rate + real(2 * l2 + beta / rate))


def _power(x: ndarray, power: float) -> ndarray:
    return np.sqrt(x) if power == 0.5 else np.power(x, x.dtype.type(power))


@door("w[N] g[N] m[N] -> w[N] m[N]")
def lion_update(
    w: ndarray, g: ndarray, m: ndarray, learning_rate: float, beta_1: float, beta_2: float
) -> None:
    """w ← w - learning_rate sign(beta_1 m + (1 - beta_1) g);  m ← beta_2 m + (1 - beta_2) g."""
    real = w.dtype.type
    w -= real(learning_rate) * np.sign(real(beta_1) * m + real(1 - beta_1) * g)
    m[...] = real(beta_2) * m + real(1 - beta_2) * g


@door("g[N] m[N] v[N] -> m[N] v[N] direction[N]")
def lamb_direction(
    g: ndarray,
    m: ndarray,
    v: ndarray,
    direction: ndarray,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: float,
) -> None:
    """m ← m + (1 - beta_1) (g - m);  v ← v + (1 - beta_2) (g² - v);  u = m̂ / (√v̂ + epsilon).

    Here u is `direction`, m̂ = m / (1 - beta_1^step) and v̂ = v / (1 - beta_2^step); steps count
    from 1.
    """
    real, step = g.dtype.type, float(step)
    m += (g - m) * real(1 - beta_1)
    v += (g * g - v) * real(1 - beta_2)
    root = np.sqrt(v * real(1 / (1 - beta_2**step)))
    np.divide(m * real(1 / (1 - beta_1**step)), root + real(epsilon), out=direction)


@door("g[N] v[N] -> v[N] direction[N]")
def adafactor_vector_direction(
    g: ndarray, v: ndarray, direction: ndarray, beta_2_decay: float, epsilon: float, step: float
) -> None:
    """v ← β v + (1 - β) (g² + epsilon);  direction = g / √v, with β = 1 - step^beta_2_decay."""
    real, rest = g.dtype.type, float(step) ** beta_2_decay
    v[...] = real(1 - rest) * v + real(rest) * (g * g + real(epsilon))
    np.divide(g, np.sqrt(v), out=direction)


@door("w[N] -> w[N]")
def weight_decay_update(w: ndarray, learning_rate: float, weight_decay: float) -> None:
    """w ← w - learning_rate weight_decay w."""
    w -= w.dtype.type(float(learning_rate) * weight_decay) * w


@door("average[N] w[N] -> average[N]")
def average_update(average: ndarray, w: ndarray, momentum: float, step: float) -> None:
    """average ← momentum average + (1 - momentum) w; after step 1 it is w."""
    real = w.dtype.type
    momentum = 0.0 if float(step) == 1 else momentum
    average[...] = real(momentum) * average + real(1 - momentum) * w
