"""What nnlite has of Keras's vocabulary takes Keras's arguments: names, order and defaults.

Found by itself is everything public that both have. What Keras takes beyond that stands in
`BEYOND`, with the reason; an entry that is not needed fails.
"""

import importlib
import inspect
import os
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np
import pytest

import nnlite
from nnlite.signatures import parameters_of

pytestmark = pytest.mark.one_table  # no kernel is at work here

MODULES = (
    *("layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers"),
    *("regularizers", "constraints", "activations", "callbacks", "utils"),
)

#: Arguments of Keras's that nnlite does not take, by what takes them (* for all), and why.
BEYOND = {
    "*.quantization_config": "quantisation is out of scope",
    "layers.*.lora_alpha": "low-rank adaptation is out of scope",
    "layers.*.lora_rank": "low-rank adaptation is out of scope",
    "layers.*.sparse": "there are no sparse tensors",
    "layers.*.ragged": "there are no ragged tensors",
    "layers.*.input_tensor": "a tensor of another library cannot become an input",
    "layers.Input.tensor": "a tensor of another library cannot become an input",
    "utils.clear_session.free_memory": "there is no graph whose memory could be freed",
    "utils.model_to_dot.*": "it only says that there is plot_model, which needs no graphviz",
    "utils.plot_model.splines": "matplotlib draws, and lines are as it draws them",
    "utils.split_dataset.preferred_backend": "there are no other libraries' data sets",
    "layers.*.optional": "every input is given",
    "utils.Progbar.stateless_metrics": "what is averaged is the caller's affair",
}

#: Defaults that differ on purpose, by argument, and why.
OTHER_DEFAULTS: dict[str, str] = {
    "layers.dot.axes": "Keras's own default for the layer is none either: it has to be said",
    "optimizers.Optimizer.learning_rate": "Keras's base has none; here it is SGD's",
}

#: What takes its arguments in another order, and why.
OTHER_ORDER = {"metrics.Metric": "the name comes first, as in all metrics of Keras but the base"}

#: What methods of models take that Keras's do not, and the reverse, and why.
METHODS = {
    "fit.debug_nans": "names where a NaN began",
    "compile.auto_scale_loss": "there is no mixed precision",
    "save.include_optimizer": "as in Keras 2",
    "save.layout": "files for Keras 2",
    "load_weights.by_name": "as in Keras 2",
    "load_weights.isolate": "how HDF5 is read",
    "load_weights.limits": "how much a file may ask for",
}

#: One function for all kinds of objects, whose argument is given by place.
ONE_FOR_ALL = ("serialize", "deserialize")


def in_both() -> list[str]:
    """The public classes and functions that nnlite and Keras have by one name."""
    return sorted(
        f"{module}.{name}"
        for module in MODULES
        for name, value in vars(attrgetter(module)(nnlite)).items()
        if not name.startswith("_")
        and name not in ONE_FOR_ALL
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith("nnlite.")
        and hasattr(attrgetter(module)(keras()), name)
    )


def keras() -> Any:
    """Real Keras, with the backend that other tests of this suite need."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras


def ours(thing: Any) -> dict[str, Any]:
    """All arguments of a function or a constructor, and those that it hands on, with defaults."""
    found: dict[str, Any] = {}
    functions = constructors(thing) if inspect.isclass(thing) else iter([thing])
    for function in functions:
        parameters = parameters_of(function)
        for name in parameters.names:
            if name != "self":
                found.setdefault(name, parameters.defaults.get(name, inspect.Parameter.empty))
    return found


def constructors(cls: type) -> Iterator[Any]:
    for base in cls.__mro__[:-1]:
        if "__init__" in vars(base):
            yield vars(base)["__init__"]
            if not parameters_of(vars(base)["__init__"]).takes_any:
                return


def theirs(thing: Any) -> dict[str, Any]:
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = inspect.signature(thing).parameters.values()
    return {p.name: p.default for p in parameters if p.kind not in variadic}


def excuses(thing: str, argument: str, table: dict[str, str]) -> list[str]:
    """The entries of a table that an argument is covered by."""
    module = thing.rpartition(".")[0]
    names = (f"{thing}.{argument}", f"{thing}.*", f"{module}.*.{argument}", f"*.{argument}")
    return [name for name in names if name in table]


def differences(thing: str) -> tuple[list[str], list[str]]:
    """Arguments of Keras's that are missing, and those with other defaults."""
    mine, real = ours(attrgetter(thing)(nnlite)), theirs(attrgetter(thing)(keras()))
    missing = [name for name in real if name not in mine]
    changed = [name for name, value in real.items() if name in mine and mine[name] != value]
    return missing, changed


