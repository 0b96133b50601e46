"""Whatever a configuration says, there is a model of it or a FileRefused, and no other end."""

import copy
import io
import json
import random
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from nnlite.models import load_model
from nnlite.saving import FileRefused, Limits

pytestmark = pytest.mark.one_table

#: Small bounds, so that nothing here takes long.
LIMITS = Limits(units=1000, layers=50, weight_bytes=2**20, json_values=20_000)

#: What stands in the place of some value.
ODD = (
    *(None, True, 0, -1, 3, 10**6, 1e308, -0.5, "", "relu", "Dense", "é", "../x", [], {}, [None]),
    *(
        [[]],
        [1, 2, 3],
        {"class_name": "Dense"},
        {"class_name": "Dense", "config": {}},
        [[["a", 0]]],
    ),
    *({"class_name": 3, "config": None}, {"class_name": "function", "config": "os.system"}),
    *({"class_name": "__lambda__", "config": {"code": "x"}}, {"class_name": "__numpy__"}),
    *({"module": "os", "class_name": "system", "config": {"command": "true"}}, ["layer", 0, 0]),
)

NAMES = (
    *("k3_nested_rmsprop", "k3_two_output_dict_adam", "k3_zoo_adam", "k3_schedule_momentum"),
    *("k3_dropout_bn_adam", "k2_shared_nested_rmsprop", "k2_bn_dropout_adam", "k2_legacyopt_adam"),
    *("k2_two_output_momentum", "k2_zoo_nesterov", "k3_loss_objects_adam"),
)


def places(value, path=()):
    """All places in plain data."""
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))


def mutated(config, draw):
    """The same with one value replaced, removed, doubled or exchanged with another."""
    config = copy.deepcopy(config)
    *way, last = draw.choice([place for place in places(config) if place])
    inside = config
    for key in way:
        inside = inside[key]
    kind = draw.randrange(5)
    if kind == 0:
        del inside[last]
    elif kind == 1 and isinstance(inside, list):
        inside.append(copy.deepcopy(inside[last]))
    elif kind == 2:
        other = config
        for key in draw.choice(list(places(config))):
            other = other[key]
        inside[last] = copy.deepcopy(other)
    else:
        inside[last] = copy.deepcopy(draw.choice(ODD))
    return config


def try_to_load(path):
    """Return what was refused, or None."""
    found = None
    try:
        load_model(path, limits=LIMITS)
    except FileRefused as refusal:
        found = refusal
    if found is not None:
        assert found.file == str(path)
        assert found.place
        assert found.reason
    return found


@pytest.mark.filterwarnings("ignore")  # strange settings may be warned of
@pytest.mark.parametrize("attribute", ["model_config", "training_config"])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_configuration_in_an_h5_file(name, attribute, shared_folder, tmp_path):
    path = tmp_path / "m.h5"
    path.write_bytes((shared_folder / f"fixtures/keras_h5/{name}.h5").read_bytes())
    draw = random.Random(f"{name} {attribute}")
    with h5py.File(path) as file:
        before = json.loads(file.attrs[attribute])
    refused = 0
    for _ in range(60):
        config = mutated(before, draw)
        if draw.random() < 0.3:
            config = mutated(config, draw)
        with h5py.File(path, "r+") as file:
            del file.attrs[attribute]
            file.attrs[attribute] = json.dumps(config).encode()
        refused += try_to_load(path) is not None
    assert refused > 5


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["k3_nested_rmsprop", "k2_two_output_momentum"])
def test_a_changed_configuration_in_an_archive(name, shared_folder, tmp_path):
    path = tmp_path / "m.keras"
    members = read(shared_folder / f"fixtures/keras_h5/{name}.keras")
    draw = random.Random(name)
    before = json.loads(members["config.json"])
    refused = 0
    for _ in range(60):
        write(path, {**members, "config.json": json.dumps(mutated(before, draw))})
        refused += try_to_load(path) is not None
    assert refused > 5


def read(path: Path):
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.fixture
def file(shared_folder, tmp_path):
    """A file to be changed, and a function that loads it and returns why it is refused."""
    path = tmp_path / "m.h5"
    path.write_bytes((shared_folder / "fixtures/keras_h5/k3_two_input_momentum.h5").read_bytes())

    def changed(change):
        with h5py.File(path, "r+") as opened:
            change(opened)
        refusal = try_to_load(path)
        assert refusal is not None, "it was let in"
        return f"{refusal.place}: {refusal.reason}"

    return changed


def set_config(attribute, edit):
    def change(opened):
        config = json.loads(opened.attrs[attribute])
        edit(config)
        opened.attrs[attribute] = json.dumps(config)

    return change


def layer(config, name):
    return next(one for one in config["config"]["layers"] if one["name"] == name)


def test_a_refusal_says_where(file):
    def units(config):
        layer(config, "dense")["config"]["units"] = "many"

    said = file(set_config("model_config", units))
    assert said.startswith("/model_config/layers[")


def test_an_unknown_loss_is_refused_at_load(file):
    said = file(set_config("training_config", lambda config: config.update(loss="mean_sqared")))
    assert said.startswith("/training_config: Unknown loss 'mean_sqared'")


def test_weights_of_another_shape_are_refused_before_they_are_read(file):
    def units(config):
        layer(config, "dense")["config"]["units"] = 7

    said = file(set_config("model_config", units))
    assert "/model_weights/dense" in said
    assert "(6, 7)" in said


def test_a_layer_larger_than_the_file_is_refused_before_it_is_made(file):
    def units(config):
        layer(config, "dense")["config"]["units"] = 999
        layer(config, "dense_1")["config"]["units"] = 999

    said = file(set_config("model_config", units))
    assert "larger than the weights that the file holds" in said


def test_sizes_beyond_the_bounds_are_refused(file):
    def units(config):
        layer(config, "dense")["config"]["units"] = 2**40

    said = file(set_config("model_config", units))
    assert "Limits(units=" in said


def test_a_slot_of_another_shape_is_refused_at_load(file):
    def slot(opened):
        group = opened["optimizer_weights"]
        name = list(group.attrs["weight_names"])[-1]
        del group[name]
        group[name] = [1.0, 2.0, 3.0]

    assert "/optimizer_weights/" in file(slot)


@pytest.mark.parametrize("values", [np.ones((6, 8), np.int32), np.ones((6, 8), np.uint8)])
def test_weights_of_another_type_are_refused(values, file):
    def kernel(opened):
        group = opened["model_weights/dense"]
        name = next(iter(group.attrs["weight_names"]))
        del group[name]
        group[name] = values

    assert "float32" in file(kernel)


def test_a_missing_slot_is_refused_at_load(file):
    def slot(opened):
        group = opened["optimizer_weights"]
        group.attrs["weight_names"] = list(group.attrs["weight_names"])[:-2]

    assert "compile=False" in file(slot)


def test_text_in_the_place_of_a_list_of_names(file):
    def names(opened):
        opened["model_weights"].attrs["layer_names"] = 3

    assert "layer_names" in file(names)
