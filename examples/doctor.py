"""The doctor: what is wrong with this training?
=============================================

A network is to learn the prices of California's houses. The features are as the census gives
them, from 0.7 people a household to districts of 35,682 people, and the rows are sorted by price.
Here `model.doctor` says so before anything is trained, on copies of the model; then it is asked
again, of the same network on the data as they should be.

To run it::

    python examples/doctor.py [--folder .]
"""

import argparse
from pathlib import Path

import housing
import numpy as np

import nnlite as keras
from nnlite import layers


def network(features):
    """A network with one hidden layer, as in the book."""
    model = keras.Sequential(
        [layers.Input((features,)), layers.Dense(30, activation="relu"), layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1e-3))
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path())
    folder = parser.parse_args().folder

    x, prices = keras.datasets.california_housing.load_per_household()
    cheap_first = np.argsort(prices)
    ill = network(8).doctor(x[cheap_first], prices[cheap_first], validation_split=0.2)
    ill.plot(folder / "1_not_scaled.png")

    print("\n--- scaled and shuffled ---\n")
    (x_train, x_valid, _), (y_train, y_valid, _) = housing.load()
    well = network(8).doctor(x_train, y_train, validation_data=(x_valid, y_valid))
    well.plot(folder / "2_scaled.png")


if __name__ == "__main__":
    main()
