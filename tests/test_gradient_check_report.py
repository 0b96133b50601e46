"""The report of a gradient check: kinks, large arrays, the table, the picture."""

import numpy as np
import pytest

import nnlite
from nnlite import gradcheck, ops
from nnlite.gradient_check import GradientCheckError, GradientReport, check
from nnlite.gradient_check.causes import NO_PATTERN
from nnlite.gradient_check.slopes import careful_slope
from nnlite.layers import Dense
from nnlite.tape import op

pytestmark = pytest.mark.one_table

RANDOM = np.random.default_rng(0)
LARGE = RANDOM.normal(size=(40, 50))


def squares(rule):
    """Make an op x² of a gradient."""

    @op(x=rule)
    def square(x, /):
        return x**2

    return square


# ------------------------------------------------------------------------------------------ kinks


@pytest.mark.parametrize(
    ("function", "left", "right"),
    [(ops.relu, 0, 1), (ops.leaky_relu, 0.2, 1), (ops.abs, -1, 1)],
)
def test_a_kink_is_recognised_and_is_no_error(function, left, right):
    report = check(lambda x: function(x).sum(), [0.0, 1.0, -2.0])
    (found,) = report
    assert report
    if function is ops.abs:  # whose two sides cancel: the tape says what lies between them
        assert found.verdict == "right"
        return
    assert (report.verdict, found.verdict) == ("kink", "kink")
    assert found.kinks.tolist() == [True, False, False]
    np.testing.assert_allclose(found.sides[0], [left, right], atol=1e-9)
    assert f"are {left} to the left and {right} to the right" in str(report)


def test_a_kink_is_recognised_where_the_function_bends_strongly_besides():
    report = check(lambda x: ops.relu(x) + 1e4 * x * x, [0.0])
    assert report.verdict == "kink"


def test_a_jump_is_one_too():
    report = check(lambda x: ops.where(x > 0, x + 1.0, x).sum(), [0.0, 1.0])
    assert report.verdict == "kink"


@pytest.mark.parametrize("distance", [3e-7, 1e-8, 0])
def test_what_is_wrong_beside_a_kink_is_found(distance):
    @op(x=lambda dy, x: 1.5 * dy * (x > 0))
    def relu(x, /):
        return np.maximum(x, 0)

    report = check(relu, [distance] * 6)
    assert report.verdict == "wrong"
    assert report.cause.startswith("a wrong factor: the gradient is 1.5 times")


def test_a_kink_that_only_a_long_step_reaches_does_not_matter():
    assert gradcheck(ops.relu, [3e-7, -3e-7]).verdict == "right"


def test_where_a_function_bends_strongly_the_slope_is_measured_with_care():
    assert gradcheck(lambda x: ops.sin(1e4 * x), [0.3])
    assert gradcheck(lambda x: 1e9 + x * x, [0.3])  # and where its values are rounded coarsely


def test_a_careful_slope_knows_how_wrong_it_may_be():
    for f, slope in ((np.exp, 1), (lambda t: np.sin(100 * t), 100), (lambda t: 1e7 + t, 1)):
        found = careful_slope(lambda t, f=f: float(f(t)), float(f(0.0)))
        assert abs(found.value - slope) <= found.error < 1e-4 * slope
        assert not found.kink


# ------------------------------------------------------------------------------------ large arrays


def test_a_large_array_is_moved_along_directions():
    (found,) = gradcheck(ops.tanh, LARGE)
    assert found.directions.shape == (4, 2)
    assert found.places.size == 0
    assert found.worst_element is None
    assert found.relative_error < 1e-6


def test_one_wrong_element_of_many_is_found_and_named():
    def rule(dy, x):
        dx = 2 * dy * x
        dx[17, 23] += 0.01
        return dx

    report = check(squares(rule), LARGE)
    assert not report
    assert report.comparisons[0].worst_element == (17, 23)
    assert report.cause.startswith("only one of ")


def test_a_wrong_column_of_a_large_array_is_recognised():
    report = check(squares(lambda dy, x: 2 * dy * x * np.where(np.arange(50) == 7, 1.01, 1)), LARGE)
    assert "all at index 7 of axis 1" in report.cause


