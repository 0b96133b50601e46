"""`nnlite demo`: the Fashion-MNIST classifier of *Hands-On Machine Learning*, chapter 10."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .datasets import fashion_mnist
from .layers import Dense, Flatten
from .models import Sequential
from .random import set_random_seed
from .visualize import learning_curves, predictions_grid

#: How many training images are held out for validation: of all images, and of the sample.
VALIDATION_IMAGES = {"full": 5000, "sample": 1000}

#: How many test images the picture shows.
SHOWN_IMAGES = 40

#: What to try next.
NEXT = {
    "full": """
Next, change something in nnlite/demo.py, which is this program, and look at the curves again:
  - a larger learning rate: compile(..., optimizer=nnlite.optimizers.SGD(0.1))
  - an end in good time:    fit(..., callbacks=[nnlite.callbacks.EarlyStopping(patience=5)])""",
    "sample": """
Next, train on all 70,000 images: `nnlite demo --data full` says how to get them.""",
}


def run(
    epochs: int = 30, data: str | None = None, out: str | os.PathLike[str] = "demo-output"
) -> None:
    """Train, evaluate, and write learning_curves.png and predictions.png into the folder `out`.

    Parameters
    ----------
    epochs : int
        How often to go through the training images.
    data : {"full", "sample"}, optional
        All images, or those that come with nnlite; by default all of them if they can be had.
    out : str or path
        Made if it is not there.

    Raises
    ------
    FileNotFoundError
        Where data="full" was asked for and cannot be had.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)  # a bad folder shall fail before the training
    set_random_seed(42)
    data, ((x_train_full, y_train_full), (x_test, y_test)) = load(data)
    held_out = VALIDATION_IMAGES[data]
    x_valid, x_train = x_train_full[:held_out] / 255.0, x_train_full[held_out:] / 255.0
    y_valid, y_train = y_train_full[:held_out], y_train_full[held_out:]
    counts = f"{len(x_train):,} images for training, {len(x_valid):,} for validation"
    print(f"Fashion-MNIST: {counts}, {len(x_test):,} for testing\n")

    model = build_classifier()
    model.summary()
    print()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=epochs, validation_data=(x_valid, y_valid))

    x_test_scaled = x_test / 255.0
    print(f"\nOn the {len(x_test):,} test images, which the model has never seen:")
    _, accuracy = model.evaluate(x_test_scaled, y_test)
    print(f"Test accuracy: {accuracy:.2%}\n")

    learning_curves(history, path=folder / "learning_curves.png")
    print(f"How the training went:   {folder / 'learning_curves.png'}")
    y_shown = model.predict(x_test_scaled[:SHOWN_IMAGES], verbose=0)
    predictions_grid(
        x_test[:SHOWN_IMAGES],
        y_test[:SHOWN_IMAGES],
        y_shown,
        fashion_mnist.CLASS_NAMES,
        path=folder / "predictions.png",
    )
    print(f"What the model predicts: {folder / 'predictions.png'}")
    print(NEXT[data])


def load(data: str | None) -> tuple[str, Any]:
    """Return which data these are, "full" or "sample", and the data; tell why it is the sample."""
    if data == "sample":
        return data, fashion_mnist.load_sample()
    try:
        return "full", fashion_mnist.load_data()
    except FileNotFoundError as error:
        if data == "full":
            raise
        print(f"{error}\n\nSo this is the sample that comes with nnlite:", end=" ")
        return "sample", fashion_mnist.load_sample()


def build_classifier() -> Sequential:
    """Build the book's model: 784 pixels, 300 and 100 hidden units, 10 classes."""
    return Sequential(
        [
            Flatten(input_shape=[28, 28]),
            Dense(300, activation="relu"),
            Dense(100, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
