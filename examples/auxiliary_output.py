"""Two outputs: an auxiliary one keeps the deep part useful
========================================================

The functional API with two outputs, which learn the same prices.

Both outputs learn the same prices. The auxiliary one sees only the hidden layers, so that they must
learn something of their own instead of leaving it all to the wide way; its loss counts for a tenth.

To run it::

    python examples/auxiliary_output.py [--epochs 20]
"""

import argparse
from pathlib import Path

import housing

import nnlite as keras


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pictures", help="a folder for them", type=Path)
    arguments = parser.parse_args()

    (X_train, X_valid, X_test), (y_train, y_valid, y_test) = housing.load()
    X_train_A, X_train_B = X_train[:, :5], X_train[:, 2:]
    X_valid_A, X_valid_B = X_valid[:, :5], X_valid[:, 2:]
    X_test_A, X_test_B = X_test[:, :5], X_test[:, 2:]
    keras.utils.set_random_seed(42)

    input_A = keras.layers.Input(shape=[5], name="wide_input")
    input_B = keras.layers.Input(shape=[6], name="deep_input")
    hidden1 = keras.layers.Dense(30, activation="relu")(input_B)
    hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
    concat = keras.layers.Concatenate()([input_A, hidden2])
    output = keras.layers.Dense(1, name="main_output")(concat)
    aux_output = keras.layers.Dense(1, name="aux_output")(hidden2)
    model = keras.Model(inputs=[input_A, input_B], outputs=[output, aux_output])

    # A loss for each output. Minimised is their weighted sum: 0.9 main + 0.1 auxiliary.
    model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer="sgd")
    history = model.fit(
        [X_train_A, X_train_B],
        [y_train, y_train],
        epochs=arguments.epochs,
        validation_data=([X_valid_A, X_valid_B], [y_valid, y_valid]),
    )

    total_loss, main_loss, aux_loss = model.evaluate([X_test_A, X_test_B], [y_test, y_test])
    print(f"total {total_loss:.4f} = 0.9 x {main_loss:.4f} + 0.1 x {aux_loss:.4f}")
    housing.tell(main_loss)
    y_pred_main, y_pred_aux = model.predict([X_test_A[:3], X_test_B[:3]], verbose=0)
    for main, aux, true in zip(y_pred_main[:, 0], y_pred_aux[:, 0], y_test[:3], strict=True):
        print(f"main {main:.2f}   auxiliary {aux:.2f}   true {true:.2f}")
    housing.draw(history, arguments.pictures)


if __name__ == "__main__":
    main()
