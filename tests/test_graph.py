"""Input: a shape and a dtype before there is data."""

import numpy as np
import pytest

import nnlite
from nnlite.graph import SymbolicTensor

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize(
    ("given", "shape"),
    [([28, 28], (None, 28, 28)), ((8,), (None, 8)), (8, (None, 8)), ((None, 3), (None, None, 3))],
)
def test_the_batch_axis_comes_before_the_shape_of_a_sample(given, shape):
    found = nnlite.Input(given)
    assert isinstance(found, SymbolicTensor)
    assert found.shape == shape


def test_names_and_dtypes():
    assert [nnlite.Input((1,)).name, nnlite.Input((1,)).name] == ["input_layer", "input_layer_1"]
    named = nnlite.Input((1,), dtype="float64", name="pixels")
    assert (named.name, named.dtype) == ("pixels", "float64")
    assert nnlite.Input((1,)).dtype == "float32"
    assert repr(named) == "<SymbolicTensor name=pixels, shape=(None, 1), dtype=float64>"


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
