"""Pictures of networks: a chain, wide & deep, one inside another
==============================================================

`plot_model` draws with matplotlib alone, and returns the figure, which a notebook shows. A model
that is used as a layer is one box, or with `expand_nested=True` a frame around its layers.

To run it::

    python examples/plot_models.py [--folder .]
"""

import argparse
from pathlib import Path

import nnlite as keras
from nnlite import layers


def classifier():
    """The classifier of pictures: a chain."""
    return keras.models.Sequential(
        [
            layers.Flatten(input_shape=[28, 28]),
            layers.Dense(300, activation="relu"),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name="classifier",
    )


def wide_and_deep():
    """Two inputs, one of them past the hidden layers, and an auxiliary output."""
    wide = keras.Input(shape=[5], name="wide_input")
    deep = keras.Input(shape=[6], name="deep_input")
    hidden = layers.Dense(30, activation="relu", name="hidden1")(deep)
    hidden = layers.Dense(30, activation="relu", name="hidden2")(hidden)
    both = layers.concatenate([wide, hidden], name="both")
    main = layers.Dense(1, name="main_output")(both)
    auxiliary = layers.Dense(1, name="aux_output")(hidden)
    return keras.Model(inputs=[wide, deep], outputs=[main, auxiliary], name="wide_and_deep")


def twins():
    """Two pictures compared by one classifier: a model as a shared layer."""
    left = keras.Input(shape=[28, 28], name="left")
    right = keras.Input(shape=[28, 28], name="right")
    network = classifier()
    difference = layers.subtract([network(left), network(right)], name="difference")
    same = layers.Dense(1, activation="sigmoid", name="same")(difference)
    return keras.Model(inputs=[left, right], outputs=same, name="twins")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path())
    folder = parser.parse_args().folder
    for model in (classifier(), wide_and_deep(), twins()):
        path = folder / f"{model.name}.png"
        keras.utils.plot_model(
            model,
            path,
            show_shapes=True,
            show_layer_names=True,
            show_layer_activations=True,
            expand_nested=True,
        )
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
