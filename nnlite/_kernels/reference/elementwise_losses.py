"""Losses that look at each element alone: one pair of kernels over a table of formulas.

A formula says what an element loses, f(t, p), and its slope, ∂f/∂p. The loss of a row is the mean
of its elements, or their sum. Beyond t (y_true) and p (y_pred) a formula may read four numbers: a
parameter of its own (huber's delta, the focal losses' gamma), the weights of the classes 1 and 0,
and an epsilon, which keeps logarithms and quotients finite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from ..door import door


class Numbers(NamedTuple):
    """What a formula may read besides t and p."""

    parameter: float
    positive: float
    negative: float
    epsilon: float


class Formula(NamedTuple):
    """What an element loses, its slope, and whether a row's loss is the sum and not the mean."""

    value: Callable[[ndarray, ndarray, Numbers], ndarray]
    slope: Callable[[ndarray, ndarray, Numbers], ndarray]
    summed: bool = False


@door("y_true[B,O] y_pred[B,O] -> loss[B]")
def elementwise_loss(
    y_true: ndarray,
    y_pred: ndarray,
    formula: str,
    parameter: float,
    positive: float,
    negative: float,
    epsilon: float,
    loss: ndarray,
) -> None:
    """loss = Σ formula(y_true, y_pred) / O; for a formula that is summed, without the / O."""
    row = _formula("elementwise_loss", formula)
    values = row.value(y_true, y_pred, Numbers(parameter, positive, negative, epsilon))
    np.divide(values.sum(axis=1), 1 if row.summed else y_true.shape[1], out=loss)


@door("y_true[B,O] y_pred[B,O] dloss[B] -> out[B,O]")
def elementwise_loss_vjp(
    y_true: ndarray,
    y_pred: ndarray,
    dloss: ndarray,
    formula: str,
    parameter: float,
    positive: float,
    negative: float,
    epsilon: float,
    out: ndarray,
) -> None:
    """out = formula'(y_true, y_pred) dloss / O; for a formula that is summed, without the / O."""
    row = _formula("elementwise_loss_vjp", formula)
    slopes = row.slope(y_true, y_pred, Numbers(parameter, positive, negative, epsilon))
    np.multiply(slopes, (dloss if row.summed else dloss / y_true.shape[1])[:, None], out=out)


def _formula(kernel: str, name: str) -> Formula:
    if not isinstance(name, str) or name not in FORMULAS:
        names = ", ".join(FORMULAS)
        raise ValueError(f"{kernel}: formula must be one of {names}, not {name!r}")
    return FORMULAS[name]


# ------------------------------------------------------------------------------------------- errors


