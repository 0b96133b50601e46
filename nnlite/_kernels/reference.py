"""The numpy twins: the specification of every kernel, written to be read.

A kernel is a plain function on arrays. It writes into arrays that it is given and returns nothing.
Each function here has a compiled twin of the same name and signature, and the two agree up to the
rounding of sums. Floating arrays of one call share one dtype, float32 or float64; labels and
indices are int64.

Axes are named by letters: B batch, I inputs of a layer, O its outputs, C classes, N rows of a
data set. The line above each function says which axes must agree (see `door.py`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy import ndarray

from .door import door
from .reference_arithmetic import (  # noqa: F401  kernels like those below
    FUNCTIONS,
    OPERATIONS,
    clip,
    clip_vjp,
    combine,
    extreme_vjp,
    fill,
    insert_columns,
    scale,
    sum_tiles,
    take_columns,
    tile,
    transform,
)

# ------------------------------------------------------------------------------- dense layer


@door("x[B,I] w[I,O] b[O]? -> out[B,O]")
def dense_forward(x: ndarray, w: ndarray, b: ndarray | None, activation: str, out: ndarray) -> None:
    """out = activation(x w + b), with activation one of `EPILOGUES`."""
    if activation not in EPILOGUES:
        names = ", ".join(EPILOGUES)
        raise ValueError(f"dense_forward: activation must be one of {names}, not {activation!r}")
    forward = EPILOGUES[activation]
    np.matmul(x, w, out=out)
    if b is not None:
        np.add(out, b, out=out)
    if forward is not None:
        forward(out.reshape(-1), out.reshape(-1))


@door("dz[B,O] w[I,O] -> out[B,I]")
def dense_backward_input(dz: ndarray, w: ndarray, out: ndarray) -> None:
    """out = dz wᵀ: the gradient of z = x w + b with respect to x."""
    np.matmul(dz, w.T, out=out)


@door("dz[B,O] w[I,O] y[B,I] -> out[B,I]")
def dense_backward_input_relu(dz: ndarray, w: ndarray, y: ndarray, out: ndarray) -> None:
    """out = dz wᵀ where y > 0, else 0: dense_backward_input and then relu_vjp."""
    out[:] = np.where(y > 0, dz @ w.T, 0)


@door("x[B,I] dz[B,O] -> out[I,O]")
def dense_backward_kernel(x: ndarray, dz: ndarray, out: ndarray) -> None:
    """out = xᵀ dz: the gradient of z = x w + b with respect to w."""
    np.matmul(x.T, dz, out=out)


@door("dz[B,O] -> out[O]")
def dense_backward_bias(dz: ndarray, out: ndarray) -> None:
    """out = the sum of dz over the batch: the gradient of z = x w + b with respect to b."""
    np.sum(dz, axis=0, out=out)


# ------------------------------------------------------- activations, element by element (flat)
# Forward kernels may work in place (out is x); a vjp needs only y, the forward's result.


@door("x[N] out[N] -> out[N]")
def relu_forward(x: ndarray, out: ndarray) -> None:
    """out = max(x, 0); NaN stays NaN."""
    np.maximum(x, 0, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def relu_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy where y > 0, else 0."""
    out[:] = np.where(y > 0, dy, 0)


@door("x[N] out[N] -> out[N]")
def sigmoid_forward(x: ndarray, out: ndarray) -> None:
    """out = 1 / (1 + e⁻ˣ), computed from e^-|x| so that nothing overflows."""
    e = np.exp(-np.abs(x))
    np.divide(np.where(x >= 0, 1, e), 1 + e, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def sigmoid_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy y (1 - y)."""
    np.multiply(dy, y * (1 - y), out=out)


@door("x[N] out[N] -> out[N]")
def tanh_forward(x: ndarray, out: ndarray) -> None:
    """out = tanh x."""
    np.tanh(x, out=out)


@door("y[N] dy[N] out[N] -> out[N]")
def tanh_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = dy (1 - y²)."""
    np.multiply(dy, 1 - y * y, out=out)


#: What may follow a dense layer's sums while they are still in registers.
EPILOGUES = {"linear": None, "relu": relu_forward, "sigmoid": sigmoid_forward, "tanh": tanh_forward}


# ------------------------------------------------------------------------- softmax, row by row


@door("x[B,C] -> out[B,C]")
def softmax_forward(x: ndarray, out: ndarray) -> None:
    """out_c = e^(x_c - m) / Σ e^(x_k - m), with m = max x, so that nothing overflows."""
    np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf), out=out)
    np.divide(out, out.sum(axis=1, keepdims=True), out=out)


