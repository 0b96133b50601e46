"""Gradients of any function: the tape, descent in five lines, a check
===================================================================

To run it::

    python examples/gradients_by_hand.py
"""

import argparse
from pathlib import Path

import matplotlib.figure
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


def draw(way, path):
    """Draw the way of a point down the valley."""
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, 200), np.linspace(-0.6, 1.8, 200))
    axes = (figure := matplotlib.figure.Figure(figsize=(6, 4))).subplots()
    axes.contourf(x, y, np.log1p(rosenbrock([x, y])), levels=20, cmap="Blues")
    axes.plot(*np.array(way).T, "o-", color="tab:orange", markersize=3)
    axes.plot(1, 1, "*", color="white", markersize=12)
    axes.set(xlabel="x", ylabel="y", title="Down Rosenbrock's valley, a dot every 100 steps")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", help="a folder for them", type=Path)
    arguments = parser.parse_args()

    point, way = nnlite.Tensor(np.array([-1.0, 1.0])), []
    for step in range(20_001):
        point.grad = None
        value = rosenbrock(point)
        value.backward()
        if step % 5_000 == 0:
            print(f"step {step:6}: f = {value.item():.2e} at {point.numpy().round(4)}")
        if step % 100 == 0:
            way.append(point.numpy().copy())
        point.data -= 1e-3 * point.grad

    x = np.array([-3.0, -0.5, 0.25, 4.0])
    slope = nnlite.Tensor(x)
    softplus(slope).sum().backward()
    print("slope of softplus:", slope.grad.round(6))
    print("1 / (1 + e^-x):   ", (1 / (1 + np.exp(-x))).round(6))
    checked = nnlite.gradcheck(rosenbrock, [0.3, -0.7]) and nnlite.gradcheck(softplus, x)
    print("gradient check of both:", "passed" if checked else "failed")
    if arguments.pictures:
        draw(way, arguments.pictures / "valley.png")


if __name__ == "__main__":
    main()