@pytest.mark.parametrize("thing", in_both())
def test_it_takes_what_keras_s_takes(thing):
    missing, changed = differences(thing)
    assert [name for name in missing if not excuses(thing, name, BEYOND)] == []
    assert [name for name in changed if not excuses(thing, name, OTHER_DEFAULTS)] == []
    mine, real = ours(attrgetter(thing)(nnlite)), theirs(attrgetter(thing)(keras()))
    if thing not in OTHER_ORDER:
        assert [name for name in mine if name in real] == [name for name in real if name in mine]


def test_methods_of_models_take_what_keras_s_take():
    real, mine = keras().Model, nnlite.Model
    common = ("compile", "compute_loss", "evaluate", "fit", "load_weights", "predict", "save")
    common += ("predict_on_batch", "save_weights", "summary", "test_on_batch", "train_on_batch")
    found = set()
    for name in common:
        own, its = ours(getattr(mine, name)), theirs(getattr(real, name))
        its.pop("self")
        found |= {f"{name}.{argument}" for argument in own.keys() ^ its.keys()}
        assert [one for one in own if one in its] == [one for one in its if one in own]
        assert {one: its[one] for one in its if one in own and own[one] != its[one]} == {}
    assert found == METHODS.keys()


def test_every_excuse_is_needed():
    missing, changed = set(), set()
    for thing in in_both():
        for names, used, table in zip(
            differences(thing), (missing, changed), (BEYOND, OTHER_DEFAULTS), strict=True
        ):
            used.update(entry for name in names for entry in excuses(thing, name, table))
    assert missing == BEYOND.keys()
    assert changed == OTHER_DEFAULTS.keys()


#: Names of Keras's for what is no object of its kind by itself, or belongs to convolutions.
NO_OBJECTS = {
    "initializers": {"Initializer", "initializer", "STFT", "stft", "STFTInitializer"},
    "regularizers": {"Regularizer", "regularizer"},
    "constraints": {"Constraint", "constraint"},
}


@pytest.mark.parametrize("module", NO_OBJECTS)
def test_every_name_that_keras_gives_an_object_is_known(module):
    keras()
    known = importlib.import_module(f"keras.src.{module}").ALL_OBJECTS_DICT
    ours = attrgetter(module)(nnlite)
    assert set(known) - NO_OBJECTS[module] <= set(ours.registry.entries)
    public = {name for name in dir(attrgetter(module)(keras())) if not name.startswith("_")}
    assert public - NO_OBJECTS[module] <= set(dir(ours))


X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)

#: Regularizers and constraints whose values are compared.
VALUES = [
    ("regularizers", "L1", {"l1": 0.3}),
    ("regularizers", "L2", {}),
    ("regularizers", "L1L2", {"l1": 0.1, "l2": 0.2}),
    ("regularizers", "OrthogonalRegularizer", {"factor": 0.3}),
    ("constraints", "MaxNorm", {"max_value": 1.0}),
    ("constraints", "NonNeg", {}),
    ("constraints", "UnitNorm", {"axis": [0, 1]}),
    ("constraints", "MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.6}),
]


@pytest.mark.parametrize(("module", "name", "arguments"), VALUES)
def test_values_and_configurations_of_regularizers_and_constraints(module, name, arguments):
    mine, real = (
        getattr(attrgetter(module)(library), name)(**arguments) for library in (nnlite, keras())
    )
    # both round to float32, and sum in another order
    np.testing.assert_allclose(np.asarray(mine(X)), np.asarray(real(X)), rtol=1e-5, atol=1e-7)
    config, expected = mine.get_config(), real.get_config()
    assert config.keys() == expected.keys()
    for key, value in expected.items():  # Keras rounds some of them to float32
        same = pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        assert config[key] == same
