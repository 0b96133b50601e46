"""Hyperparameters, compared in TensorBoard
========================================

A random search: each run draws a learning rate, a number of units and an activation function, and
trains for a few epochs on the prices of houses. The HParams page then has a row for each run,
sorted by whatever one likes, and draws the runs as parallel coordinates.

.. image:: /_static/tensorboard_hparams.png
   :alt: The HParams page with a line for each run, from its hyperparameters to its validation loss

To run it::

    python examples/hparams.py [--logdir my_logs] [--runs 12] [--epochs 5]
    tensorboard --logdir=./my_logs --port=6006
"""

import argparse
import os

import housing

import nnlite as keras
from nnlite import summary

LEARNING_RATE = summary.HParam("learning_rate", summary.RealInterval(0.001, 0.05))
UNITS = summary.HParam("units", summary.IntInterval(5, 100), description="of the hidden layer")
ACTIVATION = summary.HParam("activation", summary.Discrete(["relu", "tanh"]))

# The tag and the run inside each run's folder, as callbacks.TensorBoard writes them.
LOSS = summary.Metric("epoch_loss", group="validation", display_name="validation loss")


def train(hparams, run_logdir, data, epochs):
    """Return the last validation loss."""
    (X_train, X_valid, _), (y_train, y_valid, _) = data
    model = keras.models.Sequential(
        [
            keras.layers.Dense(
                hparams[UNITS], activation=hparams[ACTIVATION], input_shape=X_train.shape[1:]
            ),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(hparams[LEARNING_RATE]))
    history = model.fit(
        X_train,
        y_train,
        epochs=epochs,
        validation_data=(X_valid, y_valid),
        callbacks=[
            keras.callbacks.TensorBoard(run_logdir),
            keras.callbacks.HParams(run_logdir, hparams),
        ],
        verbose=0,
    )
    return history.history["val_loss"][-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logdir", default="my_logs")
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()

    data = housing.load()
    keras.utils.set_random_seed(42)
    searched = [LEARNING_RATE, UNITS, ACTIVATION]
    with summary.create_file_writer(arguments.logdir).as_default():
        summary.hparams_config(searched, [LOSS])

    losses = {}
    for run in range(arguments.runs):
        hparams = {one: one.domain.sample_uniform() for one in searched}
        run_logdir = os.path.join(arguments.logdir, f"hparams_{run:02}")
        losses[run_logdir] = train(hparams, run_logdir, data, arguments.epochs)
        print(
            f"{run_logdir}: learning rate {hparams[LEARNING_RATE]:.4f}, {hparams[UNITS]} units, "
            f"{hparams[ACTIVATION]}: validation loss {losses[run_logdir]:.3f}"
        )
    print(f"the best run: {min(losses, key=losses.get)}")


if __name__ == "__main__":
    main()
