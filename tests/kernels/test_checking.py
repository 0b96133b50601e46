"""What the check of a function beside a kernel's twin accepts, and what it finds."""

import ctypes

import numpy as np
import pytest

import nnlite
from nnlite import _kernels, kernels
from nnlite._kernels import reference
from nnlite.kernels.checking import _arguments, cases, results

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize(
    "name",
    [
        *("dense_forward", "dense_backward_kernel", "relu_vjp", "softmax_vjp", "adam_update"),
        *("gather_rows", "take_rows_vjp", "random_mask", "normalize_columns_vjp", "count_between"),
        *("extreme_of_tiles", "dense_sgd_update"),
    ],
)
def test_the_compiled_kernel_is_right(name):
    report = kernels.check(name, _kernels.of_table("compiled", name))
    assert report
    assert report.verdict == "right"
    assert not report.findings
    assert all(row.differences.keys() == {"float32", "float64"} for row in report.rows)
    assert report.seconds.keys() == {"yours", "the twin's", "the compiled one's"}
    if name in ("dense_forward", "softmax_vjp", "take_rows_vjp", "normalize_columns_vjp"):
        assert len(report.gradients) > 1


def test_the_kinds_of_calls():
    assert [case.name for case in cases("dense_forward")] == [
        *("sizes of every day", "one row", "no rows", "nothing in a row"),
        *("all sizes equal", "odd sizes", "without b"),
        *("activation 'linear'", "activation 'relu'", "activation 'sigmoid'", "activation 'tanh'"),
        *("NaN here and there", "infinities here and there"),
    ]
    in_place = [case.source for case in cases("relu_vjp") if case.source]
    assert in_place == ["y", "dy"]
    assert {case.others.get("operation") for case in cases("extreme_vjp")} == {
        *(None, "maximum", "minimum")
    }
    assert "without m and v" not in [case.name for case in cases("adam_update")]


def writes_what_it_reads(dz, w, out):
    dz *= 1
    out[...] = dz @ w.T


def returns(dz, w, out):
    return dz @ w.T


def does_nothing(dz, w, out):
    pass


def coarse(dz, w, out):
    out[...] = dz.astype(np.float32) @ w.astype(np.float32).T


def flat(dz, w, out):
    out[...] = np.squeeze(dz) @ w.T if len(dz) > 1 else 0


def not_of_nothing(dz, w, out):
    out[...] = dz @ w.T + 0 * dz.max()


def adds(dz, w, out):
    out += dz @ w.T


@pytest.mark.parametrize(
    ("function", "case", "words"),
    [
        (writes_what_it_reads, "sizes of every day", ("read-only", "only reads dz, w")),
        (returns, "sizes of every day", ("out is not written", "returned")),
        (does_nothing, "sizes of every day", ("out is not written: does the function end",)),
        (coarse, "sizes of every day", ("in float64, out[", "the twin's")),
        (flat, "one row", ("in float32, out[",)),
        (not_of_nothing, "no rows", ("ValueError", "zero-size")),
        (adds, "sizes of every day", ("in float32, out[",)),
    ],
)
def test_what_is_wrong_is_said(function, case, words):
    report = kernels.check("dense_backward_input", function)
    assert not report
    assert report.verdict == "wrong"
    wrong = [row for row in report.rows if row.finding]
    assert wrong[0].case == case
    assert all(word in wrong[0].finding for word in words)
    assert f"{case}: {wrong[0].finding}" in str(report)
    assert [row.case for row in report.rows if not row.finding] == [
        row.case for row in report.rows if max(row.differences.values()) < 512
    ]


def without_nan(x, out):
    out[...] = np.where(x > 0, x, 0)


def beyond_the_end(x, out):
    out[...] = np.maximum(x, 0)
    ctypes.memset(out.ctypes.data + out.nbytes, 0, 1)


def before_the_start(x, out):
    out[...] = np.maximum(x, 0)
    ctypes.memset(out.ctypes.data - 1, 0, 1)


def into_what_it_reads(x, out):
    out[...] = np.maximum(x, 0)
    ctypes.memset(x.ctypes.data, 0, x.nbytes)


def of_another_shape(x, out):
    out.shape = (1, -1)
    out[...] = np.maximum(x, 0)


class Late:
    """Writes into the array of the call before."""

    def __init__(self):
        self.kept = np.zeros(0)

    def __call__(self, x, out):
        self.kept[...] = 9
        out[...] = np.maximum(x, 0)
        self.kept = out


class Stale:
    """Takes the mask of the call before, where it has the same shape."""

    def __init__(self):
        self.mask = np.zeros(0)

    def __call__(self, x, out):
        mask = self.mask if self.mask.shape == x.shape else x > 0
        out[...] = np.where(mask | np.isnan(x), x, 0)
        self.mask = x > 0


@pytest.mark.parametrize(
    ("function", "case", "words"),
    [
        (without_nan, "NaN here and there", "is 0, the twin's nan"),
        (beyond_the_end, "sizes of every day", "it writes beyond the ends of out"),
        (before_the_start, "sizes of every day", "it writes beyond the ends of out"),
        (into_what_it_reads, "sizes of every day", "it changes x, which a kernel only reads"),
        (of_another_shape, "sizes of every day", "it gives out another shape, (1, 11)"),
        (Late(), "sizes of every day", "is 9, the twin's"),
        (Stale(), "sizes of every day", ", the twin's"),
    ],
)
def test_what_a_single_call_on_numbers_does_not_show(function, case, words):
    wrong = [row for row in results("relu_forward", function) if row.finding]
    assert wrong[0].case == case
    assert words in wrong[0].finding


