"""A training loop written by hand
===============================

House prices of California, as in chapter 12 of the book.

Everything that `fit` does stands here in the open: batches drawn at random, gradients from a
GradientTape, penalties on large weights added to the loss, the optimizer's step (which ends with
the weights' constraints), and metrics that are reset between epochs. It costs what Python costs:
`fit` replays such steps without it.

To run it::

    python examples/custom_training_loop.py [--epochs 5] [--steps 362]
"""

import argparse
import sys

import housing
import numpy as np

import nnlite as keras


def random_batch(x, y, batch_size=32):
    """Draw some of the samples."""
    indices = np.random.randint(len(x), size=batch_size)  # noqa: NPY002, as the book does
    return x[indices], y[indices]


def print_status_bar(step, steps, loss, metrics):
    """Show how far the epoch is, on one line; where no line can be written over, at its end."""
    if step < steps and not sys.stdout.isatty():
        return
    results = " - ".join(f"{metric.name}: {metric.result():.4f}" for metric in [loss, *metrics])
    print(f"\r{step}/{steps} - {results}", end="" if step < steps else "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, help="an epoch; by default, all samples once")
    arguments = parser.parse_args()

    (x_train, _, x_test), prices = housing.load()
    y_train, _, y_test = (y.reshape(-1, 1).astype("float32") for y in prices)
    steps = arguments.steps or len(x_train) // 32

    keras.utils.set_random_seed(42)
    l2_reg = keras.regularizers.l2(0.001)
    model = keras.models.Sequential(
        [
            keras.layers.Dense(30, activation="relu", kernel_regularizer=l2_reg),
            keras.layers.Dense(1, kernel_regularizer=l2_reg),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.01)
    loss_fn = keras.losses.mean_squared_error
    mean_loss = keras.metrics.Mean(name="mean_loss")
    metrics = [keras.metrics.MeanAbsoluteError(name="mae")]

    for epoch in range(1, arguments.epochs + 1):
        print(f"Epoch {epoch}/{arguments.epochs}")
        for step in range(1, steps + 1):
            x_batch, y_batch = random_batch(x_train, y_train)
            with keras.GradientTape() as tape:
                y_pred = model(x_batch, training=True)
                main_loss = keras.ops.mean(loss_fn(y_batch, y_pred))
                loss = sum(model.losses, main_loss)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            mean_loss(loss)
            for metric in metrics:
                metric(y_batch, y_pred)
            print_status_bar(step, steps, mean_loss, metrics)
        for metric in [mean_loss, *metrics]:
            metric.reset_state()

    housing.tell(keras.ops.mean(loss_fn(y_test, model(x_test))).item())


if __name__ == "__main__":
    main()
