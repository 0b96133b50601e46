"""Fashion-MNIST: the full set, the bundled sample, and what is said where the set is missing."""

from pathlib import Path

import numpy as np
import pytest

from nnlite.datasets import _store, fashion_mnist

from .files import put

pytestmark = pytest.mark.one_table


def test_shapes_and_dtypes(fashion_mnist_data):
    (x_train, y_train), (x_test, y_test) = fashion_mnist_data
    for array, shape in (
        (x_train, (60000, 28, 28)),
        (y_train, (60000,)),
        (x_test, (10000, 28, 28)),
        (y_test, (10000,)),
    ):
        assert array.shape == shape
        assert array.dtype == np.uint8
        assert array.flags.c_contiguous


def test_published_facts(fashion_mnist_data):
    (x_train, y_train), (_, y_test) = fashion_mnist_data
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
    assert y_train[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert y_test[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert fashion_mnist.CLASS_NAMES[y_train[5000]] == "Coat"
    # Half a unit of the last published digit.
    assert x_train.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert x_train.std() / 255 == pytest.approx(0.3530, abs=5e-5)


def test_load_data_reads_the_four_files(machine, tiny, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "SHA256", tiny.sha256)
    put(machine.debian / "fashion-mnist", tiny.files)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    for loaded, expected in zip((x_train, y_train, x_test, y_test), tiny.arrays, strict=True):
        np.testing.assert_array_equal(loaded, expected, strict=True)


def test_another_sets_files_are_refused(machine, tiny):
    put(machine.own, tiny.files)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is not .*sub-folder"):
        fashion_mnist.load_data()


def test_no_data_is_an_error_and_never_the_sample(machine, monkeypatch):
    def offline(url, target, decode):
        raise ConnectionError(f"no route to {url}")

    monkeypatch.setattr(_store, "_download_from", offline)
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist.load_data()
    message = str(caught.value)
    for part in (
        str(machine.own / "fashion-mnist"),
        str(machine.cache / "fashion-mnist"),
        str(machine.debian / "fashion-mnist"),
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/train-images-idx3-ubyte.gz",
        "`apt install dataset-fashion-mnist`",
        "fashion_mnist.load_sample()",
    ):
        assert part in message


def test_sample_is_small_and_balanced(machine):
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_sample()
    assert x_train.shape == (6000, 28, 28)
    assert x_test.shape == (1000, 28, 28)
    assert all(array.dtype == np.uint8 for array in (x_train, y_train, x_test, y_test))
    assert np.bincount(y_train).tolist() == [600] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    file = Path(fashion_mnist.__file__).with_name(fashion_mnist.SAMPLE_FILE)
    assert file.stat().st_size <= 3_000_000


def test_every_image_of_the_sample_is_in_the_full_set(fashion_mnist_data):
    for (images, labels), (x, y) in zip(
        fashion_mnist.load_sample(), fashion_mnist_data, strict=True
    ):
        known = {(image.tobytes(), label) for image, label in zip(x, y, strict=True)}
        # As many different images as there are places: none is there twice.
        found = {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}
        assert found <= known
        assert len(found) == len(labels)
