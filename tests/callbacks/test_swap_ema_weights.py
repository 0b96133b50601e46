"""SwapEMAWeights: where the means of the weights are, and when."""

import numpy as np
import pytest

import nnlite as keras
from nnlite.callbacks import Callback, EarlyStopping, SwapEMAWeights

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
Y = X.sum(axis=1, keepdims=True) * 3


class Seen(Callback):
    """Keeps the kernel as it is at some moments."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels: dict[str, list[float]] = {}

    def see(self, moment: str) -> None:
        self.kernels[moment] = self.model.layers[0].kernel.numpy().ravel().tolist()

    def on_train_batch_end(self, batch, logs=None):
        self.see("batch")

    def on_test_batch_end(self, batch, logs=None):
        self.see("test")

    def on_epoch_end(self, epoch, logs=None):
        self.see("epoch")


def model(**arguments):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, **arguments)
    made.compile(optimizer, "mse")
    return made


def mean_of(trained):
    return trained.optimizer.means()[0][1].numpy().ravel().tolist()


def test_a_validation_sees_the_means_and_training_the_weights():
    trained, seen = model(), Seen()
    trained.fit(
        *(X, Y),
        batch_size=4,
        epochs=3,
        validation_data=(X, Y),
        callbacks=[SwapEMAWeights(), seen],
        verbose=0,
    )
    assert seen.kernels["test"] == mean_of(trained)
    assert seen.kernels["epoch"] == seen.kernels["batch"] != seen.kernels["test"]
    assert trained.layers[0].kernel.numpy().ravel().tolist() == mean_of(trained)  # fit leaves them


@pytest.mark.parametrize("stopping", [[], [EarlyStopping("loss", patience=0, min_delta=99)]])
def test_an_epoch_ends_with_the_means_if_that_is_wanted(stopping):
    trained, seen = model(), Seen()
    calls = [SwapEMAWeights(swap_on_epoch=True), seen, *stopping]
    trained.fit(X, Y, batch_size=4, epochs=3, callbacks=calls, verbose=0)
    assert seen.kernels["epoch"] == mean_of(trained) != seen.kernels["batch"]
    assert trained.layers[0].kernel.numpy().ravel().tolist() == mean_of(trained)


def test_training_goes_on_as_without_it():
    histories = []
    for calls in ([], [SwapEMAWeights(swap_on_epoch=True)]):
        trained = model()
        trained.layers[0].set_weights([np.ones((2, 1)), np.zeros(1)])
        fitted = trained.fit(X, Y, epochs=3, shuffle=False, callbacks=calls, verbose=0)
        histories.append(fitted.history)
    assert histories[0] == histories[1]


def test_evaluate_and_predict_see_the_means():
    trained = model()
    for _ in range(3):
        trained.train_on_batch(X, Y)
    kernel, bias = trained.get_weights()
    means = [mean.numpy().copy() for _, mean in trained.optimizer.means()]
    predicted = trained.predict(X, callbacks=[SwapEMAWeights()], verbose=0)
    np.testing.assert_allclose(predicted, X @ means[0] + means[1], rtol=1e-6)  # float32
    loss = trained.evaluate(X, Y, callbacks=[SwapEMAWeights()], verbose=0)
    assert loss == pytest.approx(float(np.mean((predicted - Y) ** 2)), rel=1e-5)  # float32
    for one, before in zip(trained.get_weights(), (kernel, bias), strict=True):
        np.testing.assert_array_equal(one, before)


def test_without_means_it_is_refused():
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match="needs an optimizer with use_ema=True"):
        made.evaluate(X, Y, callbacks=[SwapEMAWeights()], verbose=0)
