"""A model as a class, whose call is plain Python
==============================================

Loops, conditions and recursion may stand in `call`: it runs anew at each step, on real tensors, and
what it does to them is what is differentiated. That freedom has a price. Weights are made when the
model first sees data, `summary` knows the layers but not how they are connected, a mistake shows
at the first batch instead of when the model is built, and a step costs what its Python costs.

To run it::

    python examples/subclassed_model.py [--epochs 20]
"""

import argparse
from pathlib import Path

import housing

import nnlite as keras


class WideAndDeepModel(keras.Model):
    def __init__(self, units=30, activation="relu", **kwargs):
        super().__init__(**kwargs)  # the usual arguments, such as name
        self.hidden1 = keras.layers.Dense(units, activation=activation)
        self.hidden2 = keras.layers.Dense(units, activation=activation)
        self.main_output = keras.layers.Dense(1)
        self.aux_output = keras.layers.Dense(1)

    def call(self, inputs):
        input_A, input_B = inputs
        hidden1 = self.hidden1(input_B)
        hidden2 = self.hidden2(hidden1)
        concat = keras.layers.concatenate([input_A, hidden2])
        main_output = self.main_output(concat)
        aux_output = self.aux_output(hidden2)
        return main_output, aux_output


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pictures", help="a folder for them", type=Path)
    arguments = parser.parse_args()

    (X_train, X_valid, X_test), (y_train, y_valid, y_test) = housing.load()
    X_train_A, X_train_B = X_train[:, :5], X_train[:, 2:]
    X_valid_A, X_valid_B = X_valid[:, :5], X_valid[:, 2:]
    X_test_A, X_test_B = X_test[:, :5], X_test[:, 2:]
    keras.utils.set_random_seed(42)

    model = WideAndDeepModel()
    model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer="sgd")
    history = model.fit(
        (X_train_A, X_train_B),
        (y_train, y_train),
        epochs=arguments.epochs,
        validation_data=((X_valid_A, X_valid_B), (y_valid, y_valid)),
    )
    model.summary()  # now that the layers have their weights

    _, main_loss, _ = model.evaluate((X_test_A, X_test_B), (y_test, y_test))
    housing.tell(main_loss)
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
