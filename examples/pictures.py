"""Pictures of a training: what was learned, what is confused, what flows through the layers
=========================================================================================

`nnlite.visualize` draws with matplotlib alone. Its functions return figures, which a notebook
shows, and write them where `path` says. Here they look at a classifier of Fashion-MNIST, and at one
of two inputs, the place of a district in California.

To run it::

    python examples/pictures.py [--folder .] [--epochs 5]
"""

# %%
# The weights of each class
# -------------------------
#
# A network without hidden layers has one weight for each pixel and class. Red pixels speak for the
# class, blue ones against it: one sees the shirts, the trousers and the boots that it looks for.

import argparse
from pathlib import Path

import numpy as np

import nnlite as keras
from nnlite import layers, visualize
from nnlite.datasets import california_housing, fashion_mnist

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--folder", type=Path, default=Path())
parser.add_argument("--epochs", type=int, default=5)
arguments = parser.parse_args()
folder, epochs = arguments.folder, arguments.epochs


def classifier(hidden, start="glorot_uniform"):
    """A network with hidden layers of these sizes; `start` is how the last kernel begins."""
    model = keras.Sequential([layers.Input((28, 28)), layers.Flatten()])
    for place, units in enumerate(hidden, 1):
        model.add(layers.Dense(units, activation="relu", name=f"hidden{place}"))
    model.add(layers.Dense(10, activation="softmax", kernel_initializer=start, name="classes"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


(x, y), (x_test, y_test) = fashion_mnist.load_data()
x, x_test = x / 255.0, x_test / 255.0
linear = classifier(hidden=[], start="zeros")
linear.fit(x, y, epochs=1, verbose=0)
figure = visualize.weight_images(linear.layers[1], columns=5, path=folder / "1_weights.png")

# %%
# Learning curves
# ---------------
#
# A training curve is a mean over the epoch, so it is drawn half an epoch to the left of the
# validation curve, which is measured at the end.

model = classifier(hidden=[300, 100])
history = model.fit(x, y, epochs=epochs, validation_data=(x_test, y_test), verbose=0)
figure = history.plot(folder / "2_curves.png")

# %%
# Which classes are taken for which
# ---------------------------------

predicted = model.predict(x_test, verbose=0)
names = fashion_mnist.CLASS_NAMES
figure = visualize.confusion_matrix(y_test, predicted, names, path=folder / "3_confusion.png")

# %%
# What flows through the layers
# -----------------------------
#
# Forward the activations: they should neither shrink nor grow from layer to layer.

figure = visualize.activation_flow(model, x[:500], y[:500], path=folder / "4_activations.png")

# %%
# Back the gradients: where they are smaller by orders of magnitude towards the input, they vanish.

figure = visualize.gradient_flow(model, x[:500], y[:500], path=folder / "5_gradients.png")

# %%
# The weights as histograms
# -------------------------

figure = visualize.weight_histograms(model, path=folder / "6_histograms.png")

# %%
# A boundary in the plane
# -----------------------
#
# Where in California is the median house of a district dearer than that of most districts?

features, prices = california_housing.load_per_household()
places = features[:, [7, 6]]  # longitude and latitude: as on a map
dear = (prices > np.median(prices)).astype(int)
scaling = layers.Normalization()
scaling.adapt(places)
map_model = keras.Sequential([layers.Input((2,)), scaling])
for units in (50, 50):
    map_model.add(layers.Dense(units, activation="relu"))
map_model.add(layers.Dense(1, activation="sigmoid"))
map_model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
map_model.fit(places, dear, epochs=4 * epochs, batch_size=64, verbose=0)
some = np.random.default_rng(0).permutation(len(places))[:1500]
figure = visualize.decision_boundary(map_model, places[some], dear[some], ["cheaper", "dearer"])
figure.axes[0].set(xlabel="Longitude", ylabel="Latitude")
figure.savefig(folder / "7_map.png", dpi=150)
