"""Checkpoints: keep the best model in a file, go on after a crash
===============================================================

Break it off at any time, with Ctrl-C or worse, and start it again: it goes on where it was, and
ends with the same numbers. The checkpoint is such a file as Keras loads too.

To run it::

    python examples/checkpoints.py [--epochs 100] [--folder .]
"""

import argparse
from pathlib import Path

import housing

import nnlite as keras


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=Path())
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

    # Of all epochs the file holds the one that was best on the validation rows.
    path = arguments.folder / "my_keras_model.h5"
    checkpoint_cb = keras.callbacks.ModelCheckpoint(path, save_best_only=True)
    early_stopping_cb = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    backup_cb = keras.callbacks.BackupAndRestore(arguments.folder / "backup")
    history = model.fit(
        X_train,
        y_train,
        epochs=arguments.epochs,
        validation_data=(X_valid, y_valid),
        callbacks=[checkpoint_cb, early_stopping_cb, backup_cb],
    )
    trained = model.evaluate(X_test, y_test)

    model = keras.models.load_model(path)  # the best one, from the file
    loaded = model.evaluate(X_test, y_test)
    print(f"the model in {path.name} is the trained one: {loaded == trained}")
    housing.tell(loaded)
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
