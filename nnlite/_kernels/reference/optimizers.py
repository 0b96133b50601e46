"""Optimizers: all arrays are flat (N,); w and the states are updated in place."""

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
