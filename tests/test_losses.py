"""Every loss: each sample's number, the batch's mean, its gradient, its names."""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import Arrays, few, floats, labels, one_hot, probabilities

from nnlite import Tensor, activations, gradcheck, layers, losses, ops

LOGITS = {"from_logits": True}

LOGITS = {"from_logits": True}


class Row(NamedTuple):
    function: Callable[..., Tensor]
    cls: type[losses.Loss]
    arrays: Arrays  # y_true and y_pred
    sample: Callable[..., float]  # the loss of one sample, by Python's arithmetic
    case: str = ""
    arguments: dict[str, Any] = {}  # noqa: RUF012, read only
    whole: bool = False  # whether `sample` is of the whole batch


def mean(values: Iterable[float]) -> float:
    values = list(values)
    return math.fsum(values) / len(values)


def over(each: Callable[[float, float], float]) -> Callable[..., float]:
    """The mean of a function of an element's target and prediction."""
    return lambda t, p: mean(map(each, t.tolist(), p.tolist()))


def logsumexp(row: np.ndarray) -> float:
    largest = max(row)
    return largest + math.log(math.fsum(math.exp(x - largest) for x in row))


def smoothed(target: np.ndarray, logits: np.ndarray) -> float:
    total, classes = logsumexp(logits), len(logits)
    return math.fsum(
        (0.9 * t + 0.1 / classes) * (total - x) for t, x in zip(target, logits, strict=True)
    )


def entropy(t: float, p: float) -> float:
    return -t * math.log(p) - (1 - t) * math.log(1 - p)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def focal(t: float, p: float, gamma: float = 2.0, alpha: float | None = None) -> float:
    weight = 1 if alpha is None else t * alpha + (1 - t) * (1 - alpha)
    return weight * (1 - t * p - (1 - t) * (1 - p)) ** gamma * entropy(t, p)


def class_focal(t: np.ndarray, p: np.ndarray) -> float:
    return math.fsum(
        -0.25 * a * (1 - b) ** 2 * math.log(b) for a, b in zip(t, p / math.fsum(p), strict=True)
    )


def cosine(t: np.ndarray, p: np.ndarray) -> float:
    return -math.fsum(t * p) / (math.hypot(*t) * math.hypot(*p))


def scores(t: np.ndarray, p: np.ndarray) -> float:
    return max(0, 1 + max((1 - t) * p) - math.fsum(t * p))


def overlap(missed: float, wrong: float, epsilon: float = 1e-7) -> Callable[..., float]:
    def of(t: np.ndarray, p: np.ndarray) -> float:
        common = math.fsum((t * p).flat)
        only_true, only_pred = math.fsum((t * (1 - p)).flat), math.fsum(((1 - t) * p).flat)
        return 1 - common / (common + missed * only_true + wrong * only_pred + epsilon)

    return of


BC = st.tuples(st.integers(1, 4), st.integers(2, 4))


def alike(targets: Any = floats, predictions: Any = floats, shift: Any = 0.0) -> Arrays:
    """Targets and predictions of one shape; predictions are shifted off a kink."""
    return BC.flatmap(lambda shape: st.tuples(targets(shape), predictions(shape))).map(
        lambda arrays: (arrays[0], arrays[1] + np.resize(shift, arrays[1].shape[1]))
    )


def positive(shape: Any) -> Any:
    return floats(shape, low=0.125)


def fractions(shape: Any) -> Any:
    return floats(shape, low=0.125, high=0.875)


def bits(shape: Any) -> Any:
    return hnp.arrays(np.int64, shape, elements=st.integers(0, 1)).map(lambda x: x.astype(float))


def signs(shape: Any) -> Any:
    return bits(shape).map(lambda x: 2 * x - 1)


def classes(shape: Any) -> Any:
    return one_hot(*shape)


