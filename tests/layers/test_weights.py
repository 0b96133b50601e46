"""Weights of layers: how they are made, found in order, frozen, set; and what is refused."""

import copy

import numpy as np
import pytest

import nnlite
from layers.own import Nested, Scale
from nnlite import Parameter, Tensor, graph
from nnlite.layers import Activation, Dense, Layer
from nnlite.layers.weights import as_numbers, gather

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


def test_weights_are_made_by_the_first_call_from_its_shape():
    layer = Scale()
    assert not layer.built
    assert layer.weights == []
    layer(np.ones((5, 3)))
    assert layer.built
    assert [weight.shape for weight in layer.weights] == [(3,), ()]


def test_weights_that_learn_come_first_and_keep_their_paths():
    layer = Scale(name="scale")
    layer.build((None, 3))
    assert [weight.path for weight in layer.weights] == ["scale/factor", "scale/count"]
    assert layer.trainable_weights == [layer.factor]
    assert layer.non_trainable_weights == [layer.count]
    assert layer.variables == layer.weights


def test_inner_layers_are_found_in_order_of_assignment_and_each_once():
    layer = Nested()
    layer(np.ones((1, 2)))
    names = [weight.path.removeprefix(f"{layer.name}/") for weight in layer.weights]
    assert names == [
        "first/kernel",
        "first/bias",
        "second/kernel",
        "second/bias",
        "third/kernel",
        "third/bias",
        "scale/factor",
        "scale/count",
    ]
    assert layer.count_params() == 3 * (4 + 2) + 2 + 1


def test_freezing_reaches_inner_layers_and_never_unfreezes_what_does_not_learn():
    layer = Nested()
    layer(np.ones((1, 2)))
    layer.trainable = False
    assert layer.trainable_weights == []
    assert not layer.scale.trainable
    layer.trainable = True
    assert layer.non_trainable_weights == [layer.scale.count]


def test_a_layer_frozen_before_it_is_built_stays_frozen():
    layer = Dense(2)
    layer.trainable = False
    layer(np.ones((1, 2)))
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 2
    assert Dense(2, trainable=False).trainable is False


def test_get_weights_gives_copies_and_set_weights_writes_into_the_same_parameters():
    layer = Dense(2)
    layer(np.ones((1, 3)))
    parameters = layer.weights
    values = layer.get_weights()
    values[0][...] = 7
    assert not (layer.kernel.data == 7).any()
    layer.set_weights(values)
    assert (layer.kernel.data == 7).all()
    assert [a is b for a, b in zip(layer.weights, parameters, strict=True)] == [True, True]
    values[0][...] = 8
    assert (layer.kernel.data == 7).all()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([np.ones((3, 2))], r"'dense' has 2 weights, got 1 arrays"),
        ([np.ones((3, 2)), np.ones(3)], r"'dense/bias' has the shape \(2,\), got \(3,\)"),
        ([np.ones((2, 3)), np.ones(2)], r"'dense/kernel' has the shape \(3, 2\), got \(2, 3\)"),
    ],
)
def test_set_weights_refuses_other_shapes_and_writes_nothing(values, message):
    layer = Dense(2)
    layer(np.ones((1, 3)))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=message):
        layer.set_weights(values)
    for value, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_set_weights_refuses_what_is_no_number_before_it_writes():
    layer = Dense(2)
    layer(np.ones((1, 3)))
    before = layer.get_weights()
    with pytest.raises(TypeError, match="set_weights: an array for 'dense' must hold numbers"):
        layer.set_weights([np.ones((3, 2)), np.array(["a", "b"])])
    np.testing.assert_array_equal(layer.kernel.data, before[0])


def test_set_weights_says_that_an_unbuilt_layer_has_none():
    with pytest.raises(ValueError, match="not built yet: call it on data"):
        Dense(2).set_weights([np.ones((3, 2)), np.ones(2)])


