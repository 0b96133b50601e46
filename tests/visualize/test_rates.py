"""The picture of a learning-rate range test."""

import numpy as np
import pytest

from nnlite.visualize import learning_rate_range

pytestmark = pytest.mark.one_table

RATES = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
LOSSES = [2.0, 1.9, 1.0, 1.2, 900.0]


def test_what_is_drawn():
    smoothed = [2.0, 1.95, 1.3, 1.25, 300.0]
    axes = learning_rate_range(RATES, LOSSES, smoothed, own=0.03, useful=(0.001, 0.1)).axes[0]
    batches, curve, own = axes.lines
    np.testing.assert_array_equal(batches.get_xydata(), np.column_stack([RATES, LOSSES]))
    np.testing.assert_array_equal(curve.get_ydata(), smoothed)
    assert list(own.get_xdata()) == [0.03, 0.03]
    (span,) = axes.patches
    assert (span.get_x(), span.get_x() + span.get_width()) == pytest.approx((0.001, 0.1))
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "Loss of each batch", "Smoothed", "Falls fast", "The model's, 0.03",
    ]  # fmt: skip


def test_an_explosion_does_not_hide_the_rest(tmp_path):
    path = tmp_path / "rates.png"
    axes = learning_rate_range(RATES, [*LOSSES[:-1], np.inf], path=path).axes[0]
    low, high = axes.get_ylim()
    assert 0 < low < 1.0 < 2.0 < high < 5
    assert learning_rate_range(RATES, LOSSES).axes[0].get_ylim()[1] < 5
    assert path.exists()


def test_losses_below_0_are_all_to_be_seen():
    low, high = learning_rate_range([0.01, 0.1, 1.0], [-0.2, -0.9, -0.1]).axes[0].get_ylim()
    assert low < -0.9 < -0.1 < high


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="as many losses as rates, at least one; got 1 and 5"):
        learning_rate_range(RATES, [1.0])
    with pytest.raises(ValueError, match="got 0 and 0"):
        learning_rate_range([], [])
