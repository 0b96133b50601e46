"""Decision boundaries, of models whose boundaries are known."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nnlite import Input, Sequential, layers
from nnlite.visualize import decision_boundary

pytestmark = pytest.mark.one_table

X = np.random.default_rng(0).uniform(-1, 1, (50, 2))
Y = (X[:, 0] > 0).astype(int)


def beyond(activation, weights, units=1):
    """A classifier with these weights, of shape (2, units), and no bias."""
    model = Sequential([Input((2,)), layers.Dense(units, activation=activation, use_bias=False)])
    model.set_weights([np.array(weights, np.float32)])
    return model


def is_vertical_at_zero(axes):
    (contour,) = axes.collections[:1]
    (path,) = (path for path in contour.get_paths() if len(path.vertices))
    return np.allclose(path.vertices[:, 0], 0, atol=0.02) and np.ptp(path.vertices[:, 1]) > 2


@pytest.mark.parametrize("activation", ["sigmoid", None])  # probabilities, and logits
def test_the_boundary_of_one_output(activation):
    axes = decision_boundary(beyond(activation, [[4.0], [0.0]]), X, Y).axes[0]
    assert is_vertical_at_zero(axes)


def test_the_boundary_of_two_outputs():
    axes = decision_boundary(beyond("softmax", [[-2.0, 2.0], [0.0, 0.0]], 2), X, Y).axes[0]
    assert is_vertical_at_zero(axes)


def test_the_plane_has_the_colours_of_the_classes_the_stronger_the_surer():
    axes = decision_boundary(beyond("sigmoid", [[4.0], [0.0]]), X, Y).axes[0]
    picture = axes.images[0].get_array()
    left, near, right = picture[100, 0], picture[100, 98], picture[100, -1]
    for shown, colour in ((left, "C0"), (near, "C0"), (right, "C1")):
        away = 1 - np.array(to_rgb(colour))  # from white
        strength = (1 - shown) @ away / (away @ away)
        np.testing.assert_allclose(shown, 1 - strength * away)  # that colour, mixed with white
    assert near.sum() > left.sum() + 0.5


def test_the_samples_are_there_with_their_classes():
    figure = decision_boundary(beyond("sigmoid", [[4.0], [0.0]]), X, Y, ["left", "right"])
    axes = figure.axes[0]
    points = {one.get_label(): one for one in axes.collections[-2:]}
    np.testing.assert_array_equal(points["left"].get_offsets(), X[Y == 0])
    np.testing.assert_array_equal(points["right"].get_offsets(), X[Y == 1])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["left", "right"]
    (low, high) = axes.get_xlim()
    assert low < X[:, 0].min() < X[:, 0].max() < high


def test_a_model_that_sees_one_class_only(tmp_path):
    axes = decision_boundary(
        beyond("softmax", np.zeros((2, 3)), 3), X, Y, path=tmp_path / "plane.png"
    ).axes[0]
    assert (tmp_path / "plane.png").exists()
    assert len(axes.collections) == 3  # the points alone


def test_what_is_refused():
    model = beyond("sigmoid", [[4.0], [0.0]])
    with pytest.raises(ValueError, match=r"of the shape \(count, 2\), got \(5, 3\)"):
        decision_boundary(model, np.zeros((5, 3)), np.zeros(5))
    with pytest.raises(ValueError, match="one label from 0 on for each of the 50 points, got 3"):
        decision_boundary(model, X, [0, 1, 1])
    with pytest.raises(ValueError, match="x holds NaN or infinity, which is nowhere"):
        decision_boundary(model, np.where(X[0, 0] == X, np.nan, X), Y)
    with pytest.raises(ValueError, match=r"tells 2 classes apart .* holds the label 2"):
        decision_boundary(model, X, Y * 2)
