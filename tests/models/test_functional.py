"""Functional models: their structures, parts, names, copies; and what is refused."""

import copy
import pickle
from typing import NamedTuple

import numpy as np
import pytest

import nnlite
from nnlite import Input, Model, Sequential, ops
from nnlite.layers import Concatenate, Dense, Layer, add, concatenate
from nnlite.models import Functional

X = np.random.default_rng(0).normal(size=(12, 8)).astype("float32")
Y = X[:, :1] * X[:, 1:2]


def wide_and_deep(**arguments):
    x = Input((8,), name="features")
    hidden = Dense(6, activation="relu", name="first")(x)
    hidden = Dense(5, activation="relu", name="hidden")(hidden)
    return Model(x, Dense(1, name="out")(concatenate([x, hidden], name="both")), **arguments)


def two_by_two():
    """The text's network with two inputs and an auxiliary output."""
    wide, deep = Input((5,), name="wide"), Input((6,), name="deep")
    hidden = Dense(4, activation="relu", name="h1")(deep)
    hidden = Dense(4, activation="relu", name="h2")(hidden)
    main = Dense(1, name="main")(concatenate([wide, hidden], name="both"))
    return Model(inputs=[wide, deep], outputs=[main, Dense(1, name="aux")(hidden)])


class Split(Layer):
    """Two outputs in a structure."""

    def call(self, inputs):
        return {"twice": inputs * 2, "sums": [ops.sum(inputs, axis=-1)]}


# ------------------------------------------------------------------------------- what it is


def test_it_computes_what_its_layers_compute():
    model = wide_and_deep()
    first, hidden, both, out = model.layers[1:]
    expected = out(both([nnlite.Tensor(X), hidden(first(X))]))
    np.testing.assert_array_equal(model(X).numpy(), expected.numpy())
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected.numpy())


@pytest.mark.one_table
def test_it_says_what_it_is():
    model = wide_and_deep()
    assert isinstance(model, Functional)
    assert repr(model) == "<Functional name=functional, built=True>"
    assert [layer.name for layer in model.layers] == ["features", "first", "hidden", "both", "out"]
    assert [weight.path for weight in model.weights[:2]] == ["first/kernel", "first/bias"]
    assert model.count_params() == (8 * 6 + 6) + (6 * 5 + 5) + (13 + 1)
    assert (model.input_shape, model.output_shape) == ((None, 8), (None, 1))
    assert model.input is model.inputs[0]
    assert model.output is model.get_layer("out").output
    assert (model.input_names, model.output_names) == (["features"], ["out"])


@pytest.mark.one_table
def test_the_order_of_layers_is_keras_s():
    model = two_by_two()
    names = ["deep", "h1", "wide", "h2", "both", "main", "aux"]  # as printed by Keras 3.15.1
    assert [layer.name for layer in model.layers] == names
    assert model.input_names == ["wide", "deep"]
    assert model.output_names == ["main", "aux"]
    assert model.output_shape == [(None, 1), (None, 1)]


@pytest.mark.one_table
def test_the_longest_way_to_an_output_counts():
    x = Input((8,), name="x")
    h = Dense(3, name="h")(x)
    y = h
    for name in ("l1", "l2", "l3"):
        y = Dense(3, name=name)(y)
    model = Model(x, [Dense(2, name="short")(h), y])
    assert [layer.name for layer in model.layers] == ["x", "h", "l1", "l2", "short", "l3"]
    assert [found.shape for found in model(X)] == [(12, 2), (12, 3)]


