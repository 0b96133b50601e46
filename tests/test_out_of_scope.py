"""Every public name of Keras is in nnlite, or is said to be out of scope, or is still to come."""

import re

import pytest

import nnlite
from nnlite import out_of_scope
from nnlite.out_of_scope import LEFT_OUT, OutOfScopeError, sentence

pytestmark = pytest.mark.one_table  # no kernel is at work here

MODULES = (
    *("", "activations", "backend", "callbacks", "config", "constraints", "datasets"),
    *("initializers", "layers", "losses", "metrics", "models", "ops", "optimizers", "random"),
    *("regularizers", "saving", "utils"),
)


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    return pytest.importorskip("keras")


def missing(keras, module):
    """The public names of a module of Keras's that nnlite does not have."""
    theirs, ours = (getattr(root, module) if module else root for root in (keras, nnlite))
    return [name for name in dir(theirs) if name[0] != "_" and not hasattr(ours, name)]


@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_keras_is_there_or_is_answered(module, keras):
    unanswered = [name for name in missing(keras, module) if sentence(module, name) is None]
    assert not unanswered, f"nnlite.{module} has no {unanswered}: say in out_of_scope.py why"


@pytest.mark.parametrize("row", LEFT_OUT, ids=lambda row: f"{row.module}-{row.what}")
def test_every_row_is_of_names_that_keras_has(row, keras):
    assert any(re.fullmatch(row.names, name) for name in missing(keras, row.module))


@pytest.mark.parametrize("row", LEFT_OUT, ids=lambda row: f"{row.module}-{row.what}")
def test_what_nnlite_has_is_not_said_to_be_out_of_scope(row):
    module = getattr(nnlite, row.module) if row.module else nnlite
    assert not [name for name in vars(module) if re.fullmatch(row.names, name)]


def test_an_attribute():
    assert not hasattr(nnlite.layers, "Conv2D")
    with pytest.raises(OutOfScopeError, match=r"nnlite.layers.Conv2D: Convolutions are out of nnl"):
        nnlite.layers.Conv2D  # noqa: B018
    with pytest.raises(AttributeError, match=r"nnlite.distribution: .*set_num_threads"):
        nnlite.distribution  # noqa: B018


def test_an_import():
    with pytest.raises(ImportError, match=r"nnlite.layers.LSTM: Recurrent layers are out of"):
        from nnlite.layers import LSTM  # noqa: F401
    with pytest.raises(ImportError, match=r"nnlite.applications: Ready-made networks"):
        from nnlite import applications  # noqa: F401


def test_a_name_in_a_configuration_and_as_a_string():
    config = {"class_name": "LSTM", "config": {"units": 3}}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [config]}}
    with pytest.raises(ValueError, match=r"Unknown layer 'LSTM'\. Recurrent layers are out of"):
        nnlite.models.Sequential.from_config(model["config"])
    with pytest.raises(ValueError, match=r"Unknown loss 'ctc'\. Losses for sequences"):
        nnlite.losses.get("ctc")


def test_any_other_name_is_answered_as_python_does():
    with pytest.raises(AttributeError, match=r"module 'nnlite.layers' has no attribute 'Densse'"):
        nnlite.layers.Densse  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Densse'"):
        from nnlite.layers import Densse  # noqa: F401
    assert out_of_scope.sentence("layers", "Dense") is None