ROWS = [
    Row(
        losses.mean_squared_error,
        losses.MeanSquaredError,
        alike(),
        over(lambda t, p: (p - t) ** 2),
    ),
    Row(
        losses.mean_absolute_error,
        losses.MeanAbsoluteError,
        alike(shift=1 / 16),
        over(lambda t, p: abs(p - t)),
    ),
    Row(
        losses.mean_absolute_percentage_error,
        losses.MeanAbsolutePercentageError,
        alike(positive, shift=1 / 16),
        over(lambda t, p: 100 * abs(p - t) / t),
    ),
    Row(
        losses.mean_squared_logarithmic_error,
        losses.MeanSquaredLogarithmicError,
        alike(positive, positive),
        over(lambda t, p: math.log((1 + p) / (1 + t)) ** 2),
    ),
    *(
        Row(
            losses.huber,
            losses.Huber,
            alike(shift=1 / 16),
            over(lambda t, p, d=delta: min(abs(p - t), d) * (abs(p - t) - min(abs(p - t), d) / 2)),
            f"delta {delta}",
            {"delta": delta},
        )
        for delta in (1.0, 2.5)
    ),
    Row(losses.log_cosh, losses.LogCosh, alike(), over(lambda t, p: math.log(math.cosh(p - t)))),
    Row(
        losses.cosine_similarity,
        losses.CosineSimilarity,
        alike(positive, positive),
        cosine,
    ),
    Row(
        losses.poisson,
        losses.Poisson,
        alike(positive, positive),
        over(lambda t, p: p - t * math.log(p + 1e-7)),
    ),
    Row(
        losses.kl_divergence,
        losses.KLDivergence,
        alike(probabilities, probabilities),
        lambda t, p: math.fsum(a * math.log(a / b) for a, b in zip(t, p, strict=True)),
    ),
    Row(
        losses.hinge,
        losses.Hinge,
        alike(signs, shift=1 / 16),
        over(lambda t, p: max(1 - t * p, 0)),
    ),
    Row(
        losses.squared_hinge,
        losses.SquaredHinge,
        alike(signs, shift=1 / 16),
        over(lambda t, p: max(1 - t * p, 0) ** 2),
    ),
    Row(
        losses.hinge,
        losses.Hinge,
        alike(bits, shift=1 / 16),
        over(lambda t, p: max(1 - (2 * t - 1) * p, 0)),
        "of 0 and 1",
    ),
    Row(
        losses.categorical_hinge,
        losses.CategoricalHinge,
        alike(classes, shift=np.arange(1, 5) / 37),
        scores,
    ),
    Row(
        losses.binary_crossentropy,
        losses.BinaryCrossentropy,
        alike(fractions, fractions),
        over(entropy),
    ),
    Row(
        losses.binary_crossentropy,
        losses.BinaryCrossentropy,
        alike(bits),
        over(lambda t, x: entropy(0.8 * t + 0.1, sigmoid(x))),
        "from logits, smoothed",
        {"from_logits": True, "label_smoothing": 0.2},
    ),
    Row(
        losses.binary_focal_crossentropy,
        losses.BinaryFocalCrossentropy,
        alike(bits, fractions),
        over(focal),
    ),
    Row(
        losses.binary_focal_crossentropy,
        losses.BinaryFocalCrossentropy,
        alike(bits),
        over(lambda t, x: focal(t, sigmoid(x), 1.5, 0.25)),
        "balanced, from logits",
        {"from_logits": True, "apply_class_balancing": True, "gamma": 1.5},
    ),
    Row(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: st.tuples(labels(*shape), probabilities(shape))),
        lambda label, p: -math.log(p[label]),
    ),
    Row(
        losses.sparse_categorical_crossentropy,
        losses.SparseCategoricalCrossentropy,
        BC.flatmap(lambda shape: st.tuples(labels(*shape), floats(shape))),
        lambda label, x: logsumexp(x) - x[label],
        "from logits",
        LOGITS,
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(probabilities, probabilities),
        lambda t, p: -math.fsum(a * math.log(b) for a, b in zip(t, p, strict=True)),
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes, positive),
        lambda t, p: -math.log(p[list(t).index(1)] / math.fsum(p)),
        "of shares",
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        lambda t, x: logsumexp(x) - x[list(t).index(1)],
        "from logits",
        LOGITS,
    ),
    Row(
        losses.categorical_crossentropy,
        losses.CategoricalCrossentropy,
        alike(classes),
        smoothed,
        "label smoothing",
        {**LOGITS, "label_smoothing": 0.1},
    ),
    Row(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes, positive),
        class_focal,
    ),
    Row(
        losses.categorical_focal_crossentropy,
        losses.CategoricalFocalCrossentropy,
        alike(classes),
        lambda t, x: class_focal(t, np.exp(x - logsumexp(x))),
        "from logits",
        LOGITS,
    ),
    Row(losses.dice, losses.Dice, alike(bits, fractions), overlap(0.5, 0.5, 0.5e-7), whole=True),
    Row(
        losses.tversky,
        losses.Tversky,
        alike(bits, fractions),
        overlap(0.25, 0.75),
        arguments={"alpha": 0.25, "beta": 0.75},
        whole=True,
    ),
]
every_loss = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.cls.__name__}-{row.case}" for row in ROWS]
)