@door("y[B,C] dy[B,C] -> out[B,C]")
def softmax_vjp(y: ndarray, dy: ndarray, out: ndarray) -> None:
    """out = y (dy - Σ y dy)."""
    np.multiply(y, dy - (y * dy).sum(axis=1, keepdims=True), out=out)


# ------------------------------------------------------------------------------------- losses
# A loss kernel gives one number per sample; its vjp takes one number per sample back.


@door("labels[B] logits[B,C] -> loss[B] probabilities[B,C]")
def sparse_softmax_crossentropy(
    labels: ndarray, logits: ndarray, loss: ndarray, probabilities: ndarray
) -> None:
    """loss = -log softmax(logits)[label]; the softmax itself is kept for the vjp.

    Labels outside 0..C-1 raise ValueError.
    """
    _check_labels(labels, logits.shape[1])
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    sums = np.exp(shifted).sum(axis=1)
    np.subtract(np.log(sums), np.take_along_axis(shifted, labels[:, None], axis=1)[:, 0], out=loss)
    np.divide(np.exp(shifted), sums[:, None], out=probabilities)


@door("labels[B] probabilities[B,C] dloss[B] -> out[B,C]")
def sparse_softmax_crossentropy_vjp(
    labels: ndarray, probabilities: ndarray, dloss: ndarray, out: ndarray
) -> None:
    """out = (softmax - onehot(label)) dloss: the gradient with respect to the logits."""
    _check_labels(labels, probabilities.shape[1])
    onehot = labels[:, None] == np.arange(probabilities.shape[1])
    np.multiply(probabilities - onehot.astype(probabilities.dtype), dloss[:, None], out=out)


