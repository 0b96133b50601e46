"""add_weight: what it takes, what it refuses, and when."""

import copy

import numpy as np
import pytest

import nnlite
from nnlite import Parameter, Tensor, graph
from nnlite.layers import Activation, Dense, Layer
from nnlite.layers.weights import gather

pytestmark = pytest.mark.one_table  # no mathematics here


def test_add_weight_takes_what_keras_takes():
    layer = Layer(name="mine", dtype="float64")
    weight = layer.add_weight(
        (2, 3), "ones", "float32", True, "l2", "non_neg", "w"
    )  # fmt: skip
    assert (weight.shape, weight.dtype, weight.path) == ((2, 3), np.float32, "mine/w")
    assert isinstance(weight.regularizer, nnlite.regularizers.L2)
    assert isinstance(weight.constraint, nnlite.constraints.NonNeg)
    plain = layer.add_weight()
    assert (plain.shape, plain.dtype, plain.path) == ((), np.float64, "mine/variable")
    assert plain.regularizer is plain.constraint is None
    assert layer.add_weight(4).shape == (4,)
    old = layer.add_weight("old", (2, 1), trainable=False)
    assert (old.name, old.shape, old.trainable) == ("old", (2, 1), False)
    count = layer.add_weight((), dtype="int32", trainable=False)
    assert (count.dtype, count.item()) == (np.int32, 0)
    drawn = layer.add_weight((2,), lambda shape, dtype=None: Tensor(np.full(shape, 7.0)))
    assert drawn.numpy().tolist() == [7, 7]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"shape": (None, 3)},
            r"'variable' of 'layer' needs a shape of known sizes, got \(None, 3",
        ),
        ({"shape": (2,), "dtype": "int32"}, "dtype int32, and only floats can be trained"),
        ({"shape": (2,), "initializer": lambda shape, dtype: np.ones(3)}, r"shape \(3,\) instead"),
        ({"shape": (2,), "regularizer": "l7"}, "Unknown regularizer 'l7'"),
    ],
)
def test_add_weight_refuses_what_makes_no_weight(arguments, message):
    with pytest.raises(ValueError, match=message):
        Layer().add_weight(**arguments)


class Late(Layer):
    """Makes a part of itself in each call, or in the first one only."""

    def __init__(self, part, always):
        super().__init__(name="late")
        self.part, self.always, self.made = part, always, None

    def call(self, inputs):
        if self.always or self.made is None:
            self.made = self.part(self)
        return inputs * self.made if isinstance(self.made, Parameter) else self.made(inputs)


@pytest.mark.parametrize(
    "part",
    [
        lambda layer: layer.add_weight((), "ones"),
        lambda layer: Dense(2),
        lambda layer: nnlite.Sequential([Dense(2)]),
    ],
    ids=["weight", "layer", "model"],
)
def test_what_a_call_makes_anew_each_time_is_refused(part):
    x = np.ones((1, 2))
    layer = Late(part, always=True)
    layer(x)
    with pytest.raises(RuntimeError, match=r"made anew by each call of 'late'.* in __init__"):
        layer(x)
    layer = Late(part, always=False)
    for _ in range(3):
        layer(x)
    assert len(layer.weights) in (1, 2)


def test_layers_without_weights_may_be_made_in_call_and_others_used_late():
    class Branches(Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = Dense(2), Dense(2)

        def call(self, inputs, training=None):
            return Activation("relu")(self.first(inputs) if training else self.second(inputs))

    layer = Branches()
    layer(np.ones((1, 2)))
    layer(np.ones((1, 2)), training=True)
    assert len(layer.weights) == 4


def test_what_holds_weights_is_looked_up_anew_where_an_attribute_was_set():
    outer = Layer()
    one, other, third = (Dense(2) for _ in range(3))
    for layer in (one, other, third):
        layer.build((None, 3))
    assert outer.weights == []
    outer.first = one
    assert outer.weights == one.weights
    outer.more = []
    assert outer.weights == one.weights
    outer.more.append({"a": other})  # no attribute is set here
    assert outer.weights == [*one.weights, *other.weights]
    outer.first = third
    assert outer.weights == [*third.weights, *other.weights]
    del outer.first
    assert outer.weights == other.weights


def test_a_copy_finds_weights_of_its_own_and_leaves_out_the_graph():
    layer = Dense(2)
    layer(nnlite.Input((3,)))
    before = layer.weights  # looked up before it is copied
    made = copy.deepcopy(layer)
    assert [weight.name for weight in made.weights] == ["kernel", "bias"]
    assert not {id(weight) for weight in made.weights} & {id(weight) for weight in before}
    found = {}
    gather(layer.__getstate__().values(), graph.Node, found)
    assert not found