def expected(row: Row, y_true: np.ndarray, y_pred: np.ndarray) -> list[float]:
    """The loss of each sample; that of a whole batch counts for every one."""
    if row.whole:
        return [row.sample(y_true, y_pred)] * len(y_true)
    return [row.sample(t, p) for t, p in zip(y_true, y_pred, strict=True)]


def test_every_loss_has_a_row():
    classes = {
        value
        for value in vars(losses).values()
        if inspect.isclass(value) and issubclass(value, losses.Loss)
    }
    assert classes - {losses.Loss, losses.FunctionLoss} == {row.cls for row in ROWS}
    assert {row.function: row.cls for row in ROWS} == losses.FUNCTIONS
    assert not {name for name in losses.ALIASES if name not in losses.registry.entries}
    known = {row.cls for row in ROWS} | {row.function for row in ROWS}
    assert set(losses.registry.entries.values()) == known


@every_loss
@few
@given(data=st.data())
def test_the_loss_of_each_sample(row, data):
    y_true, y_pred = data.draw(row.arrays)
    values = row.function(y_true, y_pred, **row.arguments)
    assert isinstance(values, Tensor)
    # Logarithms of numbers near 1 lose a few digits of 16.
    wanted = expected(row, y_true, y_pred)
    np.testing.assert_allclose(
        values.data, wanted[0] if row.whole else wanted, rtol=1e-11, atol=1e-13
    )
    assert values.shape == (() if row.whole else (len(y_true),))


@every_loss
@few
@given(data=st.data())
def test_the_class_gives_the_weighted_sum_over_the_number_of_samples(row, data):
    y_true, y_pred = data.draw(row.arrays)
    weights = data.draw(floats(len(y_true), low=0))
    loss = row.cls(**row.arguments)
    values = expected(row, y_true, y_pred)
    assert loss(y_true, y_pred).item() == pytest.approx(math.fsum(values) / len(values), rel=1e-11)
    total = math.fsum(w * v for w, v in zip(weights, values, strict=True))
    for shape in ((-1,), (-1, 1)):
        found = loss(y_true, y_pred, weights.reshape(shape)).item()
        assert found == pytest.approx(total / len(values), rel=1e-11, abs=1e-13)


@every_loss
@few
@given(data=st.data())
def test_the_gradient_is_the_slope(row, data):
    y_true, y_pred = data.draw(row.arrays)
    weights = data.draw(floats(len(y_true), low=0))
    assert gradcheck(lambda p: row.function(y_true, p, **row.arguments), y_pred)
    assert gradcheck(lambda p: row.cls(**row.arguments)(y_true, p, weights), y_pred)


@every_loss
def test_float32_stays_float32(row):
    y_true, y_pred = np.array([1, 0]), np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    if row.function is not losses.sparse_categorical_crossentropy:
        y_true = np.eye(2)[y_true]
    loss = row.cls(**row.arguments)
    x = Tensor(y_pred)
    y = loss(y_true, x, [1.0, 2.0])
    y.backward()
    assert y.shape == ()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)
    assert loss(y_true.tolist(), y_pred.tolist()).dtype == np.float32
    wide = loss(y_true, y_pred.astype(np.float64), [1.0, 2.0]).item()
    assert y.item() == pytest.approx(wide, rel=1e-6)  # float32 keeps 7 digits


# --------------------------------------------------------------------------- worked by hand


