"""The doctor: what is wrong with this training?
=============================================

A network is to learn the prices of California's houses. `model.doctor` looks at it and at the data
before anything is trained, on copies of the model.

To run it::

    python examples/doctor.py [--folder .]
"""

# %%
# Five findings of two mistakes
# -----------------------------
#
# The features are as the census gives them, from 0.7 people a household to districts of 35,682
# people, and the rows are sorted by price.

import argparse
from pathlib import Path

import housing
import numpy as np

import nnlite as keras
from nnlite import layers

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--folder", type=Path, default=Path())
folder = parser.parse_args().folder
keras.utils.set_random_seed(42)


def network():
    """A network with one hidden layer, as in the book."""
    model = keras.Sequential(
        [layers.Input((8,)), layers.Dense(30, activation="relu"), layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1e-3))
    return model


x, prices = keras.datasets.california_housing.load_per_household()
cheap_first = np.argsort(prices)
diagnosis = network().doctor(x[cheap_first], prices[cheap_first], validation_split=0.2)

# %%
# The picture of the range test shows it, too: a rate that does for such numbers is smaller by four
# orders of magnitude.

figure = diagnosis.plot(folder / "1_not_scaled.png")

# %%
# Scaled and shuffled
# -------------------
#
# The same network on the data as they should be.

(x_train, x_valid, _), (y_train, y_valid, _) = housing.load()
diagnosis = network().doctor(x_train, y_train, validation_data=(x_valid, y_valid))
figure = diagnosis.plot(folder / "2_scaled.png")
