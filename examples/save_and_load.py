"""Save a model, load it, go on training as if nothing had been
============================================================

A `.keras` file holds layers, weights, what the model was compiled with, and the state of the
optimizer; an `.h5` file does too, for programs that know that format alone. Real Keras reads both.

To run it::

    python examples/save_and_load.py [--epochs 10] [--folder models]
"""

import argparse
import tempfile
from pathlib import Path

import housing
import numpy as np

import nnlite as keras


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        train_and_save(arguments.epochs, arguments.folder or Path(folder))


def train_and_save(epochs, folder):
    folder.mkdir(exist_ok=True)
    (X_train, X_valid, X_test), (y_train, y_valid, y_test) = housing.load()
    keras.utils.set_random_seed(42)

    model = keras.models.Sequential(
        [
            keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
            keras.layers.Dense(30, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(learning_rate=2e-3))
    model.fit(X_train, y_train, epochs=epochs, validation_data=(X_valid, y_valid))

    for name in ("model.keras", "model.h5"):
        model.save(folder / name)
        print(f"{name}: {(folder / name).stat().st_size} bytes")
    loaded = keras.models.load_model(folder / "model.keras")

    # Both go on from here, on the same rows in the same order, and stay the same to the bit.
    for one in (model, loaded):
        one.fit(X_train, y_train, epochs=1, shuffle=False, verbose=0)
    differs = np.max(np.abs(model.predict(X_test, verbose=0) - loaded.predict(X_test, verbose=0)))
    print(f"after one more epoch the predictions of both differ by {differs}")
    housing.tell(loaded.evaluate(X_test, y_test))

    # Weights alone, for a model that the same code has built.
    model.save_weights(folder / "model.weights.h5")
    twin = keras.models.clone_model(model)
    twin.load_weights(folder / "model.weights.h5")
    same = np.array_equal(twin.predict(X_test, verbose=0), model.predict(X_test, verbose=0))
    print(f"a twin with its weights predicts the same: {same}")


if __name__ == "__main__":
    main()
