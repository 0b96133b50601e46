"""The executor behind its own door: what a plan's windows may move over."""

import time

import numpy as np
import pytest

from nnlite import _kernels

pytestmark = pytest.mark.one_table  # there is no plan of numpy's kernels


def relu_plan():
    """Plan relu of three numbers a step, out of one window into the other."""
    x, out = np.zeros(3, "float32"), np.zeros(3, "float32")
    return _kernels.plan([("relu_forward", (x, out))], [x, out])


def test_windows_move_over_longer_arrays():
    x = np.array([-1, 2, -3, 4, -5, 6, -7, 8], "float32")
    x.flags.writeable = False
    out = np.full(8, 9, "float32")
    relu_plan().run(2, x, out)
    assert out.tolist() == [0, 2, 0, 4, 0, 6, 9, 9]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(5, "float32"),
        np.zeros(6, "float64"),
        np.zeros(6, "int32"),
        np.zeros(6, np.dtype("float32").newbyteorder()),
        np.zeros(12, "float32")[::2],
        np.zeros((3, 2), "float32").T,
    ],
    ids=["short", "wide", "whole", "swapped", "gaps", "transposed"],
)
@pytest.mark.parametrize("place", [0, 1])
def test_arrays_that_do_not_fit_their_window_are_refused(wrong, place):
    arrays = [np.ones(6, "float32"), np.full(6, 7, "float32")]
    arrays[place] = wrong
    message = f"window {place} holds 3 float32 a step; the array for 2 steps has {wrong.size} "
    with pytest.raises(ValueError, match=message):
        relu_plan().run(2, *arrays)
    assert place == 1 or (arrays[1] == 7).all()


def test_each_window_needs_an_array():
    with pytest.raises(ValueError, match="the plan has 2 windows, got 1 arrays"):
        relu_plan().run(1, np.zeros(3, "float32"))


def test_the_clock_is_read_around_each_call():
    x, middle, out = (np.zeros(3, "float32") for _ in range(3))
    calls = [("relu_forward", (x, middle)), ("scale", (middle, 2.0, out))]
    plan = _kernels.plan(calls, [x, out])
    rows, timed, untimed = np.arange(-6, 6, dtype="float32"), np.empty(12, "f4"), np.empty(12, "f4")
    began = time.perf_counter_ns()
    readings = plan.run_timed(4, rows, timed)
    ended = time.perf_counter_ns()
    plan.run(4, rows, untimed)
    assert timed.tobytes() == untimed.tobytes()
    assert (readings.shape, readings.dtype) == ((4, 3), "int64")
    moments = [began, *readings.reshape(-1).tolist(), ended]
    assert moments == sorted(moments)  # one clock, and no reading is left out


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_guard_that_is_no_number_ends_the_run_after_its_step(bad):
    total, count, value = np.zeros(2), np.zeros((), "int64"), np.zeros(1)
    plan = _kernels.plan([("accumulate_mean", (value, None, total))], [value], count, total)
    values = np.array([1.0, 2.0, bad, 4.0, 5.0])
    assert plan.run(2, values) == 2
    assert plan.run(4, values[1:]) == 2
    assert count == 4
    assert total[1] == 4
    assert plan.run(3, values[2:]) == 1  # one step is done in any case
    assert len(plan.run_timed(3, values[2:])) == 1
    unguarded = _kernels.plan([("accumulate_mean", (value, None, total))], [value], count)
    assert unguarded.run(5, values) == 5
