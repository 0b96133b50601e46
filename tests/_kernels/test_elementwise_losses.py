"""Every formula of the element-wise losses: by hand, by its slope, and by both tables."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from calls import run, run_active

from nnlite import _kernels
from nnlite._kernels import reference

EPSILON = 1e-7
SUMMED = {"categorical_focal", "divergence"}


class Row(NamedTuple):
    value: Callable[[float, float], float]  # by Python's arithmetic
    targets: tuple[float, float]  # a range
    predictions: tuple[float, float]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def crossentropy(t: float, p: float) -> float:
    return -t * math.log(p) - (1 - t) * math.log(1 - p)


def focal(t: float, p: float) -> float:
    return (0.6 * t + 0.3 * (1 - t)) * abs(t * (1 - p) + (1 - t) * p) ** 0.75 * crossentropy(t, p)


REAL, ABOVE_0, PROBABILITY = (-3.0, 3.0), (0.1, 3.0), (0.05, 0.95)

#: Each formula with the parameter 0.75 and the classes' weights 0.6 and 0.3.
ROWS = {
    "squared": Row(lambda t, p: (p - t) ** 2, REAL, REAL),
    "absolute": Row(lambda t, p: abs(p - t), REAL, REAL),
    "percentage": Row(lambda t, p: 100 * abs(p - t) / abs(t), ABOVE_0, REAL),
    "squared_logarithmic": Row(
        lambda t, p: (math.log(1 + p) - math.log(1 + t)) ** 2, ABOVE_0, ABOVE_0
    ),
    "huber": Row(
        lambda t, p: (p - t) ** 2 / 2 if abs(p - t) < 0.75 else 0.75 * (abs(p - t) - 0.375),
        REAL,
        REAL,
    ),
    "log_cosh": Row(lambda t, p: math.log(math.cosh(p - t)), REAL, REAL),
    "hinge": Row(lambda t, p: max(1 - t * p, 0), REAL, REAL),
    "squared_hinge": Row(lambda t, p: max(1 - t * p, 0) ** 2, REAL, REAL),
    "poisson": Row(lambda t, p: p - t * math.log(p + EPSILON), ABOVE_0, ABOVE_0),
    "binary_crossentropy": Row(crossentropy, PROBABILITY, PROBABILITY),
    "logit_crossentropy": Row(lambda t, x: crossentropy(t, sigmoid(x)), PROBABILITY, REAL),
    "binary_focal": Row(focal, PROBABILITY, PROBABILITY),
    "logit_focal": Row(lambda t, x: focal(t, sigmoid(x)), PROBABILITY, REAL),
    "categorical_focal": Row(
        lambda t, p: -t * (1 - p) ** 0.75 * math.log(p), PROBABILITY, PROBABILITY
    ),
    "divergence": Row(lambda t, p: t * math.log(t / p), PROBABILITY, PROBABILITY),
}
every_formula = pytest.mark.parametrize("formula", ROWS)
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])

#: Shorter than a block, across blocks, and rows that are several blocks long.
SHAPES = [(3, 4), (1, 1), (300, 1), (70, 7), (2, 700), (0, 3)]


def arguments_of(formula, shape, dtype=np.float64, seed=0):
    random = np.random.default_rng(seed)
    return {
        "y_true": random.uniform(*ROWS[formula].targets, shape).astype(dtype),
        "y_pred": random.uniform(*ROWS[formula].predictions, shape).astype(dtype),
        "formula": formula,
        "parameter": 0.75,
        "positive": 0.6,
        "negative": 0.3,
        "epsilon": EPSILON,
    }


def losses(arguments):
    out = np.full(len(arguments["y_true"]), 77, arguments["y_true"].dtype)
    return run_active("elementwise_loss", arguments | {"loss": out})["loss"]


def gradients(arguments, dloss):
    given = {"dloss": dloss.astype(arguments["y_true"].dtype)}
    out = np.full_like(arguments["y_true"], 77)
    return run_active("elementwise_loss_vjp", arguments | given | {"out": out})["out"]


@pytest.mark.one_table
def test_every_formula_has_a_row():
    assert list(ROWS) == list(reference.FORMULAS)
    assert {name for name, row in reference.FORMULAS.items() if row.summed} == SUMMED


@every_formula
@pytest.mark.parametrize("shape", SHAPES)
def test_values(formula, shape):
    arguments = arguments_of(formula, shape)
    expected = [
        math.fsum(map(ROWS[formula].value, t, p)) / (1 if formula in SUMMED else shape[1])
        for t, p in zip(arguments["y_true"].tolist(), arguments["y_pred"].tolist(), strict=True)
    ]
    # sums of up to 700 terms; logarithms of numbers near 1 lose a few digits
    np.testing.assert_allclose(losses(arguments), expected, rtol=1e-12, atol=1e-14)


@every_formula
@pytest.mark.parametrize("shape", SHAPES)
def test_the_vjp_is_the_slope(formula, shape):
    arguments, step = arguments_of(formula, shape), 1e-6
    dloss = np.random.default_rng(1).uniform(-2, 2, shape[0])
    each = [a.reshape(-1, 1) for a in (arguments["y_true"], arguments["y_pred"])]

    def at(shift):
        return losses(arguments | {"y_true": each[0], "y_pred": each[1] + shift}).reshape(shape)

    slopes = (at(step) - at(-step)) / (2 * step)
    share = dloss[:, None] / (1 if formula in SUMMED else shape[1])
    # central differences round by 1e-16 / 1e-6 of values up to 6000, and cross no kink here
    np.testing.assert_allclose(gradients(arguments, dloss), slopes * share, rtol=1e-5, atol=1e-7)


@every_formula
@both_types
@pytest.mark.parametrize("gamma", [0.0, 0.75, 2.0])
@pytest.mark.parametrize("spoilt", [None, np.nan, np.inf, -np.inf, 0.0, 1.0])
@pytest.mark.one_table
def test_both_tables_agree(formula, dtype, gamma, spoilt):
    if formula == "huber" and not gamma:
        return
    arguments = arguments_of(formula, (40, 7), dtype) | {"parameter": gamma}
    if spoilt is not None:
        arguments["y_pred"][3, 2] = arguments["y_true"][5, 1] = spoilt
    for kernel, results in (
        ("elementwise_loss", {"loss": np.empty(40, dtype)}),
        (
            "elementwise_loss_vjp",
            {"dloss": np.linspace(-1, 1, 40).astype(dtype), "out": np.empty((40, 7), dtype)},
        ),
    ):
        found = [run(table, kernel, arguments | results) for table in _kernels.TABLES]
        for name, values in found[0].items():
            # exp, log and powers are right to an ulp or two each, and 7 terms are summed; a
            # crossentropy's 1 - p of a p near 1 loses digits in both alike
            eps = np.finfo(dtype).eps
            np.testing.assert_allclose(values, found[1][name], rtol=200 * eps, atol=50 * eps)


@every_formula
@both_types
def test_a_nan_stays(formula, dtype):
    arguments = arguments_of(formula, (3, 5), dtype)
    arguments["y_pred"][1, 2] = np.nan
    assert np.isnan(losses(arguments)).tolist() == [False, True, False]
    found = np.isnan(gradients(arguments, np.ones(3)))
    assert found[1, 2]
    assert found.sum() == 1


@pytest.mark.parametrize("formula", ["squared", "divergence"])
def test_rows_of_no_outputs(formula):
    found = losses(arguments_of(formula, (2, 0)))  # a mean of nothing, without a warning
    assert np.isnan(found).all() if formula == "squared" else not found.any()


@both_types
def test_by_hand(dtype):
    def of(formula, t, p):
        t, p = np.array([t], dtype), np.array([p], dtype)
        arguments = arguments_of(formula, (1, 1), dtype) | {"y_true": t, "y_pred": p}
        return losses(arguments).item(), gradients(arguments, np.ones(1)).ravel().tolist()

    assert of("squared", [1, 2], [1, 4]) == (2, [0, 2])
    assert of("absolute", [1, 2, 3, 4], [2, 0, 3, 4.5]) == (0.875, [0.25, -0.25, 0, 0.25])
    assert of("hinge", [1, -1], [3, 1]) == (1, [0, 0.5])
    assert of("percentage", [-4], [-3]) == (25, [25])
    value, slope = of("logit_crossentropy", [0, 1], [200, -200])
    assert (value, slope) == (200, [0.5, -0.5])


@both_types
def test_small_losses_keep_their_digits(dtype):
    """log(1 + e⁻ˣ) ~ e⁻ˣ, however small."""
    x = np.array([[5.0], [20.0], [60.0]], dtype)
    arguments = arguments_of("logit_crossentropy", (3, 1), dtype)
    found = losses(arguments | {"y_true": np.ones((3, 1), dtype), "y_pred": x})
    expected = [math.log1p(math.exp(-float(one))) for one in x[:, 0]]
    np.testing.assert_allclose(found, expected, rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("formula", ["square", "", None, 3])
@pytest.mark.parametrize("kernel", ["elementwise_loss", "elementwise_loss_vjp"])
def test_an_unknown_formula(kernel, formula):
    arguments = arguments_of("squared", (2, 2)) | {"formula": formula, "loss": np.empty(2)}
    arguments |= {"dloss": np.empty(2), "out": np.empty((2, 2))}
    names = _kernels.parameters_of(getattr(reference, kernel)).names
    with pytest.raises(ValueError, match=rf"^{kernel}: formula must be one of squared, absolute, "):
        run_active(kernel, {name: arguments[name] for name in names})


# ------------------------------------------------------------------------- labels, margins, weights


def test_labels_that_are_ignored():
    given = {"labels": np.array([2, -1, 0, -1]), "ignored": -1}
    results = {"kept": np.full(4, 9), "mask": np.full(4, 9.0)}
    found = run_active("ignore_labels", given | results)
    assert found["kept"].tolist() == [2, 0, 0, 0]
    assert found["mask"].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([0, 1, 1], [-1, 1, 1]),
        ([1, 1], [1, 1]),
        ([-1, 1, 0], [-1, 1, 0]),
        ([0, 0.5], [0, 0.5]),
        ([], []),
    ],
)
def test_signed_labels(given, expected):
    y_true = np.array(given, float)
    found = run_active("signed_labels", {"y_true": y_true, "out": np.empty_like(y_true)})["out"]
    assert found.tolist() == expected


def test_the_categorical_hinge_by_hand():
    given = {
        "targets": np.array([[0.0, 1, 0], [0, 1, 0], [1, 0, 0]]),
        "y_pred": np.array([[0.5, 0.25, -1], [0.5, 2, 0.5], [-1, -2, -3]]),
    }
    assert run_active("categorical_hinge", given | {"loss": np.empty(3)})["loss"].tolist() == [
        1.25,  # 1 + 0.5 - 0.25
        0,  # 1 + 0.5 - 2
        2,  # 1 + 0 + 1: the label's own score counts as 0
    ]
    given |= {"dloss": np.array([2.0, 1, 1]), "out": np.empty((3, 3))}
    found = run_active("categorical_hinge_vjp", given)["out"].tolist()
    assert found == [[2, -2, 0], [0, 0, 0], [-1, 0, 0]]


@both_types
def test_weights_become_shares(dtype):
    def of(*weights):
        given = {"weights": np.array(weights, dtype), "out": np.empty(len(weights), dtype)}
        return run_active("normalized_weights", given)["out"].tolist()

    assert of(1, 0, 3) == [0.25, 0, 0.75]
    assert of(0, 0) == [0, 0]
    assert of(1, -1) == [0, 0]
    assert of() == []