def test_it_learns():
    model = wide_and_deep()
    model.compile(loss="mse", optimizer=nnlite.optimizers.SGD(0.05))
    losses = model.fit(X, Y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.one_table
def test_a_list_of_one_is_the_one():
    x = Input((3,))
    model = Model(inputs=[x], outputs=[Dense(2)(x)])
    assert model.input is x
    assert model(np.ones((1, 3))).shape == (1, 2)
    assert model([np.ones((1, 3))]).shape == (1, 2)
    assert model([[1.0, 2.0, 3.0]]).shape == (1, 2)


def test_a_shared_layer_has_one_set_of_weights_and_the_sum_of_its_gradients():
    x, y = Input((3,)), Input((3,))
    shared = Dense(2, name="shared")
    model = Model([x, y], add([shared(x), shared(y)]))
    assert len(model.weights) == 2
    assert model.count_params() == 8
    ones = np.ones((1, 3), "float32")
    model([ones, 2 * ones]).sum().backward()
    np.testing.assert_array_equal(shared.kernel.grad, np.full((3, 2), 3.0))
    assert Model([x, y], [shared(x), shared(y)]).output_names == ["shared", "shared_1"]


def test_models_are_layers_of_models():
    encoder = Sequential([Dense(4, input_shape=(8,)), Dense(3)], name="encoder")
    x = Input((3,))
    head = Model(x, Dense(2)(x), name="head")
    z = Input((8,))
    model = Model(z, head(encoder(z)), name="outer")
    assert [layer.name for layer in model.layers] == ["input_layer_2", "encoder", "head"]
    assert model.weights == encoder.weights + head.weights
    np.testing.assert_array_equal(model(X).numpy(), head(encoder(X)).numpy())
    around = Sequential([model, Dense(1)])
    assert around.output_shape == (None, 1)
    assert around.predict(X, verbose=0).shape == (12, 1)
    head.trainable = False
    assert model.trainable_weights == encoder.weights


def test_layers_with_several_outputs():
    x = Input((8,))
    parts = Split()(x)
    assert parts["twice"]._keras_history.tensor_index == 1  # the keys are sorted
    model = Model(x, {"a": parts["twice"], "b": parts["sums"][0]})
    found = model(X)
    np.testing.assert_array_equal(found["a"].numpy(), 2 * X)
    np.testing.assert_allclose(found["b"].numpy(), X.sum(axis=1), rtol=1e-5)  # another order
    assert model.output_shape == {"a": (None, 8), "b": (None,)}
    assert model.output_names == ["a", "b"]


def test_training_reaches_the_layers_inside():
    class Mode(Layer):
        def call(self, inputs, training=False):
            return inputs * (2.0 if training else 1.0)

    x = Input((8,))
    model = Model(x, Mode()(x))
    np.testing.assert_array_equal(model(X).numpy(), X)
    np.testing.assert_array_equal(model(X, training=True).numpy(), 2 * X)
    always = Model(x, Mode()(x, training=True))
    np.testing.assert_array_equal(always(X, training=False).numpy(), 2 * X)


class Doubled(Model):
    """A subclass that says its graph, and does its own step besides."""

    def __init__(self, width, **kwargs):
        x = Input((8,), name="x")
        super().__init__(inputs=x, outputs=Dense(width, name="d")(x), **kwargs)
        self.extra = Dense(1, name="extra")

    def predict_step(self, x):
        return super().predict_step(x) * 2


def test_a_subclass_may_say_its_graph():
    model = Doubled(3, name="mine")
    assert isinstance(model, Functional)
    assert (model.name, model.output_shape) == ("mine", (None, 3))
    assert [layer.name for layer in model.layers] == ["x", "d", "extra"]
    np.testing.assert_array_equal(model.predict(X, verbose=0), 2 * model(X).numpy())
    twin = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))
    assert not isinstance(Model(), Functional)


def test_a_model_may_keep_a_layer_as_its_output():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.output = Dense(2)

        def call(self, inputs):
            return self.output(inputs)

    model = Own()
    assert model(X).shape == (12, 2)
    assert model.layers == [model.output]


# -------------------------------------------------------------------------------- structures


class Pair(NamedTuple):
    left: object
    right: object


STRUCTURES = {
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"b": b, "a": a},
    "nested": lambda a, b: {"x": [a, {"y": (b,)}]},
    "named": Pair,
}


