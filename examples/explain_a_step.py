"""One training step, opened up; and where a NaN came from
==========================================================

Every op of a step with its formula and its numbers, where each gradient came from, which kernel
ran, and what the optimizer made of it: printed here, and as a page. Then a training whose loss
becomes NaN, and what the detective says about it.

To run it::

    python examples/explain_a_step.py [--folder explained]
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

import numpy as np

import nnlite
from nnlite import layers, ops


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    nnlite.utils.set_random_seed(42)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(folder):
            explain_a_step()
            find_a_nan()


def explain_a_step():
    """Three samples of two features, in two classes."""
    x = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
    model = nnlite.Sequential(
        [
            nnlite.Input((2,)),
            layers.Dense(3, activation="relu", name="hidden"),
            layers.Dense(2, activation="softmax", name="output"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    step = nnlite.explain(model, x, y=[0, 1, 1])
    print(step)
    step.save("step.html")
    print("\nthe same as a page: step.html\n")


class Loudness(layers.Layer):
    """The logarithm of the power: fine until somewhere there is silence."""

    def call(self, inputs):
        return ops.log(inputs)


def find_a_nan():
    """One of 640 rows holds a zero."""
    power = np.random.default_rng(1).uniform(0.1, 10, size=(640, 4))
    power[417, 2] = 0.0
    model = nnlite.Sequential([nnlite.Input((4,)), Loudness(name="loudness"), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(power, power.sum(axis=1), epochs=3, verbose=0, debug_nans=True)


if __name__ == "__main__":
    main()
