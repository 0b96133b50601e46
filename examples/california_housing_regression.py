"""The book's regression: house prices of California, by a network with one hidden layer.

    python examples/california_housing_regression.py [--epochs 20]

The features are scaled to mean 0 and standard deviation 1 by those of the training rows alone, and
kept within 5 deviations: a few rows (barracks, prisons) have over a thousand people a household,
more than 100 deviations from the mean, and one such sample can throw the weights to infinity. That
is so in real Keras too; whether it happens depends on the split.
"""

import argparse

import numpy as np

import nnlite as keras


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()

    x, y = keras.datasets.california_housing.load_per_household()
    order = np.random.default_rng(42).permutation(len(x))
    test, rest = np.split(order, [len(x) // 4])
    valid, train = np.split(rest, [len(rest) // 4])
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    x = np.clip((x - mean) / deviation, -5, 5)

    keras.utils.set_random_seed(42)
    model = keras.models.Sequential(
        [
            keras.layers.Dense(30, activation="relu", input_shape=x.shape[1:]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mean_squared_error", optimizer="sgd")
    model.fit(x[train], y[train], epochs=arguments.epochs, validation_data=(x[valid], y[valid]))

    mse = model.evaluate(x[test], y[test])
    print(f"test: mean squared error {mse:.4f}, so typically {100_000 * mse**0.5:,.0f} dollars off")
    shown = test[:3]
    for predicted, true in zip(model.predict(x[shown], verbose=0)[:, 0], y[shown], strict=True):
        print(f"predicted {100_000 * predicted:9,.0f}   true {100_000 * true:9,.0f}")


if __name__ == "__main__":
    main()
