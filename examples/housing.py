"""California housing, split and scaled for the other examples, with nothing but numpy.

The book splits with scikit-learn's `train_test_split` and scales with its `StandardScaler`: three
quarters for training, of which a quarter is held out for validation, and each feature brought to
mean 0 and standard deviation 1 by those of the training rows alone. Here the same is done, and
features are kept within 5 deviations: a few rows (barracks, prisons) have over a thousand people a
household, more than 100 deviations from the mean, and one such sample can throw the weights to
infinity. That is so in real Keras too; whether it happens depends on the split.
"""

import numpy as np

import nnlite as keras


def load(seed=42):
    """Return (X_train, X_valid, X_test), (y_train, y_valid, y_test).

    X has the shape (rows, 8); y the shape (rows,), in units of 100,000 US dollars.
    """
    x, y = keras.datasets.california_housing.load_per_household()
    order = np.random.default_rng(seed).permutation(len(x))
    test, rest = np.split(order, [len(x) // 4])
    valid, train = np.split(rest, [len(rest) // 4])
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    x = np.clip((x - mean) / deviation, -5, 5).astype("float32")
    rows = train, valid, test
    return [x[some] for some in rows], [y[some] for some in rows]


def tell(mse):
    """Print what a mean squared error means in dollars."""
    print(f"test: mean squared error {mse:.4f}, so typically {100_000 * mse**0.5:,.0f} dollars off")


def draw(history, folder):
    """Draw the network and how its training went, where there is a folder for it."""
    if folder:
        keras.utils.plot_model(history.model, folder / "network.png", show_layer_names=True)
        history.plot(folder / "training.png")