def test_squared_and_absolute_error_by_hand():
    y_true, y_pred = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]  # Keras's own example
    assert losses.MeanSquaredError()(y_true, y_pred).item() == 0.5
    assert losses.MeanSquaredError()(y_true, y_pred, [0.75, 0.25]).item() == 0.25
    assert losses.MeanAbsoluteError()(y_true, y_pred).item() == 0.5
    assert losses.mean_squared_error([1.0, 2.0], [[1.5], [4.0]]).data.tolist() == [0.25, 4.0]
    assert losses.mean_squared_error(np.zeros((2, 3, 2)), np.ones((2, 3, 2))).shape == (2, 3)
    assert losses.mean_absolute_error(np.zeros(3), np.ones(3)).data.tolist() == 1  # as Keras


def test_crossentropy_by_hand():
    y_pred = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    # -ln 0.95 = 0.0513 and -ln 0.1 = 2.3026: Keras's own example
    sparse = losses.sparse_categorical_crossentropy([1, 2], y_pred)
    dense = losses.categorical_crossentropy([[0, 1, 0], [0, 0, 1]], y_pred)
    for values in (sparse, dense):
        np.testing.assert_allclose(values.data, [0.0512933, 2.3025851], rtol=1e-5)  # float32
    mean = losses.CategoricalCrossentropy()([[0, 1, 0], [0, 0, 1]], y_pred, [0.3, 0.7])
    assert mean.item() == pytest.approx((0.3 * 0.0512933 + 0.7 * 2.3025851) / 2, rel=1e-5)


def test_label_smoothing_by_hand():
    # targets 0.9 * (0, 1) + 0.1 / 2 = (0.05, 0.95), so the loss is -0.05 ln 0.2 - 0.95 ln 0.8
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1)
    assert loss([[0, 1]], [[0.2, 0.8]]).item() == pytest.approx(0.2924583, rel=1e-5)  # float32
    assert losses.CategoricalCrossentropy(label_smoothing=1.0)([[0, 1]], [[0.5, 0.5]]).item() == (
        pytest.approx(math.log(2), rel=1e-6)
    )
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 1\], got 1.5"):
        losses.CategoricalCrossentropy(label_smoothing=1.5)


# ------------------------------------------------------------- probabilities and their logits


@few
@given(data=st.data())
def test_a_softmax_and_its_logits_give_one_loss_and_one_gradient(data):
    shape = data.draw(BC)
    array, label = data.draw(floats(shape)), data.draw(labels(*shape))
    found = []
    for case in ("logits", "softmax", "probabilities"):
        x = Tensor(array)
        y = x if case == "logits" else activations.softmax(x)
        if case == "probabilities":
            y = y * 1  # forgets its logits
        for target, loss in (
            (label, losses.SparseCategoricalCrossentropy(from_logits=case == "logits")),
            (np.eye(shape[1])[label], losses.CategoricalCrossentropy(case == "logits")),
        ):
            value = loss(target, y)
            x.grad = None
            value.backward()
            found.append((value.item(), x.grad))
    for value, gradient in found[1:]:
        assert value == pytest.approx(found[0][0], rel=1e-10)
        np.testing.assert_allclose(gradient, found[0][1], rtol=1e-9, atol=1e-12)


def test_extreme_logits_lose_nothing():
    for y in (Tensor([[1e4, -1e4, 0.0]]), activations.softmax(Tensor([[1e4, -1e4, 0.0]]))):
        from_logits = y.logits is None
        for label, value in ((0, 0.0), (1, 2e4), (2, 1e4)):
            assert losses.sparse_categorical_crossentropy([label], y, from_logits).item() == value
            target = np.eye(3)[[label]]
            assert losses.categorical_crossentropy(target, y, from_logits).item() == value


def test_the_gradient_at_extreme_logits_is_that_of_the_formula():
    x = Tensor([[1e4, -1e4, 0.0]])
    losses.SparseCategoricalCrossentropy()([1], activations.softmax(x)).backward()
    assert x.grad.tolist() == [[1.0, -1.0, 0.0]]  # softmax - one-hot


def test_probabilities_are_kept_off_zero():
    # -ln(1e-7) = 16.118, as in Keras
    value = losses.sparse_categorical_crossentropy([0], np.array([[0.0, 1.0]])).item()
    assert value == pytest.approx(-math.log(1e-7), rel=1e-7)


