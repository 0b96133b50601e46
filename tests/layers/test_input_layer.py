"""Input and InputLayer: a shape and a dtype before there is data."""

import copy
import pickle

import numpy as np
import pytest

import nnlite
from nnlite.graph import SymbolicTensor
from nnlite.layers import InputLayer

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize(
    ("given", "shape"),
    [([28, 28], (None, 28, 28)), ((8,), (None, 8)), (8, (None, 8)), ((None, 3), (None, None, 3))],
)
def test_the_batch_axis_comes_before_the_shape_of_a_sample(given, shape):
    found = nnlite.Input(given)
    assert isinstance(found, SymbolicTensor)
    assert found.shape == shape
    assert nnlite.Input(batch_shape=shape).shape == shape


def test_the_size_of_a_batch_may_be_known():
    assert nnlite.Input((3,), batch_size=5).shape == (5, 3)
    assert nnlite.Input(batch_shape=(5, 3)).shape == (5, 3)
    with pytest.raises(ValueError, match="batch_shape already says all"):
        nnlite.Input((3,), batch_shape=(5, 3))


def test_names_and_dtypes():
    assert [nnlite.Input((1,)).name, nnlite.Input((1,)).name] == ["input_layer", "input_layer_1"]
    named = nnlite.Input((1,), dtype="float64", name="pixels")
    assert (named.name, named.dtype) == ("pixels", "float64")
    assert nnlite.Input((1,)).dtype == "float32"
    assert nnlite.Input((1,), dtype="int64").dtype == "int64"
    assert repr(named) == "<SymbolicTensor name=pixels, shape=(None, 1), dtype=float64>"
    with pytest.raises(ValueError, match=r"dtype of input 'x' 'float63'. Did you mean 'float64'"):
        nnlite.Input((1,), dtype="float63", name="x")


def test_it_is_the_same_under_layers():
    assert nnlite.layers.Input is nnlite.Input


def test_an_unknown_keyword_gets_a_did_you_mean():
    with pytest.raises(TypeError, match=r"Input\(\) has no argument 'shap'. Did you mean 'shape'"):
        nnlite.Input(shap=(3,))


def test_it_gives_a_sequential_model_its_dtype_and_shape():
    model = nnlite.Sequential(
        [nnlite.Input((3,), dtype="float64"), nnlite.layers.Dense(2, dtype="float64")]
    )
    assert model.input_shape == (None, 3)
    assert model(np.full((1, 3), 1 / 3)).dtype == np.float64
    assert model.dtype == "float64"


def test_an_input_layer_is_the_layer_of_an_input():
    layer = InputLayer((3,), name="in")
    assert layer.output is layer.input
    assert layer.output._keras_history.operation is layer
    assert InputLayer(input_shape=[28, 28]).batch_shape == (None, 28, 28)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_has_a_symbolic_tensor_of_its_own(copied):
    layer = InputLayer((3,), name="in")
    twin = copied(layer)
    assert twin.output.shape == (None, 3)
    assert twin.output is not layer.output
    assert twin.output._keras_history.operation is twin
