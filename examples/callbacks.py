"""Callbacks: stop in time, keep the best weights, watch for overfitting
=====================================================================

A callback is told when training, an epoch or a batch begins and ends, and may look at the logs or
at `self.model`. One's own overrides the methods of the moments that it cares about.

To run it::

    python examples/callbacks.py [--epochs 100]
"""

import argparse
from pathlib import Path

import housing

import nnlite as keras


class PrintValTrainRatioCallback(keras.callbacks.Callback):
    """Well above 1, the network has learned the training rows better than what they stand for."""

    def on_epoch_end(self, epoch, logs):
        print("\n val/train: {:.2f}".format(logs["val_loss"] / logs["loss"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=100)
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

    # The number of epochs may be large: training ends when 10 of them have brought nothing, and
    # the model gets back the weights of the best one.
    early_stopping_cb = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    history = model.fit(
        X_train,
        y_train,
        epochs=arguments.epochs,
        validation_data=(X_valid, y_valid),
        callbacks=[early_stopping_cb, PrintValTrainRatioCallback()],
    )
    val_loss = history.history["val_loss"]
    print(f"best of {len(val_loss)} epochs: {val_loss.index(min(val_loss)) + 1}")
    housing.tell(model.evaluate(X_test, y_test))
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
