"""Every file that real Keras has written is read: predictions, evaluation, further training."""

from pathlib import Path

import numpy as np
import pytest

import nnlite
from nnlite import tree

from .files_of_keras import Recorded, builders, check_outputs, recorded

pytestmark = pytest.mark.one_table

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures"
FILES = sorted(path.name for path in (FOLDER / "keras_h5").glob("k*.*") if path.suffix != ".npz")
MODELS = [name for name in FILES if name.endswith((".h5", ".keras")) and "weights." not in name]
WEIGHTS = [name for name in FILES if name.endswith("weights.h5")]

#: Per-output losses, which Keras 3 averages over batches and nnlite over samples.
ONLY_NEAR = 0.1


@pytest.fixture
def file(request, shared_folder) -> Recorded:
    return recorded(shared_folder / "fixtures" / "keras_h5" / request.param)


def check_logs(found, expected, outputs):
    """Compare what evaluate or fit report."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        near = name in [f"{output}_loss" for output in outputs] and len(outputs) > 1
        rtol = ONLY_NEAR if near else 1e-5
        np.testing.assert_allclose(found[name], value, rtol=rtol, atol=1e-6, err_msg=name)


def test_there_are_files_of_each_kind(shared_folder):
    assert len(MODELS) > 35
    assert len(WEIGHTS) == 5


@pytest.mark.parametrize("file", MODELS, indirect=True)
def test_a_model_goes_on_as_in_keras(file):
    model = nnlite.models.load_model(file.path)
    x, y = file.data()
    check_outputs(model.predict(x, verbose=0), file.several("pred"))
    assert model.compiled == file.said["compiled"]
    if not model.compiled:
        return
    outputs = file.said["output_names"] or []
    logs = model.evaluate(x, y, batch_size=file.said["batch_size"], verbose=0, return_dict=True)
    check_logs(logs, file.said["evaluate"], outputs)
    if file.said["stochastic_training"]:
        return
    history = model.fit(x, y, **file.fitting()).history
    last = {name: values[0] for name, values in history.items()}
    then = {name: values[0] for name, values in file.said["resume_history"].items()}
    check_logs(last, then, outputs)
    check_outputs(model.predict(x, verbose=0), file.several("resume_pred"), atol=5e-6)


@pytest.mark.parametrize("file", MODELS, indirect=True)
def test_without_compile_there_is_the_model_alone(file):
    model = nnlite.models.load_model(file.path, compile=False)
    assert not model.compiled
    check_outputs(model.predict(file.data()[0], verbose=0), file.several("pred"))


@pytest.mark.parametrize("file", WEIGHTS, indirect=True)
def test_weights_are_taken_by_the_model_that_they_are_of(file):
    made = builders(file.path.parents[1])[file.path.name.partition(".")[0]]
    model = made["build"](nnlite)
    x, y = file.data()
    if not model.built:
        model(tree.map_structure(lambda one: one[:2], x))
    model.compile(**made["compile"](nnlite))
    model.load_weights(file.path)
    check_outputs(model.predict(x, verbose=0), file.several("pred"))
    if not file.path.name.endswith("legacy_weights.h5"):  # which hold no optimizer
        model.fit(x, y, **file.fitting())
        check_outputs(model.predict(x, verbose=0), file.several("resume_pred"), atol=5e-6)
