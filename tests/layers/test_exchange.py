"""One model of many layers, as Keras writes it read by nnlite, and the other way round."""

import os

import numpy as np
import pytest

import nnlite

pytestmark = pytest.mark.one_table


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


def model_of(framework):
    of = framework.layers
    x, ids = framework.Input((4, 3)), framework.Input((2,), dtype="int32")
    masked = of.Dense(2)(of.TimeDistributed(of.Dense(5, activation="tanh"))(of.Masking(0.5)(x)))
    y = of.ActivityRegularization(l1=0.1)(of.Identity()(of.Rescaling(2.0, offset=1.0)(x)))
    y = of.Flatten(data_format="channels_first")(of.Reshape((2, -1))(of.Permute((2, 1))(y)))
    y = of.RepeatVector(2)(y)
    bins = of.Discretization([0.0, 1.0], output_mode="multi_hot")(of.Flatten()(x))
    parts = [masked, y, of.Embedding(7, 3)(ids), bins, of.CategoryEncoding(7)(ids)]
    flat = [of.Flatten()(part) for part in parts]
    return framework.Model([x, ids], of.Dense(2)(of.Concatenate()(flat)))


@pytest.mark.filterwarnings("ignore:Layer 'flatten.* will therefore destroy the mask")  # Keras's
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's variables, with numpy 2
@pytest.mark.parametrize("there", [True, False], ids=["from Keras", "to Keras"])
def test_a_model_goes_from_one_to_the_other(there, keras):
    source, target = (keras, nnlite) if there else (nnlite, keras)
    written = model_of(source)
    read = target.models.model_from_json(written.to_json())
    read.set_weights(written.get_weights())
    random = np.random.default_rng(0)
    x = [random.normal(size=(6, 4, 3)).astype("float32"), random.integers(0, 7, (6, 2))]
    np.testing.assert_allclose(  # float32 sums in another order
        read.predict(x, verbose=0), written.predict(x, verbose=0), rtol=2e-6, atol=2e-6
    )