def test_a_missing_factor_of_a_large_array_is_recognised():
    @op(x=lambda dy, x: np.broadcast_to(dy, x.shape))
    def mean(x, /):
        return np.asarray(x.mean())

    assert "1/2000, the number of elements" in check(mean, LARGE).cause
    assert "no gradient arrives" in check(squares(lambda dy, x: 0 * x), LARGE).cause


def test_kinks_of_a_large_array_are_no_errors():
    assert check(lambda x: ops.relu(x).sum(), 0 * LARGE).verdict == "kink"


# --------------------------------------------------------------------------------- other functions


def test_what_is_computed_in_float32_is_not_taken_for_wrong():
    verdicts = set()
    for x in LARGE[:10]:
        report = check(lambda x: ops.tanh(x.astype("float32")), x)
        verdicts.add(report.verdict)
        assert report or "in float32, by the ops cast and tanh; check a layer" in report.cause
    assert "wrong" not in verdicts


def test_what_is_not_finite_cannot_be_measured():
    with np.errstate(all="ignore"):
        report = check(lambda x: ops.log(x) * ops.stop_gradient(x * 0 + 1), [-1.0])
    assert report.verdict in ("wrong", "unclear")
    assert "not finite" in report.cause


def test_a_function_that_draws_other_numbers_each_time_is_refused():
    with pytest.raises(ValueError, match="does it draw random numbers"):
        check(lambda x: x * float(RANDOM.normal()), [1.0])


def test_weights_are_checked_too():
    layer = Dense(3, "tanh", dtype="float64")
    x = RANDOM.normal(size=(4, 2))
    layer.build((None, 2))
    before = layer.get_weights()
    report = gradcheck(layer, x, weights=layer.trainable_weights)
    assert [(one.layer, one.name) for one in report] == [
        ("", "input 0"),
        ("dense", "kernel"),
        ("dense", "bias"),
    ]
    for mine, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    layer = Dense(3)
    layer.build((None, 2))
    with pytest.raises(ValueError, match=r"'dense_1/kernel' is of float32.*dtype='float64'"):
        gradcheck(layer, x, weights=layer.trainable_weights)


def test_several_outputs_count_each():
    wrong = squares(lambda dy, x: dy * x)
    assert gradcheck(lambda x: [x * 2, {"a": x * x}], [1.0, 2.0])
    assert not check(lambda x: [x * 2, {"a": wrong(x)}], [1.0, 2.0])


def test_scalars_that_cancel_count_each():
    wrong = squares(lambda dy, x: dy * x)
    assert not check(lambda x: (wrong(x).sum(), -wrong(x).sum()), [1.0, 2.0])


@pytest.mark.parametrize("size", [3, 300])
def test_a_large_constant_hides_no_fault(size):
    """With the usual step the rounding of such a sum is far more than a thousandth of the slope."""
    wrong, x = squares(lambda dy, x: 2.002 * dy * x), RANDOM.uniform(0.5, 2, size)
    assert gradcheck(lambda x: ops.sum(x * x) + 1e8, x)
    assert check(lambda x: ops.sum(wrong(x)) + 1e8, x).verdict == "wrong"


# ------------------------------------------------------------------------------- likely causes


def test_sizes_that_are_alike_are_all_named():
    report = check(squares(lambda dy, x: 8 * dy * x), RANDOM.normal(size=(4, 4)))
    assert "factor 1/4, the number of samples or the size of an axis 1: a sum" in report.cause


def test_one_number_alone_shows_no_factor():
    assert check(squares(lambda dy, x: 1.4 * dy * x), 0.3).cause == NO_PATTERN
    assert check(squares(lambda dy, x: -2 * dy * x), 0.3).cause.startswith("the sign")


def test_a_gradient_of_what_does_not_count_is_no_forgotten_mask():
    wrong = op(x=lambda dy, x: dy * x)(lambda x, /: 0 * x)
    assert check(wrong, [1.0, 3.0]).cause.startswith("the slope is 0 everywhere")