def _log_ratio(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    """log(1 + p) - log(1 + t), of numbers kept above 0."""
    low = t.dtype.type(n.epsilon)
    return np.log(np.maximum(p, low) + 1) - np.log(np.maximum(t, low) + 1)


def _log_ratio_slope(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    return np.where(p < n.epsilon, 0, 2 * _log_ratio(t, p, n) / (np.maximum(p, n.epsilon) + 1))


def _huber(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    """e² / 2 where |e| <= delta, and beyond the line that goes on from there."""
    size = np.abs(p - t)
    line = n.parameter * size - n.parameter**2 / 2
    return np.where(size <= n.parameter, size * size / 2, line)


def _log_cosh(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    """log cosh e = |e| + log(1 + e^-2|e|) - log 2, in which nothing overflows."""
    size = np.abs(p - t)
    return size + np.log1p(np.exp(-2 * size)) - np.log(t.dtype.type(2))


# ------------------------------------------------------------- probabilities, and logits of classes


def _inside(p: ndarray, n: Numbers) -> ndarray:
    """p, at least epsilon and at most 1 - epsilon."""
    real = p.dtype.type
    return np.clip(p, real(n.epsilon), real(1 - n.epsilon))


def _where_inside(p: ndarray, slope: ndarray, n: Numbers) -> ndarray:
    """The slope of what has been clipped: 0 outside."""
    return np.where(_inside(p, n) == p, slope, np.where(np.isnan(p), p, 0))


def _crossentropy(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    q = _inside(p, n)
    return -(t * np.log(q) + (1 - t) * np.log(1 - q))


def _crossentropy_slope(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    q = _inside(p, n)
    return _where_inside(p, (q - t) / (q * (1 - q)), n)


def _logit_crossentropy(t: ndarray, x: ndarray, n: Numbers) -> ndarray:
    """-t log σ(x) - (1 - t) log σ(-x) = max(x, 0) - x t + log(1 + e^-|x|)."""
    return np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))


def _sigmoid(x: ndarray) -> ndarray:
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def _class_weight(t: ndarray, n: Numbers) -> ndarray:
    return t * n.positive + (1 - t) * n.negative


def _power_slope(base: ndarray, gamma: float) -> ndarray:
    """The slope of base^gamma; where gamma is 0 that is 0, whatever the base."""
    return gamma * base ** (gamma - 1) if gamma else 0 * base


def _focal(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    wrong = t * (1 - p) + (1 - t) * p
    return _class_weight(t, n) * wrong**n.parameter * _crossentropy(t, p, n)


def _focal_slope(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    wrong = t * (1 - p) + (1 - t) * p
    by_wrong = _power_slope(wrong, n.parameter) * (1 - 2 * t) * _crossentropy(t, p, n)
    by_loss = wrong**n.parameter * _crossentropy_slope(t, p, n)
    return _class_weight(t, n) * (by_wrong + by_loss)


def _logit_focal(t: ndarray, x: ndarray, n: Numbers) -> ndarray:
    wrong = t * _sigmoid(-x) + (1 - t) * _sigmoid(x)
    return _class_weight(t, n) * wrong**n.parameter * _logit_crossentropy(t, x, n)


def _logit_focal_slope(t: ndarray, x: ndarray, n: Numbers) -> ndarray:
    p, rest = _sigmoid(x), _sigmoid(-x)
    wrong = t * rest + (1 - t) * p
    dwrong = (1 - 2 * t) * (p * rest)
    by_wrong = _power_slope(wrong, n.parameter) * dwrong * _logit_crossentropy(t, x, n)
    return _class_weight(t, n) * (by_wrong + wrong**n.parameter * (p - t))


def _class_focal(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    q = _inside(p, n)
    return -t * (1 - q) ** n.parameter * np.log(q)


def _class_focal_slope(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    q = _inside(p, n)
    by_wrong = _power_slope(1 - q, n.parameter) * np.log(q)
    return _where_inside(p, t * (by_wrong - (1 - q) ** n.parameter / q), n)


def _to_1(p: ndarray, n: Numbers) -> ndarray:
    """p, at least epsilon and at most 1."""
    return np.clip(p, p.dtype.type(n.epsilon), 1)


def _divergence(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    t = _to_1(t, n)
    return t * np.log(t / _to_1(p, n))


def _divergence_slope(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    slope = -_to_1(t, n) / _to_1(p, n)
    return np.where(_to_1(p, n) == p, slope, np.where(np.isnan(p), p, 0))


# ------------------------------------------------------------------------------------------ margins


def _shortfall(t: ndarray, p: ndarray, n: Numbers) -> ndarray:
    """By how much t p is below 1."""
    return np.maximum(1 - t * p, 0)


#: Every formula. The text beside a row is its value.
FORMULAS = {
    # errors, e = p - t
    "squared": Formula(  # e²
        lambda t, p, n: (p - t) ** 2,
        lambda t, p, n: 2 * (p - t),
    ),
    "absolute": Formula(  # |e|
        lambda t, p, n: np.abs(p - t),
        lambda t, p, n: np.sign(p - t),
    ),
    "percentage": Formula(  # 100 |e| / |t|
        lambda t, p, n: 100 * (np.abs(p - t) / np.maximum(np.abs(t), n.epsilon)),
        lambda t, p, n: 100 * (np.sign(p - t) / np.maximum(np.abs(t), n.epsilon)),
    ),
    "squared_logarithmic": Formula(  # (log(1 + p) - log(1 + t))²
        lambda t, p, n: _log_ratio(t, p, n) ** 2,
        _log_ratio_slope,
    ),
    "huber": Formula(  # e² / 2 to delta, then a line
        _huber,
        lambda t, p, n: np.clip(p - t, -n.parameter, n.parameter),
    ),
    "log_cosh": Formula(  # log cosh e
        _log_cosh,
        lambda t, p, n: np.tanh(p - t),
    ),
    # margins
    "hinge": Formula(  # max(1 - t p, 0)
        _shortfall,
        lambda t, p, n: np.where(1 - t * p <= 0, 0, -t + 0 * p),
    ),
    "squared_hinge": Formula(  # max(1 - t p, 0)²
        lambda t, p, n: _shortfall(t, p, n) ** 2,
        lambda t, p, n: -2 * t * _shortfall(t, p, n),
    ),
    # probabilities
    "poisson": Formula(  # p - t log p
        lambda t, p, n: p - t * np.log(p + p.dtype.type(n.epsilon)),
        lambda t, p, n: 1 - t / (p + p.dtype.type(n.epsilon)),
    ),
    "binary_crossentropy": Formula(  # -t log p - (1 - t) log(1 - p)
        _crossentropy,
        _crossentropy_slope,
    ),
    "logit_crossentropy": Formula(  # that of p = σ(x)
        _logit_crossentropy,
        lambda t, x, n: _sigmoid(x) - t,
    ),
    "binary_focal": Formula(  # weight |t - p|^gamma binary_crossentropy
        _focal,
        _focal_slope,
    ),
    "logit_focal": Formula(  # that of p = σ(x)
        _logit_focal,
        _logit_focal_slope,
    ),
    "categorical_focal": Formula(  # -t (1 - p)^gamma log p
        _class_focal,
        _class_focal_slope,
        summed=True,
    ),
    "divergence": Formula(  # t log(t / p)
        _divergence,
        _divergence_slope,
        summed=True,
    ),
}