@few
@given(data=st.data())
def test_a_sigmoid_and_its_log_odds_give_one_loss_and_one_gradient(data):
    shape = data.draw(BC)
    array, y_true = data.draw(floats(shape)), data.draw(bits(shape))
    for cls in (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy):
        found = []
        for case in ("logits", "sigmoid", "probabilities"):
            x = Tensor(array)
            y = x if case == "logits" else activations.sigmoid(x)
            y = y * 1 if case == "probabilities" else y  # forgets its log-odds
            value = cls(from_logits=case == "logits")(y_true, y)
            value.backward()
            found.append((value.item(), x.grad))
        assert found[0][0] == found[1][0]
        np.testing.assert_array_equal(found[0][1], found[1][1])
        assert found[2][0] == pytest.approx(found[0][0], rel=1e-10)
        np.testing.assert_allclose(found[2][1], found[0][1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layer", [layers.Dense(1, "sigmoid"), layers.Activation("sigmoid")])
def test_a_sigmoid_layer_that_is_sure_and_wrong_still_learns(layer):
    x = Tensor(np.full((1, 1), 200.0, np.float32))
    layer(x)
    layer.set_weights([np.ones_like(weight) for weight in layer.get_weights()])
    loss = losses.BinaryCrossentropy()(np.zeros((1, 1)), layer(x))
    loss.backward()
    assert loss.item() >= 200  # of probabilities it would be 16, with no slope
    assert x.grad.item() == 1


# --------------------------------------------------------------------------- reductions, weights

VALUES = [[1.0, 2, 3], [4, 5, 9]]  # of y_pred whose squares these are


def reduced(reduction, weights=None):
    loss = losses.MeanSquaredError(reduction)
    return loss(np.zeros((2, 3, 1)), np.sqrt(VALUES)[..., None], weights).numpy()


@pytest.mark.parametrize(
    ("weights", "weighted"),
    [
        (None, VALUES),
        (2.0, np.multiply(VALUES, 2)),
        ([1.0, 3.0], [[1, 2, 3], [12, 15, 27]]),
        ([[1.0], [3.0]], [[1, 2, 3], [12, 15, 27]]),
        ([[1.0, 0, 2], [0, 1, 1]], [[1, 0, 6], [0, 5, 9]]),
        ([[[1.0], [0], [2]], [[0], [1], [1]]], [[1, 0, 6], [0, 5, 9]]),
    ],
)
def test_reductions_by_hand(weights, weighted):
    total = np.sum(weighted)
    for reduction, expected in (
        ("sum_over_batch_size", total / 6),
        ("mean", total / 6),
        ("mean_with_sample_weight", total / (6 if weights is None else np.sum(weights))),
        ("sum", total),
        ("none", weighted),
        (None, weighted),
    ):
        np.testing.assert_allclose(reduced(reduction, weights), expected, rtol=1e-14)


def test_one_weight_of_a_loss_that_is_one_number():
    for reduction in losses.REDUCTIONS:  # as Keras: nothing is reduced
        loss = losses.Dice(reduction)
        y = np.array([[0.0], [1.0]])
        assert loss(y, y / 2, 3.0).item() == pytest.approx(3 * losses.dice(y, y / 2).item())


def test_weights_that_are_all_zero():
    assert reduced("mean_with_sample_weight", [0.0, 0.0]) == 0  # and not NaN


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 2), (2, 3, 2), (1,)])
def test_weights_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r"per sample, shape \(2,\), or one .* \(2, 3\), got"):
        reduced("sum", np.ones(shape))


def test_a_reduction_or_dtype_that_is_not_there():
    with pytest.raises(ValueError, match=r"Hinge: reduction must be one of .*'mean'\?$"):
        losses.Hinge("means")
    with pytest.raises(ValueError, match="Huber: dtype must be 'float32' or 'float64', got 'int8'"):
        losses.Huber(dtype="int8")
    with pytest.raises(ValueError, match="Huber: delta must be a positive number, got 0"):
        losses.Huber(0)
    with pytest.raises(ValueError, match=r"one for each of the 2 classes, got the shape \(3,\)"):
        losses.categorical_focal_crossentropy([[0, 1]], [[0.5, 0.5]], alpha=[1, 2, 3])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loss_in_a_type_of_its_own(dtype):
    other = "float64" if dtype == "float32" else "float32"
    x = Tensor(np.ones((2, 1), other))
    value = losses.LogCosh(dtype=dtype)(np.zeros((2, 1)), x)
    value.backward()
    assert (value.dtype, x.grad.dtype) == (dtype, other)


