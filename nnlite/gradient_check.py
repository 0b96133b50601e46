"""Check a gradient: the tape's against the slope measured by central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .tape import gradients
from .tensor import Array, Tensor


def numerical_gradient(
    f: Callable[..., Tensor], inputs: list[Array], index: int, step: float = 1e-6
) -> Array:
    """d f / d inputs[index], element by element: (f(x + h) - f(x - h)) / 2h.

    Parameters
    ----------
    f : function of tensors that returns a scalar tensor
    inputs : float64 arrays
    index : int
        Which input to move.
    step : float
        h, for values around 1; it grows with the values.
    """
    slope = np.zeros_like(inputs[index])
    for place in np.ndindex(slope.shape):
        h = step * max(1.0, float(abs(inputs[index][place])))
        values = []
        for sign in (1, -1):
            moved = [np.array(x) for x in inputs]
            moved[index][place] += sign * h
            values.append(f(*(Tensor(x, requires_grad=False) for x in moved)).item())
        slope[place] = (values[0] - values[1]) / (2 * h)
    return slope


def gradcheck(
    f: Callable[..., Tensor], *inputs: Any, rtol: float = 1e-6, atol: float = 1e-7
) -> bool:
    """Compare the gradient of `f` on the tape with its numerical one, for every input.

    Everything is computed in float64. The inputs must lie away from kinks (as of relu at 0).

    Parameters
    ----------
    f : function of tensors that returns a tensor
        Outputs that are no scalar are summed with fixed weights, so that no two of them can
        cancel.
    inputs : arrays
    rtol, atol : float
        An element may differ by atol + rtol |numerical|. With a step of 1e-6 the rounding error
        of central differences is about 1e-10 and their truncation error smaller.

    Returns
    -------
    bool
        True.

    Raises
    ------
    AssertionError
        Where an element differs by more; it names the input, the element and both values.
    """
    arrays = [np.array(x, np.float64) for x in inputs]

    def scalar(*tensors: Tensor) -> Tensor:
        y = f(*tensors)
        if y.ndim == 0:
            return y
        weights = np.random.default_rng(0).uniform(0.5, 1.5, y.shape)
        return (y * weights).sum()

    tensors = [Tensor(x) for x in arrays]
    found = gradients(scalar(*tensors))
    for index, tensor in enumerate(tensors):
        analytic = found.get(tensor, np.zeros_like(arrays[index]))
        numerical = numerical_gradient(scalar, arrays, index)
        excess = np.abs(analytic - numerical) - atol - rtol * np.abs(numerical)
        excess = np.where(np.isnan(excess), np.inf, excess)
        if (excess > 0).any():
            worst = np.unravel_index(excess.argmax(), excess.shape)
            raise AssertionError(
                f"gradcheck: input {index}, element {tuple(map(int, worst))}: the tape says "
                f"{analytic[worst]:.10g}, central differences say {numerical[worst]:.10g}"
            )
    return True
