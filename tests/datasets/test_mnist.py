"""MNIST, in both forms in which it is published. The real files are on no machine of ours."""

import numpy as np
import pytest

from nnlite.datasets import _store, fashion_mnist, mnist

from .files import npz_bytes, put

pytestmark = pytest.mark.one_table

NAMES = ("x_train", "y_train", "x_test", "y_test")


@pytest.fixture(autouse=True)
def tiny_mnist(tiny, monkeypatch):
    monkeypatch.setattr(mnist, "SHA256", tiny.sha256)


def check(split, expected):
    (x_train, y_train), (x_test, y_test) = split
    for loaded, array in zip((x_train, y_train, x_test, y_test), expected, strict=True):
        np.testing.assert_array_equal(loaded, array, strict=True)


@pytest.mark.parametrize("folder", ["own", "own/mnist", "cache/mnist"])
def test_idx_files(machine, tiny, folder):
    put(machine.own.parent / folder, tiny.files)
    check(mnist.load_data(), tiny.arrays)


def test_one_folder_holds_both_sets(machine, tiny, monkeypatch):
    put(machine.own / "mnist", tiny.files)
    # The same names, other content.
    put(machine.own / "fashion-mnist", dict.fromkeys(tiny.files, b"Fashion-MNIST's"))
    check(mnist.load_data(), tiny.arrays)
    with pytest.raises(ValueError, match="Fashion-MNIST"):
        fashion_mnist.load_data()


@pytest.mark.parametrize("absolute", [False, True])
def test_keras_file(machine, tiny, absolute):
    put(machine.own, {"digits.npz": npz_bytes(**dict(zip(NAMES, tiny.arrays, strict=True)))})
    path = str(machine.own / "digits.npz") if absolute else "digits.npz"
    check(mnist.load_data(path), tiny.arrays)


def test_a_keras_file_with_other_arrays_is_refused(machine, tiny):
    arrays = dict(zip(NAMES, tiny.arrays, strict=True))
    put(machine.own, {"mnist.npz": npz_bytes(x_train=arrays["x_train"])})
    with pytest.raises(ValueError, match=r"expected the arrays x_train, .*, got x_train"):
        mnist.load_data()
    arrays["y_test"] = arrays["y_test"][::-1]
    put(machine.own, {"mnist.npz": npz_bytes(**arrays)})
    with pytest.raises(ValueError, match=r"mnist\.npz is not .* sha256"):
        mnist.load_data()


def test_no_data_names_the_places(machine, monkeypatch):
    def offline(url, target, decode):
        raise ConnectionError("offline")

    monkeypatch.setattr(_store, "_download_from", offline)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.load_data()
    message = str(caught.value)
    assert str(machine.own / "mnist") in message
    assert str(machine.cache / "mnist") in message
    assert "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3" in message
    assert "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3" in message
    assert "apt" not in message