@door("targets[B,C] logits[B,C] -> loss[B] probabilities[B,C]")
def softmax_crossentropy(
    targets: ndarray, logits: ndarray, loss: ndarray, probabilities: ndarray
) -> None:
    """loss = -Σ targets log softmax(logits); the softmax itself is kept for the vjp."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    sums = np.exp(shifted).sum(axis=1)
    np.sum(targets * (np.log(sums)[:, None] - shifted), axis=1, out=loss)
    np.divide(np.exp(shifted), sums[:, None], out=probabilities)


@door("targets[B,C] probabilities[B,C] dloss[B] -> out[B,C]")
def softmax_crossentropy_vjp(
    targets: ndarray, probabilities: ndarray, dloss: ndarray, out: ndarray
) -> None:
    """out = (softmax Σ targets - targets) dloss: the gradient with respect to the logits."""
    total = targets.sum(axis=1, keepdims=True)
    np.multiply(probabilities * total - targets, dloss[:, None], out=out)


@door("y_true[B,O] y_pred[B,O] -> loss[B]")
def mean_squared_error(y_true: ndarray, y_pred: ndarray, loss: ndarray) -> None:
    """loss = Σ (y_pred - y_true)² / O."""
    if y_pred.size:
        np.mean((y_pred - y_true) ** 2, axis=1, out=loss)
    else:
        loss[:] = np.nan  # 0 / 0, without numpy's warning


@door("y_true[B,O] y_pred[B,O] dloss[B] -> out[B,O]")
def mean_squared_error_vjp(y_true: ndarray, y_pred: ndarray, dloss: ndarray, out: ndarray) -> None:
    """out = 2 (y_pred - y_true) dloss / O."""
    slope = (2 / y_true.shape[1]) * dloss[:, None] if y_true.shape[1] else dloss[:, None]
    np.multiply(y_pred - y_true, slope, out=out)


@door("y_true[B,O] y_pred[B,O] -> loss[B]")
def mean_absolute_error(y_true: ndarray, y_pred: ndarray, loss: ndarray) -> None:
    """loss = Σ |y_pred - y_true| / O."""
    if y_pred.size:
        np.mean(np.abs(y_pred - y_true), axis=1, out=loss)
    else:
        loss[:] = np.nan  # 0 / 0, without numpy's warning


@door("y_true[B,O] y_pred[B,O] dloss[B] -> out[B,O]")
def mean_absolute_error_vjp(y_true: ndarray, y_pred: ndarray, dloss: ndarray, out: ndarray) -> None:
    """out = sign(y_pred - y_true) dloss / O."""
    np.multiply(np.sign(y_pred - y_true), dloss[:, None] / max(y_true.shape[1], 1), out=out)


@door("values[B] weights[B]? -> out[1]")
def weighted_mean(values: ndarray, weights: ndarray | None, out: ndarray) -> None:
    """out = Σ weights values / B, summed in float64; without weights all are 1."""
    wide = values.astype(np.float64)
    total = wide.sum() if weights is None else (wide * weights).sum()
    out[0] = total / max(len(values), 1)


@door("weights[B]? dmean[1] -> out[B]")
def weighted_mean_vjp(weights: ndarray | None, dmean: ndarray, out: ndarray) -> None:
    """out = weights dmean / B."""
    share = dmean[0] / max(len(out), 1)
    np.multiply(share, np.ones_like(out) if weights is None else weights, out=out)


# ------------------------------------------------------------------------------------ metrics


@door("labels[B] y_pred[B,C] -> out[B]")
def sparse_categorical_accuracy(labels: ndarray, y_pred: ndarray, out: ndarray) -> None:
    """out = 1 where the largest of y_pred (the first of equals) stands at the label, else 0."""
    out[:] = y_pred.argmax(axis=1) == labels


@door("y_true[B,C] y_pred[B,C] -> out[B]")
def categorical_accuracy(y_true: ndarray, y_pred: ndarray, out: ndarray) -> None:
    """out = 1 where the largest of y_pred and of y_true stand at the same place, else 0."""
    out[:] = y_pred.argmax(axis=1) == y_true.argmax(axis=1)


@door("y_true[B,C] y_pred[B,C] -> out[B]")
def binary_accuracy(y_true: ndarray, y_pred: ndarray, threshold: float, out: ndarray) -> None:
    """out = the share of a row where y_true is 1 for y_pred > threshold, and else 0."""
    right = y_true == (y_pred > y_pred.dtype.type(threshold))
    np.divide(right.sum(axis=1), y_pred.shape[1], out=out)


@door("values[B] weights[B]? state[2] -> state[2]")
def accumulate_mean(values: ndarray, weights: ndarray | None, state: ndarray) -> None:
    """state += (Σ weights values, Σ weights), in float64: a mean over many batches, exact."""
    wide = values.astype(np.float64)
    state[0] += wide.sum() if weights is None else (wide * weights).sum()
    state[1] += len(values) if weights is None else weights.sum(dtype=np.float64)


# ----------------------------------------------------------------------- penalties and limits


@door("values[N] -> out[1]")
def l1_l2_penalty(values: ndarray, l1: float, l2: float, out: ndarray) -> None:
    """out = l1 Σ |values| + l2 Σ values², summed in float64."""
    wide = values.astype(np.float64)
    out[0] = l1 * np.abs(wide).sum() + l2 * np.square(wide).sum()


@door("values[N] dpenalty[1] -> out[N]")
def l1_l2_penalty_vjp(
    values: ndarray, dpenalty: ndarray, l1: float, l2: float, out: ndarray
) -> None:
    """out = (l1 sign(values) + 2 l2 values) dpenalty."""
    real = values.dtype.type
    np.multiply(real(l1) * np.sign(values) + real(2 * l2) * values, dpenalty[0], out=out)


@door("w[I,O] -> w[I,O]")
def limit_norms(w: ndarray, low: float, high: float, rate: float, epsilon: float) -> None:
    """w ← w (rate clip(n, low, high) + (1 - rate) n) / (epsilon + n), in each column, n its norm.

    n = √Σ w² down the column, in float64.
    """
    norm = np.sqrt(np.square(w, dtype=np.float64).sum(axis=0))
    wanted = rate * np.clip(norm, low, high) + (1 - rate) * norm
    w *= (wanted / (epsilon + norm)).astype(w.dtype)


# --------------------------------------------------------------------------------- optimizers
# All arrays are flat (N,), and w and velocity are updated in place.


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


# A dense layer's kernel can be updated by its gradient without this being written anywhere: each of
# these is dense_backward_kernel and then the update of that name, bit for bit.


@door("x[B,I] dz[B,O] w[I,O] -> w[I,O]")
def dense_sgd_update(x: ndarray, dz: ndarray, w: ndarray, learning_rate: float) -> None:
    """w ← w - learning_rate g, with g = xᵀ dz."""
    sgd_update(w.reshape(-1), (x.T @ dz).reshape(-1), learning_rate)


@door("x[B,I] dz[B,O] w[I,O] velocity[I,O] -> w[I,O] velocity[I,O]")
def dense_sgd_momentum_update(
    x: ndarray,
    dz: ndarray,
    w: ndarray,
    velocity: ndarray,
    learning_rate: float,
    momentum: float,
) -> None:
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity, with g = xᵀ dz."""
    g = (x.T @ dz).reshape(-1)
    sgd_momentum_update(w.reshape(-1), g, velocity.reshape(-1), learning_rate, momentum)