def test_labels_that_do_not_count():
    y_pred = np.array([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]])
    values = losses.sparse_categorical_crossentropy([0, -1, 0], y_pred, ignore_class=-1).numpy()
    np.testing.assert_allclose(values, [math.log(2), 0, -math.log(0.9)])
    for reduction, weights, expected in (
        ("sum_over_batch_size", None, values.sum() / 2),
        ("sum_over_batch_size", [3.0, 5, 1], (3 * values[0] + values[2]) / 2),
        ("mean_with_sample_weight", [3.0, 5, 1], (3 * values[0] + values[2]) / 4),
        ("sum", None, values.sum()),
    ):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=-1, reduction=reduction)
        assert loss([0, -1, 0], y_pred, weights).item() == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"holds the label -1 \(sample 1\)"):
        losses.sparse_categorical_crossentropy([0, -1, 0], y_pred, ignore_class=-2)


# ----------------------------------------------------------------------- empty, strided, one row


@every_loss
def test_odd_arrays(row):
    random = np.random.default_rng(0)
    y_pred = random.uniform(0.1, 0.9, (6, 8))
    y_true = np.eye(4)[random.integers(0, 4, 6)]
    if row.function is losses.sparse_categorical_crossentropy:
        y_true = y_true.argmax(axis=1)
    loss = row.cls(**row.arguments, reduction="none")
    plain = loss(y_true[::2].copy(), y_pred[::2, ::2].copy()).numpy()
    np.testing.assert_array_equal(loss(y_true[::2], y_pred[::2, ::2]).numpy(), plain)
    assert loss(y_true[:0], y_pred[:0, :4]).shape == (() if row.whole else (0,))
    if not row.whole and "of 0 and 1" not in row.case:  # there labels of the whole batch count
        alone = [loss(y_true[i : i + 1], y_pred[i : i + 1, ::2]).item() for i in (0, 2, 4)]
        np.testing.assert_array_equal(alone, plain)


# ------------------------------------------------------------------------- losses of one's own


def huber(y_true, y_pred):
    error = ops.abs(y_pred - y_true)
    return ops.where(error < 1, error * error / 2, error - 0.5)


def test_a_function_becomes_a_loss():
    loss = losses.as_loss(huber)
    assert loss.name == "huber"
    y_true, y_pred = np.zeros((2, 2)), np.array([[0.5, 2.0], [0.0, -3.0]])
    assert loss(y_true, y_pred).item() == ((0.125 + 1.5) / 2 + (0 + 2.5) / 2) / 2
    assert loss(y_true, y_pred, [2.0, 0.0]).item() == (0.125 + 1.5) / 2
    assert gradcheck(lambda p: loss(y_true, p), y_pred)


class Largest(losses.Loss):
    def call(self, y_true, y_pred):
        return (y_pred - y_true).max()


@pytest.mark.parametrize("loss", [Largest(), losses.as_loss(lambda t, p: (p - t).max())])
def test_a_scalar_counts_for_every_sample(loss):
    y_pred = Tensor([[1.0], [3.0]])
    value = loss(np.zeros((2, 1)), y_pred)
    assert value.item() == 3.0
    value.backward()
    assert y_pred.grad.tolist() == [[0.0], [1.0]]


def test_a_loss_computed_with_numpy_is_refused():
    loss = losses.as_loss(lambda t, p: np.mean((p.data - t) ** 2))
    with pytest.raises(TypeError, match="returned float64, which cannot be differentiated"):
        loss(np.zeros((2, 1)), np.ones((2, 1)))


def test_a_loss_without_a_call_is_refused():
    with pytest.raises(NotImplementedError, match="Loss has no call"):
        losses.Loss()([0.0], [0.0])


