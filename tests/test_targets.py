"""Targets against outputs: what fits is brought into form, all else is refused with advice."""

import numpy as np
import pytest

from nnlite import Tensor
from nnlite.targets import (
    aligned_targets,
    class_labels,
    combined_weights,
    one_hot_targets,
    probability_targets,
)

pytestmark = pytest.mark.one_table  # no kernel is at work here

# --------------------------------------------------------------------------------- regression


@pytest.mark.parametrize(
    ("shape", "outputs"),
    [((4,), (None, 1)), ((4, 1), (4,)), ((4, 1), (4, 1)), ((4, 3), (None, 3)), ((4, 2, 1), (4, 2))],
)
def test_a_last_axis_of_size_one_may_be_left_out(shape, outputs):
    y = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    found = aligned_targets(y, outputs)
    assert found.shape == (4, *outputs[1:])
    assert found.ravel().tolist() == y.ravel().tolist()


def test_floats_keep_their_type_and_other_numbers_become_the_default_one():
    assert aligned_targets(np.zeros(2), (2,)).dtype == np.float64
    assert aligned_targets([1, 2], (2,)).dtype == np.float32
    assert aligned_targets(np.array([True, False]), (2, 1)).dtype == np.float32
    assert aligned_targets(np.zeros(2), (2,), np.float32).dtype == np.float32
    assert aligned_targets(Tensor([1.0, 2.0]), (2,)).tolist() == [1, 2]
    assert aligned_targets(np.zeros((2, 3)).T, (3, 2)).flags.c_contiguous


@pytest.mark.parametrize(
    ("shape", "outputs", "message"),
    [
        (
            (4,),
            (None, 3),
            r"y has the shape \(4,\), but the outputs have the shape \(n, 3\): one t",
        ),
        (
            (4, 2),
            (None, 3),
            r"2 targets per sample, but 3 outputs; do the last layer's units fit y",
        ),
        ((4, 3), (4,), r"outputs have the shape \(4,\): they must agree in every axis"),
        ((4, 2, 2), (4, 2, 3), "they must agree in every axis"),
        ((3, 1), (4, 1), "y has 3 samples, but there are 4 predictions"),
        ((), (4, 1), "one entry per sample, got the single value 1.0"),
        ((), (4,), "one entry per sample, got the single value 1.0"),
    ],
)
def test_anything_else_is_refused(shape, outputs, message):
    with pytest.raises(ValueError, match=message):
        aligned_targets(np.ones(shape), outputs)


@pytest.mark.parametrize("check", [aligned_targets, class_labels, one_hot_targets])
def test_only_numbers_are_targets(check):
    for y in (["a", "b"], np.array([None, 1]), np.array(["2020-01-01"], "M8")):
        with pytest.raises(TypeError, match="my_y must hold numbers, got dtype"):
            check(y, (None, 2), place="my_y")


# ------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32, np.float64])
def test_labels_of_any_type_become_int64(dtype):
    for shape in ((3,), (3, 1)):
        found = class_labels(np.array([0, 2, 1], dtype).reshape(shape), (None, 3))
        assert found.dtype == np.int64
        assert found.tolist() == [0, 2, 1]
    assert class_labels([True, False], (2, 2)).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            [0, 3],
            r"label 3 \(sample 1\), but the model has 3 outputs.*0 to 2; are.*from 1\? Use y - 1",
        ),
        ([0, 7], r"label 7 \(sample 1\), but the model has 3 outputs, so labels.*from 0 to 2$"),
        ([-1, 0], r"label -1 \(sample 0\)"),
        ([0.0, 1.5], r"label 1.5 \(sample 1\)"),
        ([0.0, np.nan], r"label nan \(sample 1\)"),
        ([np.inf, 0.0], r"label inf \(sample 0\)"),
        ([1e300, 0.0], r"label 1e\+300 \(sample 0\)"),
        (np.eye(3)[:2], "one-hot labels.*loss='categorical_crossentropy', or y.argmax"),
        (np.zeros((2, 2)), r"one label per sample, shape \(n,\), got \(2, 2\)"),
        ([0, 1, 2], "y has 3 samples, but there are 2 predictions"),
        (1, "one entry per sample, got the single value 1"),
    ],
)
def test_what_is_no_label_is_refused_by_name(y, message):
    with pytest.raises(ValueError, match=message):
        class_labels(y, (2, 3))


# -------------------------------------------------------------------------------- one-hot rows


def test_one_hot_rows_pass():
    found = one_hot_targets(np.eye(3, dtype=np.uint8), (None, 3), np.float64)
    assert found.dtype == np.float64
    assert found.tolist() == np.eye(3).tolist()
    assert one_hot_targets([[1], [0]], (2, 1)).shape == (2, 1)


@pytest.mark.parametrize("y", [[0, 1], [[0], [1]]])
def test_labels_for_a_categorical_loss_are_refused(y):
    with pytest.raises(ValueError, match=r"loss='sparse_categorical_crossentropy'.*np.eye\(3\)\[y"):
        one_hot_targets(y, (None, 3))


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="2 targets per sample, but 3 outputs"):
        one_hot_targets(np.eye(2), (None, 3))


# ------------------------------------------------------------------------------------- weights


def test_weights_multiply():
    labels = np.array([0, 1, 1])
    assert combined_weights(labels, None, None) is None
    assert combined_weights(labels, [1, 2, 3], None).tolist() == [1, 2, 3]
    assert combined_weights(labels, [[1], [2], [3]], None).tolist() == [1, 2, 3]
    assert combined_weights(labels, None, {1: 5.0}).tolist() == [1, 5, 5]  # others weigh 1
    rows = combined_weights(labels, np.ones((3, 2)), {1: 5.0}, output_shape=(None, 2, 4))
    assert rows.tolist() == [[1, 1], [5, 5], [5, 5]]
    both = combined_weights(labels, [1, 2, 3], {0: 0.5, 1: 10})
    assert both.tolist() == [0.5, 20, 30]
    assert both.dtype == np.float32
    assert combined_weights(np.eye(3)[labels], None, {1: 5.0}).tolist() == [1, 5, 5]
    assert combined_weights(labels[:, np.newaxis], None, {1: 5.0}).tolist() == [1, 5, 5]


def test_weights_that_fit_no_sample_or_class_are_refused():
    with pytest.raises(ValueError, match=r"sample_weight must hold one weight.*\(3,\), got \(2,\)"):
        combined_weights(np.zeros(3), [1, 2], None)
    with pytest.raises(TypeError, match="sample_weight must hold numbers"):
        combined_weights(np.zeros(1), ["a"], None)
    with pytest.raises(ValueError, match="got the key 'cat'"):
        combined_weights(np.zeros(3), None, {"cat": 1.0})
    with pytest.raises(ValueError, match="this y holds fractions"):
        combined_weights(np.array([0.5]), None, {0: 1.0})


@pytest.mark.parametrize(
    ("y", "advice"),
    [
        ([-1, 1, 1], "for labels -1 and 1 use loss='hinge'"),
        ([0, 2, 1], "use loss='sparse_categorical_crossentropy'"),
        ([0.5, 7.5, -3], "for numbers of any size use loss='mse'"),
    ],
)
def test_targets_of_a_binary_loss_lie_within_0_and_1(y, advice):
    with pytest.raises(ValueError, match=advice):
        probability_targets(y, (None, 1))
    assert probability_targets([0, 0.5, 1], (None, 1)).tolist() == [[0], [0.5], [1]]
