"""Over several seeds: how good is the classifier, and how sure is that?
=====================================================================

Prints the test accuracy for each seed and their mean. The data are the real Fashion-MNIST: all
60,000 training images but the first 5,000, which are held out for validation as in the book.

To run it::

    python examples/fashion_mnist_seeds.py [--epochs 30] [--seeds 1 2 3]
"""

import argparse
import statistics
import time

import nnlite as keras


def train(seed, epochs):
    """Train the classifier of chapter 10 from one seed, and return its test accuracy."""
    (x_full, y_full), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    x_valid, x_train = x_full[:5000] / 255.0, x_full[5000:] / 255.0
    y_valid, y_train = y_full[:5000], y_full[5000:]

    keras.utils.set_random_seed(seed)
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
        optimizer=keras.optimizers.SGD(learning_rate=0.01),
        metrics=["accuracy"],
    )
    model.fit(x_train, y_train, epochs=epochs, validation_data=(x_valid, y_valid), verbose=0)
    return model.evaluate(x_test / 255.0, y_test, verbose=0, return_dict=True)["accuracy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()

    accuracies = []
    for seed in arguments.seeds:
        start = time.perf_counter()
        accuracies.append(train(seed, arguments.epochs))
        seconds = time.perf_counter() - start
        print(f"seed {seed}: test accuracy {accuracies[-1]:.4f} ({seconds:.0f} s)", flush=True)
    print(f"mean of {len(accuracies)}: {statistics.mean(accuracies):.4f}")


if __name__ == "__main__":
    main()
