"""The graph of a model's layers, as TensorBoard's own plugin makes it of what is in the file."""

import json

import pytest

import nnlite
from nnlite import Input, Model, Sequential, layers
from nnlite.summary.conceptual import conceptual_graph

pytestmark = pytest.mark.one_table

keras_util = pytest.importorskip("tensorboard.plugins.graph.keras_util")


def edges(model: nnlite.Model) -> dict[str, list[str]]:
    """By the name of each node without the model's own: the nodes it is connected to."""
    graph = keras_util.keras_model_to_graph_def(json.loads(conceptual_graph(model)))
    prefix = f"{model.name}/"
    return {
        node.name.removeprefix(prefix): [name.removeprefix(prefix) for name in node.input]
        for node in graph.node
    }


def dense(name: str, units: int = 4) -> layers.Dense:
    return layers.Dense(units, name=name)


def chain(name: str, *names: str) -> Sequential:
    return Sequential([Input((4,), name=f"{name}_in"), *map(dense, names)], name=name)


def graph(name: str, *names: str) -> Model:
    """A chain as a functional model."""
    tensor = inputs = Input((4,), name=f"{name}_in")
    for one in names:
        tensor = dense(one)(tensor)
    return Model(inputs, tensor, name=name)


def two_to_two() -> Model:
    a, b = Input((4,), name="a"), Input((4,), name="b")
    return Model([a, b], [dense("c")(layers.Add(name="sum")([a, b])), dense("d")(a)], name="inner")


def test_a_chain() -> None:
    assert edges(chain("model", "x", "y")) == {"model_in": [], "x": ["model_in"], "y": ["x"]}


def test_wide_and_deep() -> None:
    inputs = Input((4,), name="in")
    both = layers.Concatenate(name="both")([inputs, dense("h2")(dense("h1")(inputs))])
    assert edges(Model(inputs, [dense("out")(both), dense("aux")(both)])) == {
        "in": [],
        "h1": ["in"],
        "h2": ["h1"],
        "both": ["in", "h2"],
        "out": ["both"],
        "aux": ["both"],
    }


@pytest.mark.parametrize("inner", [chain, graph])
def test_a_model_in_a_functional_one(inner) -> None:
    inputs = Input((4,), name="in")
    outer = Model(inputs, dense("out")(inner("inner", "x", "y")(dense("pre")(inputs))))
    assert edges(outer) == {
        "in": [],
        "pre": ["in"],
        "inner/inner_in": ["pre"],
        "inner/x": ["inner/inner_in"],
        "inner/y": ["inner/x"],
        "out": ["inner/y"],
    }


@pytest.mark.parametrize("inner", [chain, graph])
def test_a_model_in_a_chain(inner) -> None:
    """Of Keras's JSON of the second TensorBoard makes an error."""
    outer = Sequential([Input((4,), name="in"), inner("inner", "x", "y"), dense("out")])
    assert edges(outer) == {
        "in": [],
        "inner/inner_in": ["in"],
        "inner/x": ["inner/inner_in"],
        "inner/y": ["inner/x"],
        "out": ["inner/y"],
    }


def test_a_model_of_several_inputs_and_outputs() -> None:
    """Of Keras's JSON the edges into it are lost."""
    one, other = Input((4,), name="one"), Input((4,), name="other")
    outer = Model([one, other], layers.Concatenate(name="both")(two_to_two()([one, other])))
    assert edges(outer) == {
        "one": [],
        "other": [],
        "inner/a": ["one"],
        "inner/b": ["other"],
        "inner/sum": ["inner/a", "inner/b"],
        "inner/c": ["inner/sum"],
        "inner/d": ["inner/a"],
        "both": ["inner/c", "inner/d"],
    }


def test_three_deep() -> None:
    inputs = Input((4,), name="in")
    middle = Sequential(
        [Input((4,), name="middle_in"), graph("deep", "x"), dense("y")], name="middle"
    )
    assert edges(Model(inputs, dense("out")(middle(inputs)))) == {
        "in": [],
        "middle/middle_in": ["in"],
        "middle/deep/deep_in": ["middle/middle_in"],
        "middle/deep/x": ["middle/deep/deep_in"],
        "middle/y": ["middle/deep/x"],
        "out": ["middle/y"],
    }


def test_arithmetic_and_ops() -> None:
    """Numbers among the arguments, and tensors by keyword: the page fails at Keras's JSON."""
    inputs = Input((4,), name="in")
    shifted = dense("x")(inputs) + 1.0
    chosen = nnlite.ops.where(shifted > 0.5, x1=inputs, x2=shifted)
    found = edges(Model(inputs, dense("out")(chosen)))
    assert found["add"] == ["x"]
    assert found["greater"] == ["add"]
    assert found["where"] == ["greater", "in", "add"]
    assert found["out"] == ["where"]


def test_a_layer_that_is_called_twice() -> None:
    inputs, shared = Input((4,), name="in"), dense("shared")
    outer = Model(inputs, layers.Add(name="sum")([shared(inputs), shared(shared(inputs))]))
    assert set(edges(outer)["shared"]) == {"in", "shared"}


@pytest.mark.parametrize("inner", [chain, graph])
def test_what_can_be_read_stays_as_keras_writes_it(inner) -> None:
    inputs = Input((4,), name="in")
    both = layers.Add(name="sum")([inputs, inner("inner", "x")(inputs)])
    outer = Model(inputs, dense("out")(both))
    for model in (outer, inner("model", "x", "y")):
        assert json.loads(conceptual_graph(model)) == json.loads(model.to_json())
