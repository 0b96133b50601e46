"""The products of a dense layer, and the updates of its kernel."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door
from .activations import EPILOGUES
from .optimizers import sgd_momentum_update, sgd_nesterov_update, sgd_update


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