# ------------------------------------------------------------------------------- text and picture


def test_the_error_has_the_report_and_is_an_assertion():
    with pytest.raises(GradientCheckError) as caught:
        gradcheck(squares(lambda dy, x: -2 * dy * x), [1.0, 3.0])
    report = caught.value.report
    assert isinstance(caught.value, AssertionError)
    assert not report
    assert str(caught.value).endswith(str(report))
    assert report.cause in str(caught.value)


def test_the_table_names_the_worst_element():
    report = check(squares(lambda dy, x: dy * np.array([2.0, 3.0]) * x), [1.0, 3.0])
    lines = str(report).splitlines()
    assert lines[0] == "Gradient check of square: wrong"
    analytic, numerical = report.comparisons[0].worst_pair
    assert analytic == pytest.approx(1.5 * numerical)
    row = f"input 0  (2,)   2 elements  (1,)   {analytic:8.6g}  {numerical:9.6g}     3.3e-01  wrong"
    assert row in lines[4]
    assert lines[-1] == "input 0: only one of 2 elements that were measured is wrong: (1,)"


def test_the_picture_shows_each_comparison(tmp_path):
    report = check(squares(lambda dy, x: -2 * dy * x), LARGE[:3, :4])
    figure = report.plot(tmp_path / "check.png")
    assert (tmp_path / "check.png").stat().st_size > 10_000
    scatter, bars, where, _ = figure.axes
    (points,) = (line for line in scatter.lines if line.get_label() == "wrong (12)")
    np.testing.assert_allclose(points.get_xdata(), -np.array(points.get_ydata()), atol=1e-6)
    assert [text.get_text() for text in bars.get_yticklabels()] == ["input 0"]
    assert where.get_title() == "input 0: gradient - slope"
    assert "the sign" in figure.get_suptitle()
    assert len(gradcheck(ops.tanh, LARGE).plot().axes) == 2


@pytest.mark.parametrize("slope", [[0.0, 3.0, 0.0], [4.0, 3.0, 0.0]])
def test_one_number_beside_zeros_shows_none_either(slope):
    """What is 0 and is to be 0 fits any factor; nor is one that is cut off beside it a mask."""
    wrong = op(x=lambda dy, x: dy * np.array([0, 0.7, 0]))(lambda x, /: x * np.array(slope))
    report = check(wrong, [1.0, 2.0, 3.0])
    assert report.cause == NO_PATTERN


def test_an_op_alone_that_shows_a_pattern_says_more_than_a_place():
    wrong = op(x=lambda dy, x: -2 * dy * x)(lambda x, /: x**2)
    report = check(lambda x: wrong(x)[:2].sum() + ops.sum(x[2:] ** 3), [1.0, 2.0, 3.0, 4.0, 5.0])
    assert report.comparisons[0].cause.startswith("only some elements")
    assert report.cause.startswith("the sign")


@pytest.mark.parametrize("strange", [np.nan, np.inf])
@pytest.mark.parametrize("size", [1, 3, 300])
def test_a_gradient_that_is_not_finite_is_printed_and_drawn(strange, size):
    report = check(squares(lambda dy, x: dy * strange), np.linspace(1, 2, size))
    assert report.cause.startswith("the gradient is not finite")
    assert "inf  wrong" in str(report)
    assert report.comparisons[0].worst_element == (0,)
    assert report.plot().axes[0].get_legend() is None
    report = check(squares(lambda dy, x: np.where(x > 1.9, strange, 2 * dy * x)), [1.0, 2.0])
    (image,) = report.plot().axes[2].images
    assert np.isfinite(image.get_clim()).all()


def test_it_records_inside_no_grad():
    with nnlite.no_grad():
        assert gradcheck(ops.tanh, LARGE[:2, :2])
        assert nnlite.testing.check_layer(Dense(2), LARGE[:2, :2])


def test_it_is_reached_by_its_names():
    assert nnlite.gradcheck is gradcheck
    assert isinstance(gradcheck(lambda x: x * x, 2.0), GradientReport)
