"""Two learning rates, compared in TensorBoard
===========================================

The book's two runs: the same network on the prices of houses, with the learning rates 0.001 and
0.05. Both write into one folder, and TensorBoard draws their curves over each other.

With the features as the book scales them, 0.05 ends in NaN in 7 of 8 splits that were tried, and
in real Keras too. The outliers are to blame: a few rows of over a thousand people a household. So
`housing.py` keeps features within 5 standard deviations. With that, 0.05 is stable in all of these
splits, and learns faster, as the book says.

.. image:: /_static/tensorboard_runs.png
   :alt: TensorBoard with the curves of both runs, of the training and of the validation data

To run it::

    python examples/tensorboard_callback.py [--logdir my_logs] [--epochs 30]
    tensorboard --logdir=./my_logs --port=6006
"""

import argparse
import os
import time

import housing

import nnlite as keras


def get_run_logdir(root_logdir, learning_rate):
    run_id = time.strftime("run_%Y_%m_%d_%H_%M_%S")
    return os.path.join(root_logdir, f"{run_id}_{learning_rate}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logdir", default="my_logs")
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()

    (X_train, X_valid, X_test), (y_train, y_valid, y_test) = housing.load()

    for learning_rate in (0.001, 0.05):
        keras.utils.set_random_seed(42)  # both begin with the same weights
        model = keras.models.Sequential(
            [
                keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
                keras.layers.Dense(1),
            ]
        )
        model.compile(
            loss="mean_squared_error",
            optimizer=keras.optimizers.SGD(learning_rate=learning_rate),
        )

        run_logdir = get_run_logdir(arguments.logdir, learning_rate)
        tensorboard_cb = keras.callbacks.TensorBoard(run_logdir, histogram_freq=1)
        hparams_cb = keras.callbacks.HParams(run_logdir, {"learning_rate": learning_rate})
        model.fit(
            X_train,
            y_train,
            epochs=arguments.epochs,
            validation_data=(X_valid, y_valid),
            callbacks=[tensorboard_cb, hparams_cb],
        )
        print(f"learning rate {learning_rate}, in {run_logdir}")
        housing.tell(model.evaluate(X_test, y_test))


if __name__ == "__main__":
    main()
