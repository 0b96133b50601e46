"""Ops in functional models are found by Keras, under its names."""

import importlib

import numpy as np
import pytest

import nnlite
from nnlite import ops
from nnlite.layers.operation import OPS, keras_class

pytestmark = pytest.mark.one_table

#: Ops that Keras does not have, or of which it makes several.
OWN = {
    *(
        "categorical_hinge",
        "dense",
        "elementwise_loss",
        "first",
        "mask_filled",
        "matrix_of",
        "mish",
    ),
    *("mask_filled", "normalize_columns", "normalize_rows", "rectified", "softmax_crossentropy"),
    *("sparse_softmax_crossentropy", "take_rows", "update", "weighted_mean"),
}


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    return pytest.importorskip("keras")


def test_every_op_is_the_class_that_it_is_in_keras(keras):
    missing = set()
    for name, op in OPS.items():
        module, cls = keras_class(op)
        if not hasattr(importlib.import_module(module), cls):
            missing.add(name)
    assert missing == OWN


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ops.silu(x) + ops.rsqrt(ops.square(x) + 1.0),
        lambda x: ops.leaky_relu(x, 0.3) * ops.softplus(x),
        lambda x: ops.log_softmax(x) - ops.hard_tanh(x),
        lambda x: ops.gelu(x, False),
    ],
)
def test_keras_reads_a_model_with_ops(call, keras):
    x = nnlite.Input((4,))
    model = nnlite.Model(x, call(x))
    values = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    theirs = keras.models.model_from_json(model.to_json())
    np.testing.assert_allclose(theirs(values), model(values).numpy(), rtol=1e-5, atol=1e-6)
    again = nnlite.models.model_from_json(theirs.to_json())
    np.testing.assert_array_equal(again(values).numpy(), model(values).numpy())
