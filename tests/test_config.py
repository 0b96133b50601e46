"""The two settings that everything reads."""

import pytest

from nnlite import Tensor, config, losses

pytestmark = pytest.mark.one_table  # no kernel is at work here


@pytest.fixture(autouse=True)
def settings_as_before():
    before = config.floatx(), config.epsilon()
    yield
    config.set_floatx(before[0])
    config.set_epsilon(before[1])


def test_the_defaults():
    assert config.floatx() == "float32"
    assert config.epsilon() == 1e-7


def test_set_floatx():
    config.set_floatx("float64")
    assert config.floatx() == "float64"
    assert Tensor(1.0).dtype == "float64"


@pytest.mark.parametrize("value", ["float", "float16", "flaot32", None])
def test_what_is_no_float_type_is_refused(value):
    with pytest.raises(ValueError, match="Unknown float type"):
        config.set_floatx(value)
    assert config.floatx() == "float32"


def test_epsilon_keeps_probabilities_off_zero():
    config.set_epsilon(1e-3)
    assert config.epsilon() == 1e-3
    loss = losses.sparse_categorical_crossentropy([0], [[0.0, 1.0]])
    assert loss.item() == pytest.approx(6.9077554, rel=1e-6)  # -ln(1e-3 / (1e-3 + 0.999)), float32
