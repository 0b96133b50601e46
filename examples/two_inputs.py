"""Two inputs: some features go the wide way, some the deep way
============================================================

Features 0 to 4 go straight to the output and features 2 to 7 through the hidden layers; a feature
may go both ways. The text's learning rate of 0.001 is small: 20 epochs are not the end of it.

To run it::

    python examples/two_inputs.py [--epochs 20]
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

    input_A = keras.layers.Input(shape=[5], name="wide_input")
    input_B = keras.layers.Input(shape=[6], name="deep_input")
    hidden1 = keras.layers.Dense(30, activation="relu")(input_B)
    hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
    concat = keras.layers.Concatenate()([input_A, hidden2])
    output = keras.layers.Dense(1)(concat)
    model = keras.Model(inputs=[input_A, input_B], outputs=[output])

    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1e-3))

    X_train_A, X_train_B = X_train[:, :5], X_train[:, 2:]
    X_valid_A, X_valid_B = X_valid[:, :5], X_valid[:, 2:]
    X_test_A, X_test_B = X_test[:, :5], X_test[:, 2:]

    # x is a tuple now, in the order of the model's inputs ...
    history = model.fit(
        (X_train_A, X_train_B),
        y_train,
        epochs=arguments.epochs,
        validation_data=((X_valid_A, X_valid_B), y_valid),
    )
    # ... or a dict, by their names.
    housing.tell(model.evaluate({"wide_input": X_test_A, "deep_input": X_test_B}, y_test))
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
