"""`save` refuses what `load_model` would refuse later, and leaves the file that is there."""

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.models import load_model

pytestmark = pytest.mark.one_table


def nested(depth):
    model = nnlite.Sequential([nnlite.Input((4,)), layers.Dense(4)])
    for _ in range(depth):
        model = nnlite.Sequential([nnlite.Input((4,)), model])
    return model


def named(name):
    return nnlite.Sequential([nnlite.Input((4,)), layers.Dense(3, name=name)])


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda: nested(40), "nested deeper"), (lambda: named(".."), "called '\\.\\.'")],
    ids=["nested", "name"],
)
def test_it_is_refused_before_anything_is_written(make, message, suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    before = nested(3)
    before.save(path)
    with pytest.raises(ValueError, match=message):
        make().save(path)
    found = load_model(path)
    np.testing.assert_array_equal(found.get_weights()[0], before.get_weights()[0])