def test_count_params_says_what_to_do_where_the_shape_is_unknown():
    with pytest.raises(ValueError, match=r"'dense' is not built yet.*input_shape"):
        Dense(2).count_params()


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (np.array(["a"]), "dtype <U1"),
        (np.array([1, None]), "objects"),
        ([[1, 2], [3]], "rows of different lengths"),
        (np.array([1j]), "dtype complex128"),
        (np.array(["2020-01-01"], "datetime64[D]"), "dtype datetime64"),
    ],
)
def test_as_numbers_refuses_what_holds_no_numbers(values, what):
    with pytest.raises(TypeError, match=f"x must hold numbers, got .*{what}.*dtype='float32'"):
        as_numbers(values, "x")


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64", ">f4"])
def test_as_numbers_takes_numbers_as_they_are(dtype):
    values = np.ones((2, 3), dtype)
    assert as_numbers(values, "x") is values


def test_weights_made_by_build_are_kept_at_the_first_call():
    layer = Scale()
    layer.build((None, 2))
    factor = layer.factor
    layer(np.ones((1, 2)))
    assert layer.built
    assert layer.factor is factor


def test_frozen_inner_layers_are_honoured():
    inner = nnlite.Sequential([Dense(2, name="first")], trainable=False)
    outer = nnlite.Sequential([inner, Dense(1, name="last")])
    outer.build((None, 3))
    assert [w.path.split("/")[-2] for w in outer.trainable_weights] == ["last", "last"]
    assert [w.path.split("/")[-2] for w in outer.non_trainable_weights] == ["first", "first"]
    outer._trainable = False
    assert outer.trainable_weights == []
    assert len(outer.non_trainable_weights) == 4


def test_a_layer_that_knows_its_model_ends_no_walk():
    layer = Dense(2)
    model = nnlite.Sequential([layer])
    layer.model = model
    model.build((None, 3))
    assert [w.name for w in model.trainable_weights] == ["kernel", "bias"]
    model.trainable = False
    assert model.trainable_weights == []
    assert len(model.weights) == 2


def test_a_later_assignment_replaces():
    model = Nested()
    model(np.ones((1, 2)))
    model.scale = Dense(2, name="instead")
    model.several = (Dense(2, name="only"),)
    model.named["third"] = Scale(name="other")
    model(np.ones((1, 2)))
    layers = [path.split("/")[1] for path in (w.path for w in model.weights)]
    assert list(dict.fromkeys(layers)) == ["only", "first", "other", "instead"]


class Block(Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.called, self.made = Dense(4, name="called"), Dense(4, name="made")

    def build(self, input_shape):
        self.scale = self.add_weight((2,), name="scale")
        self.made.build(input_shape)

    def call(self, inputs):
        return self.made(self.called(inputs))


class Blocks(nnlite.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [Block(name="first")]
        self.chain = nnlite.Sequential([Dense(2, name="late")], name="chain")
        self.apart = nnlite.Sequential([nnlite.Input((2,)), Dense(1, name="early")], name="apart")

    def call(self, inputs):
        return self.apart(self.chain(self.blocks[0](inputs)))


def test_a_path_says_in_which_layers_a_weight_lies_as_in_keras():
    inside = [
        *("first/scale", "first/called/kernel", "first/called/bias"),
        *("first/made/kernel", "first/made/bias", "chain/late/kernel", "chain/late/bias"),
    ]
    apart = ["apart/early/kernel", "apart/early/bias"]  # made before anything was called
    called, built, inner = (Blocks(name=name) for name in ("called", "built", "inner"))
    called(np.ones((3, 4)))
    built.build((None, 4))
    outer = nnlite.Sequential([nnlite.Input((4,)), inner], name="outer")
    for model, prefix in ((called, "called"), (built, "built"), (outer, "outer/inner")):
        expected = [f"{prefix}/{path}" for path in inside] + apart
        assert [weight.path for weight in model.weights] == expected
