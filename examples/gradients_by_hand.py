"""Gradients of any function: the tape, descent in five lines, a check
===================================================================

To run it::

    python examples/gradients_by_hand.py
"""

import numpy as np

import nnlite
from nnlite import ops


def rosenbrock(point):
    """A curved valley whose lowest point is (1, 1)."""
    x, y = point[0], point[1]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def softplus(x):
    """ln(1 + eˣ), written so that nothing overflows."""
    return ops.maximum(x, 0.0) + ops.log(1 + ops.exp(-ops.abs(x)))


def main():
    point = nnlite.Tensor(np.array([-1.0, 1.0]))
    for step in range(20_001):
        point.grad = None
        value = rosenbrock(point)
        value.backward()
        if step % 5_000 == 0:
            print(f"step {step:6}: f = {value.item():.2e} at {point.numpy().round(4)}")
        point.data -= 1e-3 * point.grad

    x = np.array([-3.0, -0.5, 0.25, 4.0])
    slope = nnlite.Tensor(x)
    softplus(slope).sum().backward()
    print("slope of softplus:", slope.grad.round(6))
    print("1 / (1 + e^-x):   ", (1 / (1 + np.exp(-x))).round(6))
    checked = nnlite.gradcheck(rosenbrock, [0.3, -0.7]) and nnlite.gradcheck(softplus, x)
    print("gradient check of both:", "passed" if checked else "failed")


if __name__ == "__main__":
    main()
