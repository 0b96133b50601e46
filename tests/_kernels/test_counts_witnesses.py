"""The kernels that count, against loops over Python's numbers and values worked by hand."""

import math

import numpy as np
import pytest
from calls import run_active, sample
from closeness import both_types
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats


@both_types
@pytest.mark.parametrize("weighted", [True, False])
def test_count_between(dtype, weighted):
    arguments = sample("count_between", dtype)
    if not weighted:
        arguments["weights"] = None
    expected = arguments["state"].tolist()
    for row in range(5):
        for label in range(3):
            p, t = (float(arguments[key][row, label]) for key in ("y_pred", "y_true"))
            w = float(arguments["weights"][row, label]) if weighted else 1.0
            place = sum(p > float(dtype(limit)) for limit in arguments["thresholds"])
            expected[label][place] += w * t
            expected[label][place + 9] += w * (1 - t)
    np.testing.assert_array_equal(run_active("count_between", arguments)["state"], expected)


@few
@given(y_pred=floats((6, 1), -1, 1, grain=4), limits=st.lists(st.integers(-4, 4), max_size=6))
def test_a_prediction_at_a_threshold_is_not_above_it(y_pred, limits):
    thresholds = np.array(sorted(limits)) / 4
    state = np.zeros((1, 2 * len(limits) + 2))
    arguments = {"y_true": np.ones((6, 1)), "y_pred": y_pred, "weights": None}
    arguments |= {"thresholds": thresholds, "state": state}
    found = run_active("count_between", arguments)["state"][0]
    for place in range(len(limits) + 1):
        assert found[place] == sum(sum(p > t for t in thresholds) == place for p in y_pred[:, 0])


def test_nan_is_above_no_threshold_and_the_state_must_fit():
    arguments = {
        "y_true": np.ones((1, 1)),
        "y_pred": np.full((1, 1), np.nan),
        "weights": None,
        "thresholds": np.array([-math.inf, 0.5]),
    }
    found = run_active("count_between", arguments | {"state": np.zeros((1, 6))})["state"]
    assert found.tolist() == [[1, 0, 0, 0, 0, 0]]
    with pytest.raises(ValueError, match="for 2 thresholds state has 6 columns, got 5"):
        run_active("count_between", arguments | {"state": np.zeros((1, 5))})


def test_count_pairs_by_hand():
    arguments = {
        "labels": np.array([0, 0, 2, 1, 2, -1, 3]),
        "indices": np.array([0, 1, 2, 1, 7, 0, 0]),
        "weights": np.array([1, 2, 4, 8, 16, 32, 64], np.float32),
        "ignored": 1,
        "state": np.ones((3, 3)),
    }
    found = run_active("count_pairs", arguments)["state"]
    assert found.tolist() == [[2, 3, 1], [1, 1, 1], [1, 1, 5]]
    found = run_active("count_pairs", arguments | {"weights": None, "ignored": -1})["state"]
    assert found.tolist() == [[2, 2, 1], [1, 2, 1], [1, 1, 2]]


def test_in_top_k_by_hand():
    y_pred = np.array([[0.1, 0.5, 0.5, 0.3]] * 4 + [[np.nan, 1, 2, 3]])
    for k, expected in ((1, [0, 1, 0, 0, 0]), (2, [0, 1, 0, 0, 0]), (3, [0, 1, 1, 0, 0])):
        arguments = {"labels": np.array([0, 1, 3, 4, 0]), "y_pred": y_pred, "k": k}
        assert run_active("in_top_k", arguments | {"out": np.zeros(5)})["out"].tolist() == expected


@few
@given(x=floats((3, 4), grain=1), k=st.integers(1, 5))
def test_keep_top_k_keeps_what_a_stable_sort_puts_first(x, k):
    found = run_active("keep_top_k", {"x": x, "k": k, "out": np.zeros((3, 4))})["out"]
    for row, kept in zip(x.tolist(), found.tolist(), strict=True):
        first = sorted(range(4), key=lambda i: (-row[i], i))[:k]
        assert kept == [v if i in first else -math.inf for i, v in enumerate(row)]


def test_the_largest_of_rows_with_nan_infinities_and_equals():
    nan, inf = math.nan, math.inf
    x = np.array([[1, 3, 3], [nan, 5, nan], [-inf, -inf, -inf], [0, inf, 0.25]])
    found = run_active("argmax_rows", {"x": x, "labels": np.zeros(4, np.int64)})["labels"]
    assert found.tolist() == [1, 0, 0, 1]
    found = run_active("mark_largest", {"x": x, "tiny": 0.5, "out": np.zeros((4, 3))})["out"]
    assert found.tolist() == [[0, 1, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]
    x = np.array([[0, 0.25, 0.5], [-1, -2, -3], [0, 0, 0], [0, 0, 0.75]])
    found = run_active("mark_largest", {"x": x, "tiny": 0.5, "out": np.zeros((4, 3))})["out"]
    assert found.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]]
    found = run_active("keep_top_k", {"x": np.array([[nan, 1.0, nan]]), "k": 2, "out": x[:1] + 0})
    np.testing.assert_array_equal(found["out"], [[nan, 1, -inf]])


def test_there_is_no_largest_of_nothing():
    with pytest.raises(ValueError, match=r"0 classes|empty sequence"):
        run_active("argmax_rows", {"x": np.zeros((2, 0)), "labels": np.zeros(2, np.int64)})


@both_types
def test_whole_numbers(dtype):
    x = np.array([0, 2, -3, 2.75, -0.5, 2.0**31, 1e30, math.inf, math.nan], dtype)
    found = run_active("whole_numbers", {"x": x, "labels": np.zeros(9, np.int64)})["labels"]
    assert found.tolist() == [0, 2, -3, 2, 0, -1, -1, -1, -1]


def test_equal_share_and_squares_by_hand():
    y_true, y_pred = np.array([[1.0, 2], [3, 5]]), np.array([[1.0, 0], [3, 5]])
    arguments = {"y_true": y_true, "y_pred": y_pred}
    assert run_active("equal_share", arguments | {"out": np.zeros(2)})["out"].tolist() == [0.5, 1]
    weights = np.array([[1.0, 2], [0.5, 0]])
    arguments |= {"weights": weights, "state": np.ones((4, 2))}
    found = run_active("accumulate_moments", arguments)["state"]
    assert found.tolist() == [[2.5, 3], [3.5, 5], [6.5, 9], [1, 9]]
