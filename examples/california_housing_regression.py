"""Regression: house prices by one hidden layer
============================================

The book's regression on California housing, as a chain of layers.

To run it::

    python examples/california_housing_regression.py [--epochs 20]
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

    model = keras.models.Sequential(
        [
            keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mean_squared_error", optimizer="sgd")
    history = model.fit(
        X_train, y_train, epochs=arguments.epochs, validation_data=(X_valid, y_valid)
    )

    housing.tell(model.evaluate(X_test, y_test))
    shown = zip(model.predict(X_test[:3], verbose=0)[:, 0], y_test, strict=False)
    for predicted, true in shown:
        print(f"predicted {100_000 * predicted:9,.0f}   true {100_000 * true:9,.0f}")
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
