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
