"""Activations and gradients by layer: what is drawn is what a step really has."""

import numpy as np
import pytest

from nnlite import GradientTape, Input, Sequential, layers
from nnlite.losses import sparse_categorical_crossentropy
from nnlite.ops import mean
from nnlite.visualize import activation_flow, gradient_flow

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 2, 3)).astype(np.float32)
Y = RANDOM.integers(0, 4, 40)


def network():
    model = Sequential(
        [
            Input((2, 3)),
            layers.Flatten(),
            layers.Dense(20, activation="relu", name="hidden"),
            layers.Dense(4, activation="softmax", name="out"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.one_table
def test_each_layer_has_a_histogram_of_its_outputs():
    model = network()
    axes = activation_flow(model, X, Y).axes
    titles = [one.get_title().split("\n") for one in axes]
    assert [title for title, _ in titles] == ["x", "hidden (Dense)", "out (Dense)"]  # no Flatten
    hidden = model.layers[1](X.reshape(40, 6)).data
    assert titles[1][1] == f"mean {hidden.mean():.2g}, std {hidden.std():.2g}"
    drawn = [sum(bar.get_height() for bar in one.patches) for one in axes]
    assert drawn == [X.size, np.count_nonzero(hidden), 160]
    (zeros,) = axes[1].texts
    assert zeros.get_text() == f" {np.mean(hidden == 0):.0%} are 0"
    assert titles[2][1].startswith("mean 0.25")  # probabilities of four classes


def test_each_weight_has_a_line_of_its_gradients():
    model = network()
    axes = gradient_flow(model, X, Y).axes[0]
    with GradientTape() as tape:
        loss = mean(sparse_categorical_crossentropy(Y, model(X, training=True)))
    expected = [np.abs(one.data) for one in tape.gradient(loss, model.trainable_weights)]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    assert axes.yaxis_inverted()  # the input is above
    for row, sizes in enumerate(expected):
        some = sizes[sizes > 0]
        ends = [line.get_segments()[0] for line in axes.collections[2 * row : 2 * row + 2]]
        for (start, end), shares in zip(ends, ((5, 95), (25, 75)), strict=True):
            np.testing.assert_allclose([start[0], end[0]], np.percentile(some, shares), rtol=1e-4)
            assert start[1] == end[1] == row
        assert axes.lines[row].get_xdata()[0] == pytest.approx(np.median(some), rel=1e-4)


@pytest.mark.one_table
def test_what_is_zero_or_not_finite_is_said(tmp_path):
    model = network()
    model.layers[1].bias.assign(np.full(20, -100.0, np.float32))  # all ReLUs are dead
    figure = gradient_flow(model, X, Y, path=tmp_path / "gradients.png")
    notes = [text.get_text() for text in figure.axes[0].texts]
    assert notes == ["100% are 0", "100% are 0", "100% are 0", ""]
    model.layers[1].bias.assign(np.full(20, np.nan, np.float32))
    figure = activation_flow(model, X, Y, path=tmp_path / "activations.png")
    assert [axes.get_title().split("\n")[1] for axes in figure.axes][1:] == ["none is finite"] * 2
    notes = [text.get_text() for text in gradient_flow(model, X, Y).axes[0].texts]
    assert notes[2:] == ["100% not finite"] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"gradients.png", "activations.png"}


@pytest.mark.one_table
def test_the_model_stays_as_it_is():
    model = network()
    before = [weight.data.tobytes() for weight in model.weights]
    activation_flow(model, X, Y)
    gradient_flow(model, X, Y)
    assert [weight.data.tobytes() for weight in model.weights] == before
    assert int(model.optimizer.iterations) == 0


@pytest.mark.one_table
def test_nothing_to_draw():
    model = Sequential([Input((2,)), layers.Dense(2, trainable=False)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="'sequential' has 0 to draw"):
        gradient_flow(model, X[:, 0, :2], X[:, 0, :2])
