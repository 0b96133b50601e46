"""backend: the functions that books use."""

import numpy as np
import pytest

import nnlite
from nnlite import Tensor, backend

pytestmark = pytest.mark.one_table  # no mathematics here


def test_values_are_read_and_written():
    optimizer = nnlite.optimizers.SGD(0.5)
    backend.set_value(optimizer.learning_rate, backend.get_value(optimizer.learning_rate) / 2)
    assert float(optimizer.learning_rate) == 0.25
    layer = nnlite.layers.Dense(2)
    layer.build((None, 1))
    backend.set_value(layer.bias, [1, 2])
    values = backend.get_value(layer.bias)
    values[:] = 0
    assert layer.bias.numpy().tolist() == [1, 2]
    assert backend.get_value(Tensor([1.5])).tolist() == [1.5]
    with pytest.raises(TypeError, match=r"into a weight .* got float"):
        backend.set_value(0.1, 0.2)


def test_settings_and_names():
    assert backend.floatx() == nnlite.config.floatx() == "float32"
    assert backend.epsilon() == nnlite.config.epsilon() == 1e-7
    backend.set_epsilon(1e-5)
    assert nnlite.config.epsilon() == 1e-5
    backend.set_epsilon(1e-7)
    nnlite.layers.Dense(1)
    backend.clear_session()
    assert nnlite.layers.Dense(1).name == "dense"


def test_a_learning_rate_set_while_training_counts_from_the_next_step_on():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(64, 3)), random.normal(size=(64, 1))

    def trained(eager):
        nnlite.random.set_random_seed(1)
        model = nnlite.Sequential([nnlite.layers.Dense(4, "tanh", input_shape=[3])])
        model.add(nnlite.layers.Dense(1))
        model.compile("sgd", "mse", run_eagerly=eager)

        class Grows(nnlite.callbacks.Callback):
            def on_train_batch_begin(self, batch, logs=None):
                rate = backend.get_value(model.optimizer.lr)
                backend.set_value(model.optimizer.lr, rate * 1.1)

        model.fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[Grows()])
        assert float(model.optimizer.learning_rate) == pytest.approx(0.01 * 1.1**32)
        return [array.tobytes() for array in model.get_weights()]

    assert trained(eager=True) == trained(eager=False)
