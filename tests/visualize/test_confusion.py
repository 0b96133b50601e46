"""Confusion matrices; scikit-learn's is the witness of the counts."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from sklearn import metrics

from nnlite.visualize import confusion_matrix

pytestmark = pytest.mark.one_table

RANDOM = np.random.default_rng(1)
TRUE, PREDICTED = RANDOM.integers(0, 4, 200), RANDOM.integers(0, 4, 200)
NAMES = ["Coat", "Bag", "Shirt", "Boot"]


def cells(figure):
    """The text of each cell, row by row."""
    axes = figure.axes[0]
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    count = len(axes.get_xticks())
    return [[texts[column, row] for column in range(count)] for row in range(count)]


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
def test_the_numbers_are_scikit_learns(normalize):
    figure = confusion_matrix(TRUE, PREDICTED, NAMES, normalize)
    expected = metrics.confusion_matrix(TRUE, PREDICTED, normalize=normalize)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), expected)
    style = "{:.0f}" if normalize is None else "{:.0%}"
    assert cells(figure) == [[style.format(one) for one in row] for row in expected]


def test_what_is_written_around_it():
    axes = confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2], NAMES).axes[0]
    assert [axes.get_xlabel(), axes.get_ylabel()] == ["Predicted class", "True class"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == NAMES
    assert [tick.get_text() for tick in axes.get_yticklabels()] == NAMES
    assert axes.get_title() == "75.0% of 4 right"


def test_names_are_taken_as_they_are_unless_they_leave_no_room(tmp_path):
    names = ["$100k to $200k", "a name that goes on and on, and then on again", r"$\frac$"]
    axes = confusion_matrix([0, 1, 2], [0, 1, 2], names, path=tmp_path / "one.png").axes[0]
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == [
            names[0], "a name that goes on and…", names[2],
        ]  # fmt: skip
        assert not any(label.get_parse_math() for label in labels)


def test_of_labels_without_names_those_that_occur_are_shown():
    axes = confusion_matrix([3, 7, 7], [3, 3, 7]).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["3", "7"]
    assert axes.images[0].get_array().tolist() == [[1, 0], [1, 1]]


def test_probabilities_of_two_classes():
    figure = confusion_matrix([0, 1, 1], [[0.3], [0.9], [0.2]])
    assert cells(figure) == [["1", "0"], ["1", "1"]]


def test_numbers_can_be_read_on_their_cells():
    colours = {
        text.get_text(): to_hex(text.get_color())
        for text in confusion_matrix([0] * 9 + [1], [0] * 9 + [0]).axes[0].texts
    }
    assert colours == {"9": "#ffffff", "1": "#000000", "0": "#bbbbbb"}


def test_it_is_written(tmp_path):
    confusion_matrix(TRUE, PREDICTED, path=tmp_path / "matrix.png")
    assert (tmp_path / "matrix.png").stat().st_size > 1000


def test_what_is_refused():
    with pytest.raises(ValueError, match="the same number of samples, at least one; got 2 and 3"):
        confusion_matrix([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="got 0 and 0"):
        confusion_matrix([], [])
    with pytest.raises(ValueError, match="101 classes cannot be read"):
        confusion_matrix(np.arange(101), np.arange(101))
    with pytest.raises(ValueError, match=r"Unknown normalization 'tru'\. Did you mean 'true'"):
        confusion_matrix([0], [0], normalize="tru")
