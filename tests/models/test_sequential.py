"""What a Sequential model has of a graph: tensors, pop, a configuration."""

import copy
import json
import pickle

import numpy as np
import pytest

from nnlite import Input, Sequential, models
from nnlite.layers import Concatenate, Dense, Flatten

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).normal(size=(5, 8)).astype("float32")


def chain():
    return Sequential([Dense(4, input_dim=8, name="a"), Dense(3, name="b"), Dense(2, name="c")])


def test_input_dim_is_the_input_shape_of_rows():
    assert chain().input_shape == (None, 8)


def test_it_has_inputs_and_outputs_once_its_input_shape_is_known():
    model = Sequential([Flatten(), Dense(2)])
    for name in ("input", "output", "inputs", "outputs", "input_shape", "output_shape"):
        with pytest.raises(ValueError, match="does not know the shape of its inputs yet"):
            getattr(model, name)
    assert (model._input_names, model._output_names) == (None, None)
    model(np.ones((1, 2, 3)))
    assert model.input.shape == (None, 2, 3)
    assert model.inputs == [model.input]
    assert model.output is model.layers[1].output
    assert model.outputs == [model.output]
    assert (model._input_names, model._output_names) == (["input_layer"], ["dense"])


def test_pop_takes_the_last_layer_off():
    model = chain()
    expected = model.layers[1](model.layers[0](X))
    assert model.pop().name == "c"
    assert model.output_shape == (None, 3)
    np.testing.assert_array_equal(model(X).numpy(), expected.numpy())
    model.add(Dense(7, name="c"))
    assert model(X).shape == (5, 7)
    assert [model.pop().name for _ in range(3)] == ["c", "b", "a"]
    with pytest.raises(ValueError, match="has no layers: there is nothing to pop"):
        model.pop()
    model.add(Dense(2))
    assert model(X).shape == (5, 2)


def test_pop_of_a_model_that_is_not_built():
    model = Sequential([Dense(3), Dense(2)])
    model.pop()
    assert not model.built
    assert model(X).shape == (5, 3)


def test_another_shape_than_it_was_built_for_is_refused():
    model = chain()
    model.build((None, 8))
    with pytest.raises(ValueError, match=r"takes arrays of the shape \(None, 8\).*got \(None, 5\)"):
        model.build((None, 5))
    assert model.input_shape == (None, 8)


def test_only_an_input_may_stand_among_the_layers():
    x = Input((3,))
    with pytest.raises(TypeError, match=r"only Input\(...\) may stand.*got what 'dense' returned"):
        Sequential([Dense(2)(x), Dense(1)])


def test_a_model_that_stands_first_gives_the_input_shape():
    model = Sequential([chain(), Dense(1)])
    assert model.input_shape == (None, 8)
    assert model.output_shape == (None, 1)


@pytest.mark.parametrize(
    "make",
    [chain, lambda: Sequential([Dense(2)]), lambda: Sequential([chain(), Flatten()]), Sequential],
)
def test_a_configuration_makes_the_same_model_again(make):
    model = make()
    again = models.model_from_json(model.to_json())
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    assert again.built == model.built
    if model.layers:
        model(X)
        again(X)
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(again(X).numpy(), model(X).numpy())


def test_a_model_of_several_inputs_comes_back_from_its_configuration():
    model = Sequential([Concatenate(), Dense(2)])
    model([X, X])
    again = Sequential.from_config(model.get_config())
    assert again.input_shape == model.input_shape == [(None, 8), (None, 8)]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_a_copy_has_tensors_of_its_own(copied):
    model = chain()
    twin = copied(model)
    assert twin.output is twin.layers[-1].output
    assert twin.output is not model.output
    assert twin.input is twin.layers[0].input
    twin.pop()
    assert twin(X).shape == (5, 3)
    assert model(X).shape == (5, 2)
