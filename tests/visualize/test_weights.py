"""Weights as images and histograms."""

import numpy as np
import pytest

from nnlite import Input, Sequential, layers
from nnlite.visualize import weight_histograms, weight_images

pytestmark = pytest.mark.one_table


def model():
    return Sequential(
        [Input((3, 4)), layers.Flatten(), layers.Dense(5, name="hidden"), layers.Dense(2)]
    )


def test_each_unit_is_an_image_of_its_weights():
    kernel = model().layers[1].kernel
    figure = weight_images(kernel, (3, 4), columns=3)
    shown = [axes.images[0] for axes in figure.axes[:6] if axes.images]
    assert [axes.get_title() for axes in figure.axes[:6]] == ["0", "1", "2", "3", "4", ""]
    for unit, image in enumerate(shown):
        np.testing.assert_array_equal(image.get_array(), kernel.data[:, unit].reshape(3, 4))
    assert len(shown) == 5
    limits = {image.get_clim() for image in shown}  # one scale, with 0 in its middle
    assert len(limits) == 1
    ((low, high),) = limits
    assert -low == high == np.percentile(np.abs(kernel.data), 99.5)


def test_a_layer_an_array_and_square_images():
    layer = model().layers[1]
    of_layer, of_array = weight_images(layer, (3, 4)), weight_images(np.ones((9, 2)))
    np.testing.assert_array_equal(
        of_layer.axes[0].images[0].get_array().ravel(), layer.kernel[:, 0].data
    )
    assert of_array.axes[0].images[0].get_array().shape == (3, 3)
    assert weight_images(np.zeros((4, 1))).axes[0].images[0].get_clim() == (-1, 1)


def test_what_is_no_image():
    with pytest.raises(ValueError, match=r"12 inputs are no image of 3 by 3 pixels; give image_sh"):
        weight_images(model().layers[1])
    with pytest.raises(ValueError, match=r"12 inputs are no image of 2 by 4 pixels; give another"):
        weight_images(model().layers[1], (2, 4))
    with pytest.raises(ValueError, match=r"with from 1 to 1000 units; got \(4, 1001\)"):
        weight_images(np.zeros((4, 1001)))


def test_a_row_of_histograms_for_each_layer():
    one = model()
    figure = weight_histograms(one)
    titles = [axes.get_title() for axes in figure.axes]
    kernel = one.weights[0].data
    assert titles[0] == f"hidden/kernel  (12 × 5)\nmean {kernel.mean():.2g}, std {kernel.std():.2g}"
    assert [title.split()[0] for title in titles] == [
        "hidden/kernel", "hidden/bias", "dense/kernel", "dense/bias",
    ]  # fmt: skip
    heights = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]
    assert heights == [60, 5, 10, 2]
    bars = figure.axes[0].patches
    assert bars[0].get_x() == pytest.approx(kernel.min())
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(kernel.max())


def test_numbers_that_are_not_finite_are_counted(tmp_path):
    one = model()
    one.weights[0].data[0, :3] = np.nan, np.inf, 0
    figure = weight_histograms(one, path=tmp_path / "weights.png")
    assert figure.axes[0].get_title().endswith(", 2 not finite")
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 58
    assert (tmp_path / "weights.png").exists()


def test_a_model_without_weights():
    with pytest.raises(ValueError, match=r"'sequential' has no weights yet: build it"):
        weight_histograms(Sequential([layers.Dense(2)]))
