"""add_loss and activity regularizers: what layers add to the loss."""

import numpy as np
import pytest

import nnlite
from nnlite import Tensor, ops
from nnlite.layers import Layer

pytestmark = pytest.mark.one_table  # no mathematics here


class Costly(Layer):
    """Adds a loss in each call: the mean of its inputs."""

    def call(self, inputs):
        self.add_loss(ops.mean(inputs))
        return inputs * 2.0


def test_losses_are_those_of_the_last_call():
    layer = Costly()
    for value in (1.0, 3.0):
        layer(np.full((4, 2), value))
        assert [loss.item() for loss in layer.losses] == [value]


def test_losses_of_inner_layers_add_up_within_a_call():
    class Twice(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.costly = Costly(activity_regularizer=nnlite.regularizers.L2(0.5))

        def call(self, inputs):
            self.add_loss([1.5, Tensor([0.25, 0.25])])
            return self.costly(self.costly(inputs))

    model = Twice()
    for _ in range(2):
        model(np.ones((4, 2)))
        # Squares of 2 and of 4, two in a sample, each half.
        assert [loss.item() for loss in model.losses] == [1.5, 0.5, 1, 4, 2, 16]
    model.costly(np.ones((4, 2)))
    assert [loss.item() for loss in model.costly.losses] == [1, 4]


def test_an_activity_regularizer_of_ones_own_and_several_outputs():
    class Pair(Layer):
        def call(self, inputs):
            return {"a": inputs, "b": [inputs * 2.0]}

    layer = Pair(activity_regularizer=lambda x: ops.sum(x))
    layer(np.ones((4, 3)))
    assert [loss.item() for loss in layer.losses] == [3, 6]  # divided by the number of samples


def test_added_losses_are_trained():
    class Pulled(Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((), "ones", name="factor")

        def call(self, inputs):
            self.add_loss(ops.square(self.factor - 5.0))
            return inputs * 1.0

    x = np.zeros((8, 2))
    model = nnlite.Sequential([Pulled(input_shape=[2])])
    model.compile(nnlite.optimizers.SGD(0.25), "mse")
    assert model.evaluate(x, x, verbose=0) == 16
    model.fit(x, x, epochs=30, verbose=0)
    np.testing.assert_allclose(model.layers[0].factor.data, 5, rtol=1e-6)
