"""Where the time of a training goes
=================================

The classifier of chapter 10 is profiled twice: as `fit` does it by default, with steps that are
recorded once and then replayed, and with every step on the tape. The kernels and their results are
the same; what the replay saves stands in the line "Python". The `calls` are those of kernels: on
the tape a weight's gradient and its update are two, in the replay one.

To run it::

    python examples/profile_a_training.py [--epochs 2] [--logdir my_logs]

With `--logdir` traces are written too: open `*.trace.json.gz` at https://ui.perfetto.dev, or the
folder with `pip install xprof` and `xprof --logdir my_logs`.
"""

import argparse

import nnlite as keras


def classifier(run_eagerly):
    keras.utils.set_random_seed(42)
    model = keras.models.Sequential(
        [
            keras.layers.Flatten(input_shape=[28, 28]),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer="sgd",
        metrics=["accuracy"],
        run_eagerly=run_eagerly,
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--samples", type=int, default=60_000, help="how many are trained on")
    parser.add_argument("--logdir", default=None)
    arguments = parser.parse_args()

    (x_train, y_train), _ = keras.datasets.fashion_mnist.load_data()
    x_train, y_train = x_train[: arguments.samples] / 255.0, y_train[: arguments.samples]

    losses = []
    for run_eagerly in (False, True):
        print("On the tape:" if run_eagerly else "Replayed:")
        model = classifier(run_eagerly)
        with keras.profiler.profile(arguments.logdir):
            history = model.fit(x_train, y_train, epochs=arguments.epochs, verbose=0)
        losses.append(history.history["loss"])
        print()
    print(f"the losses of both are the same: {losses[0] == losses[1]}")


if __name__ == "__main__":
    main()