@pytest.mark.parametrize("inner", STRUCTURES)
@pytest.mark.parametrize("outer", STRUCTURES)
def test_inputs_and_outputs_in_structures(inner, outer):
    a, b = Input((8,), name="a"), Input((8,), name="b")
    model = Model(STRUCTURES[inner](a, b), STRUCTURES[outer](a * 2, a - b))
    found = model(STRUCTURES[inner](X, X + 1))
    expected = STRUCTURES[outer](2 * X, X - (X + 1))
    assert repr(nnlite.tree.map_structure(lambda _: 0, found)) == repr(
        nnlite.tree.map_structure(lambda _: 0, expected)
    )
    for one, other in zip(nnlite.tree.flatten(found), nnlite.tree.flatten(expected), strict=True):
        np.testing.assert_array_equal(one.numpy(), other)
    shapes = model.compute_output_shape(STRUCTURES[inner]((None, 8), (None, 8)))
    assert nnlite.tree.flatten(shapes, nnlite.tree.is_shape) == [(None, 8), (None, 8)]


def test_inputs_by_name():
    model = two_by_two()
    wide, deep = X[:, :5], X[:, 2:]
    expected = [y.numpy() for y in model([wide, deep])]
    found = model({"deep": deep, "wide": wide, "other": None})
    np.testing.assert_array_equal(found[0].numpy(), expected[0])
    np.testing.assert_array_equal(found[1].numpy(), expected[1])
    main, aux = model({"deep": Input((6,)), "wide": Input((5,))})
    assert (main.shape, aux.shape) == ((None, 1), (None, 1))


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([X[:, :5]], r"takes 2 inputs \(wide, deep\), got 1"),
        (X, r"takes 2 inputs \(wide, deep\), got 1"),
        ([X[:, :5], X[:, 2:], X], r"takes 2 inputs \(wide, deep\), got 3"),
        ({"wide": X[:, :5], "depe": X}, r"the input 'deep' is missing.*Did you mean 'depe'"),
        (
            [X[:, 2:], X[:, :5]],
            r"input 'wide' takes arrays of the shape \(None, 5\).*got \(None, 6",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        two_by_two()(given)


@pytest.mark.one_table
def test_whole_numbers_stay_whole_numbers():
    whole, real = Input((2,), dtype="int64"), Input((2,))
    model = Model([whole, real], [whole[:, :1], real * 2])
    first, second = model([np.array([[2**40, 1]]), np.array([[1, 2]])])
    assert (first.dtype, second.dtype) == (np.int64, np.float32)
    assert first.numpy()[0, 0] == 2**40


@pytest.mark.one_table
def test_other_shapes_than_the_declared_where_these_are_open():
    x = Input((None, 3))
    model = Model(x, ops.sum(Dense(2)(x), axis=1))
    assert model.output_shape == (None, 2)
    assert model.compute_output_shape((None, 7, 3)) == (None, 2)
    assert Model(x, x * 2).compute_output_shape((None, 7, 3)) == (None, 7, 3)
    assert Model(x, x * 2)(Input((7, 3))).shape == (None, 7, 3)


# ------------------------------------------------------------------------------------- parts


def test_a_model_up_to_an_inner_layer():
    model = wide_and_deep()
    part = Model(model.input, model.get_layer("hidden").output)
    assert [layer.name for layer in part.layers] == ["features", "first", "hidden"]
    _, first, hidden = part.layers
    np.testing.assert_array_equal(part(X).numpy(), hidden(first(X)).numpy())
    assert part.weights == model.weights[:4]


def test_a_model_from_an_inner_tensor_on():
    model = wide_and_deep()
    inner = model.get_layer("first").output
    part = Model([model.input, inner], model.output)
    assert part.input_names == ["features", "first_output"]
    values = model.get_layer("first")(X)
    np.testing.assert_array_equal(part([X, values]).numpy(), model(X).numpy())
    tail = Model(model.get_layer("both").output, model.output)
    assert [layer.name for layer in tail.layers] == ["both_output", "out"]
    assert tail(np.ones((2, 13))).shape == (2, 1)


def test_a_sequential_model_can_be_cut():
    model = Sequential([Dense(4, input_shape=(8,)), Dense(3), Dense(2)])
    part = Model(model.inputs, [layer.output for layer in model.layers])
    found = part(X)
    assert [y.shape for y in found] == [(12, 4), (12, 3), (12, 2)]
    np.testing.assert_array_equal(found[2].numpy(), model(X).numpy())
    assert Model(model.input, model.output).weights == model.weights


# ----------------------------------------------------------------------------------- refused


@pytest.mark.one_table
def test_a_disconnected_graph_names_the_tensor_and_the_layer():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    both = concatenate([a, b], name="both")
    message = "'m' is disconnected: the layer 'both' needs <SymbolicTensor name=b, .*inputs \\(a\\)"
    with pytest.raises(ValueError, match=message):
        Model(a, Dense(1)(both), name="m")
    with pytest.raises(ValueError, match="an output needs <SymbolicTensor name=b"):
        Model(a, b)


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda x: Model(x, [Dense(1, name="q")(x), Dense(1, name="q")(x)]),
            ValueError,
            "2 layers",
        ),
        (lambda x: Model(X, Dense(1)(x)), TypeError, "inputs .* are symbolic tensors, got ndarray"),
        (lambda x: Model(x, Dense(1)), TypeError, "outputs of a model are symbolic.*<Dense name="),
        (lambda x: Model(x, []), TypeError, "outputs of a model are symbolic tensors, got none"),
        (lambda x: Model([x, x], Dense(1)(x)), ValueError, "an input is given twice: input_layer"),
        (lambda x: Model(x), TypeError, "outputs"),
    ],
)
def test_what_is_no_graph(make, error, message):
    with pytest.raises(error, match=message):
        make(Input((3,)))


