"""Weights alone: by order and by name, what is skipped, and what is refused before it changes."""

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.saving import FileRefused, load_weights, save_weights

pytestmark = pytest.mark.one_table

LAYOUTS = ("w.weights.h5", "w.h5")


def model_of(*units, inputs=3):
    chain = [layers.Dense(n, name=f"d{place}") for place, n in enumerate(units)]
    return nnlite.Sequential([nnlite.Input((inputs,)), *chain])


def check_same(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", [*LAYOUTS, "w.hdf5"])
def test_weights_are_written_and_taken(name, tmp_path):
    model, other = model_of(4, 2), model_of(4, 2)
    save_weights(model, tmp_path / name)
    load_weights(other, tmp_path / name)
    check_same(model, other)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_the_weights_of_a_whole_model_are_taken(name, tmp_path):
    model, other = model_of(4, 2), model_of(4, 2)
    model.compile("adam", "mse")
    model.save(tmp_path / name)
    other.load_weights(tmp_path / name)
    check_same(model, other)


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_does_not_fit_is_refused_before_anything_changes(name, tmp_path):
    model_of(4, 3).save_weights(tmp_path / name)
    other = model_of(4, 2)
    before = other.get_weights()
    with pytest.raises(FileRefused, match=r"the shape \(4, 2\) is expected here.*\(4, 3\)"):
        other.load_weights(tmp_path / name)
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_does_not_fit_can_be_left_out(name, tmp_path):
    model, other = model_of(4, 3), model_of(4, 2)
    model.save_weights(tmp_path / name)
    kept = other.get_weights()[2]
    with pytest.warns(UserWarning, match=r"left out, since the shape"):
        other.load_weights(tmp_path / name, skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(other.get_weights()[2], kept)


def test_layers_find_their_weights_by_name(tmp_path):
    model = model_of(4, 4, 2)
    model.save_weights(tmp_path / "w.h5")
    names = ("new", "d1", "d2")
    other = nnlite.Sequential([nnlite.Input((4,)), *(layers.Dense(4, name=n) for n in names[:2])])
    other.add(layers.Dense(2, name="d2"))
    kept = other.get_weights()
    other.load_weights(tmp_path / "w.h5", by_name=True)
    for a, b in zip([*kept[:2], *model.get_weights()[2:]], other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_by_name_a_layer_of_another_size_is_refused_or_left_out(tmp_path):
    model_of(4, 2).save_weights(tmp_path / "w.h5")
    plain = nnlite.Sequential([nnlite.Input((3,)), layers.Dense(4, use_bias=False, name="d0")])
    with pytest.raises(FileRefused, match="'d0' has 1 weights, and here are 2"):
        plain.load_weights(tmp_path / "w.h5", by_name=True)
    with pytest.warns(UserWarning, match="left out"):
        plain.load_weights(tmp_path / "w.h5", by_name=True, skip_mismatch=True)
    model_of(4, 2).save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError, match="by_name is for"):
        plain.load_weights(tmp_path / "w.weights.h5", by_name=True)


def test_another_number_of_layers_is_refused(tmp_path):
    model_of(4, 2).save_weights(tmp_path / "w.h5")
    with pytest.raises(FileRefused, match=r"holds 2 layers with weights \(d0, d1\).* has 3"):
        model_of(4, 2, 2).load_weights(tmp_path / "w.h5")


def test_an_unbuilt_model_has_no_weights_to_write_or_take(tmp_path):
    model = nnlite.Sequential([layers.Dense(2)])
    for action in (model.save_weights, model.load_weights):
        with pytest.raises(ValueError, match="has no weights yet"):
            action(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError, match="has no weights yet"):
        model.save(tmp_path / "m.keras")


@pytest.mark.parametrize("name", ["m", "m.ckpt", "m.json", "m.pickle"])
def test_other_suffixes_are_refused(name, tmp_path):
    model = model_of(2)
    for action in (model.save, model.save_weights, model.load_weights, nnlite.models.load_model):
        with pytest.raises(ValueError, match=r"must end in"):
            action(tmp_path / name)
    with pytest.raises(ValueError, match="save_weights"):
        model.save(tmp_path / "m.weights.h5")


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "w.weights.h5"])
def test_a_file_that_is_not_there(name, tmp_path):
    with pytest.raises(FileNotFoundError):
        model_of(2).load_weights(tmp_path / name)
    if not name.startswith("w"):
        with pytest.raises(FileNotFoundError):
            nnlite.models.load_model(tmp_path / name)


def test_a_file_is_not_replaced_where_that_was_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    model = model_of(2)
    for action, name in ((model.save, "m.keras"), (model.save_weights, "w.weights.h5")):
        (tmp_path / name).write_bytes(b"mine")
        with pytest.raises(FileExistsError, match="overwrite=True replaces it"):
            action(tmp_path / name, overwrite=False)
        assert (tmp_path / name).read_bytes() == b"mine"


def test_many_layers_have_a_list_of_names_in_several_parts(tmp_path):
    """An attribute of HDF5 has at most 64 KiB; Keras reads the parts."""
    import h5py

    chain = [layers.Dense(1, name=f"{'long' * 50}_{place}") for place in range(400)]
    model = nnlite.Sequential([nnlite.Input((1,)), *chain])
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        assert {"layer_names0", "layer_names1"} <= file.attrs.keys()
        assert "layer_names" not in file.attrs
    other = nnlite.models.clone_model(model)
    other.load_weights(tmp_path / "w.h5")
    check_same(model, other)


def test_inner_models_whose_layers_have_one_name(tmp_path):
    def inner(name):
        x = nnlite.Input((3,))
        return nnlite.Model(x, layers.Dense(3, name="same")(x), name=name)

    a, b, x = inner("a"), inner("b"), nnlite.Input((3,))
    model = nnlite.Model(x, b(a(x)))
    model.compile("adam", "mse")
    data = np.ones((4, 3), np.float32)
    model.fit(data, data, verbose=0)
    for name in ("m.h5", "m.keras"):
        model.save(tmp_path / name)
        read = nnlite.models.load_model(tmp_path / name)
        check_same(model, read)
        for one, other in zip(model.optimizer.variables, read.optimizer.variables, strict=True):
            np.testing.assert_array_equal(one.data, other.data)