@door("x[B,I] dz[B,O] w[I,O] velocity[I,O] -> w[I,O] velocity[I,O]")
def dense_sgd_nesterov_update(
    x: ndarray,
    dz: ndarray,
    w: ndarray,
    velocity: ndarray,
    learning_rate: float,
    momentum: float,
) -> None:
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g, with g = xᵀ dz.

    v is velocity.
    """
    g = (x.T @ dz).reshape(-1)
    sgd_nesterov_update(w.reshape(-1), g, velocity.reshape(-1), learning_rate, momentum)


@door("x[B,I] dz[B,O] w[I,O] m[I,O] v[I,O] largest_v[I,O]? -> w[I,O] m[I,O] v[I,O] largest_v[I,O]?")
def dense_adam_update(
    x: ndarray,
    dz: ndarray,
    w: ndarray,
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

    Here g = xᵀ dz; α and `largest_v` are those of adam_update.
    """
    states = [None if state is None else state.reshape(-1) for state in (m, v, largest_v)]
    g = (x.T @ dz).reshape(-1)
    adam_update(w.reshape(-1), g, *states, learning_rate, beta_1, beta_2, epsilon, step)


# --------------------------------------------------------------------------------------- data


@door("x[N,I] indices[B] -> out[B,I]")
def gather_rows(x: ndarray, indices: ndarray, out: ndarray) -> None:
    """out = x[indices], cast to out's dtype; the rows of x may lie any distance apart.

    x is uint8, int64, float32 or float64, out float32, float64 or int64; indices outside 0..N-1
    raise IndexError.
    """
    if len(indices) and not 0 <= indices.min() <= indices.max() < len(x):
        raise IndexError(f"gather_rows: the indices must lie in 0..{len(x) - 1}")
    out[:] = x[indices]


def _check_labels(labels: ndarray, classes: int) -> None:
    outside = labels[(labels < 0) | (labels >= classes)]
    if len(outside):
        raise ValueError(f"the label {outside[0]} is outside 0..{classes - 1}")