# ------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("mse", losses.MeanSquaredError),
        ("MSE", losses.MeanSquaredError),
        ("mae", losses.MeanAbsoluteError),
        *((row.function.__name__, row.cls) for row in ROWS),
        *((row.cls.__name__, row.cls) for row in ROWS),
        *((row.cls, row.cls) for row in ROWS),
        *((row.function, row.cls) for row in ROWS),
    ],
)
def test_as_loss(name, cls):
    assert type(losses.as_loss(name)) is cls


def test_names_are_those_of_keras():
    for row in ROWS:
        special = {"huber": "huber_loss"}  # Keras's only exception
        assert row.cls().name == special.get(row.function.__name__, row.function.__name__)
    assert losses.MeanSquaredError(name="mine").name == "mine"


def test_unknown_names_and_arguments():
    with pytest.raises(ValueError, match="Did you mean 'categorical_crossentropy'"):
        losses.as_loss("categorical_crossentropi")
    with pytest.raises(TypeError, match="Did you mean 'from_logits'"):
        losses.SparseCategoricalCrossentropy(from_logit=True)
    with pytest.raises(TypeError, match="loss is given by its name, an instance or a function"):
        losses.as_loss(3)


def test_arrays_never_broadcast_in_a_loss():
    for loss in (losses.MeanSquaredError(), losses.MeanAbsoluteError()):
        for shape in ((3,), (2, 1), (1, 3), (3, 2)):
            with pytest.raises(ValueError, match="y has"):
                loss(np.zeros(shape), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"sample_weight has the shape \(1,\)"):
        losses.MeanSquaredError()(np.zeros((2, 3)), np.zeros((2, 3)), [1.0])


@pytest.mark.one_table
def test_a_user_s_loss_takes_aligned_targets_or_one_number_per_sample():
    loss = losses.FunctionLoss(lambda y_true, y_pred: y_pred)
    for y, outputs, expected in (
        (np.ones(4, int), (None, 1), (4, 1)),
        (np.ones(4, int), (None, 3), (4, 1)),
        (np.ones((4, 1)), (None, 3), (4, 1)),
        (np.ones((4, 3)), (None, 3), (4, 3)),
        (np.ones((4, 2)), (None, 2, 1), (4, 2, 1)),
    ):
        found = loss.targets(y, outputs, "float64")
        assert found.shape == expected
        assert found.dtype == np.float64
    for y, outputs in ((np.ones((4, 2)), (None, 3)), (np.ones(4), (None, 2, 3))):
        with pytest.raises(ValueError, match="but the outputs have the shape"):
            loss.targets(y, outputs, place="y")


@pytest.mark.one_table
def test_a_loss_of_another_length_is_named():
    loss = losses.FunctionLoss(lambda y_true, y_pred: y_pred[:2], name="short")
    with pytest.raises(ValueError, match=r"^The loss 'short' returned the shape \(2, 1\) for 3"):
        loss(np.ones((3, 1)), Tensor(np.ones((3, 1))))


@pytest.mark.parametrize("dtype", ["float16", "longdouble", ">f4", ">f8", "int32"])
def test_floats_that_the_kernels_do_not_know_become_the_default_type(dtype):
    values = np.array([[0.25, 0.5], [0.75, 1.0]]).astype(dtype)
    y = Tensor(values, requires_grad=np.dtype(dtype).kind == "f")
    plain = Tensor(values.astype("float32"))
    targets = values.astype(">f8")
    for function in (
        lambda y: losses.mean_squared_error(targets, y),
        lambda y: losses.categorical_crossentropy(targets, y, from_logits=True),
        lambda y: ops.elementwise_loss(targets.astype("float32"), y, "squared"),
        lambda y: ops.weighted_mean(y[0]),
        lambda y: ops.dense(y, y, y[0]),
        ops.softmax,
        ops.relu,
    ):
        found = function(y)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found.numpy(), function(plain).numpy())
        if y.requires_grad:
            found.sum().backward()
            assert y.grad.dtype.char == y.dtype.char
    matrix = ops.matmul(y, y).numpy()
    np.testing.assert_allclose(matrix.astype("float32"), plain.numpy() @ plain.numpy(), rtol=2e-3)
