"""Loss: reductions, weights and types; losses of one's own; and what is refused."""

import numpy as np
import pytest

from nnlite import Tensor, gradcheck, losses, ops

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


def test_unknown_names_and_arguments():
    with pytest.raises(ValueError, match="Did you mean 'categorical_crossentropy'"):
        losses.as_loss("categorical_crossentropi")
    with pytest.raises(TypeError, match="Did you mean 'from_logits'"):
        losses.SparseCategoricalCrossentropy(from_logit=True)
    with pytest.raises(TypeError, match="loss is given by its name, an instance or a function"):
        losses.as_loss(3)


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
