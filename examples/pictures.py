"""Pictures of a training: what was learned, what is confused, what flows through the layers
=========================================================================================

`nnlite.visualize` draws with matplotlib alone, and returns figures, which a notebook shows. Here a
classifier of Fashion-MNIST is looked at: the weights of each class, its training, which classes it
takes for which, and how activations and gradients fare from layer to layer. A model of two inputs,
the place of a district in California, is drawn as a map: where are houses dearer than the median?

To run it::

    python examples/pictures.py [--folder .] [--epochs 5]
"""

import argparse
from pathlib import Path

import numpy as np

import nnlite as keras
from nnlite import layers, visualize
from nnlite.datasets import california_housing, fashion_mnist


def fashion(folder, epochs):
    """A linear classifier, whose weights can be read, and a network with two hidden layers."""
    (x, y), (x_test, y_test) = fashion_mnist.load_data()
    x, x_test = x / 255.0, x_test / 255.0

    linear = classifier(hidden=[])
    linear.set_weights([0 * one for one in linear.get_weights()])  # so that no noise remains
    linear.fit(x, y, epochs=1, verbose=0)
    visualize.weight_images(linear.layers[1], columns=5, path=folder / "1_weights.png")

    model = classifier(hidden=[300, 100])
    history = model.fit(x, y, epochs=epochs, validation_data=(x_test, y_test), verbose=0)
    names, predicted = fashion_mnist.CLASS_NAMES, model.predict(x_test, verbose=0)
    history.plot(folder / "2_curves.png")
    visualize.confusion_matrix(y_test, predicted, names, path=folder / "3_confusion.png")
    visualize.activation_flow(model, x[:500], y[:500], path=folder / "4_activations.png")
    visualize.gradient_flow(model, x[:500], y[:500], path=folder / "5_gradients.png")
    visualize.weight_histograms(model, path=folder / "6_histograms.png")


def classifier(hidden):
    """A network with hidden layers of these sizes."""
    model = keras.Sequential([layers.Input((28, 28)), layers.Flatten()])
    for units in hidden:
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def california(folder, epochs):
    """Where the median house of a district is dearer than the median of all districts."""
    x, prices = california_housing.load_per_household()
    places = x[:, [7, 6]]  # longitude and latitude: as on a map
    dear = (prices > np.median(prices)).astype(int)
    model = keras.Sequential([layers.Input((2,)), layers.Normalization()])
    model.layers[0].adapt(places)
    model.add(layers.Dense(50, activation="relu"))
    model.add(layers.Dense(50, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
    model.fit(places, dear, epochs=4 * epochs, batch_size=64, verbose=0)
    some = np.random.default_rng(0).permutation(len(x))[:1500]
    figure = visualize.decision_boundary(model, places[some], dear[some], ["cheaper", "dearer"])
    figure.axes[0].set(xlabel="Longitude", ylabel="Latitude")
    figure.savefig(folder / "7_map.png", dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    fashion(arguments.folder, arguments.epochs)
    california(arguments.folder, arguments.epochs)
    print(f"wrote seven pictures to {arguments.folder}")


if __name__ == "__main__":
    main()