@pytest.mark.one_table
def test_an_input_that_no_output_needs_is_taken():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    model = Model([a, b], Dense(1)(a))
    assert "b" in [layer.name for layer in model.layers]
    assert model([np.ones((1, 3)), np.ones((1, 2))]).shape == (1, 1)
    assert copy.deepcopy(model).input_names == ["a", "b"]


# ------------------------------------------------------------------------------------ copies


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_a_copy_goes_on_where_the_model_stands(copied):
    model = wide_and_deep()
    model.compile(loss="mse", optimizer=nnlite.optimizers.Adam(0.01), metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    twin = copied(model)
    for one in (model, twin):
        one.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert twin.weights[0] is not model.weights[0]
    assert twin.to_json() == model.to_json()
    part = Model(twin.input, twin.get_layer("hidden").output)
    assert part.weights[0] is twin.weights[0]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_copies_of_parts_and_of_structures(copied):
    model = wide_and_deep()
    inner = model.get_layer("first").output
    part = Model({"x": model.input, "h": [inner]}, (model.output, inner[:, 1:]))
    twin = copied(part)
    given = {"x": X, "h": [np.ones((12, 6), "float32")]}
    for one, other in zip(part(given), twin(given), strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.one_table
def test_a_long_chain_can_be_copied():
    x = y = Input((1,))
    for _ in range(1000):
        y = Dense(1)(y)
    model = Model(x, y)
    twin = pickle.loads(pickle.dumps(copy.deepcopy(model)))  # noqa: S301
    np.testing.assert_array_equal(twin(X[:, :1]).numpy(), model(X[:, :1]).numpy())


def test_concatenate_may_stand_first_in_a_sequential_model():
    model = Sequential([Concatenate(), Dense(2)])
    assert model([X, X[:, :3]]).shape == (12, 2)
    assert model.input_shape == [(None, 8), (None, 3)]
    assert len(model.inputs) == 2
    with pytest.raises(ValueError, match="takes 2 inputs, got 1"):
        model([X])