def test_nothing_that_is_no_number_is_compared_in_vain():
    """Both kinds of cases plant something, and kernels of whole numbers have none."""
    planted = [case for case in cases("dense_backward_bias") if case.planted]
    for case in planted:
        dz = _arguments("dense_backward_bias", case, "float32", 0)["dz"]
        assert 0 < (~np.isfinite(dz)).sum() < dz.size
        assert np.isnan(dz).any() == (case.name == "NaN here and there")
    assert len(planted) == 2
    assert not any(case.planted for case in cases("random_mask"))


def test_what_is_wrong_where_no_shape_tells_is_found():
    def square(dz, w, out):
        out[...] = dz @ (w if w.shape[0] == w.shape[1] else w.T)

    findings = [row.case for row in results("dense_backward_input", square) if row.finding]
    assert findings == ["all sizes equal"]


def test_what_is_right_only_apart_is_wrong_in_place():
    def relu_vjp(y, dy, out):
        out[...] = 0
        out[y > 0] = dy[y > 0]

    assert [row.case for row in results("relu_vjp", relu_vjp) if row.finding] == [
        "in place, out is y",
        "in place, out is dy",
    ]


def test_what_may_be_missing_and_every_name_are_tried():
    def no_bias(x, w, b, activation, out):
        reference.dense_forward(
            x, w, b if b is not None else np.ones(w.shape[1], w.dtype), "relu", out
        )

    findings = [row.case for row in results("dense_forward", no_bias) if row.finding]
    assert findings == [
        "without b",
        *("activation 'linear'", "activation 'sigmoid'", "activation 'tanh'"),
    ]


def test_gradients_are_checked_with_the_function_in_its_place():
    def halved(dz, out):
        np.mean(dz, axis=0, out=out)

    report = kernels.check("dense_backward_bias", halved)
    wrong = [one for one in report.gradients if not one]
    assert any("the number of samples" in one.cause for one in wrong)
    assert {one.subject for one in report.gradients} >= {"ops.dense", "layers.Dense"}
    assert _kernels.dense_backward_bias is _kernels.of_table("compiled", "dense_backward_bias")


def test_results_are_compared_to_the_last_places():
    def off(x, out):
        out[...] = np.maximum(x, 0) * (1 + 64 * np.finfo(x.dtype).eps)

    report = kernels.check("relu_forward", off)
    assert report
    found = report.rows[0].differences
    assert all(60 < found[dtype] < 70 for dtype in ("float32", "float64"))


def test_labels_and_counts_agree_exactly():
    def by_rows(x, labels):
        labels[...] = [int(np.argmax(row)) for row in x]

    assert kernels.check("argmax_rows", by_rows)

    def off(x, labels):
        labels[...] = np.argmax(x, axis=1) + 1

    row = kernels.check("argmax_rows", off).rows[0]
    assert row.differences == {"float32": np.inf, "float64": np.inf}


def test_the_printed_report():
    def mine(dz, out):
        out[...] = dz.sum(axis=0)

    lines = str(kernels.check("dense_backward_bias", mine)).splitlines()
    assert lines[:3] == ["mine in place of dense_backward_bias: right", "dz[B,O] -> out[O]", ""]
    assert lines[3].split()[-3:] == ["ulp", "float32", "float64"]
    assert lines[5].startswith("sizes of every day  ")
    assert "gradient checks: 10 of 10 right" in lines
    assert lines[-1].startswith("yours takes ")
    assert lines[-1].endswith("the compiled one's")


def test_other_arguments_are_refused():
    with pytest.raises(TypeError, match=r"must take the arguments \(dz, w, out\).*not \(a, b\)"):
        kernels.check("dense_backward_input", lambda a, b: None)
    with pytest.raises(TypeError, match="must be one, not ndarray"):
        kernels.check("dense_backward_input", np.ones(3))
    with pytest.raises(ValueError, match="Did you mean 'dense_forward'"):
        kernels.check("dense_forwards", returns)
    with pytest.raises(TypeError, match=r"not \(dz, w, out, more\)"):
        kernels.check("dense_backward_input", lambda dz, w, out, more: None)
    with pytest.raises(ValueError, match="Unknown kernel '3'"):
        kernels.check(3, returns)
    assert kernels.check("tanh_forward", np.tanh)  # which takes `where` and others besides
    assert kernels.check("tanh_forward", lambda x, out, scale=1: np.tanh(scale * x, out=out))
    assert kernels.check("tanh_forward", lambda *arrays: np.tanh(arrays[0], out=arrays[1]))


def test_descriptions():
    assert kernels.names() == _kernels.KERNELS
    assert kernels.describe("dense_backward_bias") == (
        "dense_backward_bias(dz, out)\ndz[B,O] -> out[O]\n\n"
        "out = the sum of dz over the batch: the gradient of z = x w + b with respect to b."
    )
    with pytest.raises(ValueError, match="Unknown kernel 'relu'"):
        nnlite.kernels.describe("relu")
