"""Wide & deep: the inputs reach the output on two ways
====================================================

The deep way, through two hidden layers, can learn intricate patterns; the wide way, straight to the
output, keeps simple rules as simple as they are. A chain of layers would have to squeeze both
through every layer.

To run it::

    python examples/wide_and_deep.py [--epochs 20]
"""

import argparse
from pathlib import Path

import housing

import nnlite as keras


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pictures", help="a folder for them", type=Path)
    arguments = parser.parse_args()

    (X_train, X_valid, X_test), (y_train, y_valid, y_test) = housing.load()
    keras.utils.set_random_seed(42)

    # A layer is called like a function, on what it is to be connected to. Nothing is computed
    # yet: these tensors have a shape and a dtype, and remember which layer they came from.
    input_ = keras.layers.Input(shape=X_train.shape[1:])
    hidden1 = keras.layers.Dense(30, activation="relu")(input_)
    hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
    concat = keras.layers.Concatenate()([input_, hidden2])
    output = keras.layers.Dense(1)(concat)
    # The model is what lies between these two ends.
    model = keras.Model(inputs=[input_], outputs=[output])
    model.summary()

    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(
        X_train, y_train, epochs=arguments.epochs, validation_data=(X_valid, y_valid)
    )
    housing.tell(model.evaluate(X_test, y_test))
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
